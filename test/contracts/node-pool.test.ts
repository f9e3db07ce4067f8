import { GeneralPool, GpuModel, GpuPool, NodePool } from '../../src';

test('a general pool has one to three nodes and a label of its name', () => {
  const pool = GeneralPool.of('general');
  expect(pool).toMatchObject({ name: 'general', min: 1, max: 3, spot: false });
  expect(pool.labels).toEqual({ 'nstarx.io/node-pool': 'general' });
});

test('a GPU pool costs nothing while no pod asks for it', () => {
  expect(GpuPool.of(GpuModel.T4).min).toBe(0);
});

test.each([
  [GpuModel.T4, false, 'gpu-t4'],
  [GpuModel.T4, true, 'gpu-t4-spot'],
  [GpuModel.V100_32GB, false, 'gpu-v100-32gb'],
  [GpuModel.A100_80GB, true, 'gpu-a100-80gb-spot'],
])('the name of a pool comes from its model: %p spot=%p', (model, spot, name) => {
  expect(GpuPool.of(model, { spot }).name).toBe(name);
});

test('min above the default max raises it', () => {
  expect(GeneralPool.of('general', { min: 5 })).toMatchObject({ min: 5, max: 5 });
});

test('max below the default min lowers it', () => {
  expect(GeneralPool.of('general', { max: 1 })).toMatchObject({ min: 1, max: 1 });
});

// what NodeRestriction forbids a kubelet, what EKS and Karpenter refuse, and what others set
test.each([
  ['node-role.kubernetes.io/ml', 'kubernetes.io'],
  ['topology.kubernetes.io/zone', 'kubernetes.io'],
  ['node.kubernetes.io/disk', 'kubernetes.io'],
  ['k8s.io/team', 'k8s.io'],
  ['eks.amazonaws.com/capacityType', 'amazonaws.com'],
  ['k8s.amazonaws.com/accelerator', 'amazonaws.com'],
  ['karpenter.sh/do-not-disrupt', 'karpenter.sh'],
  ['karpenter.k8s.aws/instance-family', 'k8s.aws'],
  ['nvidia.com/gpu.product', 'nvidia.com'],
  ['nstarx.io/node-pool', 'nstarx.io'],
])('the label %s is refused whoever makes the nodes', (label, domain) => {
  expect(() => GeneralPool.of('general', { labels: { [label]: 'x' } })).toThrow(
    new Error(
      `[node pool "general"] labels must not be in the domain ${domain}, got "${label}": use a domain of your own; these belong to Kubernetes, to what makes nodes, or to the platform.`,
    ),
  );
});

test.each(['team', 'example.com/team', 'notkubernetes.io/team'])('the label %s is fine', (label) => {
  expect(GeneralPool.of('general', { labels: { [label]: 'x' } }).labels[label]).toBe('x');
});

test.each<[string, () => NodePool, string]>([
  [
    'instance types beside an instance type',
    () => GeneralPool.of('general', { instanceType: 'm7i.large', instanceTypes: ['m6i.large'] }),
    '[node pool "general"] instanceTypes must not stand beside instanceType, got ["m6i.large"]: give one of the two.',
  ],
  [
    'no zone',
    () => GeneralPool.of('general', { zones: [] }),
    '[node pool "general"] zones must name at least one, and none twice, got []: leave it out for the default.',
  ],
  [
    'a reservation that is none',
    () => GeneralPool.of('general', { capacityReservationId: 'mine' }),
    '[node pool "general"] capacityReservationId must be the id of a capacity reservation, got "mine": write it like cr-0123456789abcdef0.',
  ],
  [
    'reserved spot capacity',
    () => GeneralPool.of('general', { spot: true, capacityReservationId: 'cr-0123456789abcdef0' }),
    '[node pool "general"] spot must be false with capacityReservationId, got true: leave one of them out; reserved capacity is not spot.',
  ],
  [
    'a capacity block without its id',
    () => GpuPool.of(GpuModel.H100, { name: 'block', capacityBlock: true }),
    '[node pool "block"] capacityBlock must come with capacityReservationId, got true: give the id of the capacity block, which is that of a reservation.',
  ],
])('%s is refused', (_, make, message) => {
  expect(make).toThrow(new Error(message));
});
