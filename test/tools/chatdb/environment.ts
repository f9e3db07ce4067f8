/**
 * What the platform gives each service: the names of the variables, of the topics and of the users that come of the graph of ChatDB. Written by hand
 * from the rules of the constructs.
 */

/** A name that no machine of the test resolves; `Places` says where it is. */
export const dns = (name: string, namespace: string): string => `${name}.${namespace}.svc.cluster.local`;

const SYSTEM = 'chatdb-system';
const SERVICES = 'chatdb-services';
const TESTING = 'chatdb-testing';

/** The services of the graph, with the ports of their containers and of their Services. */
export const PORTS: Readonly<Record<string, { readonly port: number; readonly servicePort: number }>> = {
  'api-gateway': { port: 8080, servicePort: 80 },
  'training-orchestrator': { port: 8000, servicePort: 8000 },
  'ml-engine': { port: 5000, servicePort: 5000 },
  'model-registry': { port: 8080, servicePort: 8080 },
  'query-parser': { port: 5001, servicePort: 5001 },
  'db-connector': { port: 8081, servicePort: 8081 },
  'prediction-service': { port: 8080, servicePort: 8080 },
  'test-service': { port: 8001, servicePort: 8001 },
};

/** What starts when those before it are ready. */
export const START_ORDER: readonly (readonly string[])[] = [
  ['training-orchestrator', 'model-registry'],
  ['ml-engine', 'query-parser', 'db-connector', 'prediction-service'],
  ['api-gateway'],
  ['test-service'],
];

interface Edges {
  readonly calls?: readonly string[];
  readonly hasDatabase?: boolean;
  readonly hasModels?: boolean;
  readonly produces?: readonly string[];
  readonly consumes?: readonly string[];
  readonly more?: Readonly<Record<string, string>>;
}

const EDGES: Readonly<Record<string, Edges>> = {
  'api-gateway': {
    calls: [
      'training-orchestrator',
      'ml-engine',
      'query-parser',
      'model-registry',
      'prediction-service',
      'db-connector',
    ],
  },
  'training-orchestrator': { hasDatabase: true, produces: ['training-jobs'], consumes: ['training-results'] },
  'ml-engine': {
    calls: ['model-registry'],
    produces: ['training-results', 'query-plans'],
    consumes: ['training-jobs', 'queries'],
    more: {
      TRAIN_MODEL_CRON_JOB: 'train-model',
      TRAIN_MODEL_NAMESPACE: SERVICES,
      TRAIN_MODEL_REQUEST_ANNOTATION: 'nstarx.io/request',
    },
  },
  'model-registry': { hasDatabase: true, hasModels: true },
  'query-parser': { produces: ['queries'], consumes: ['query-plans'] },
  'db-connector': {
    more: {
      EXTERNAL_DATABASES: 'orders',
      ORDERS_HOST: 'orders.example.com',
      ORDERS_PORT: '5432',
      ORDERS_ENGINE: 'postgresql',
      ORDERS_NAME: 'orders',
    },
  },
  'prediction-service': { calls: ['model-registry'] },
  'test-service': { calls: ['api-gateway'] },
  'test-runner': { calls: ['api-gateway'] },
  'train-model': { calls: ['model-registry'] },
};

export const SERVICES_WITH_DATABASE = servicesThat(({ hasDatabase }) => hasDatabase === true);
export const SERVICES_WITH_BUS = servicesThat(
  ({ produces, consumes }) => produces !== undefined || consumes !== undefined,
);
export const TOPICS = ['queries', 'query-plans', 'training-jobs', 'training-results'].map((id) => `${SERVICES}.${id}`);

/** The user of the bus that a service is, and what it may do, as the access control lists of the provider say it. */
export function busUser(service: string): {
  readonly name: string;
  readonly acls: readonly { readonly type: string; readonly name: string; readonly operations: readonly string[] }[];
} {
  const { produces = [], consumes = [] } = EDGES[service];
  const topic = (operations: readonly string[]) => (id: string) => ({
    type: 'topic',
    name: `${SERVICES}.${id}`,
    operations,
  });
  const group = { type: 'group', name: `${SERVICES}.${service}`, operations: ['Read'] };
  const acls = [...produces.map(topic(['Write', 'Describe'])), ...consumes.map(topic(['Read', 'Describe']))];
  return { name: `kafka.${SERVICES}.${service}`, acls: consumes.length === 0 ? acls : [...acls, group] };
}

/** The variables of the Secrets, which the environment makes. */
export interface Secrets {
  readonly postgresPassword: string;
  readonly kafkaPassword: string;
  readonly kafkaCa: string;
  readonly s3Key: string;
  readonly s3Secret: string;
  readonly ordersUser: string;
  readonly ordersPassword: string;
}

/** All that a service, or the program of a Job, finds in its environment. */
export function environmentOf(service: string, secrets: Secrets): Record<string, string> {
  const { calls = [], hasDatabase, hasModels, produces = [], consumes = [], more = {} } = EDGES[service];
  const env: Record<string, string> = { SERVICE_NAME: service, ...more };
  if (service in PORTS) env.PORT = String(PORTS[service].port);
  for (const name of calls) {
    const host = dns(name, name === 'test-service' ? TESTING : SERVICES);
    const port = String(PORTS[name].servicePort);
    Object.assign(env, prefixed(name, { URL: `http://${host}:${port}`, HOST: host, PORT: port }));
  }
  if (hasDatabase) {
    const user = service.replaceAll('-', '_');
    const where = { HOST: dns('postgres', SYSTEM), PORT: '5432', NAME: user, SSLMODE: 'require' };
    Object.assign(env, prefixed('postgres', { ...where, USERNAME: user, PASSWORD: secrets.postgresPassword }));
  }
  if (hasModels) {
    Object.assign(env, {
      MODELS_BUCKET: 'models',
      AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL_S3: `http://${dns('models', SYSTEM)}:8333`,
      AWS_ACCESS_KEY_ID: secrets.s3Key,
      AWS_SECRET_ACCESS_KEY: secrets.s3Secret,
    });
  }
  if (produces.length + consumes.length > 0) {
    const bus = {
      BOOTSTRAP_SERVERS: `${dns('kafka-kafka-bootstrap', SYSTEM)}:9093`,
      SECURITY_PROTOCOL: 'SASL_SSL',
      SASL_MECHANISM: 'SCRAM-SHA-512',
      USERNAME: busUser(service).name,
      PASSWORD: secrets.kafkaPassword,
      CA: secrets.kafkaCa,
    };
    Object.assign(env, prefixed('kafka', bus));
  }
  for (const id of [...produces, ...consumes]) Object.assign(env, prefixed(id, { TOPIC: `${SERVICES}.${id}` }));
  for (const id of consumes) Object.assign(env, prefixed(id, { GROUP: `${SERVICES}.${service}` }));
  if (service === 'db-connector') {
    Object.assign(env, prefixed('orders', { USERNAME: secrets.ordersUser, PASSWORD: secrets.ordersPassword }));
  }
  return env;
}

/** Where the names of the cluster are on this machine: `host:port` of the cluster by `host:port` of the test. */
export type Places = ReadonlyMap<string, string>;

/** The environment with the places of the test in it: the only thing in which it differs from that of a pod, but for the port that is listened on. */
export function here(env: Readonly<Record<string, string>>, places: Places): Record<string, string> {
  const result = { ...env };
  for (const [there, place] of places) {
    const [host, port] = there.split(':');
    const [hostHere, portHere] = place.split(':');
    for (const [name, value] of Object.entries(env)) {
      if (value.endsWith(there)) result[name] = value.replace(there, place);
      const portName = name.replace(/_HOST$/, '_PORT');
      if (value === host && env[portName] === port) Object.assign(result, { [name]: hostHere, [portName]: portHere });
    }
  }
  return result;
}

function prefixed(name: string, values: Readonly<Record<string, string>>): Record<string, string> {
  const prefix = name.toUpperCase().replaceAll('-', '_');
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [`${prefix}_${key}`, value]));
}

function servicesThat(holds: (edges: Edges) => boolean): string[] {
  return Object.keys(EDGES).filter((service) => holds(EDGES[service]));
}
