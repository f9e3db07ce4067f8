import { Tier } from '../../../src/contracts';
import { AwsOutput, resources, resourceWith, statements, synthAws, theResource } from './terraform';

let output: AwsOutput;
beforeAll(() => {
  output = synthAws();
});

test('access by access entries only, and none for whoever happened to create the cluster', () => {
  expect(theResource(output.infrastructure, 'aws_eks_cluster').access_config).toEqual({
    authentication_mode: 'API',
    bootstrap_cluster_creator_admin_permissions: false,
  });
});

test('by default the first one who applies has an access entry, which the next one does not replace', () => {
  expect(theResource(output.infrastructure, 'aws_eks_access_entry')).toMatchObject({
    principal_arn: expect.stringMatching(/^\$\{data\.aws_iam_session_context\..*\.issuer_arn\}$/),
    type: 'STANDARD',
    lifecycle: { ignore_changes: ['principal_arn'] },
  });
});

test('named administrators have access entries, and nobody else', () => {
  const arns = ['arn:aws:iam::123456789012:role/admins/platform', 'arn:aws:iam::123456789012:user/root-of-all'];
  const stack = synthAws({ provider: { adminPrincipalArns: arns } }).infrastructure;
  expect(resources(stack, 'aws_eks_access_entry').map((entry) => entry.principal_arn)).toEqual(arns);
  expect(resources(stack, 'aws_eks_access_policy_association').map((one) => one.policy_arn)).toEqual([
    'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy',
    'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy',
  ]);
  expect(stack.data?.aws_iam_session_context).toBeUndefined();
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

test('the control plane stands in the private subnets, and Services outside the VPC', () => {
  const cluster = theResource(output.infrastructure, 'aws_eks_cluster');
  const { subnet_ids } = cluster.vpc_config as { subnet_ids: string[] };
  expect(subnet_ids).toHaveLength(3);
  subnet_ids.forEach((id) => expect(id).toContain('network_private-'));
  expect(cluster.kubernetes_network_config).toEqual({ ip_family: 'ipv4', service_ipv4_cidr: '172.20.0.0/16' });
});

test('the newest supported Kubernetes by default, any supported one on request', () => {
  expect(output.cluster.kubernetesVersion).toBe('1.36');
  const older = synthAws({ cluster: { kubernetesVersion: '1.35' } });
  expect(theResource(older.infrastructure, 'aws_eks_cluster').version).toBe('1.35');
});

test('add-ons: network policies are on, and each add-on that calls AWS has a role of its own', () => {
  const addOns = resources(output.infrastructure, 'aws_eks_addon');
  expect(addOns.map((addOn) => addOn.addon_name).sort()).toEqual([
    'aws-ebs-csi-driver',
    'coredns',
    'eks-pod-identity-agent',
    'kube-proxy',
    'vpc-cni',
  ]);
  const cni = resourceWith(output.infrastructure, 'aws_eks_addon', { addon_name: 'vpc-cni' });
  expect(JSON.parse(cni.configuration_values as string)).toMatchObject({ enableNetworkPolicy: 'true' });
  expect(cni.pod_identity_association).toEqual([
    { role_arn: expect.stringContaining('vpc-cni-role'), service_account: 'aws-node' },
  ]);
  const ebs = resourceWith(output.infrastructure, 'aws_eks_addon', { addon_name: 'aws-ebs-csi-driver' });
  expect(ebs.pod_identity_association).toEqual([
    { role_arn: expect.stringContaining('ebs-csi-driver-role'), service_account: 'ebs-csi-controller-sa' },
  ]);
});

test('nodes wait for the network add-ons and their own permissions, DNS waits for the general nodes only', () => {
  const group = resources(output.infrastructure, 'aws_eks_node_group')[0];
  const waitsFor = JSON.stringify(group.depends_on);
  for (const needed of ['vpc-cni', 'kube-proxy', 'pod-identity-agent', 'AmazonEKSWorkerNodePolicy', 'private-route']) {
    expect(waitsFor).toContain(needed);
  }
  const dns = resourceWith(output.infrastructure, 'aws_eks_addon', { addon_name: 'coredns' });
  expect(dns.depends_on).toEqual([expect.stringMatching(/^aws_eks_node_group\.nodes-general/)]);
});

test('nodes may join the cluster and pull images, nothing else', () => {
  const attached = resources(output.infrastructure, 'aws_iam_role_policy_attachment')
    .filter((attachment) => String(attachment.role).includes('node-role'))
    .map((attachment) => attachment.policy_arn);
  expect(attached.sort()).toEqual([
    'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly',
    'arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy',
  ]);
});

test('a role of Pod Identity can be assumed for one ServiceAccount of one cluster only', () => {
  const roles = resources(output.infrastructure, 'aws_iam_role').filter((role) =>
    String(role.assume_role_policy).includes('pods.eks.amazonaws.com'),
  );
  expect(roles.length).toBeGreaterThan(3);
  for (const role of roles) {
    const [trust, ...others] = statements(role.assume_role_policy);
    expect(others).toEqual([]);
    expect(trust.Action).toEqual(['sts:AssumeRole', 'sts:TagSession']);
    expect(Object.keys((trust.Condition as { StringEquals: object }).StringEquals)).toEqual([
      'aws:RequestTag/eks-cluster-arn',
      'aws:RequestTag/kubernetes-namespace',
      'aws:RequestTag/kubernetes-service-account',
    ]);
  }
});

test('the default StorageClass is encrypted gp3 in the zone of the pod', () => {
  const manifest = output.manifest('storage-class/storageclass-gp3.yaml');
  expect(manifest).toMatchObject({
    kind: 'StorageClass',
    metadata: { name: 'gp3', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    provisioner: 'ebs.csi.aws.com',
    parameters: { type: 'gp3', encrypted: 'true', kmsKeyId: 'alias/production-volumes' },
    volumeBindingMode: 'WaitForFirstConsumer',
    allowVolumeExpansion: true,
  });
  expect(output.cluster.defaultStorageClass).toBe('gp3');
  resourceWith(output.infrastructure, 'aws_kms_alias', { name: 'alias/production-volumes' });
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
