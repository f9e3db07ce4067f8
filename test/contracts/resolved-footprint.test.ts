import { Component } from '../../src';
import { ComponentFootprint, FootprintWorkload } from '../../src/contracts/footprint';
import { valueAt } from '../../src/contracts/chart-values';
import { meets, ResolvedWorkload, resolveFootprint } from '../../src/contracts/resolved-footprint';

const MIB = 2 ** 20;

function resolved(footprint: ComponentFootprint, values?: { [key: string]: unknown }) {
  const component = new Component('some', {
    chart: { repository: 'https://charts.example', name: 'some', version: '1.0.0' },
    namespace: 'some',
    footprint,
    values,
  });
  return resolveFootprint(component)!;
}

function workload(one: Partial<FootprintWorkload>, values?: { [key: string]: unknown }): ResolvedWorkload {
  return resolved({ workloads: [{ kind: 'Deployment', name: 'some', containers: [], ...one }] }, values).workloads[0];
}

test('a component without a footprint has none', () => {
  const chart = { repository: 'https://charts.example', name: 'some', version: '1.0.0' };
  expect(resolveFootprint(new Component('some', { chart, namespace: 'some' }))).toBeUndefined();
});

test('a pod requests what its containers do together, or the largest of its init containers', () => {
  const containers = [
    { name: 'a', cpu: '100m', memory: '64Mi' },
    { name: 'b', cpu: '50m', memory: '64Mi' },
  ];
  expect(workload({ containers })).toMatchObject({ replicas: 1, memory: 128 * MIB });
  expect(workload({ containers }).cpu).toBeCloseTo(0.15);
  expect(workload({ containers, initContainers: [{ name: 'i', memory: '1Gi' }] }).memory).toBe(1024 * MIB);
});

test.each([
  ['a request', { requests: { memory: '256Mi' } }, 256],
  ['nothing about it', { requests: { cpu: '1' } }, 64],
  ['a limit beside the request of the chart', { limits: { memory: '1Gi' } }, 64],
  ['a request that is taken away', { requests: { memory: null }, limits: { memory: '512Mi' } }, 512],
])('the value with the resources has %s', (_, resources, mebibytes) => {
  const containers = [{ name: 'a', memory: '64Mi', resourcesAt: 'server.resources' }];
  expect(workload({ containers }, { server: { resources } }).memory).toBe(mebibytes * MIB);
});

test('a limit without a request is one, and a container with neither is named', () => {
  const containers = [{ name: 'a', resourcesAt: 'resources' }];
  expect(workload({ containers }, { resources: { limits: { cpu: '200m' } } })).toMatchObject({
    cpu: 0.2,
    withoutRequests: ['a'],
  });
});

test('values decide on replicas, switches, budgets, placement and containers', () => {
  const one: Partial<FootprintWorkload> = {
    replicasAt: 'replicas',
    disruptionBudgetAt: 'pdb',
    nodeSelector: { a: '1' },
    nodeSelectorAt: 'nodeSelector',
    tolerationsAt: 'tolerations',
    containers: [
      { name: 'a', memory: '1Mi' },
      { name: 'b', memory: '1Mi', enabledAt: 'sidecar' },
    ],
  };
  const tolerations = [{ operator: 'Exists' }];
  expect(
    workload(one, { replicas: 3, pdb: { minAvailable: 1 }, nodeSelector: { b: '2' }, tolerations, sidecar: false }),
  ).toMatchObject({
    replicas: 3,
    disruptionBudget: true,
    nodeSelector: { a: '1', b: '2' },
    tolerations,
    memory: MIB,
  });
  expect(workload(one)).toMatchObject({ replicas: 1, disruptionBudget: false, memory: 2 * MIB });
  expect(workload({ ...one, disruptionBudget: true }, { pdb: { enabled: false, maxUnavailable: 1 } })).toMatchObject({
    disruptionBudget: false,
  });
  expect(workload({ ...one, kind: 'DaemonSet' }).replicas).toBeUndefined();
});

test('what the values switch off is left out', () => {
  const switched = (name: string) => ({ name, enabledAt: `${name}.enabled` });
  const footprint: ComponentFootprint = {
    workloads: [
      { ...switched('a'), kind: 'Deployment', containers: [] },
      { ...switched('b'), kind: 'Deployment', containers: [], enabled: false },
      { name: 'c', kind: 'Deployment', containers: [], disabledAt: 'other.enabled' },
    ],
    webhooks: [{ ...switched('hook'), failurePolicy: 'Fail', failurePolicyAt: 'hook.policy', judges: [] }],
    services: [{ ...switched('service'), ports: { http: 80 } }],
  };
  const names = (values: { [key: string]: unknown }): string[] => {
    const { workloads, webhooks, services } = resolved(footprint, values);
    return [...workloads, ...webhooks, ...services].map(({ name }) => name);
  };
  expect(names({})).toEqual(['a', 'c', 'hook', 'service']);
  expect(
    names({
      a: { enabled: false },
      b: { enabled: true },
      other: { enabled: true },
      hook: { enabled: false },
      service: { enabled: false },
    }),
  ).toEqual(['b']);
  expect(resolved(footprint, { hook: { policy: 'Ignore' } }).webhooks[0].failurePolicy).toBe('Ignore');
});

test('a volume has the size and the class of the values, and is there only with the value that makes it', () => {
  const volumes = [{ enabledAt: 'claim', sizeAt: 'claim.size', storageClassAt: 'claim.class' }];
  expect(workload({ volumes }, { claim: { size: '2Gi', class: 'fast' } }).volumes).toEqual([
    { size: 2048 * MIB, storageClass: 'fast' },
  ]);
  expect(workload({ volumes }).volumes).toEqual([]);
  expect(workload({ volumes: [{ size: '1Gi' }] }).volumes).toEqual([{ size: 1024 * MIB }]);
});

test.each([
  ['a tag', { tag: 'v2' }, 'registry.example/some/image:v2'],
  ['another repository', { repository: 'docker.io/other/image', tag: 'v2' }, 'docker.io/other/image:v2'],
  ['a repository of the same registry', { repository: 'other/image' }, 'registry.example/other/image:v1'],
  ['another registry', { registry: 'quay.io' }, 'quay.io/some/image:v1'],
  ['empty texts, as charts have them', { registry: '', repository: '', tag: '' }, 'registry.example/some/image:v1'],
  ['the whole name', 'quay.io/a/b:v3', 'quay.io/a/b:v3'],
])('the value of the image has %s', (_, image, expected) => {
  const containers = [{ name: 'a', image: 'registry.example/some/image:v1', imageAt: 'image' }];
  expect(workload({ containers }, { image }).images).toEqual([expected]);
});

test('a path finds keys that hold dots themselves', () => {
  expect(valueAt({ a: { 'b.c': { d: 1 } } }, 'a.b.c.d')).toBe(1);
  expect(valueAt({ a: [] }, 'a.b')).toBeUndefined();
});

test.each([
  ['Exists', undefined, true, false],
  ['DoesNotExist', undefined, false, true],
  ['In', ['1'], true, false],
  ['In', ['2'], false, false],
  ['NotIn', ['1'], false, true],
  ['NotIn', ['2'], true, true],
])('%s %p on a label that is there with 1, and on one that is not', (operator, values, there, missing) => {
  expect(meets({ a: '1' }, [{ key: 'a', operator, values }])).toBe(there);
  expect(meets({}, [{ key: 'a', operator, values }])).toBe(missing);
});
