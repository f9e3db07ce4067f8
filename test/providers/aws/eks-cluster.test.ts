import { ClusterProps, GeneralPool, Tier } from '../../../src/contracts';
import { AwsProviderProps } from '../../../src/providers/aws';
import { AwsOutput, resourceWith, synthAws, theResource } from './terraform';

let output: AwsOutput;
beforeAll(() => {
  output = synthAws();
});

test('access by access entries only, and none for the principal that created the cluster', () => {
  expect(theResource(output.infrastructure, 'aws_eks_cluster').access_config).toEqual({
    authentication_mode: 'API',
    bootstrap_cluster_creator_admin_permissions: false,
  });
});

test('Secrets are encrypted with a key of the cluster', () => {
  expect(theResource(output.infrastructure, 'aws_eks_cluster').encryption_config).toEqual({
    provider: { key_arn: expect.stringMatching(/^\$\{aws_kms_key\.cluster_secrets-key_\w+\.arn\}$/) },
    resources: ['secrets'],
  });
});

test('all five control-plane logs go to a log group that is there before the cluster', () => {
  const cluster = theResource(output.infrastructure, 'aws_eks_cluster');
  expect(cluster.enabled_cluster_log_types).toEqual([
    'api',
    'audit',
    'authenticator',
    'controllerManager',
    'scheduler',
  ]);
  resourceWith(output.infrastructure, 'aws_cloudwatch_log_group', { name: '/aws/eks/production/cluster' });
  expect(cluster.depends_on).toContainEqual(expect.stringMatching(/^aws_cloudwatch_log_group\.cluster_logs/));
});

test('the API server is private by default', () => {
  const { vpc_config } = theResource(output.infrastructure, 'aws_eks_cluster') as { vpc_config: object };
  expect(vpc_config).toMatchObject({ endpoint_private_access: true, endpoint_public_access: false });
  expect(vpc_config).not.toHaveProperty('public_access_cidrs');
});

test('public access is limited to the ranges given', () => {
  const stack = synthAws({ provider: { publicAccessCidrs: ['203.0.113.0/24'] } }).infrastructure;
  expect(theResource(stack, 'aws_eks_cluster').vpc_config).toMatchObject({
    endpoint_private_access: true,
    endpoint_public_access: true,
    public_access_cidrs: ['203.0.113.0/24'],
  });
});

test('the control plane is in two private subnets, whatever zones come later, and Services outside the VPC', () => {
  const subnetsWith = (zones?: string[]) => {
    const { infrastructure } = synthAws({ provider: { availabilityZones: zones } });
    const cluster = theResource(infrastructure, 'aws_eks_cluster');
    return (cluster.vpc_config as { subnet_ids: string[] }).subnet_ids;
  };
  const subnets = subnetsWith();
  expect(subnets).toHaveLength(2);
  subnets.forEach((id) => expect(id).toContain('network_private-'));
  expect(subnetsWith(['eu-west-1a', 'eu-west-1b'])).toEqual(subnets);
  const cluster = theResource(output.infrastructure, 'aws_eks_cluster');
  expect(cluster.kubernetes_network_config).toEqual({ ip_family: 'ipv4', service_ipv4_cidr: '172.20.0.0/16' });
});

test('the newest supported Kubernetes by default, any supported one on request', () => {
  expect(output.cluster.kubernetesVersion).toBe('1.36');
  const older = synthAws({ cluster: { kubernetesVersion: '1.35' } });
  expect(theResource(older.infrastructure, 'aws_eks_cluster').version).toBe('1.35');
});

test('Terraform reaches the cluster with a short-lived token, and no credential is in any file', () => {
  const [provider] = output.bootstrap.provider?.kubernetes ?? [];
  expect(provider).toMatchObject({
    exec: [
      {
        api_version: 'client.authentication.k8s.io/v1',
        command: 'aws',
        args: ['eks', 'get-token', '--cluster-name', 'production', '--region', 'eu-west-1', '--output', 'json'],
      },
    ],
  });
  expect(provider).not.toHaveProperty('token');
});

test('EKS upgrades a late cluster by itself, but not production', () => {
  const support = (tier: Tier) =>
    theResource(synthAws({ tier }).infrastructure, 'aws_eks_cluster').upgrade_policy as { support_type: string };
  expect(support(Tier.PRODUCTION).support_type).toBe('EXTENDED');
  expect(support(Tier.STAGING).support_type).toBe('STANDARD');
});

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
])('a cluster refuses %s', (_, provider, cluster, message) => {
  expect(() => synthAws({ provider, cluster })).toThrow(new Error(message));
});

test('an open API server is allowed elsewhere', () => {
  const provider = { publicAccessCidrs: ['0.0.0.0/0'] };
  expect(() => synthAws({ name: 'dev', tier: Tier.DEVELOPMENT, provider })).not.toThrow();
});
