import * as yaml from 'yaml';
import { GeneralPool, GpuModel, GpuPool, Tier } from '../../../src/contracts';
import { NodeScaling } from '../../../src/providers/aws';
import { StackJson } from '../../support/synth';
import { AwsOutput, Json, nodeGroup, nodeGroups, resources, synthAws, theResource } from './terraform';

let output: AwsOutput;
beforeAll(() => {
  output = synthAws();
});

test.each([
  [Tier.DEVELOPMENT, ['t3.medium']],
  [Tier.STAGING, ['m6i.xlarge', 'm7i.xlarge']],
  [Tier.PRODUCTION, ['m6i.xlarge', 'm7i.xlarge']],
])('without pools there is one of machines that fit the tier %s', (tier, types) => {
  const { infrastructure, cluster } = synthAws({ tier });
  expect(nodeGroup(infrastructure, 'general')).toMatchObject({
    instance_types: types,
    ami_type: 'AL2023_x86_64_STANDARD',
    capacity_type: 'ON_DEMAND',
    labels: { 'nstarx.io/node-pool': 'general' },
  });
  expect(cluster.nodePools.map((pool) => pool.name)).toEqual(['general']);
});

test('Prometheus of production fits a node of the default pool', () => {
  const [general] = output.cluster.capabilities.nodes ?? [];
  expect(general.memory).toBeGreaterThan(12 * 2 ** 30);
});

test.each([
  ['ap-southeast-4', ['m7i.xlarge']],
  ['me-south-1', ['m6i.xlarge']],
])('the default machines are those that %s has', (region, types) => {
  expect(nodeGroup(synthAws({ region }).infrastructure, 'general').instance_types).toEqual(types);
});

test('a general pool has a group in each zone, which share its nodes, and a GPU pool one for all zones', () => {
  const pools = [
    GeneralPool.of('general', { min: 2, max: 7 }),
    GeneralPool.of('small', { max: 2 }),
    GeneralPool.of('here', { zones: ['eu-west-1b'] }),
    GpuPool.of(GpuModel.T4, { max: 9, zones: ['eu-west-1a', 'eu-west-1c'] }),
  ];
  const { infrastructure } = synthAws({ cluster: { nodePools: pools } });
  const groups = pools.flatMap(({ name }) => Object.entries(nodeGroups(infrastructure, name)));
  expect(
    groups.map(([prefix, { scaling_config, subnet_ids }]) => [prefix, bounds(scaling_config), zones(subnet_ids)]),
  ).toEqual([
    ['general_a-', [1, 3], 'a'],
    ['general_b-', [1, 2], 'b'],
    ['general_c-', [0, 2], 'c'],
    ['small-', [1, 2], 'abc'],
    ['here-', [1, 3], 'b'],
    ['gpu-t4-', [0, 9], 'ac'],
  ]);
});

test('a change of who scales the nodes keeps the addresses of the groups', () => {
  const addresses = (nodeScaling: NodeScaling) =>
    Object.keys(synthAws({ provider: { nodeScaling } }).infrastructure.resource?.aws_eks_node_group ?? {});
  expect(addresses(NodeScaling.KARPENTER)).toEqual(addresses(NodeScaling.CLUSTER_AUTOSCALER));
  expect(addresses(NodeScaling.NONE)).toEqual(addresses(NodeScaling.CLUSTER_AUTOSCALER));
});

test('images, logs and emptyDirs are on the disks of the machine, where it has any', () => {
  const { user_data } = theResource(output.infrastructure, 'aws_launch_template');
  const text = Buffer.from(String(user_data), 'base64').toString('utf8');
  const [config] = text.split('--//').filter((part) => part.includes('node.eks.aws/v1alpha1'));
  expect(yaml.parse(config.slice(config.indexOf('apiVersion')))).toEqual({
    apiVersion: 'node.eks.aws/v1alpha1',
    kind: 'NodeConfig',
    spec: { instance: { localStorage: { strategy: 'RAID0' } } },
  });
});

test('nodes of distributed training stand together and have EFA on each network card', () => {
  const pool = GpuPool.of(GpuModel.A100_40GB, { name: 'train', multiNode: true, zones: ['eu-west-1a'] });
  const { infrastructure } = synthAws({ cluster: { nodePools: [pool] } });
  expect(theResource(infrastructure, 'aws_placement_group')).toMatchObject({
    name: 'production-train',
    strategy: 'cluster',
  });
  const { network_interfaces, placement } = templateOf(infrastructure, 'train');
  expect(placement).toMatchObject({ group_name: expect.stringContaining('placement-group-train') });
  const interfaces = network_interfaces as Json[];
  expect(interfaces.map((one) => [one.network_card_index, one.device_index, one.interface_type])).toEqual([
    [0, 0, 'efa'],
    [1, 1, 'efa-only'],
    [2, 1, 'efa-only'],
    [3, 1, 'efa-only'],
  ]);
  for (const one of interfaces) {
    expect(one.security_groups).toEqual([expect.stringContaining('cluster_security_group_id')]);
  }
});

test('reserved capacity is used, and nothing else', () => {
  const capacityReservationId = 'cr-0123456789abcdef0';
  const zones = ['eu-west-1a'];
  const nodePools = [
    GpuPool.of(GpuModel.T4, { name: 'reserved', zones, capacityReservationId }),
    GpuPool.of(GpuModel.A100_40GB, { name: 'block', zones, capacityReservationId, capacityBlock: true }),
  ];
  const { infrastructure } = synthAws({ cluster: { nodePools } });
  const target = { capacity_reservation_target: { capacity_reservation_id: capacityReservationId } };
  expect(templateOf(infrastructure, 'reserved')).toMatchObject({ capacity_reservation_specification: target });
  expect(nodeGroup(infrastructure, 'reserved')).toMatchObject({ capacity_type: 'ON_DEMAND' });
  expect(templateOf(infrastructure, 'block')).toMatchObject({
    capacity_reservation_specification: target,
    instance_market_options: { market_type: 'capacity-block' },
    instance_type: 'p4d.24xlarge',
  });
  expect(nodeGroup(infrastructure, 'block')).toMatchObject({ capacity_type: 'CAPACITY_BLOCK' });
  expect(nodeGroup(infrastructure, 'block')).not.toHaveProperty('instance_types');
});

test('the image of the nodes is pinned, moves with a prop, or follows what AWS recommends', () => {
  const releaseWith = (nodeImageRelease?: string) =>
    nodeGroup(synthAws({ provider: { nodeImageRelease } }).infrastructure, 'general').release_version;
  expect(releaseWith()).toBe('1.36.2-20260714');
  expect(releaseWith('1.36.4-20260923')).toBe('1.36.4-20260923');
  expect(releaseWith('recommended')).toMatch(/^\$\{data\.aws_ssm_parameter\..*\.insecure_value\}$/);
  expect(() => releaseWith('1.35.6-20260714')).toThrow(
    new Error(
      '[production] nodeImageRelease must be a release for Kubernetes 1.36, got "1.35.6-20260714": write it like 1.36.2-20260714, or leave it out.',
    ),
  );
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

function bounds(scaling: unknown): unknown[] {
  const { min_size, max_size } = scaling as Json;
  return [min_size, max_size];
}

/** The letters of the zones of subnets. */
function zones(subnets: unknown): string {
  return (subnets as string[]).map((id) => String(/private-(?:[a-z]+-[a-z]+-\d)?([a-z])/.exec(id)?.[1])).join('');
}

function templateOf(stack: StackJson, pool: string): Json {
  const [template] = resources(stack, 'aws_launch_template').filter((one) => one.name_prefix === `production-${pool}-`);
  return template;
}
