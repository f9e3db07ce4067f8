import { GeneralPool, GpuModel, GpuPool } from '../../../src/contracts';
import { AwsOutput, Json, nodeGroup, resources, synthAws, theResource } from './terraform';

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

test('spot capacity and ARM machines', () => {
  const pool = GeneralPool.of('arm', { spot: true, instanceType: 'm7gd.xlarge' });
  expect(nodeGroup(synthAws({ cluster: { nodePools: [pool] } }).infrastructure, 'arm')).toMatchObject({
    capacity_type: 'SPOT',
    ami_type: 'AL2023_ARM_64_STANDARD',
  });
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
