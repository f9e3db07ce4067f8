import { PlatformTemplate } from 'ml-platform-constructs';
import { KubernetesObject } from '../../../operators/src/runtime/protocol';
import { Pod, reaches } from '../../support/who-reaches';
import { field } from '../workloads/support';
import { Platform, shop } from './support';

const WAVE = 'argocd.argoproj.io/sync-wave';

type Acl = { readonly resource: { readonly type: string; readonly name: string }; readonly operations: string[] };
type Container = { readonly env?: { name: string; value?: string; valueFrom?: { secretKeyRef: unknown } }[] };

describe('from one graph of services', () => {
  let made: Platform;
  let template: PlatformTemplate;
  beforeAll(() => {
    made = shop();
    template = made.synth();
  });

  function one(kind: string, name: string): { [key: string]: unknown } {
    const found = Object.entries(template.findObjects(kind)).find(([key]) => key.replace(/^.*\//, '') === name);
    if (!found) throw new Error(`there is no ${kind} ${name}`);
    return found[1];
  }

  /** The plain variables of a Deployment, and the names of those that come from Secrets. */
  function variablesOf(name: string): { plain: { [name: string]: string }; secret: string[] } {
    const [{ env = [] }] = field(one('Deployment', name), 'spec.template.spec.containers') as Container[];
    const plain = env.flatMap(({ name: variable, value }) => (value === undefined ? [] : [[variable, value] as const]));
    const secret = env.flatMap(({ name: variable, valueFrom }) => (valueFrom ? [variable] : []));
    return { plain: Object.fromEntries(plain), secret: secret.sort() };
  }

  test('a caller gets the addresses of what it calls', () => {
    expect(variablesOf('engine').plain).toMatchObject({
      PORT: '5000',
      SERVICE_NAME: 'engine',
      MODEL_REGISTRY_URL: 'http://model-registry.shop.svc.cluster.local:8080',
      MODEL_REGISTRY_HOST: 'model-registry.shop.svc.cluster.local',
      MODEL_REGISTRY_PORT: '8080',
      TRAINING_JOBS_TOPIC: 'shop.training-jobs',
      TRAINING_JOBS_GROUP: 'shop.engine',
      TRAINING_RESULTS_TOPIC: 'shop.training-results',
      KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
      KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
    });
    expect(variablesOf('engine').secret).toEqual(['KAFKA_CA', 'KAFKA_PASSWORD', 'KAFKA_USERNAME']);
    // it produces only, so that it is in no group of that topic
    expect(variablesOf('engine').plain).not.toHaveProperty('TRAINING_RESULTS_GROUP');
    expect(variablesOf('gateway').plain).toEqual({
      PORT: '8080',
      SERVICE_NAME: 'gateway',
      ...Object.fromEntries(
        [
          ['ENGINE', 'engine', '80'],
          ['ORCHESTRATOR', 'orchestrator', '8000'],
          ['MODEL_REGISTRY', 'model-registry', '8080'],
          ['CONNECTOR', 'connector', '80'],
        ].flatMap(([prefix, name, port]) => [
          [`${prefix}_URL`, `http://${name}.shop.svc.cluster.local:${port}`],
          [`${prefix}_HOST`, `${name}.shop.svc.cluster.local`],
          [`${prefix}_PORT`, port],
        ]),
      ),
    });
  });

  test('a service gets what it is granted of backing services', () => {
    const { plain, secret } = variablesOf('model-registry');
    expect(plain).toMatchObject({ POSTGRES_PORT: '5432', POSTGRES_NAME: 'shop', MODELS_BUCKET: expect.any(String) });
    expect(secret).toEqual(['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'POSTGRES_PASSWORD', 'POSTGRES_USERNAME']);
    expect(plain).not.toHaveProperty('KAFKA_BOOTSTRAP_SERVERS');
  });

  test('a service gets the addresses and Secrets of external databases, and the list of them', () => {
    const { plain, secret } = variablesOf('connector');
    expect(plain).toMatchObject({
      EXTERNAL_DATABASES: 'orders,catalog',
      ORDERS_HOST: 'orders.acme.example',
      ORDERS_PORT: '5432',
      ORDERS_ENGINE: 'postgresql',
      ORDERS_NAME: 'orders',
      CATALOG_PORT: '27017',
      CATALOG_ENGINE: 'mongodb',
    });
    expect(secret).toEqual(['CATALOG_PASSWORD', 'CATALOG_USERNAME', 'ORDERS_PASSWORD', 'ORDERS_USERNAME']);
    // it starts after that service, and does not know where it is
    expect(plain).not.toHaveProperty('MODEL_REGISTRY_HOST');
  });

  test('a topic is made with its whole name, and users may do what their edges say', () => {
    expect(one('KafkaTopic', 'kafka.shop.training-jobs')).toMatchObject({
      spec: { topicName: 'shop.training-jobs', partitions: 6, config: { 'retention.ms': 24 * 3_600_000 } },
    });
    const allowed = (user: string) =>
      (field(one('KafkaUser', user), 'spec.authorization.acls') as Acl[])
        .map(({ resource: { type, name }, operations }) => `${type} ${name}: ${[...operations].sort().join(' ')}`)
        .sort();
    expect(allowed('kafka.shop.engine')).toEqual([
      'group shop.engine: Read',
      'topic shop.training-jobs: Describe Read',
      'topic shop.training-results: Describe Write',
    ]);
    expect(allowed('kafka.shop.orchestrator')).toEqual([
      'group shop.orchestrator: Read',
      'topic shop.training-jobs: Describe Write',
      'topic shop.training-results: Describe Read',
    ]);
  });

  test('exactly who calls may connect, to the port that is called', () => {
    const objects = Object.values(template.findObjects('NetworkPolicy')) as unknown as KubernetesObject[];
    const names = ['model-registry', 'orchestrator', 'engine', 'connector', 'gateway', 'audit', 'stranger'];
    const pod = (name: string): Pod => ({ namespace: 'shop', labels: { 'app.kubernetes.io/name': name } });
    const ports = [5000, 8000, 8080, 9000];
    const open = names.flatMap((from) =>
      names.flatMap((to) =>
        ports
          .filter((port) => from !== to && to !== 'stranger' && reaches(objects, pod(from), pod(to), port))
          .map((port) => `${from} -> ${to}:${port}`),
      ),
    );
    expect(open.sort()).toEqual([
      'audit -> model-registry:9000',
      'engine -> model-registry:8080',
      'gateway -> connector:8080',
      'gateway -> engine:5000',
      'gateway -> model-registry:8080',
      'gateway -> orchestrator:8000',
    ]);
    const other: Pod = { namespace: 'elsewhere', labels: { 'app.kubernetes.io/name': 'gateway' } };
    expect(names.slice(0, 5).filter((to) => ports.some((port) => reaches(objects, other, pod(to), port)))).toEqual([]);
  });

  test('Argo CD applies each service after what it calls, what nothing waits for last, and the rest at once', () => {
    const waves = made.environment
      ._rehearsal()
      .steps.map(({ name, manifests }) => [
        name,
        manifests.filter(({ namespace }) => namespace === 'shop').map(({ kind, name: object }) => `${kind} ${object}`),
      ]);
    expect(waves.slice(-4)).toEqual([
      ['Argo CD sync wave 1', ['Deployment model-registry', 'Deployment orchestrator']],
      ['Argo CD sync wave 2', ['Deployment engine', 'Deployment connector']],
      ['Argo CD sync wave 3', ['Deployment gateway']],
      ['Argo CD sync wave 1000', ['HorizontalPodAutoscaler model-registry', expect.stringMatching(/^Job audit-/)]],
    ]);
    expect(made.environment._rehearsal().findings).toEqual([]);
    const early = ['Service', 'NetworkPolicy', 'ServiceAccount', 'PodDisruptionBudget', 'KafkaTopic', 'KafkaUser'];
    for (const kind of early) {
      for (const json of Object.values(template.findObjects(kind))) {
        expect(Object.keys(field(json, 'metadata.annotations') as object)).not.toContain(WAVE);
      }
    }
  });

  test('an autoscaler has the targets of its class, and the report says that the memory is full from the start', () => {
    const utilization = (name: string, averageUtilization: number) => ({
      type: 'Resource',
      resource: { name, target: { type: 'Utilization', averageUtilization } },
    });
    expect(one('HorizontalPodAutoscaler', 'model-registry')).toMatchObject({
      spec: { minReplicas: 2, maxReplicas: 6, metrics: [utilization('cpu', 70), utilization('memory', 80)] },
    });
    expect(made.environment._notes()).toEqual([
      'model-registry: more pods are added above 80 % of 256Mi, which a JVM or a Python process with its libraries has before its first request and gives back never, so that as many pods run as may; raise memory, or scale by the CPU alone',
    ]);
  });

  test('three probes ask one path', () => {
    const [container] = field(one('Deployment', 'connector'), 'spec.template.spec.containers') as object[];
    const httpGet = { path: '/actuator/health', port: 8080 };
    expect(container).toMatchObject({
      startupProbe: { httpGet, periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 60 },
      livenessProbe: { httpGet, initialDelaySeconds: 30, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
      readinessProbe: { httpGet, initialDelaySeconds: 10, periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 3 },
    });
  });
});

test('the graph is data', () => {
  const { nodes, edges } = shop().shop._graph();
  expect(nodes.map(({ name, kind, startupStep }) => [name, kind, startupStep])).toEqual([
    ['training-jobs', 'topic', 0],
    ['training-results', 'topic', 0],
    ['model-registry', 'service', 1],
    ['postgres', 'database', 0],
    ['models', 'bucket', 0],
    ['orchestrator', 'service', 1],
    ['engine', 'service', 2],
    ['connector', 'service', 2],
    ['orders', 'external', undefined],
    ['catalog', 'external', undefined],
    ['gateway', 'service', 3],
    ['audit', 'job', 2],
  ]);
  expect(edges.map(({ from, to, kind, port }) => [from, kind, to, port].join(' ')).sort()).toEqual([
    'audit grpc model-registry 9000',
    'connector external catalog 27017',
    'connector external orders 5432',
    'connector starts-after model-registry ',
    'engine consumes training-jobs ',
    'engine http model-registry 8080',
    'engine produces training-results ',
    'gateway http connector 80',
    'gateway http engine 80',
    'gateway http model-registry 8080',
    'gateway http orchestrator 8000',
    'model-registry bucket models ',
    'model-registry database postgres 5432',
    'orchestrator consumes training-results ',
    'orchestrator database postgres 5432',
    'orchestrator produces training-jobs ',
  ]);
});
