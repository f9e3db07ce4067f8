import { GeneralPool, GpuModel, GpuPool } from '../../../src/contracts';
import { NodeScaling } from '../../../src/providers/aws';
import { AwsOutput, Json, policyOf, resources, resourceWith, synthAws, theResource } from './terraform';

let made: AwsOutput;
beforeAll(() => {
  made = synthAws({
    provider: { nodeScaling: NodeScaling.KARPENTER },
    cluster: {
      nodePools: [
        GpuPool.of(GpuModel.T4, { max: 4, spot: true }),
        GeneralPool.of('general', { min: 1, max: 5 }),
        GpuPool.of(GpuModel.A100_40GB, { min: 1, max: 8 }),
        GeneralPool.of('fixed', { min: 2, max: 2 }),
      ],
    },
  });
});

test('the smallest number of nodes of a pool is a managed group, the rest is Karpenter’s', () => {
  const { infrastructure, bootstrap } = made;
  const sizes = resources(infrastructure, 'aws_eks_node_group').map((one) => [
    one.node_group_name_prefix,
    (one.scaling_config as Json).min_size,
    (one.scaling_config as Json).max_size,
  ]);
  expect(sizes.sort()).toEqual([
    ['fixed-', 2, 2],
    ['general_a-', 1, 1],
    ['general_b-', 1, 1],
    ['gpu-a100-40gb-', 1, 1],
  ]);
  expect(bootstrap.resource?.helm_release).toHaveProperty('karpenter');
  expect(bootstrap.resource?.helm_release).not.toHaveProperty('cluster-autoscaler');
});

test('its NodePools have the labels, taints and bounds of the pools', () => {
  expect(made.manifest('node-pools/nodepool-gpu-a100-40gb.yaml')).toMatchObject({
    apiVersion: 'karpenter.sh/v1',
    spec: {
      limits: { nodes: 7, 'nvidia.com/gpu': 56 },
      template: {
        metadata: {
          labels: { 'nstarx.io/node-pool': 'gpu-a100-40gb', 'nvidia.com/gpu.product': 'NVIDIA-A100-SXM4-40GB' },
        },
        spec: {
          taints: [{ key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' }],
          requirements: expect.arrayContaining([
            { key: 'node.kubernetes.io/instance-type', operator: 'In', values: ['p4d.24xlarge'] },
            { key: 'karpenter.sh/capacity-type', operator: 'In', values: ['on-demand'] },
          ]),
        },
      },
    },
  });
  expect(made.manifest('node-pools/nodepool-general.yaml')).toMatchObject({ spec: { limits: { nodes: 3 } } });
  expect(() => made.manifest('node-pools/nodepool-fixed.yaml')).toThrow('ENOENT');
});

test('a node lasts while there is work on it: GPU nodes do not expire, others wait for their pods', () => {
  expect(made.manifest('node-pools/nodepool-gpu-a100-40gb.yaml')).toMatchObject({
    spec: { template: { spec: { expireAfter: 'Never' } }, disruption: { consolidationPolicy: 'WhenEmpty' } },
  });
  expect(made.manifest('node-pools/nodepool-general.yaml')).toMatchObject({
    spec: { template: { spec: { expireAfter: '720h', terminationGracePeriod: '72h' } } },
  });
});

test('its images are pinned, and its pods counted as the network has addresses', () => {
  expect(made.manifest('node-pools/ec2nodeclass-general.yaml')).toMatchObject({
    spec: {
      amiSelectorTerms: [{ alias: 'al2023@v20260714' }],
      kubelet: { maxPods: 110 },
      instanceStorePolicy: 'RAID0',
    },
  });
});

test('zones, reserved capacity and placement groups are those of the pool', () => {
  const options = { multiNode: true, zones: ['eu-west-1b'], capacityReservationId: 'cr-0123456789abcdef0' };
  const output = synthAws({
    provider: { nodeScaling: NodeScaling.KARPENTER, nodeImageRelease: 'recommended' },
    cluster: { nodePools: [GpuPool.of(GpuModel.A100_40GB, { name: 'train', ...options })] },
  });
  expect(output.manifest('node-pools/nodepool-train.yaml')).toMatchObject({
    spec: {
      template: {
        spec: {
          requirements: expect.arrayContaining([
            { key: 'topology.kubernetes.io/zone', operator: 'In', values: ['eu-west-1b'] },
            { key: 'karpenter.sh/capacity-type', operator: 'In', values: ['reserved'] },
          ]),
        },
      },
    },
  });
  expect(output.manifest('node-pools/ec2nodeclass-train.yaml')).toMatchObject({
    spec: {
      amiSelectorTerms: [{ alias: 'al2023@latest' }],
      capacityReservationSelectorTerms: [{ id: 'cr-0123456789abcdef0' }],
      placementGroupSelector: { name: 'production-train' },
    },
  });
  expect(theResource(output.infrastructure, 'aws_placement_group').name).toBe('production-train');
});

test('with spot capacity it may make the role that EC2 needs for it, otherwise not', () => {
  const statementOf = (output: AwsOutput) =>
    policyOf(output.infrastructure, 'kube-system', 'karpenter').find(({ Sid }) => Sid === 'CreateSpotRole');
  expect(statementOf(made)).toMatchObject({
    Action: 'iam:CreateServiceLinkedRole',
    Condition: { StringEquals: { 'iam:AWSServiceName': 'spot.amazonaws.com' } },
  });
  expect(statementOf(synthAws({ provider: { nodeScaling: NodeScaling.KARPENTER } }))).toBeUndefined();
});

test('its nodes are found, named and protected without a token in the manifest', () => {
  expect(made.manifest('node-pools/ec2nodeclass-gpu-t4-spot.yaml')).toMatchObject({
    apiVersion: 'karpenter.k8s.aws/v1',
    spec: {
      role: 'production-eu-west-1-karpenter-node',
      subnetSelectorTerms: [{ tags: { 'karpenter.sh/discovery': 'production' } }],
      securityGroupSelectorTerms: [{ tags: { 'karpenter.sh/discovery': 'production' } }],
      metadataOptions: { httpTokens: 'required', httpPutResponseHopLimit: 1 },
      blockDeviceMappings: [{ ebs: { encrypted: true, kmsKeyID: 'alias/production-volumes' } }],
      tags: { environment: 'production' },
    },
  });
  resourceWith(made.infrastructure, 'aws_iam_role', { name: 'production-eu-west-1-karpenter-node' });
  expect(theResource(made.infrastructure, 'aws_ec2_tag')).toMatchObject({
    key: 'karpenter.sh/discovery',
    value: 'production',
    resource_id: expect.stringContaining('cluster_security_group_id'),
  });
  resourceWith(made.infrastructure, 'aws_eks_access_entry', { type: 'EC2_LINUX' });
});

test('interruptions reach it through an encrypted queue that takes events over TLS only', () => {
  const { infrastructure } = made;
  expect(theResource(infrastructure, 'aws_sqs_queue')).toMatchObject({ sqs_managed_sse_enabled: true });
  expect(resources(infrastructure, 'aws_cloudwatch_event_rule')).toHaveLength(5);
  expect(resources(infrastructure, 'aws_cloudwatch_event_target')).toHaveLength(5);
  const policy = String(theResource(infrastructure, 'aws_sqs_queue_policy').policy);
  expect(policy).toContain('"aws:SecureTransport":"false"');
  expect(policy).toContain('"aws:SourceArn"');
});

test('it may delete and tag only what carries its tags, and pass only the role of its nodes', () => {
  const policy = policyOf(made.infrastructure, 'kube-system', 'karpenter');
  const bySid = (sid: string) => policy.find((statement) => statement.Sid === sid) as Json;
  expect(bySid('DeleteOurs').Condition).toEqual({
    StringEquals: { 'aws:ResourceTag/kubernetes.io/cluster/production': 'owned' },
    StringLike: { 'aws:ResourceTag/karpenter.sh/nodepool': '*' },
  });
  expect(bySid('GiveNodesTheirRole').Resource).toMatch(/^\$\{aws_iam_role\.karpenter_node-role_\w+\.arn\}$/);
  // IAM's bound for the policies in a role
  expect(JSON.stringify(policy).length).toBeLessThan(10240);
});
