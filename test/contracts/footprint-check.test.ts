import { Component, ComponentFootprint } from '../../src';

const chart = { repository: 'https://charts.example.org', name: 'store', version: '1.2.3' };

function store(
  workload: Partial<ComponentFootprint['workloads'][0]>,
  values: { [key: string]: unknown } = {},
): () => Component {
  const footprint = { workloads: [{ kind: 'Deployment', name: 'server', containers: [], ...workload }] };
  return () => new Component('store', { chart, namespace: 'store', values, footprint });
}

const CPU = "must be a Kubernetes quantity of at least 1m, got %: write it in cores, such as '500m' or '2'.";
const BYTES =
  "must be a Kubernetes quantity of at least 1Mi, got %: write it in bytes with a suffix, such as '512Mi' or '2Gi'.";
const container = (more: object = {}) => [{ name: 'a', resourcesAt: 'server.resources', ...more }];
const server = (resources: object) => ({ server: { resources } });

test.each<[string, () => Component, string]>([
  [
    'cores in words',
    store({ containers: container({ cpu: '1 core' }) }),
    `footprint.workloads "server".a.cpu ${CPU.replace('%', '"1 core"')}`,
  ],
  [
    'bytes in other units',
    store({ containers: container({ memory: '1 GB' }) }),
    `footprint.workloads "server".a.memory ${BYTES.replace('%', '"1 GB"')}`,
  ],
  [
    'milli-bytes',
    store({ initContainers: container({ memory: '512m' }) }),
    `footprint.workloads "server".a.memory ${BYTES.replace('%', '"512m"')}`,
  ],
  [
    'a limit in words',
    store({ containers: container({ cpuLimit: 'two' }) }),
    `footprint.workloads "server".a.cpuLimit ${CPU.replace('%', '"two"')}`,
  ],
  [
    'a volume without a unit',
    store({ volumes: [{ size: '10' }] }),
    `footprint.workloads "server".volumes[0].size ${BYTES.replace('%', '"10"')}`,
  ],
  [
    'a value without a unit',
    store({ volumes: [{ sizeAt: 'disk.size' }] }, { disk: { size: 10 } }),
    `values.disk.size ${BYTES.replace('%', '"10"')}`,
  ],
  [
    'a request in a value',
    store({ containers: container() }, server({ requests: { cpu: '1 core' } })),
    `values.server.resources.requests.cpu ${CPU.replace('%', '"1 core"')}`,
  ],
  [
    'a limit in a value',
    store({ containers: container() }, server({ limits: { memory: '2gb' } })),
    `values.server.resources.limits.memory ${BYTES.replace('%', '"2gb"')}`,
  ],
  [
    'what makes no pods',
    store({ kind: 'Deploymnet' }),
    'footprint.workloads "server".kind must be one of DaemonSet, Deployment, Job, StatefulSet, got "Deploymnet": give what makes the pods; those of the control plane are no pods of the nodes.',
  ],
  [
    'fewer than no pods',
    store({ replicas: -1 }),
    'footprint.workloads "server".replicas must be a whole number between 0 and 10000, got -1: give the number of pods; a DaemonSet has one on each node.',
  ],
])('a component with %s is refused', (_what, make, message) => {
  expect(make).toThrow(new Error(`[component "store"] ${message}`));
});

test.each<[string, () => Component]>([
  ['quantities', store({ containers: container({ cpu: '1.5', memory: '1Gi' }), volumes: [{ size: '8Gi' }] })],
  ['numbers in values', store({ containers: container() }, server({ requests: { cpu: 2, memory: 2 ** 30 } }))],
  ['nothing', store({ containers: container({ cpu: '0' }) }, server({ requests: { cpu: null, memory: 0 } }))],
  ['what Terraform knows', store({ containers: container() }, server({ requests: { cpu: '${TfToken[TOKEN.0]}' } }))],
  ['other values', store({ containers: container() }, server({ claims: [], requests: { 'nvidia.com/gpu': 'one' } }))],
])('a component with %s is fine', (_what, make) => {
  expect(make).not.toThrow();
});
