import {
  AlertReceiver,
  AwsProvider,
  ChatDb,
  ChatDbProps,
  DataPlatform,
  Environment,
  Exposure,
  ExternalService,
  KindProvider,
  PlatformApp,
  PlatformTemplate,
  Tier,
} from '../../../src';
import { notesBelow } from '../../../src/contracts/notes';
import { Json } from '../../kinds/model-deployment/support';

const IMAGE = 'ghcr.io/acme/chatdb:1.4.2';
const ISSUER = 'https://auth.acme.example/realms/chatdb';

interface Made {
  readonly chatDb: ChatDb;
  readonly template: PlatformTemplate;
}

function made(app: PlatformApp, environment: Environment, props: ChatDbProps = {}): Made {
  const chatDb = new ChatDb(environment, 'chatdb', { domain: 'acme.example', image: IMAGE, ...props });
  return { chatDb, template: PlatformTemplate.fromApp(app, environment.environmentName) };
}

function onKind(props: ChatDbProps = {}, tier = Tier.LOCAL): Made {
  const app = new PlatformApp();
  return made(app, app.environment('local', { provider: KindProvider.local(), tier }), props);
}

function onAws(props: ChatDbProps = {}, tier = Tier.PRODUCTION): Made {
  const app = new PlatformApp();
  const provider = AwsProvider.inRegion('eu-west-1', { account: '123456789012' });
  const told = { criticalAlertReceivers: [AlertReceiver.pagerDuty({ routingKeySecretName: 'pagerduty' })] };
  return made(app, app.environment('cloud', { provider, tier }), { jwtIssuer: ISSUER, ...told, ...props });
}

const local = onKind();
const cloud = onAws();

function find({ template }: Made, kind: string, namespace: string, name: string): Json {
  const all = Object.values(template.findObjects(kind, { metadata: { name, namespace } }));
  expect(all).toHaveLength(1);
  return all[0];
}

function container(workload: Json): Json {
  return (workload as { spec: { template: { spec: { containers: Json[] } } } }).spec.template.spec.containers[0];
}

/** The variables of a container; those from Secrets as `<name of the Secret>/<key>`. */
function variables(one: Json): { [name: string]: string } {
  const env = one.env as {
    name: string;
    value?: string;
    valueFrom?: { secretKeyRef?: { name: string; key: string } };
  }[];
  return Object.fromEntries(
    env.map(({ name, value, valueFrom: { secretKeyRef: from } = {} }) => [
      name,
      value ?? (from ? `${from.name}/${from.key}` : ''),
    ]),
  );
}

/** The expressions of a PrometheusRule, by what they record or alert of. */
function rules(one: Made, namespace: string, name: string): { readonly [name: string]: string } {
  const { spec } = find(one, 'PrometheusRule', namespace, name) as {
    spec: { groups: { rules: { [key in 'record' | 'alert' | 'expr']: string }[] }[] };
  };
  return Object.fromEntries(
    spec.groups.flatMap((group) => group.rules).map(({ record, alert, expr }) => [record ?? alert, expr]),
  );
}

const MEDIUM = [2, 10, 70, 80];
const LIGHT = [2, 6, 70, 80];
const STANDARD_MEMORY = ['256Mi', '512Mi'];

/** The tables of the document, by hand. */
const DOCUMENT: [string, number, { [port: string]: number }, string, number[], string[], string?][] = [
  ['api-gateway', 8080, { http: 80, https: 443 }, '/health', MEDIUM, STANDARD_MEMORY],
  ['training-orchestrator', 8000, { http: 8000 }, '/health', MEDIUM, STANDARD_MEMORY],
  ['ml-engine', 5000, { http: 5000 }, '/health', [2, 8, 75, 85], ['512Mi', '1Gi']],
  ['model-registry', 8080, { http: 8080 }, '/health', LIGHT, STANDARD_MEMORY],
  ['query-parser', 5001, { http: 5001 }, '/health', LIGHT, STANDARD_MEMORY],
  ['db-connector', 8081, { http: 8081 }, '/actuator/health', [2, 8, 70, 80], ['512Mi', '1Gi']],
  ['prediction-service', 8080, { http: 8080 }, '/health', [3, 15, 65, 75], STANDARD_MEMORY],
  ['test-service', 8001, { http: 8001 }, '/', [1, 3, 60, 70], ['128Mi', '256Mi'], 'chatdb-testing'],
];

describe.each(DOCUMENT)('%s', (name, port, servicePorts, health, scaling, memory, namespace = 'chatdb-services') => {
  const deployment = find(local, 'Deployment', namespace, name);
  const one = container(deployment);

  test('has the ports of the document', () => {
    const ports = one.ports as { name: string; containerPort: number }[];
    expect(ports.find((other) => other.name === 'http')?.containerPort).toBe(port);
    const { spec } = find(local, 'Service', namespace, name) as { spec: { ports: { name: string; port: number }[] } };
    expect(Object.fromEntries(spec.ports.map((other) => [other.name, other.port]))).toEqual(servicePorts);
  });

  test('has its probes, and a startup probe', () => {
    const path = expect.objectContaining({ path: health }) as unknown;
    expect(one).toMatchObject({
      startupProbe: { httpGet: path },
      livenessProbe: {
        httpGet: path,
        initialDelaySeconds: 30,
        periodSeconds: 10,
        timeoutSeconds: 5,
        failureThreshold: 3,
      },
      readinessProbe: {
        httpGet: path,
        initialDelaySeconds: 10,
        periodSeconds: 5,
        timeoutSeconds: 3,
        failureThreshold: 3,
      },
    });
  });

  test('has its memory, replicas and targets', () => {
    const [request, limit] = memory;
    expect(one.resources).toMatchObject({ requests: { memory: request }, limits: { memory: limit } });
    const [min, max, cpu, ram] = scaling;
    const { spec } = find(local, 'HorizontalPodAutoscaler', namespace, name) as { spec: { metrics: Json[] } & Json };
    expect(spec).toMatchObject({ minReplicas: min, maxReplicas: max });
    const target = (resource: string, averageUtilization: number) => ({
      type: 'Resource',
      resource: { name: resource, target: { type: 'Utilization', averageUtilization } },
    });
    expect(spec.metrics).toEqual([target('cpu', cpu), target('memory', ram)]);
    expect((deployment.spec as Json).replicas).toBeUndefined();
  });
});

/** Section Performance Characteristics: seconds within which each answers, and requests a second. */
test.each<[string, string | undefined, string | undefined, string?]>([
  ['api-gateway', undefined, '1000'],
  ['prediction-service', '0.2', '500'],
  ['db-connector', '0.1', undefined],
  ['training-orchestrator', '0.5', undefined],
  ['ml-engine', '0.5', undefined],
  ['model-registry', '0.5', undefined],
  ['query-parser', '0.5', undefined],
  ['test-service', '0.5', undefined, 'chatdb-testing'],
])('%s answers within %p seconds, and %p requests in one', (name, latency, capacity, namespace = 'chatdb-services') => {
  const vector = (value: string | undefined) => (value === undefined ? undefined : `vector(${value})`);
  const all = rules(local, namespace, `${name}-objectives`);
  expect(all['service:latency:target_seconds']).toBe(vector(latency));
  expect(all['service:requests:capacity']).toBe(vector(capacity));
  // the programs count at this bound
  if (latency !== undefined) expect(all['service:slow_requests:rate5m']).toContain(`le="${latency}"`);
  expect(Object.keys(all)).toContain('ServiceErrorBudgetBurnsFast');
  expect(Object.keys(all).includes('ServiceNearCapacity')).toBe(capacity !== undefined);
});

test('each service with objectives is scraped, with the label service', () => {
  for (const [name, port, , , , , namespace = 'chatdb-services'] of DOCUMENT) {
    if (name === 'api-gateway') {
      expect(find(local, 'PodMonitor', namespace, name).spec).toMatchObject({
        podMetricsEndpoints: [{ portNumber: 9090, relabelings: [{ targetLabel: 'service', replacement: name }] }],
      });
      continue;
    }
    // Prometheus names the Service of a ServiceMonitor
    expect(find(local, 'ServiceMonitor', namespace, name).spec).toMatchObject({ endpoints: [{ port: 'http' }] });
    expect(container(find(local, 'Deployment', namespace, name)).ports).toContainEqual(
      expect.objectContaining({ name: 'http', containerPort: port }),
    );
  }
});

test('the gateway may add 100 ms', () => {
  const { RoutingOverheadHigh: overhead } = rules(local, 'chatdb-services', 'api-gateway-objectives');
  expect(overhead).toBe(
    'service:routing_overhead:mean5m_seconds{namespace="chatdb-services",service="api-gateway"} > 0.1',
  );
});

test('what the document says of the whole is recorded, and there is a dashboard', () => {
  const all = rules(local, 'chatdb-services', 'chatdb-targets');
  expect(all).toMatchObject({
    'chatdb:cpu:target_ratio': 'vector(0.7)',
    'chatdb:memory:target_ratio': 'vector(0.8)',
    'chatdb:training_jobs:capacity': 'vector(10)',
  });
  const { data } = find(local, 'ConfigMap', 'data-platform-monitoring', 'dashboard-chatdb');
  expect(JSON.stringify(data)).toContain('service:latency:seconds{namespace=~');
});

test('the report says that memory is full from the start, but for the gateway', () => {
  expect(notesBelow(local.chatDb).filter((note) => note.includes('more pods are added above'))).toEqual([
    expect.stringMatching(
      /^training-orchestrator, model-registry, query-parser: more pods are added above 80 % of 256Mi/,
    ),
    expect.stringMatching(/^prediction-service: more pods are added above 75 % of 256Mi/),
    expect.stringMatching(/^test-service: more pods are added above 70 % of 128Mi/),
  ]);
});

test('services start in the order of the document', () => {
  const wave = (name: string): number => {
    const { metadata } = find(local, 'Deployment', 'chatdb-services', name) as {
      metadata: { annotations: { [key: string]: string } };
    };
    return Number(metadata.annotations['argocd.argoproj.io/sync-wave']);
  };
  const foundation = ['training-orchestrator', 'model-registry'].map(wave);
  const processing = ['ml-engine', 'query-parser', 'db-connector', 'prediction-service'].map(wave);
  expect(new Set(foundation).size).toBe(1);
  expect(new Set(processing).size).toBe(1);
  expect(foundation[0]).toBeGreaterThan(0);
  expect(processing[0]).toBeGreaterThan(foundation[0]);
  expect(wave('api-gateway')).toBeGreaterThan(processing[0]);
});

test('addresses are the DNS names of the document', () => {
  const gateway = container(find(local, 'Deployment', 'chatdb-services', 'api-gateway'));
  expect(variables(gateway)).toMatchObject({
    TRAINING_ORCHESTRATOR_URL: 'http://training-orchestrator.chatdb-services.svc.cluster.local:8000',
    DB_CONNECTOR_URL: 'http://db-connector.chatdb-services.svc.cluster.local:8081',
  });
  const registry = container(find(local, 'Deployment', 'chatdb-services', 'model-registry'));
  expect(variables(registry)).toMatchObject({
    POSTGRES_HOST: 'postgres.chatdb-system.svc.cluster.local',
    POSTGRES_PORT: '5432',
    POSTGRES_NAME: 'model_registry',
    POSTGRES_PASSWORD: 'postgres-credentials.model-registry/password',
    SERVICE_NAME: 'model-registry',
    PORT: '8080',
  });
});

test('each service with a database has one of its own, and a user', () => {
  const names = DOCUMENT.map(([name, , , , , , namespace = 'chatdb-services']) => {
    const env = variables(container(find(local, 'Deployment', namespace, name)));
    return [name, env.POSTGRES_NAME, env.POSTGRES_USERNAME];
  });
  expect(names.filter(([, database]) => database !== undefined)).toEqual([
    ['training-orchestrator', 'training_orchestrator', 'postgres-credentials.training-orchestrator/username'],
    ['model-registry', 'model_registry', 'postgres-credentials.model-registry/username'],
  ]);
});

test('topics are written and read by who has to, and by nobody else', () => {
  const users = Object.values(local.template.findObjects('KafkaUser')) as unknown as {
    metadata: { name: string };
    spec: { authorization: { acls: { resource: { type: string; name?: string }; operations: string[] }[] } };
  }[];
  const rights = users.flatMap(({ metadata, spec }) =>
    spec.authorization.acls
      .filter(({ resource: { type } }) => type === 'topic')
      .flatMap(({ resource, operations }) =>
        operations
          .filter((operation) => ['Read', 'Write', 'Create', 'All'].includes(operation))
          .map((operation) => `${metadata.name.split('.').at(-1)} ${operation} ${resource.name}`),
      ),
  );
  expect(rights.sort()).toEqual([
    'ml-engine Read chatdb-services.queries',
    'ml-engine Read chatdb-services.training-jobs',
    'ml-engine Write chatdb-services.query-plans',
    'ml-engine Write chatdb-services.training-results',
    'query-parser Read chatdb-services.query-plans',
    'query-parser Write chatdb-services.queries',
    'training-orchestrator Read chatdb-services.training-results',
    'training-orchestrator Write chatdb-services.training-jobs',
  ]);
});

test('the infrastructure in the cluster has the sizes of the document', () => {
  const postgres = find(local, 'Cluster', 'chatdb-system', 'postgres');
  expect(postgres.spec).toMatchObject({ storage: { size: '10Gi' }, resources: { limits: { memory: '512Mi' } } });
  const brokers = find(local, 'KafkaNodePool', 'chatdb-system', 'kafka-brokers');
  expect(brokers.spec).toMatchObject({
    replicas: 1,
    resources: { limits: { memory: '1Gi' } },
    storage: { volumes: [{ size: '5Gi' }] },
  });
});

test('the server of the bucket can be larger', () => {
  const { template } = onKind({ models: { serverStorage: '30Gi' } });
  expect(JSON.stringify(template.findResources('helm_release'))).toContain('30Gi');
});

test('in production there are three brokers', () => {
  const brokers = find(onAws(), 'KafkaNodePool', 'chatdb-system', 'kafka-brokers');
  expect((brokers.spec as Json).replicas).toBe(3);
});

test('services of the provider have the sizes of the tier, and Kafka may be one of them', () => {
  const { template } = onAws({ messageBus: { managed: true } });
  expect(Object.values(template.findResources('aws_db_instance'))).toMatchObject([
    { instance_class: 'db.m7g.large', allocated_storage: 100, db_name: 'chatdb' },
  ]);
  expect(Object.values(template.findResources('aws_msk_cluster'))).toMatchObject([
    { broker_node_group_info: { storage_info: { ebs_storage_info: { volume_size: 100 } } }, number_of_broker_nodes: 3 },
  ]);
  expect(template.findObjects('Kafka')).toEqual({});
});

test('the gateway is a load balancer in production, and a port of the nodes on a laptop', () => {
  const type = (one: Made) => (find(one, 'Service', 'chatdb-services', 'api-gateway').spec as Json).type;
  expect([type(cloud), type(local)]).toEqual(['LoadBalancer', 'NodePort']);
  const others = Object.values(cloud.template.findObjects('Service')).filter(
    ({ spec, metadata }) =>
      (spec as Json).type !== 'ClusterIP' && (metadata as { name: string }).name !== 'api-gateway',
  );
  expect(others.map(({ spec }) => (spec as Json).type)).not.toContain('LoadBalancer');
});

test.each<[string, ChatDbProps, string, string]>([
  ['a port of the nodes', {}, '2', '0'],
  ['nothing outside of the cluster', { exposure: Exposure.cluster() }, '0', '0'],
  ['a load balancer', {}, '2', '1'],
])('the quota lets the gateway be reached from %s, and nothing else', (from, props, nodePorts, loadBalancers) => {
  const one = from === 'a load balancer' ? cloud : onKind(props);
  const quota = (namespace: string) => find(one, 'ResourceQuota', namespace, 'tenant').spec as { hard: Json };
  expect(quota('chatdb-services').hard).toMatchObject({
    'services.nodeports': nodePorts,
    'services.loadbalancers': loadBalancers,
  });
});

test('tests are where they do no harm', () => {
  expect(Object.values(cloud.template.findObjects('Deployment', { metadata: { name: 'test-service' } }))).toEqual([]);
  const asked = onAws({ createTests: true });
  find(asked, 'Deployment', 'chatdb-testing', 'test-service');
});

test('the ML engine starts Jobs of the template, ten at the same time', () => {
  const job = find(local, 'CronJob', 'chatdb-services', 'train-model') as unknown as {
    spec: { suspend: boolean; jobTemplate: { spec: Json } };
  };
  expect(job.spec.suspend).toBe(true);
  expect(variables(container({ spec: job.spec.jobTemplate.spec }))).toMatchObject({
    SERVICE_NAME: 'train-model',
    MODEL_REGISTRY_URL: 'http://model-registry.chatdb-services.svc.cluster.local:8080',
  });
  const engine = variables(container(find(local, 'Deployment', 'chatdb-services', 'ml-engine')));
  expect(engine).toMatchObject({ TRAIN_MODEL_CRON_JOB: 'train-model', TRAIN_MODEL_NAMESPACE: 'chatdb-services' });
});

test('beside a DataPlatform the infrastructure is where that has its own', () => {
  const app = new PlatformApp();
  const environment = app.environment('local', { provider: KindProvider.local(), tier: Tier.LOCAL });
  const platform = new DataPlatform(environment, 'data-platform', { domain: 'acme.example' });
  const { chatDb, template } = made(app, environment, { domain: undefined });
  expect(chatDb.dataPlatform).toBe(platform);
  find({ chatDb, template }, 'Cluster', 'backing-services', 'postgres');
});

test('readiness may have another path than health', () => {
  const one = onKind({ readinessPaths: { 'ml-engine': '/health/ready' } });
  expect(container(find(one, 'Deployment', 'chatdb-services', 'ml-engine'))).toMatchObject({
    livenessProbe: { httpGet: { path: '/health' } },
    readinessProbe: { httpGet: { path: '/health/ready' } },
  });
});

test('a program may have an image of its own', () => {
  const { template, chatDb } = onKind({ images: { 'ml-engine': 'ghcr.io/acme/ml-engine:2.0.0' } });
  expect(container(find({ template, chatDb }, 'Deployment', 'chatdb-services', 'ml-engine')).image).toBe(
    'ghcr.io/acme/ml-engine:2.0.0',
  );
});

test.each<[string, () => unknown, string]>([
  [
    'a program without an image',
    () => onKind({ image: undefined, images: { 'ml-engine': IMAGE } }),
    '[local/chatdb] images must have every program where there is no image',
  ],
  [
    'a program that there is not',
    () => onKind({ images: { 'ml-engin': IMAGE } }),
    '[local/chatdb] images must be of programs that there are, got "ml-engin": use ml-engine.',
  ],
  ['an image without a version', () => onKind({ image: 'ghcr.io/acme/chatdb' }), '[local/chatdb] image must '],
  [
    'no issuer in production',
    () => onAws({ jwtIssuer: undefined }),
    '[cloud/chatdb] jwtIssuer must be given in staging and production',
  ],
  [
    'a readiness path of no service',
    () => onKind({ readinessPaths: { gateway: '/ready' } }),
    '[local/chatdb] readinessPaths must be of services that there are, got "gateway"',
  ],
  [
    'audiences without an issuer',
    () => onKind({ jwtAudiences: ['chatdb'] }),
    '[local/chatdb] jwtAudiences must come with jwtIssuer, got ["chatdb"]: give it too, or leave this out.',
  ],
  [
    'two external databases of one name',
    () =>
      onKind({
        externalDatabases: ['a.example', 'b.example'].map((host) =>
          ExternalService.postgresql('orders', {
            host,
            cidrs: ['203.0.113.0/28'],
            databaseName: 'orders',
            secretName: 'orders',
          }),
        ),
      }),
    'db-connector]',
  ],
])('%s is refused', (_, act, message) => {
  expect(act).toThrow(message);
});
