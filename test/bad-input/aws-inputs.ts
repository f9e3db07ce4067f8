import { AwsProvider, GeneralPool, GpuModel, GpuPool, Tier } from 'ml-platform-constructs';
import { BadInput, onAws, onKind, platformOn } from './bad-input';

const inIreland = (props: Parameters<typeof AwsProvider.inRegion>[1]) => AwsProvider.inRegion('eu-west-1', props);

const VPC = 'vpc-0123456789abcdef0';
const SUBNETS = ['subnet-1111111111111111a', 'subnet-2222222222222222b', 'subnet-3333333333333333c'];
const KEY = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd';

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
      '[AwsProvider.inRegion] vpcCidr must be between a /16 and a /21, got "10.0.0.0/24": give one such as 10.0.0.0/16; a VPC cannot be larger, and in a smaller one the subnets have no addresses for nodes.',
  },
  {
    what: 'a VPC that is too large',
    given: '10.0.0.0/8',
    act: () => inIreland({ vpcCidr: '10.0.0.0/8' }),
    message:
      '[AwsProvider.inRegion] vpcCidr must be between a /16 and a /21, got "10.0.0.0/8": give one such as 10.0.0.0/16; a VPC cannot be larger, and in a smaller one the subnets have no addresses for nodes.',
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
      '[AwsProvider.inRegion] publicAccessCidrs must be public addresses, got "10.0.0.0/8": name it in privateAccessCidrs; private addresses reach the API server through the private endpoint.',
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
      '[AwsProvider.inRegion] tags must not be one that AWS, Kubernetes or the platform sets itself, got {"aws:team":"ml"}: rename it; reserved are Name and keys such as aws:, eks:, kubernetes.io/.',
  },
  {
    what: 'a tag of an environment that AWS reserves',
    given: { 'aws:team': 'ml' },
    act: (newApp) =>
      newApp()
        .environment('dev', { provider: AwsProvider.inRegion('eu-west-1'), tags: { 'aws:team': 'ml' } })
        .addCluster(),
    message:
      '[dev] tags must not be one that AWS, Kubernetes or the platform sets itself, got {"aws:team":"ml"}: rename it; reserved are Name and keys such as aws:, eks:, kubernetes.io/.',
  },
  {
    what: 'an environment that starts with a digit',
    given: '2nd',
    act: (newApp) =>
      newApp()
        .environment('2nd', { provider: AwsProvider.inRegion('eu-west-1') })
        .addCluster(),
    message:
      '[2nd] environment must start with a letter, have no two hyphens in a row and not start with sg- on AWS, got "2nd": name it like production or team-a-dev.',
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
      '[production-infrastructure/database] databaseName must start with a letter and have at most 63 lower-case letters, digits and underscores, got "ml-platform": name it like platform.',
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
  {
    what: 'an API server that no one reaches',
    given: [],
    act: () => inIreland({ privateAccessCidrs: [] }),
    message:
      '[AwsProvider.inRegion] privateAccessCidrs must name someone when publicAccessCidrs and privateAccessSecurityGroupIds name no one, got []: leave it out for the whole VPC, or name the addresses of your runner or VPN; Terraform has to reach the API server.',
  },
  {
    what: 'public addresses for private access',
    given: '203.0.113.0/24',
    act: () => inIreland({ privateAccessCidrs: ['203.0.113.0/24'] }),
    message:
      '[AwsProvider.inRegion] privateAccessCidrs must be private IPv4 ranges without bits behind the prefix, got "203.0.113.0/24": write it like 10.8.0.0/16, and one address as 10.8.0.7/32; public addresses go into publicAccessCidrs.',
  },
  {
    what: 'a security group by its name',
    given: 'runners',
    act: () => inIreland({ privateAccessSecurityGroupIds: ['runners'] }),
    message:
      '[AwsProvider.inRegion] privateAccessSecurityGroupIds must be like sg-0123456789abcdef0, got "runners": give the id that the console shows.',
  },
  {
    what: 'more public ranges than EKS takes',
    given: 41,
    act: () => inIreland({ publicAccessCidrs: Array.from({ length: 41 }, (_, at) => `203.0.113.${at}/32`) }),
    message:
      '[AwsProvider.inRegion] publicAccessCidrs must be at most 40, got 41: list fewer, by joining neighbouring ranges.',
  },
  {
    what: 'an endpoint with its whole name',
    given: 'com.amazonaws.eu-west-1.sts',
    act: () => inIreland({ vpcEndpoints: ['com.amazonaws.eu-west-1.sts'] }),
    message:
      '[AwsProvider.inRegion] vpcEndpoints must be services of AWS with an interface endpoint, got "com.amazonaws.eu-west-1.sts": name them without com.amazonaws and the region, like ecr.api; S3 has a gateway endpoint, which costs nothing.',
  },
  {
    what: 'an endpoint twice',
    given: ['sts', 'sts'],
    act: () => inIreland({ vpcEndpoints: ['sts', 'sts'] }),
    message: '[AwsProvider.inRegion] vpcEndpoints must not name one twice, got ["sts","sts"]: name each once.',
  },
  {
    what: 'a VPC without its subnets',
    given: undefined,
    act: () => inIreland({ vpcId: VPC, vpcCidr: '10.9.0.0/20' }),
    message:
      '[AwsProvider.inRegion] privateSubnetIds must come with vpcId, got nothing: give what that VPC has; policies and checks need it.',
  },
  {
    what: 'a VPC without its addresses',
    given: undefined,
    act: () => inIreland({ vpcId: VPC, privateSubnetIds: SUBNETS }),
    message:
      '[AwsProvider.inRegion] vpcCidr must come with vpcId, got nothing: give what that VPC has; policies and checks need it.',
  },
  {
    what: 'subnets without a VPC',
    given: ['subnet-1111111111111111a', 'subnet-2222222222222222b'],
    act: () => inIreland({ databaseSubnetIds: ['subnet-1111111111111111a', 'subnet-2222222222222222b'] }),
    message:
      '[AwsProvider.inRegion] databaseSubnetIds must come with vpcId, got ["subnet-1111111111111111a","subnet-2222222222222222b"]: give vpcId, or leave it out to have a VPC made.',
  },
  {
    what: 'fewer subnets than zones',
    given: SUBNETS.slice(0, 2),
    act: () => inIreland({ vpcId: VPC, vpcCidr: '10.9.0.0/20', privateSubnetIds: SUBNETS.slice(0, 2) }),
    message:
      '[AwsProvider.inRegion] privateSubnetIds must be one for each of the 3 zones (eu-west-1a, eu-west-1b, eu-west-1c), got ["subnet-1111111111111111a","subnet-2222222222222222b"]: name one subnet for each zone, in their order, or other availabilityZones.',
  },
  {
    what: 'NAT gateways in a VPC of someone else',
    given: 1,
    act: () => inIreland({ vpcId: VPC, vpcCidr: '10.9.0.0/20', privateSubnetIds: SUBNETS, natGateways: 1 }),
    message:
      '[AwsProvider.inRegion] natGateways must not come with vpcId, got 1: leave it out; what is in that VPC belongs to its owner.',
  },
  {
    what: 'a VPC by its name',
    given: 'main',
    act: () => inIreland({ vpcId: 'main', vpcCidr: '10.9.0.0/20', privateSubnetIds: SUBNETS }),
    message:
      '[AwsProvider.inRegion] vpcId must be like vpc-0123456789abcdef0, got "main": give the id that the console shows.',
  },
  {
    what: 'a boundary of another account',
    given: 'arn:aws:iam::444455556666:policy/boundary',
    act: () =>
      inIreland({ account: '111122223333', permissionsBoundaryArn: 'arn:aws:iam::444455556666:policy/boundary' }),
    message:
      '[AwsProvider.inRegion] permissionsBoundaryArn must be the ARN of an IAM policy of the account, got "arn:aws:iam::444455556666:policy/boundary": name it like arn:aws:iam::111122223333:policy/platform-boundary.',
  },
  {
    what: 'a path without slashes',
    given: 'platform',
    act: () => inIreland({ iamPath: 'platform' }),
    message:
      '[AwsProvider.inRegion] iamPath must be a path of at most 512 characters with a slash at both ends, got "platform": write it like /platform/.',
  },
  {
    what: 'an empty seed',
    given: ' ',
    act: () => inIreland({ bucketNameSeed: ' ' }),
    message:
      '[AwsProvider.inRegion] bucketNameSeed must be a text, got " ": give one such as the name of your company.',
  },
  {
    what: 'a tag with a comma',
    given: { team: 'a,b' },
    act: () => inIreland({ tags: { team: 'a,b' } }),
    message:
      '[AwsProvider.inRegion] tags must be of letters, digits, spaces and _ . : / + - @ (values of = too), got {"team":"a,b"}: leave other characters out; not every service of AWS accepts them.',
  },
  {
    what: 'a tag of Kubernetes',
    given: { 'kubernetes.io/role/elb': '1' },
    act: () => inIreland({ tags: { 'kubernetes.io/role/elb': '1' } }),
    message:
      '[AwsProvider.inRegion] tags must not be one that AWS, Kubernetes or the platform sets itself, got {"kubernetes.io/role/elb":"1"}: rename it; reserved are Name and keys such as aws:, eks:, kubernetes.io/.',
  },
  {
    what: 'tags that IAM takes for one',
    given: 'team',
    act: () => inIreland({ tags: { Team: 'a', team: 'b' } }),
    message:
      '[AwsProvider.inRegion] tags must have keys that differ not only in case, got "team": leave one of them out.',
  },
  {
    what: 'a bucket with a name that S3 keeps',
    given: 'models-s3alias',
    act: (newApp) => platformOn(onAws(newApp()), { artifactBucket: { bucketName: 'models-s3alias' } }),
    message:
      '[production-infrastructure/artifacts] bucketName must not start or end as names do that S3 has for itself, got "models-s3alias": choose one that does not start with xn--, sthree- or amzn-s3-demo-, nor end with -s3alias, --ol-s3, --x-s3, --table-s3 or -an.',
  },
  {
    what: 'a replica without its key',
    given: undefined,
    act: (newApp) => platformOn(onAws(newApp()), { artifactBucket: { replicaBucketName: 'acme-replica' } }),
    message:
      '[production-infrastructure/artifacts] replicaKmsKeyArn must be the ARN of a KMS key when replicaBucketName is given, got nothing: give it as arn:aws:kms:<region>:<account>:key/<id>, in the region of that bucket.',
  },
  {
    what: 'a key without a replica',
    given: KEY,
    act: (newApp) => platformOn(onAws(newApp()), { artifactBucket: { replicaKmsKeyArn: KEY } }),
    message:
      '[production-infrastructure/artifacts] replicaKmsKeyArn must come with replicaBucketName, got "arn:aws:kms:eu-central-1:111122223333:key/1234abcd": name the bucket, or leave it out.',
  },
  {
    what: 'a replica of a bucket that keeps no versions',
    given: false,
    act: (newApp) =>
      platformOn(onAws(newApp()), {
        artifactBucket: { replicaBucketName: 'acme-replica', replicaKmsKeyArn: KEY, versioned: false },
      }),
    message:
      '[production-infrastructure/artifacts] versioned must be true with replicaBucketName, got false: leave it out; S3 copies only where versions are kept.',
  },
  {
    what: 'a bucket for access logs with dots',
    given: 'acme.logs',
    act: (newApp) => platformOn(onAws(newApp()), { artifactBucket: { accessLogBucketName: 'acme.logs' } }),
    message:
      '[production-infrastructure/artifacts] accessLogBucketName must be a name of an S3 bucket, got "acme.logs": use 3 to 63 lower-case letters, digits and hyphens; dots break TLS.',
  },
  {
    what: 'a database name that RDS finds reserved',
    given: 'catalog',
    act: (newApp) => platformOn(onAws(newApp()), { database: { databaseName: 'catalog' } }),
    message:
      '[production-infrastructure/database] databaseName must not be a key word of SQL, got "catalog": name it like catalog_db; RDS refuses key words.',
  },
  {
    what: 'a database of RDS itself',
    given: 'rdsadmin',
    act: (newApp) => platformOn(onAws(newApp()), { database: { databaseName: 'rdsadmin' } }),
    message:
      '[production-infrastructure/database] databaseName must not be a name that the database server has for itself, got "rdsadmin": choose another, such as platform; postgres, template0, rdsadmin, pg_… and the like are taken.',
  },
];

function addPool(newApp: Parameters<BadInput['act']>[0], pool: GeneralPool | GpuPool): void {
  onAws(newApp()).addCluster({ nodePools: [pool] });
}
