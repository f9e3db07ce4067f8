import { RehearsalCheck } from '../../../src/checks/rehearsal/rehearsal';
import { NodeCapability } from '../../../src/contracts/cluster';
import { deployment, findings, Json, object } from '../graph';

const GIB = 2 ** 30;
const SMALL: NodeCapability = { pool: 'general', instanceType: 't3.medium', cpu: 1.93, memory: 3 * GIB };
const LARGE: NodeCapability = { ...SMALL, pool: 'large', instanceType: 'm7i.2xlarge', cpu: 7.91, memory: 28 * GIB };
const GPU: NodeCapability = {
  pool: 'gpu-t4',
  instanceType: 'g4dn.xlarge',
  cpu: 3.92,
  memory: 14 * GIB,
  taint: 'nvidia.com/gpu',
  productLabel: 'Tesla-T4',
};
const NODES = [SMALL, GPU];
const container = (cpu: string, memory: string) => ({ name: 'a', resources: { requests: { cpu, memory } } });
const pod = (containers: Json[], more: Json = {}): Json => deployment('a', { containers, ...more });
const find = (one: Json, nodes?: NodeCapability[]) =>
  findings(new RehearsalCheck(), [one], { nodes }).map(({ message }) => message);

test.each<[string, Json, NodeCapability[], string[]]>([
  [
    'memory',
    pod([container('1', '4Gi')]),
    NODES,
    [
      'Deployment a: its pods ask for 4096Mi memory, and no node that may run it has more than 3072Mi memory for pods (t3.medium, pool general); ask for less, or give the pool a larger instanceType',
    ],
  ],
  ['CPU', pod([container('2', '1Gi')]), NODES, [expect.stringContaining('2000m cpu, and no node')]],
  [
    'the sum of containers',
    pod([container('1', '2Gi'), container('500m', '2Gi')]),
    NODES,
    [expect.stringContaining('4096Mi')],
  ],
  [
    'the largest init container',
    pod([container('1', '1Gi')], { initContainers: [container('1', '5Gi'), container('1', '1Gi')] }),
    NODES,
    [expect.stringContaining('5120Mi')],
  ],
  [
    'a sidecar beside the containers',
    pod([container('1', '2Gi')], { initContainers: [{ ...container('100m', '2Gi'), restartPolicy: 'Always' }] }),
    NODES,
    [expect.stringContaining('4096Mi')],
  ],
  [
    'a limit without a request',
    pod([{ name: 'a', resources: { limits: { memory: '5Gi' } } }]),
    NODES,
    [expect.stringContaining('5120Mi')],
  ],
  [
    'the pool that it selects',
    pod([container('1', '8Gi')], { nodeSelector: { 'nstarx.io/node-pool': 'general' } }),
    [SMALL, LARGE],
    [expect.stringContaining('(t3.medium, pool general)')],
  ],
  [
    'nodes whose taint it tolerates',
    pod([container('1', '20Gi')], { tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists' }] }),
    NODES,
    [expect.stringContaining('(g4dn.xlarge, pool gpu-t4)')],
  ],
  [
    'a kind of the platform, by the largest node',
    object('nstarx.io/v1alpha1', 'AIModel', 'm', { spec: { serving: { resources: { limits: { memory: '64Gi' } } } } }),
    NODES,
    [
      'AIModel m: spec.serving.resources asks for 65536Mi memory, and no node that may run it has more than 14336Mi memory for pods (g4dn.xlarge, pool gpu-t4); ask for less, or give the pool a larger instanceType',
    ],
  ],
])('%s that no node has is found', (_what, one, nodes, messages) => {
  expect(find(one, nodes)).toEqual(messages);
});

test.each<[string, Json, NodeCapability[] | undefined]>([
  ['what fits', pod([container('1930m', '3Gi')]), NODES],
  ['what fits another pool', pod([container('4', '16Gi')]), [SMALL, LARGE]],
  ['nodes of which nothing is known', pod([container('64', '1Ti')]), undefined],
  ['a selector that is not the platform’s', pod([container('64', '1Ti')], { nodeSelector: { disk: 'fast' } }), NODES],
  [
    'a zone, which bounds others',
    object('nstarx.io/v1alpha1', 'AIZone', 'z', { spec: { a: { limits: { cpu: '64' } } } }),
    NODES,
  ],
])('%s is fine', (_what, one, nodes) => {
  expect(find(one, nodes)).toEqual([]);
});
