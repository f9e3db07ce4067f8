import { GeneralPool, GpuModel, GpuPool, NodePool } from '../../../src/contracts';
import { NodeScaling } from '../../../src/providers/aws';
import { AwsOutput, Json, policyOf, resources, resourceWith, synthAws, theResource } from './terraform';

const group = (stack: Parameters<typeof resources>[0], pool: string): Json =>
  resourceWith(stack, 'aws_eks_node_group', { node_group_name_prefix: `${pool}-` });

let output: AwsOutput;
beforeAll(() => {
  output = synthAws();
});

test('without pools there is one of t3.medium', () => {
  expect(theResource(output.infrastructure, 'aws_eks_node_group')).toMatchObject({
    instance_types: ['t3.medium'],
    ami_type: 'AL2023_x86_64_STANDARD',
    capacity_type: 'ON_DEMAND',
    scaling_config: { min_size: 3, max_size: 12, desired_size: 3 },
    lifecycle: { ignore_changes: ['scaling_config[0].desired_size'] },
    labels: { 'nstarx.io/node-pool': 'general' },
  });
  expect(output.cluster.nodePools.map((pool) => pool.name)).toEqual(['general']);
});

test('nodes are in private subnets, and their disks and metadata are protected', () => {
  const stack = synthAws({ cluster: { nodePools: [GpuPool.of(GpuModel.T4)] } }).infrastructure;
  for (const one of resources(stack, 'aws_eks_node_group')) {
    (one.subnet_ids as string[]).forEach((id) => expect(id).toContain('network_private-'));
  }
  const templates = resources(stack, 'aws_launch_template');
  expect(templates).toHaveLength(2);
  for (const template of templates) {
    expect(template.metadata_options).toMatchObject({ http_tokens: 'required', http_put_response_hop_limit: 1 });
    expect(template.block_device_mappings).toEqual([
      {
        device_name: '/dev/xvda',
        ebs: expect.objectContaining({
          encrypted: 'true',
          volume_type: 'gp3',
          kms_key_id: expect.stringMatching(/volumes-key_\w+\.arn\}$/),
        }),
      },
    ]);
    const tagged = template.tag_specifications as { resource_type: string; tags: Json }[];
    expect(tagged.map((one) => one.resource_type)).toEqual(['instance', 'volume', 'network-interface']);
    tagged.forEach((one) => expect(one.tags).toMatchObject({ environment: 'production', team: 'platform' }));
  }
});

test.each<[string, NodePool, string, number]>([
  ['T4', GpuPool.of(GpuModel.T4, { name: 'gpu' }), 'g4dn.xlarge', 1],
  ['four T4', GpuPool.of(GpuModel.T4, { name: 'gpu', gpusPerNode: 4 }), 'g4dn.12xlarge', 4],
  ['V100', GpuPool.of(GpuModel.V100_16GB, { name: 'gpu' }), 'p3.2xlarge', 1],
  ['V100 with 32 GB', GpuPool.of(GpuModel.V100_32GB, { name: 'gpu' }), 'p3dn.24xlarge', 8],
  ['A100', GpuPool.of(GpuModel.A100_40GB, { name: 'gpu' }), 'p4d.24xlarge', 8],
  ['A100 with 80 GB', GpuPool.of(GpuModel.A100_80GB, { name: 'gpu' }), 'p4de.24xlarge', 8],
  ['a larger machine', GpuPool.of(GpuModel.T4, { name: 'gpu', instanceType: 'g4dn.metal' }), 'g4dn.metal', 8],
])('a pool of %s', (_, pool, instanceType, gpus) => {
  const output = synthAws({ cluster: { nodePools: [pool] } });
  const { productLabel } = (pool as GpuPool).model;
  expect(group(output.infrastructure, 'gpu')).toMatchObject({
    instance_types: [instanceType],
    ami_type: 'AL2023_x86_64_NVIDIA',
    labels: { 'nstarx.io/node-pool': 'gpu', 'nvidia.com/gpu.product': productLabel },
    taint: [{ key: 'nvidia.com/gpu', value: 'present', effect: 'NO_SCHEDULE' }],
    scaling_config: { min_size: 0, max_size: 3, desired_size: 0 },
  });
  expect(output.cluster.capabilities.gpus).toEqual([
    { pool: 'gpu', resourceName: 'nvidia.com/gpu', productLabel, perNode: gpus, total: gpus * 3 },
  ]);
});

test('a GPU that the provider does not know needs its machine named', () => {
  const l4 = GpuModel.of('NVIDIA-L4', { memoryGiB: 24 });
  const pool = GpuPool.of(l4, { name: 'l4', instanceType: 'g6.12xlarge', gpusPerNode: 4, max: 2 });
  const output = synthAws({ cluster: { nodePools: [pool] } });
  expect(group(output.infrastructure, 'l4').instance_types).toEqual(['g6.12xlarge']);
  expect(output.cluster.capabilities.gpus[0]).toMatchObject({ perNode: 4, total: 8 });
});

test('spot capacity and ARM machines', () => {
  const pool = GeneralPool.of('arm', { spot: true, instanceType: 'm7gd.xlarge' });
  expect(group(synthAws({ cluster: { nodePools: [pool] } }).infrastructure, 'arm')).toMatchObject({
    capacity_type: 'SPOT',
    ami_type: 'AL2023_ARM_64_STANDARD',
  });
});

test('GPU pools bring the operator with the device plugin, others do not', () => {
  expect(output.bootstrap.resource?.helm_release).not.toHaveProperty('gpu-operator');
  const withGpu = synthAws({ cluster: { nodePools: [GpuPool.of(GpuModel.T4)] } });
  expect(withGpu.bootstrap.resource?.helm_release).toHaveProperty('gpu-operator');
});

test('the Cluster Autoscaler may resize the groups of its own cluster only, and Karpenter is not there', () => {
  const changes = policyOf(output.infrastructure, 'kube-system', 'cluster-autoscaler').filter((statement) =>
    JSON.stringify(statement.Action).includes('SetDesiredCapacity'),
  );
  expect(changes).toEqual([
    expect.objectContaining({
      Condition: { StringEquals: { 'aws:ResourceTag/k8s.io/cluster-autoscaler/production': 'owned' } },
    }),
  ]);
  expect(output.bootstrap.resource?.helm_release).toHaveProperty('cluster-autoscaler');
  expect(output.bootstrap.resource?.helm_release).not.toHaveProperty('karpenter');
  expect(output.cluster.capabilities.nodeAutoscaling).toBe(true);
});

test('nobody scales: neither is there', () => {
  const output = synthAws({ provider: { nodeScaling: NodeScaling.NONE } });
  expect(Object.keys(output.bootstrap.resource?.helm_release ?? {})).toEqual([
    'aws-load-balancer-controller',
    'metrics-server',
  ]);
  expect(output.cluster.capabilities.nodeAutoscaling).toBe(false);
});

describe('Karpenter', () => {
  let made: AwsOutput;
  beforeAll(() => {
    made = synthAws({
      provider: { nodeScaling: NodeScaling.KARPENTER },
      cluster: {
        nodePools: [
          GpuPool.of(GpuModel.T4, { max: 4, spot: true }),
          GeneralPool.of('general', { min: 1, max: 5 }),
          GpuPool.of(GpuModel.A100_80GB, { min: 1, max: 8 }),
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
      ['general-', 2, 2],
      ['gpu-a100-80gb-', 1, 1],
    ]);
    expect(bootstrap.resource?.helm_release).toHaveProperty('karpenter');
    expect(bootstrap.resource?.helm_release).not.toHaveProperty('cluster-autoscaler');
  });

  test('its NodePools have the labels, taints and bounds of the pools', () => {
    expect(made.manifest('node-pools/nodepool-gpu-a100-80gb.yaml')).toMatchObject({
      apiVersion: 'karpenter.sh/v1',
      spec: {
        limits: { nodes: 7, 'nvidia.com/gpu': 56 },
        template: {
          metadata: {
            labels: { 'nstarx.io/node-pool': 'gpu-a100-80gb', 'nvidia.com/gpu.product': 'NVIDIA-A100-SXM4-80GB' },
          },
          spec: {
            taints: [{ key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' }],
            requirements: expect.arrayContaining([
              { key: 'node.kubernetes.io/instance-type', operator: 'In', values: ['p4de.24xlarge'] },
              { key: 'karpenter.sh/capacity-type', operator: 'In', values: ['on-demand'] },
            ]),
          },
        },
      },
    });
    expect(made.manifest('node-pools/nodepool-general.yaml')).toMatchObject({ spec: { limits: { nodes: 3 } } });
    expect(() => made.manifest('node-pools/nodepool-fixed.yaml')).toThrow('ENOENT');
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
});

test('the load balancer controller may change what carries its tags, in this VPC', () => {
  const policy = policyOf(output.infrastructure, 'kube-system', 'aws-load-balancer-controller');
  const about = (action: string) => policy.filter((one) => JSON.stringify(one.Action).includes(`"${action}"`));
  expect(about('ec2:AuthorizeSecurityGroupIngress')[0].Condition).toEqual({
    ArnEquals: { 'ec2:Vpc': expect.stringContaining(':vpc/${aws_vpc.') },
  });
  for (const action of ['elasticloadbalancing:DeleteLoadBalancer', 'ec2:DeleteSecurityGroup']) {
    for (const statement of about(action)) {
      expect(statement.Condition).toEqual({ Null: { 'aws:ResourceTag/elbv2.k8s.aws/cluster': 'false' } });
    }
  }
  expect(JSON.stringify(policy).length).toBeLessThan(10240);
  expect(output.bootstrapText).toContain('aws-load-balancer-controller');
});
