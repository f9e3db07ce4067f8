import { NodeCapability } from '../../../src/contracts/cluster';
import { deployment, Json, object } from '../graph';
import { boot, component, GENERAL, GPU, GPUS, messages, pods } from './support';

const ZONE = 'topology.kubernetes.io/zone';
const HOST = 'kubernetes.io/hostname';
const labels = { app: 'api' };

/** At most one node in each of two zones. */
const EACH: NodeCapability = { ...GENERAL, max: 2, dividedByZone: true };
const THREE: NodeCapability = { ...EACH, zones: ['a', 'b', 'c'], min: 3, max: 3 };

const container = (cpu = '100m', memory = '128Mi') => ({ name: 'a', resources: { requests: { cpu, memory } } });

function api(replicas: number, spec: Json = {}, name = 'api', cpu = '100m'): Json {
  const made = deployment(name, { containers: [container(cpu)], ...spec }, labels);
  return { ...made, spec: { ...(made.spec as Json), replicas } };
}

const required = (terms: Json[]) => ({ requiredDuringSchedulingIgnoredDuringExecution: terms });
const own = { labelSelector: { matchLabels: labels } };
const apart = { affinity: { podAntiAffinity: required([{ topologyKey: ZONE, ...own }]) } };
const spread = (more: Json = {}) => ({
  topologySpreadConstraints: [{ topologyKey: ZONE, maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule', ...own, ...more }],
});

const find = (manifests: Json[], nodes: NodeCapability[] = [EACH]): string[] =>
  messages(boot({ only: { manifests } }, { nodes, gpus: GPUS }));

function storageClass(name: string, more: Json = {}): Json {
  return {
    ...object('storage.k8s.io/v1', 'StorageClass', name),
    provisioner: 'ebs.csi.aws.com',
    volumeBindingMode: 'WaitForFirstConsumer',
    ...more,
  };
}

const inZones = (...values: string[]) => ({
  allowedTopologies: [{ matchLabelExpressions: [{ key: ZONE, values }] }],
});

function claim(name: string, storageClassName: string, mode = 'ReadWriteOnce'): Json {
  return object('v1', 'PersistentVolumeClaim', name, {
    spec: { storageClassName, accessModes: [mode], resources: { requests: { storage: '1Gi' } } },
  });
}

const mounts = (claimName: string) => ({ volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }] });

test('pods that want a zone each find as many as there are', () => {
  expect(find([api(2, apart)])).toEqual([]);
  expect(find([api(3, apart)])).toEqual([
    'Deployment api (only): its pods ask for a zone each, by a required podAntiAffinity over topology.kubernetes.io/zone, and 1 of 3 find none with room: pool general has at most 1 in a, 1 in b; run fewer, prefer the anti-affinity instead of requiring it, or give the pool more zones',
  ]);
  expect(find([api(3, apart)], [THREE])).toEqual([]);
  const others = { podAntiAffinity: required([{ topologyKey: ZONE, labelSelector: { matchLabels: { app: 'web' } } }]) };
  expect(find([api(3, { affinity: others })])).toEqual([]);
});

test('a spread over zones is kept, or there is no room', () => {
  expect(find([api(6, spread())])).toEqual([]);
  const inA = { nodeSelector: { [ZONE]: 'a' } };
  // zone a is full, so that zone b may have one pod only
  expect(find([api(1, inA, 'full', '1900m'), api(3, spread(), 'api', '200m')])).toEqual([
    'Deployment api (only): its pods ask for a spread over zones, by a topologySpreadConstraint with maxSkew 1 and DoNotSchedule, and 2 of 3 find no room that keeps it: there are 0 in a, 1 in b, and pool general has at most 1 in a, 1 in b; raise max of the pool, set whenUnsatisfiable to ScheduleAnyway, or nodeTaintsPolicy to Honor where a zone has only nodes that the pods do not tolerate',
  ]);
  const few = [api(1, inA, 'full', '1900m'), api(3, spread({ maxSkew: 3 }), 'api', '200m')];
  expect(find(few)).toEqual([]);
  expect(find([few[0], api(3, spread({ whenUnsatisfiable: 'ScheduleAnyway' }), 'api', '200m')])).toEqual([]);
});

test('a zone with other nodes only counts in a spread, unless taints are honored', () => {
  const gpu = { ...GPU, zones: ['c'], min: 1, max: 1 };
  expect(find([api(3, spread())], [EACH, gpu])).toEqual([
    expect.stringContaining('1 of 3 find no room that keeps it: there are 1 in a, 1 in b, 0 in c, and'),
  ]);
  expect(find([api(3, spread({ nodeTaintsPolicy: 'Honor' }))], [EACH, gpu])).toEqual([]);
});

test('a spread over more zones than there are has one pod in each', () => {
  expect(find([api(2, spread({ minDomains: 3 }))])).toEqual([]);
  expect(find([api(3, spread({ minDomains: 3 }))])).toEqual([expect.stringContaining('1 of 3 find no room')]);
});

test('nodes come up in the zone that pods select, up to the share of the zone', () => {
  const inB = (cpu: string) => api(2, { nodeSelector: { [ZONE]: 'b' } }, 'api', cpu);
  const grows = { ...GENERAL, min: 0, max: 2 };
  expect(find([inB('1500m')], [grows])).toEqual([]);
  expect(find([inB('1500m')], [{ ...grows, dividedByZone: true }])).toEqual([
    'Deployment api (only): its pods ask for nodes in b, which they select, and 1 of 2 find none with room: pool general has at most 1 in a, 1 in b; raise max of the pool, or select more zones',
  ]);
  expect(find([api(1, { nodeSelector: { [ZONE]: 'z' } })])).toEqual([
    expect.stringContaining('its pods ask for nodes with topology.kubernetes.io/zone=z, of which the cluster has none'),
  ]);
});

test('zones that are not known keep no rule', () => {
  const { zones, ...unknown } = EACH;
  expect(zones).toEqual(['a', 'b']);
  expect(find([api(3, { ...apart, ...spread() })], [unknown])).toEqual([]);
});

test('a class makes volumes where there are nodes', () => {
  expect(find([storageClass('fast', inZones('c', 'd'))])).toEqual([
    'StorageClass fast: makes volumes in c, d only (allowedTopologies), and the nodes of the cluster are in a, b, so that no pod could use one; name some of these zones, or leave allowedTopologies out',
  ]);
  expect(find([storageClass('fast', inZones('a', 'c'))])).toEqual([]);
  const driver = {
    allowedTopologies: [{ matchLabelExpressions: [{ key: 'topology.ebs.csi.aws.com/zone', values: ['c'] }] }],
  };
  expect(find([storageClass('fast', driver)])).toHaveLength(1);
  // in one zone it does not matter when
  expect(find([storageClass('fast', { ...inZones('a'), volumeBindingMode: 'Immediate' })])).toEqual([]);
  expect(
    find([
      storageClass('zrs', {
        provisioner: 'disk.csi.azure.com',
        parameters: { skuName: 'Premium_ZRS' },
        volumeBindingMode: 'Immediate',
      }),
    ]),
  ).toEqual([]);
});

test('pods with volumes of a class run in its zones', () => {
  const set = (replicas: number): Json => ({
    ...object('apps/v1', 'StatefulSet', 'db'),
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container('900m')] } },
      volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: claim('data', 'fast').spec }],
    },
  });
  expect(find([storageClass('fast', inZones('b')), set(2)])).toEqual([]);
  expect(find([storageClass('fast', inZones('b')), set(3)])).toEqual([
    'StatefulSet db (only): its pods ask for nodes in the zones of their volumes, b (StorageClass fast), and 1 of 3 find none with room: pool general has at most 1 in a, 1 in b; name zones in allowedTopologies of the class that have nodes, leave it out, or raise max of the pool',
  ]);
  expect(find([storageClass('fast'), set(3)])).toEqual([]);
});

test('volumes of components are in the zones of their class', () => {
  const store = component(
    'store',
    pods({ kind: 'StatefulSet', volumes: [{ size: '8Gi', storageClass: 'fast' }] }, '1500m'),
  );
  const first = component('first', pods({}, '1500m'));
  const found = (zone: string) =>
    messages(
      boot(
        { classes: { manifests: [storageClass('fast', inZones(zone))] }, all: { components: [first, store] } },
        { nodes: [EACH] },
      ),
    );
  expect(found('b')).toEqual([]);
  expect(found('a')).toEqual([
    expect.stringContaining(
      'component store (all): the pods of StatefulSet server ask for nodes in the zones of their volumes, a (StorageClass fast), and 1 of 1 find none',
    ),
  ]);
});

test('pods that share a claim of one node have a rule that brings them there, and room on it', () => {
  const [once, many] = [claim('data', 'fast'), claim('data', 'fast', 'ReadWriteMany')];
  const fast = storageClass('fast');
  expect(find([fast, once, api(1, mounts('data'))])).toEqual([]);
  expect(find([fast, many, api(2, mounts('data'))])).toEqual([]);
  expect(find([fast, once, api(2, mounts('data'))])).toEqual([
    'Deployment api (only): its pods ask for claim data in namespace team, which is on one node at a time (ReadWriteOnce), and 2 pods mount it (2 of Deployment api), which the scheduler spreads over nodes; give each pod a claim of its own (volumeClaimTemplates of a StatefulSet), use a class whose volumes many nodes can mount (ReadWriteMany), or bring them to one node by a required podAffinity over kubernetes.io/hostname',
  ]);
  expect(find([fast, once, api(1, mounts('data')), api(1, mounts('data'), 'web')])).toEqual([
    expect.stringContaining('2 pods mount it (1 of Deployment api, 1 of Deployment web)'),
  ]);
  const together = { affinity: { podAffinity: required([{ topologyKey: HOST, ...own }]) }, ...mounts('data') };
  expect(find([fast, once, api(2, together)])).toEqual([]);
  expect(find([fast, once, api(2, together, 'api', '1500m')])).toEqual([
    'Deployment api (only): its pods ask for the node that has claim data in namespace team, which is on one node at a time (ReadWriteOnce), and 1 of 2 find no room on it; give each pod a claim of its own (volumeClaimTemplates of a StatefulSet), use a class whose volumes many nodes can mount (ReadWriteMany), or give the pool a larger instanceType',
  ]);
  // local volumes bring the pods to their node by themselves
  const local = storageClass('fast', { provisioner: 'rancher.io/local-path' });
  expect(find([local, once, api(2, mounts('data'))])).toEqual([]);
});
