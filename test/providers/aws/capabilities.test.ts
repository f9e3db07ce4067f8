import { GeneralPool, GpuModel, GpuPool } from '../../../src/contracts';
import { NodeScaling } from '../../../src/providers/aws';
import { synthAws } from './terraform';

const POOLS = [
  GpuPool.of(GpuModel.T4, { max: 4 }),
  GeneralPool.of('general', { min: 1, max: 5, labels: { team: 'a' } }),
  GeneralPool.of('fixed', { min: 2, max: 2, instanceType: 'm7g.large' }),
];

const nodesWith = (nodeScaling: NodeScaling) =>
  synthAws({ provider: { nodeScaling }, cluster: { nodePools: POOLS } }).cluster.capabilities.nodes ?? [];

test.each([
  // Karpenter itself needs two nodes that it did not make
  [
    NodeScaling.KARPENTER,
    [
      ['general', 2, 5],
      ['gpu-t4', 0, 4],
      ['fixed', 2, 2],
    ],
  ],
  [
    NodeScaling.CLUSTER_AUTOSCALER,
    [
      ['general', 1, 5],
      ['gpu-t4', 0, 4],
      ['fixed', 2, 2],
    ],
  ],
  // nothing adds nodes
  [
    NodeScaling.NONE,
    [
      ['general', 1, 1],
      ['gpu-t4', 0, 0],
      ['fixed', 2, 2],
    ],
  ],
])('the numbers of nodes that come by themselves with $name', (scaling, bounds) => {
  expect(nodesWith(scaling).map(({ pool, min, max }) => [pool, min, max])).toEqual(bounds);
});

test('the nodes of a pool are shared out among its zones where each has a group, which Karpenter has not', () => {
  const divided = (scaling: NodeScaling) =>
    nodesWith(scaling).flatMap(({ pool, dividedByZone }) => (dividedByZone ? [pool] : []));
  // fixed has fewer nodes than there are zones
  expect(divided(NodeScaling.CLUSTER_AUTOSCALER)).toEqual(['general']);
  expect(divided(NodeScaling.NONE)).toEqual(['general']);
  expect(divided(NodeScaling.KARPENTER)).toEqual([]);
});

test('labels, zones, pods and GPUs are known before there is a node', () => {
  const [general, gpu, fixed] = nodesWith(NodeScaling.CLUSTER_AUTOSCALER);
  const zones = ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'];
  expect(general).toMatchObject({ pods: 110, zones, labels: { team: 'a', 'nstarx.io/node-pool': 'general' } });
  expect(general).not.toHaveProperty('gpus');
  expect(gpu).toMatchObject({
    gpus: 1,
    taint: 'nvidia.com/gpu',
    productLabel: 'Tesla-T4',
    labels: {
      'nvidia.com/gpu.product': 'Tesla-T4',
      'node.kubernetes.io/instance-type': 'g4dn.xlarge',
      'kubernetes.io/arch': 'amd64',
      'topology.kubernetes.io/region': 'eu-west-1',
    },
  });
  expect(fixed.labels).toMatchObject({ 'kubernetes.io/arch': 'arm64' });
});
