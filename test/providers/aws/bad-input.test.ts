import { Environment } from '../../../src/app';
import { ClusterProps, GeneralPool, GpuModel, GpuPool, Tier } from '../../../src/contracts';
import { AwsProvider, AwsProviderProps } from '../../../src/providers/aws';
import { temporaryApp } from '../../support/synth';
import { synthAws } from './terraform';

const WHERE = '[AwsProvider.inRegion]';

test.each<[string, AwsProviderProps, string]>([
  ['Frankfurt', {}, 'region must be the name of an AWS region, got "Frankfurt": name it like eu-west-1.'],
  ['cn-north-1', {}, 'region must be the name of an AWS region, got "cn-north-1": name it like eu-west-1.'],
  [
    'eu-west-1',
    { account: '1234' },
    'account must be twelve digits, got "1234": give the number of the AWS account as a string.',
  ],
  [
    'eu-west-1',
    { vpcCidr: '10.0.0.1/16' },
    'vpcCidr must be an IPv4 range without bits behind the prefix, got "10.0.0.1/16": write it like 10.0.0.0/16.',
  ],
  [
    'eu-west-1',
    { vpcCidr: '8.8.0.0/16' },
    'vpcCidr must be in a private range, got "8.8.0.0/16": use a part of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16.',
  ],
  [
    'eu-west-1',
    { vpcCidr: '10.0.0.0/8' },
    'vpcCidr must be between a /16 and a /22 for 3 zones, got "10.0.0.0/8": give one such as 10.0.0.0/16; a VPC cannot be larger, and in a smaller one the subnets have no room for nodes.',
  ],
  [
    'eu-west-1',
    { vpcCidr: '10.0.0.0/23' },
    'vpcCidr must be between a /16 and a /22 for 3 zones, got "10.0.0.0/23": give one such as 10.0.0.0/16; a VPC cannot be larger, and in a smaller one the subnets have no room for nodes.',
  ],
  [
    'eu-west-1',
    { vpcCidr: '172.20.0.0/16' },
    'vpcCidr must not overlap the addresses of Services (172.20.0.0/16), got "172.20.0.0/16": give another vpcCidr or serviceCidr.',
  ],
  [
    'eu-west-1',
    { serviceCidr: '10.200.0.0/28' },
    'serviceCidr must be between a /12 and a /24, got "10.200.0.0/28": leave it out for 172.20.0.0/16.',
  ],
  [
    'eu-west-1',
    { availabilityZones: ['eu-west-1a'] },
    'availabilityZones must be two to six, got ["eu-west-1a"]: name two at least, which EKS needs.',
  ],
  [
    'eu-west-1',
    { availabilityZones: ['eu-west-1a', 'eu-west-2b'] },
    'availabilityZones must be zones of eu-west-1, got "eu-west-2b": name them like eu-west-1a.',
  ],
  [
    'eu-west-1',
    { availabilityZones: ['eu-west-1a', 'eu-west-1a'] },
    'availabilityZones must not name a zone twice, got ["eu-west-1a","eu-west-1a"]: name each zone once.',
  ],
  [
    'eu-west-1',
    { natGateways: 0 },
    'natGateways must be a whole number of at least 1, got 0: leave it out for the default of the tier; nodes pull images through them.',
  ],
  [
    'eu-west-1',
    { publicAccessCidrs: ['203.0.113.7'] },
    'publicAccessCidrs must be IPv4 ranges without bits behind the prefix, got "203.0.113.7": write one address as 203.0.113.7/32.',
  ],
  [
    'eu-west-1',
    { publicAccessCidrs: ['10.1.0.0/16'] },
    'publicAccessCidrs must be public addresses, got "10.1.0.0/16": leave it out; private addresses reach the API server through the private endpoint.',
  ],
  [
    'eu-west-1',
    { adminPrincipalArns: ['arn:aws:sts::123456789012:assumed-role/admin/me'] },
    'adminPrincipalArns must be ARNs of IAM users or roles, got "arn:aws:sts::123456789012:assumed-role/admin/me": name them like arn:aws:iam::123456789012:role/platform-admin; sessions (sts) have no access of their own.',
  ],
  [
    'eu-west-1',
    { tags: { 'aws:owner': 'me' } },
    'tags must have keys of 1 to 128 characters that do not start with aws: and values of at most 256, got {"aws:owner":"me"}: shorten or rename it.',
  ],
])('AwsProvider.inRegion(%j, %j)', (region, props, message) => {
  expect(() => AwsProvider.inRegion(region, props)).toThrow(new Error(`${WHERE} ${message}`));
});

test('the state bucket has a name that S3 accepts', () => {
  expect(() => AwsProvider.inRegion('eu-west-1', { stateBucket: 'Acme State' })).toThrow(
    '[StateBackend.s3] bucket must be a name of an S3 bucket, got "Acme State": use 3 to 63 lower-case letters, digits, dots and hyphens.',
  );
});

const build = (environment: string, tier: Tier, provider: AwsProviderProps, cluster?: ClusterProps) => () =>
  temporaryApp()
    .app.environment(environment, { provider: AwsProvider.inRegion('eu-west-1', provider), tier })
    .addCluster(cluster);

test.each<[string, AwsProviderProps, ClusterProps, string]>([
  [
    'an open API server in production',
    { publicAccessCidrs: ['0.0.0.0/0'] },
    {},
    '[production] publicAccessCidrs must not be the whole internet in production, nor half of it, got ["0.0.0.0/0"]: name the addresses of your offices and runners, or none for private access only.',
  ],
  [
    'the same in two halves',
    { publicAccessCidrs: ['0.0.0.0/1', '128.0.0.0/1'] },
    {},
    '[production] publicAccessCidrs must not be the whole internet in production, nor half of it, got ["0.0.0.0/1","128.0.0.0/1"]: name the addresses of your offices and runners, or none for private access only.',
  ],
  [
    'more NAT gateways than zones',
    { natGateways: 4 },
    {},
    '[production] natGateways must be at most the number of zones (3), got 4: give one a zone at most; more could not be used.',
  ],
  [
    'an old Kubernetes',
    {},
    { kubernetesVersion: '1.29' },
    '[production] kubernetesVersion must be one of 1.34, 1.35, 1.36, got "1.29": choose a version in standard support of EKS.',
  ],
  [
    'two pools of one name',
    {},
    { nodePools: [GeneralPool.of('a'), GeneralPool.of('a')] },
    '[production] nodePools must have names of their own, got "a": give one of them another name.',
  ],
  [
    'no node for DNS',
    {},
    { nodePools: [GeneralPool.of('a', { min: 0 })] },
    '[production] nodePools must have at least one node in the first general pool, got 0: give it min: 1 or more; DNS and the controllers run there.',
  ],
  [
    'an instance type that is none',
    {},
    { nodePools: [GeneralPool.of('a', { instanceType: 'large' })] },
    '[node pool "a"] instanceType must be an EC2 instance type, got "large": name it like t3.medium.',
  ],
  [
    'a GPU that no known machine has',
    {},
    { nodePools: [GpuPool.of(GpuModel.of('NVIDIA-L4', { memoryGiB: 24 }), { name: 'l4' })] },
    '[node pool "l4"] model must be one that the AWS provider knows an instance type for, got "NVIDIA-L4": give instanceType and gpusPerNode as well.',
  ],
  [
    'a number of GPUs that no machine has',
    {},
    { nodePools: [GpuPool.of(GpuModel.T4, { name: 't4', gpusPerNode: 3 })] },
    '[node pool "t4"] gpusPerNode must be one of 1, 4, 8 for Tesla-T4, got 3: choose one of these; EC2 has no other machine.',
  ],
  [
    'a machine with other GPUs',
    {},
    { nodePools: [GpuPool.of(GpuModel.T4, { name: 't4', instanceType: 'p3.2xlarge' })] },
    '[node pool "t4"] instanceType must have Tesla-T4 GPUs, got "p3.2xlarge": choose another model or instance type; p3.2xlarge has Tesla-V100-SXM2-16GB.',
  ],
  [
    'a machine with another number of GPUs',
    {},
    { nodePools: [GpuPool.of(GpuModel.T4, { name: 't4', instanceType: 'g4dn.xlarge', gpusPerNode: 2 })] },
    '[node pool "t4"] gpusPerNode must be 1 for g4dn.xlarge, got 2: leave it out.',
  ],
  [
    'an unknown machine whose GPUs nobody counted',
    {},
    { nodePools: [GpuPool.of(GpuModel.T4, { name: 't4', instanceType: 'g9.large' })] },
    '[node pool "t4"] gpusPerNode must be given for g9.large, got nothing: say how many GPUs one node has.',
  ],
])('%s', (_, provider, cluster, message) => {
  expect(build('production', Tier.PRODUCTION, provider, cluster)).toThrow(new Error(message));
});

test('an open API server is allowed elsewhere', () => {
  expect(build('dev', Tier.DEVELOPMENT, { publicAccessCidrs: ['0.0.0.0/0'] })).not.toThrow();
});

test.each(['1st', 'a--b'])('%s is no name of an environment on AWS', (name) => {
  expect(build(name, Tier.DEVELOPMENT, {})).toThrow(
    `[${name}] environment must start with a letter and have no two hyphens in a row on AWS, got "${name}": name it like production or team-a-dev.`,
  );
});

test.each<[string, (environment: Environment) => void, string]>([
  [
    'version of PostgreSQL',
    (env) => env.addDatabase('database', { postgresVersion: '9.6' }),
    'postgresVersion must be one of 14, 15, 16, 17, 18, got "9.6": give the major version.',
  ],
  [
    'class of a database',
    (env) => env.addDatabase('database', { instanceType: 'm7g.large' }),
    'instanceType must be an RDS instance class, got "m7g.large": name it like db.m7g.large.',
  ],
  [
    'storage',
    (env) => env.addDatabase('database', { storageGiB: 5 }),
    'storageGiB must be a whole number between 20 and 16384, got 5: give the storage in GiB.',
  ],
  [
    'backups',
    (env) => env.addDatabase('database', { backupRetentionDays: 36 }),
    'backupRetentionDays must be a whole number between 0 and 35, got 36: give the days, 0 for none.',
  ],
  [
    'name of a database',
    (env) => env.addDatabase('database', { databaseName: 'My DB' }),
    'databaseName must start with a letter and have at most 63 letters, digits and underscores, got "My DB": name it like platform.',
  ],
  [
    'type of a cache',
    (env) => env.addCache('cache', { instanceType: 'm7g.large' }),
    'instanceType must be an ElastiCache node type, got "m7g.large": name it like cache.m7g.large.',
  ],
  [
    'memory of a cache',
    (env) => env.addCache('cache', { memoryMiB: 1e6 }),
    'memoryMiB must be a whole number between 1 and 429140, got 1000000: give the memory of one node.',
  ],
  [
    'name of a bucket',
    (env) => env.addObjectStore('files', { bucketName: 'a.b' }),
    'bucketName must be a name of an S3 bucket, got "a.b": use 3 to 63 lower-case letters, digits and hyphens; dots break TLS.',
  ],
  [
    'expiration',
    (env) => env.addObjectStore('files', { expirationDays: 0 }),
    'expirationDays must be a whole number of at least 1, got 0: give the number of days, or leave it out.',
  ],
])('%s', (_, contents, message) => {
  expect(() => synthAws({ contents })).toThrow(message);
});

test('a bucket name that would not be unique in the world is not invented', () => {
  const { app } = temporaryApp();
  const environment = app.environment('dev', { provider: AwsProvider.inRegion('eu-west-1') });
  environment.addCluster();
  expect(() => environment.addObjectStore('files')).toThrow(
    'bucketName must be given when the provider knows neither account nor stateBucket, got nothing: give it, or account or stateBucket to AwsProvider.inRegion(); names of buckets are unique in the world',
  );
});

test('a cluster of another environment cannot be used', () => {
  const { app } = temporaryApp();
  const provider = AwsProvider.inRegion('eu-west-1');
  const [one, other] = ['one', 'other'].map((name) => app.environment(name, { provider }));
  const cluster = one.addCluster();
  other.addCluster();
  expect(() => provider.createCache(other, 'cache', cluster, {})).toThrow(
    '[other] cluster must be the EKS cluster of the same environment, got "one": pass environment.cluster.',
  );
});
