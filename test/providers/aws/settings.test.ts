import { AwsProvider, AwsProviderProps } from '../../../src/providers/aws';

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
    'vpcCidr must be between a /16 and a /21, got "10.0.0.0/8": give one such as 10.0.0.0/16; a VPC cannot be larger, and in a smaller one the subnets have no addresses for nodes.',
  ],
  [
    'eu-west-1',
    { vpcCidr: '10.0.0.0/23' },
    'vpcCidr must be between a /16 and a /21, got "10.0.0.0/23": give one such as 10.0.0.0/16; a VPC cannot be larger, and in a smaller one the subnets have no addresses for nodes.',
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
    'publicAccessCidrs must be public addresses, got "10.1.0.0/16": name it in privateAccessCidrs; private addresses reach the API server through the private endpoint.',
  ],
  [
    'eu-west-1',
    { adminPrincipalArns: ['arn:aws:sts::123456789012:assumed-role/admin/me'] },
    'adminPrincipalArns must be ARNs of IAM users or roles, got "arn:aws:sts::123456789012:assumed-role/admin/me": name them like arn:aws:iam::123456789012:role/platform-admin; sessions (sts) have no access of their own.',
  ],
  [
    'eu-west-1',
    { tags: { 'aws:owner': 'me' } },
    'tags must not be one that AWS, Kubernetes or the platform sets itself, got {"aws:owner":"me"}: rename it; reserved are Name and keys such as aws:, eks:, kubernetes.io/.',
  ],
])('AwsProvider.inRegion(%j, %j)', (region, props, message) => {
  expect(() => AwsProvider.inRegion(region, props)).toThrow(new Error(`${WHERE} ${message}`));
});

test('the state bucket has a name that S3 accepts', () => {
  expect(() => AwsProvider.inRegion('eu-west-1', { stateBucket: 'Acme State' })).toThrow(
    '[StateBackend.s3] bucket must be a name of an S3 bucket, got "Acme State": use 3 to 63 lower-case letters, digits, dots and hyphens.',
  );
});
