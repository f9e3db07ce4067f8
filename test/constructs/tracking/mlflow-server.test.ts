import { MlflowServer, MlflowServerProps } from '../../../src/constructs/tracking';
import { stoppable } from '../../../src/constructs/workloads/stoppable';
import { Namespace } from '../../../src/constructs/tenancy';
import { Access, Tier } from '../../../src/contracts';
import { Json, list, manifest, manifests, TestDatabase, TestEnvironment, TestStore, text } from '../tenancy/support';

function sample(props: Partial<MlflowServerProps> = {}, tier = Tier.DEVELOPMENT) {
  const environment = new TestEnvironment(tier);
  environment.useScraper({ namespace: 'monitoring', podLabels: { app: 'prometheus' } });
  const chart = environment.chart();
  const database = new TestDatabase(environment);
  const store = new TestStore(environment, true);
  const namespace = new Namespace(chart, 'vision');
  const server = new MlflowServer(chart, 'mlflow', { database, store, namespace, ...props });
  const { spec } = manifest(server, 'Deployment', props.name ?? 'mlflow');
  const pod = spec.template.spec;
  return { server, spec, pod, container: list(pod.containers)[0], init: list(pod.initContainers)[0], database, store };
}

const envOf = (container: Json): Map<string, Json> =>
  new Map(list(container.env).map((one) => [text(one.name), one.value ?? one.valueFrom]));

test('it has a user of its own in the database, and its folder of the bucket', () => {
  const { database, store, container } = sample();
  const identity = { namespace: 'vision', serviceAccountName: 'mlflow' };
  expect(database.bound).toEqual([{ identity, access: Access.READ_WRITE }]);
  expect(store.bound).toEqual([{ identity, access: Access.READ_WRITE }]);
  expect(envOf(container).get('MLFLOW_ARTIFACTS_DESTINATION')).toBe('s3://acme-backups/mlflow/vision');
});

test('who reads the database is in variables from the Secret only, by the names of its driver', () => {
  const { container, init } = sample();
  for (const one of [container, init]) {
    const env = envOf(one);
    const of = (key: string): object => ({ secretKeyRef: { name: 'database-credentials', key } });
    expect(env.get('PGUSER')).toEqual(of('username'));
    expect(env.get('PGPASSWORD')).toEqual(of('password'));
    expect([...env.keys()].filter((name) => name.startsWith('PG')).sort()).toEqual([
      'PGDATABASE',
      'PGHOST',
      'PGPASSWORD',
      'PGPORT',
      'PGSSLMODE',
      'PGUSER',
    ]);
    expect(JSON.stringify([one.command, one.args])).not.toMatch(/\$\(|password/i);
    expect([...env.values()].filter((value) => /\$\(PG/.test(JSON.stringify(value)))).toEqual([]);
  }
  expect(envOf(container).get('MLFLOW_BACKEND_STORE_URI')).toBe('postgresql+psycopg2://');
});

test('the schema is brought up to date before the server starts, by the same image, without the keys of the bucket', () => {
  const { container, init, pod } = sample();
  expect(list(pod.initContainers)).toHaveLength(1);
  expect(init).toMatchObject({
    name: 'upgrade-database',
    image: container.image,
    command: stoppable(['mlflow', 'db', 'upgrade']),
    args: ['postgresql+psycopg2://'],
    securityContext: container.securityContext,
    resources: container.resources,
    volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
  });
  expect(Object.keys(init)).not.toEqual(expect.arrayContaining(['ports']));
  expect([...envOf(init).keys()].filter((name) => name.startsWith('AWS'))).toEqual([]);
});

test('a variable is defined before the one that names it', () => {
  const names = list(sample().container.env).map(({ name }) => text(name));
  expect(names.indexOf('POD_IP')).toBe(0);
  const hosts = text(envOf(sample().container).get('MLFLOW_SERVER_ALLOWED_HOSTS')!).split(',');
  expect(hosts).toEqual([
    'mlflow:5000',
    'mlflow.vision:5000',
    'mlflow.vision.svc:5000',
    'mlflow.vision.svc.cluster.local:5000',
    '$(POD_IP):5000',
    '[$(POD_IP)]:5000',
    'localhost:*',
    '127.0.0.1:*',
  ]);
});

test('clients use the name of its Service, on the port of its pods', () => {
  const { server, container } = sample();
  expect(server.trackingUri).toBe('http://mlflow.vision.svc.cluster.local:5000');
  const { spec } = manifest(server, 'Service', 'mlflow');
  expect(list(spec.ports)).toEqual([{ name: 'http', port: 5000, targetPort: 'http', protocol: 'TCP' }]);
  expect(list(container.ports)).toEqual([{ name: 'http', containerPort: 5000, protocol: 'TCP' }]);
  expect(container.args).toEqual(expect.arrayContaining(['--port=5000', '--serve-artifacts']));
});

test.each([
  [Tier.LOCAL, 1, '--workers=1', '1024Mi'],
  [Tier.DEVELOPMENT, 1, '--workers=1', '1024Mi'],
  [Tier.STAGING, 2, '--workers=2', '1536Mi'],
  [Tier.PRODUCTION, 2, '--workers=2', '1536Mi'],
])('in %s it has %d pods', (tier, replicas, workers, memory) => {
  const { server, spec, container } = sample({}, tier);
  expect(spec.replicas).toBe(replicas);
  expect(container.args).toEqual(expect.arrayContaining([workers]));
  expect(container.resources).toEqual({ requests: { cpu: '250m', memory }, limits: { memory } });
  const kinds = manifests(server).map(({ kind }) => text(kind));
  expect(kinds.includes('PodDisruptionBudget')).toBe(replicas > 1);
  expect(kinds).toContain('ServiceMonitor');
});

test('probes ask by paths that any host is answered at', () => {
  const { container } = sample();
  const paths = ['startupProbe', 'livenessProbe', 'readinessProbe'].map((probe) => container[probe].httpGet.path);
  expect(paths).toEqual(['/health', '/health', '/version']);
});

test('its pods are no root, cannot write their root file system, and have no token', () => {
  const { pod, container } = sample();
  expect(pod).toMatchObject({
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, runAsUser: 65_532, seccompProfile: { type: 'RuntimeDefault' } },
  });
  expect(container.securityContext).toMatchObject({ readOnlyRootFilesystem: true, allowPrivilegeEscalation: false });
});

test('who may connect is said, and nobody else may', () => {
  const { server } = sample({ ingress: [{ namespace: 'ml-workflows' }] });
  const { spec } = manifest(server, 'NetworkPolicy', 'mlflow');
  expect(list(spec.ingress).map(({ from, ports }) => [from[0].namespaceSelector, ports])).toEqual([
    [{ matchLabels: { 'kubernetes.io/metadata.name': 'ml-workflows' } }, [{ port: 5000, protocol: 'TCP' }]],
    [{ matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } }, [{ port: 5000, protocol: 'TCP' }]],
  ]);
});

test('a name of its own, another schema and folder, more hosts', () => {
  const { server, container } = sample({
    name: 'runs',
    folder: 'runs/',
    hosts: ['mlflow.ml.acme.example'],
    workers: 4,
  });
  expect(server.trackingUri).toBe('http://runs.vision.svc.cluster.local:5000');
  expect(envOf(container).get('MLFLOW_ARTIFACTS_DESTINATION')).toBe('s3://acme-backups/runs');
  expect(envOf(container).get('MLFLOW_SERVER_ALLOWED_HOSTS')).toMatch(/,mlflow\.ml\.acme\.example$/);
  expect(container.resources.requests).toMatchObject({ memory: '2560Mi' });
});

test.each<[string, Partial<MlflowServerProps>, RegExp]>([
  ['folder', { folder: '/mlflow' }, /\[test\/chart\/mlflow\] folder must have a slash at its end/],
  ['folder with dots', { folder: 'mlflow/../models/' }, /folder must have a slash at its end/],
  ['hosts', { hosts: ['https://mlflow.acme.example'] }, /hosts must be names of hosts, with a port or without/],
  ['hosts of anybody', { hosts: ['*'] }, /hosts must be names of hosts/],
  ['workers', { workers: 0 }, /workers must be a whole number between 1 and 64/],
  ['image', { image: 'ghcr.io/mlflow/mlflow' }, /image must have a digest, or a tag other than latest/],
  ['memory', { memory: 'much' }, /memory must be/],
])('a bad %s is refused', (_what, props, message) => {
  expect(() => sample(props)).toThrow(message);
});
