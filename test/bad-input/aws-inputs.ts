import { AwsProvider, GeneralPool, GpuModel, GpuPool, Tier } from 'ml-platform-constructs';
import { BadInput, onAws, onKind, platformOn } from './bad-input';

const inIreland = (props: Parameters<typeof AwsProvider.inRegion>[1]) => AwsProvider.inRegion('eu-west-1', props);

/** Options of the AWS provider, and what an environment asks of it. */
export const AWS_INPUTS: BadInput[] = [
  {
    what: 'a region that is none',
    given: 'europe',
    act: () => AwsProvider.inRegion('europe'),
    message: '[AwsProvider.inRegion] region must be the name of an AWS region, got "europe": name it like eu-west-1.',
  },
  {
    what: 'a zone for a region',
    given: 'eu-west-1a',
    act: () => AwsProvider.inRegion('eu-west-1a'),
    message:
      '[AwsProvider.inRegion] region must be the name of an AWS region, got "eu-west-1a": name it like eu-west-1.',
  },
  {
    what: 'an account of eleven digits',
    given: '12345678901',
    act: () => inIreland({ account: '12345678901' }),
    message:
      '[AwsProvider.inRegion] account must be twelve digits, got "12345678901": give the number of the AWS account as a string.',
  },
  {
    what: 'a VPC with bits behind the prefix',
    given: '10.0.0.1/16',
    act: () => inIreland({ vpcCidr: '10.0.0.1/16' }),
    message:
      '[AwsProvider.inRegion] vpcCidr must be an IPv4 range without bits behind the prefix, got "10.0.0.1/16": write it like 10.0.0.0/16.',
  },
  {
    what: 'a VPC that is too small',
    given: '10.0.0.0/24',
    act: () => inIreland({ vpcCidr: '10.0.0.0/24' }),
    message:
      '[AwsProvider.inRegion] vpcCidr must be between a /16 and a /22 for 3 zones, got "10.0.0.0/24": give one such as 10.0.0.0/16; a VPC cannot be larger, and in a smaller one the subnets have no addresses for nodes.',
  },
  {
    what: 'a VPC that is too large',
    given: '10.0.0.0/8',
    act: () => inIreland({ vpcCidr: '10.0.0.0/8' }),
    message:
      '[AwsProvider.inRegion] vpcCidr must be between a /16 and a /22 for 3 zones, got "10.0.0.0/8": give one such as 10.0.0.0/16; a VPC cannot be larger, and in a smaller one the subnets have no addresses for nodes.',
  },
  {
    what: 'a VPC of public addresses',
    given: '8.8.0.0/16',
    act: () => inIreland({ vpcCidr: '8.8.0.0/16' }),
    message:
      '[AwsProvider.inRegion] vpcCidr must be in a private range, got "8.8.0.0/16": use a part of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16.',
  },
  {
    what: 'a VPC that overlaps the addresses of Services',
    given: '10.0.0.0/16',
    act: () => inIreland({ vpcCidr: '10.0.0.0/16', serviceCidr: '10.0.128.0/20' }),
    message:
      '[AwsProvider.inRegion] vpcCidr must not overlap the addresses of Services (10.0.128.0/20), got "10.0.0.0/16": give another vpcCidr or serviceCidr.',
  },
  {
    what: 'too few addresses for Services',
    given: '172.20.0.0/28',
    act: () => inIreland({ serviceCidr: '172.20.0.0/28' }),
    message:
      '[AwsProvider.inRegion] serviceCidr must be between a /12 and a /24, got "172.20.0.0/28": leave it out for 172.20.0.0/16.',
  },
  {
    what: 'one zone',
    given: ['eu-west-1a'],
    act: () => inIreland({ availabilityZones: ['eu-west-1a'] }),
    message:
      '[AwsProvider.inRegion] availabilityZones must be two to six, got ["eu-west-1a"]: name two at least, which EKS needs.',
  },
  {
    what: 'a zone of another region',
    given: 'us-east-1b',
    act: () => inIreland({ availabilityZones: ['eu-west-1a', 'us-east-1b'] }),
    message:
      '[AwsProvider.inRegion] availabilityZones must be zones of eu-west-1, got "us-east-1b": name them like eu-west-1a.',
  },
  {
    what: 'no NAT gateway',
    given: 0,
    act: () => inIreland({ natGateways: 0 }),
    message:
      '[AwsProvider.inRegion] natGateways must be a whole number of at least 1, got 0: leave it out for the default of the tier; nodes pull images through them.',
  },
  {
    what: 'more NAT gateways than zones',
    given: 4,
    act: (newApp) => onAws(newApp(), { natGateways: 4 }).addCluster(),
    message:
      '[production] natGateways must be at most the number of zones (3), got 4: give one a zone at most; more could not be used.',
  },
  {
    what: 'the whole internet before the API server of production',
    given: ['0.0.0.0/0'],
    act: (newApp) => onAws(newApp(), { publicAccessCidrs: ['0.0.0.0/0'] }).addCluster(),
    message:
      '[production] publicAccessCidrs must not be the whole internet in production, nor half of it, got ["0.0.0.0/0"]: name the addresses of your offices and runners, or none for private access only.',
  },
  {
    what: 'an address without a prefix',
    given: '203.0.113.7',
    act: () => inIreland({ publicAccessCidrs: ['203.0.113.7'] }),
    message:
      '[AwsProvider.inRegion] publicAccessCidrs must be IPv4 ranges without bits behind the prefix, got "203.0.113.7": write one address as 203.0.113.7/32.',
  },
  {
    what: 'private addresses for public access',
    given: '10.0.0.0/8',
    act: () => inIreland({ publicAccessCidrs: ['10.0.0.0/8'] }),
    message:
      '[AwsProvider.inRegion] publicAccessCidrs must be public addresses, got "10.0.0.0/8": leave it out; private addresses reach the API server through the private endpoint.',
  },
  {
    what: 'a session for an administrator',
    given: 'arn:aws:sts::123456789012:assumed-role/admin/me',
    act: () => inIreland({ adminPrincipalArns: ['arn:aws:sts::123456789012:assumed-role/admin/me'] }),
    message:
      '[AwsProvider.inRegion] adminPrincipalArns must be ARNs of IAM users or roles, got "arn:aws:sts::123456789012:assumed-role/admin/me": name them like arn:aws:iam::123456789012:role/platform-admin; sessions (sts) have no access of their own.',
  },
  {
    what: 'a state bucket with capitals',
    given: 'Acme-State',
    act: () => inIreland({ stateBucket: 'Acme-State' }),
    message:
      '[StateBackend.s3] bucket must be a name of an S3 bucket, got "Acme-State": use 3 to 63 lower-case letters, digits, dots and hyphens.',
  },
  {
    what: 'a state bucket in no region',
    given: 'ireland',
    act: () => inIreland({ stateBucket: 'acme-state', stateRegion: 'ireland' }),
    message:
      '[StateBackend.s3] region must be an AWS region, got "ireland": give the region of the bucket, such as eu-west-1.',
  },
  {
    what: 'a state key that is no KMS key',
    given: 'alias/state',
    act: () => inIreland({ stateBucket: 'acme-state', stateKmsKeyId: 'alias/state' }),
    message:
      '[StateBackend.s3] kmsKeyId must be the ARN of a KMS key, got "alias/state": give it as arn:aws:kms:<region>:<account>:key/<id>.',
  },
  {
    what: 'settings of a state bucket that is not given',
    given: 'platform',
    act: () => inIreland({ stateKeyPrefix: 'platform' }),
    message:
      '[AwsProvider.inRegion] stateKeyPrefix must come with stateBucket, got "platform": give stateBucket, or leave it out.',
  },
  {
    what: 'a tag that AWS reserves',
    given: { 'aws:team': 'ml' },
    act: () => inIreland({ tags: { 'aws:team': 'ml' } }),
    message:
      '[AwsProvider.inRegion] tags must have keys of 1 to 128 characters that do not start with aws: and values of at most 256, got {"aws:team":"ml"}: shorten or rename it.',
  },
  {
    what: 'a tag of an environment that AWS reserves',
    given: { 'aws:team': 'ml' },
    act: (newApp) =>
      newApp()
        .environment('dev', { provider: AwsProvider.inRegion('eu-west-1'), tags: { 'aws:team': 'ml' } })
        .addCluster(),
    message:
      '[dev] tags must have keys of 1 to 128 characters that do not start with aws: and values of at most 256, got {"aws:team":"ml"}: shorten or rename it.',
  },
  {
    what: 'an environment that starts with a digit',
    given: '2nd',
    act: (newApp) =>
      newApp()
        .environment('2nd', { provider: AwsProvider.inRegion('eu-west-1') })
        .addCluster(),
    message:
      '[2nd] environment must start with a letter and have no two hyphens in a row on AWS, got "2nd": name it like production or team-a-dev.',
  },
  {
    what: 'a version of Kubernetes that EKS no longer supports',
    given: '1.29',
    act: (newApp) => onAws(newApp()).addCluster({ kubernetesVersion: '1.29' }),
    message:
      '[production] kubernetesVersion must be one of 1.34, 1.35, 1.36, got "1.29": choose a version in standard support of EKS.',
  },
  {
    what: 'an instance type without a size',
    given: 'm7i',
    act: (newApp) => addPool(newApp, GeneralPool.of('general', { instanceType: 'm7i' })),
    message: '[node pool "general"] instanceType must be an EC2 instance type, got "m7i": name it like t3.medium.',
  },
  {
    what: 'a GPU model that EC2 has no known machine for',
    given: 'NVIDIA-H20',
    act: (newApp) => addPool(newApp, GpuPool.of(GpuModel.of('NVIDIA-H20', { memory: '96Gi' }))),
    message:
      '[node pool "gpu-h20"] model must be one that the AWS provider knows an instance type for, got "NVIDIA-H20": give instanceType and gpusPerNode as well.',
  },
  {
    what: 'a machine with other GPUs',
    given: 'p3.2xlarge',
    act: (newApp) => addPool(newApp, GpuPool.of(GpuModel.T4, { instanceType: 'p3.2xlarge' })),
    message:
      '[node pool "gpu-t4"] instanceType must have Tesla-T4 GPUs, got "p3.2xlarge": choose another model or instance type; p3.2xlarge has Tesla-V100-SXM2-16GB.',
  },
  {
    what: 'a number of GPUs that no machine has',
    given: 3,
    act: (newApp) => addPool(newApp, GpuPool.of(GpuModel.T4, { gpusPerNode: 3 })),
    message:
      '[node pool "gpu-t4"] gpusPerNode must be one of 1, 4, 8 for Tesla-T4, got 3: choose one of these; EC2 has no other instance type in eu-west-1.',
  },
  {
    what: 'no node for DNS',
    given: 0,
    act: (newApp) => addPool(newApp, GeneralPool.of('general', { min: 0 })),
    message:
      '[production] nodePools must have at least one node in the first general pool, got 0: give it min: 1 or more; DNS and the controllers run there.',
  },
  {
    what: 'two pools of one name',
    given: 'gpu-t4',
    act: (newApp) => platformOn(onAws(newApp()), { gpuPools: [GpuPool.of(GpuModel.T4), GpuPool.of(GpuModel.T4)] }),
    message: '[production] nodePools must have names of their own, got "gpu-t4": give one of them another name.',
  },
  {
    what: 'a database for the cluster of another environment',
    given: 'local',
    act: (newApp) => {
      const app = newApp();
      const elsewhere = onKind(app).addCluster();
      const environment = onAws(app);
      environment.addCluster();
      environment.provider.createDatabase(environment, 'database', elsewhere, {});
    },
    message:
      '[production] cluster must be the EKS cluster of the same environment, got "local": pass environment.cluster.',
  },
  {
    what: 'a bucket whose name could be taken',
    given: undefined,
    act: (newApp) => {
      const environment = onAws(newApp(), { account: undefined });
      environment.addCluster();
      environment.addObjectStore('models');
    },
    message:
      '[production-infrastructure/models] bucketName must be given when the provider knows neither account nor stateBucket, got nothing: give it, or account or stateBucket to AwsProvider.inRegion(); names of buckets are globally unique.',
  },
  {
    what: 'a bucket with capitals and underscores',
    given: 'My_Models',
    act: (newApp) => platformOn(onAws(newApp()), { artifactBucket: { bucketName: 'My_Models' } }),
    message:
      '[production-infrastructure/artifacts] bucketName must be a name of an S3 bucket, got "My_Models": use 3 to 63 lower-case letters, digits and hyphens; dots break TLS.',
  },
  {
    what: 'objects that expire before they are written',
    given: 0,
    act: (newApp) => platformOn(onAws(newApp()), { artifactBucket: { expirationDays: 0 } }),
    message:
      '[production-infrastructure/artifacts] expirationDays must be a whole number of at least 1, got 0: give the number of days, or leave it out.',
  },
  {
    what: 'a version of PostgreSQL that is gone',
    given: '9.6',
    act: (newApp) => platformOn(onAws(newApp()), { database: { postgresVersion: '9.6' } }),
    message:
      '[production-infrastructure/database] postgresVersion must be one of 14, 15, 16, 17, 18, got "9.6": give the major version.',
  },
  {
    what: 'an EC2 instance type for a database',
    given: 'm7g.large',
    act: (newApp) => platformOn(onAws(newApp()), { database: { instanceType: 'm7g.large' } }),
    message:
      '[production-infrastructure/database] instanceType must be an RDS instance class, got "m7g.large": name it like db.m7g.large.',
  },
  {
    what: 'a database without storage',
    given: '10Gi',
    act: (newApp) => platformOn(onAws(newApp()), { database: { storage: '10Gi' } }),
    message:
      '[production-infrastructure/database] storage must be a whole number of Gi between 20Gi and 16384Gi, got "10Gi": write it like \'20Gi\'.',
  },
  {
    what: 'backups that RDS does not keep so long',
    given: 90,
    act: (newApp) => platformOn(onAws(newApp()), { database: { backupRetentionDays: 90 } }),
    message:
      '[production-infrastructure/database] backupRetentionDays must be a whole number between 0 and 35, got 90: give the days, 0 for none.',
  },
  {
    what: 'a database name with a hyphen',
    given: 'ml-platform',
    act: (newApp) => platformOn(onAws(newApp()), { database: { databaseName: 'ml-platform' } }),
    message:
      '[production-infrastructure/database] databaseName must start with a letter and have at most 63 letters, digits and underscores, got "ml-platform": name it like platform.',
  },
  {
    what: 'a cache larger than any node',
    given: '1Ti',
    act: (newApp) => platformOn(onAws(newApp()), { cache: { memory: '1Ti' } }),
    message:
      '[production-infrastructure/cache] memory must be a whole number of Mi between 1Mi and 429140Mi, got "1Ti": write it like \'1Mi\'.',
  },
  {
    what: 'a node type of a cache without a family',
    given: 'large',
    act: (newApp) => platformOn(onAws(newApp(), {}, Tier.STAGING), { cache: { instanceType: 'large' } }),
    message:
      '[production-infrastructure/cache] instanceType must be an ElastiCache node type, got "large": name it like cache.m7g.large.',
  },
];

function addPool(newApp: Parameters<BadInput['act']>[0], pool: GeneralPool | GpuPool): void {
  onAws(newApp()).addCluster({ nodePools: [pool] });
}
