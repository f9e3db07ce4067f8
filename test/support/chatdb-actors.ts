import type { KubernetesObject } from '../cluster/types';
import {
  type Actor,
  type Actors,
  API_SERVER,
  busActors,
  DNS,
  LOCAL_BACKING_SERVICES,
  LOCAL_METRICS,
  platformActors,
  podsOf,
} from './network-actors';

/** Where ChatDB has what, as its document says. */
export const CHATDB = { system: 'chatdb-system', services: 'chatdb-services', testing: 'chatdb-testing' };

/** What a service of the document uses beside others: its database, its topics, its bucket, the API server. */
type Use = 'database' | 'topics' | 'bucket' | 'API server';

/** A service of the document: its port, and which others it calls. */
interface Service {
  readonly port: number;
  readonly calls?: readonly string[];
  readonly uses?: readonly Use[];
}

/** The graph of the document, by hand. */
const SERVICES: Readonly<Record<string, Service>> = {
  'training-orchestrator': { port: 8000, uses: ['database', 'topics'] },
  // it starts the Jobs of training
  'ml-engine': { port: 5000, calls: ['model-registry'], uses: ['topics', 'API server'] },
  'model-registry': { port: 8080, uses: ['database', 'bucket'] },
  'query-parser': { port: 5001, uses: ['topics'] },
  'db-connector': { port: 8081 },
  'prediction-service': { port: 8080, calls: ['model-registry'] },
};

const TEST_SERVICE = 'test-service';
const GATEWAY = 'api-gateway';

/** By which ports of others something is used. */
type Uses = Readonly<Record<Use, readonly string[]>>;

const LOCAL_USES: Uses = {
  database: ['database sql'],
  topics: ['broker clients', 'other broker clients'],
  bucket: ['store s3'],
  'API server': [API_SERVER],
};

/** ChatDB in its environment `local`: the services of the document, what they use, and the Jobs of training and of tests. */
export function chatdbActors(objects: readonly KubernetesObject[]): Actors {
  const { database, 'database operator': databaseOperator, store } = LOCAL_BACKING_SERVICES;
  return {
    ...platformActors([...scraped(), TEST_SERVICE, ...LOCAL_METRICS], []),
    ...serviceActors(objects, LOCAL_USES),
    [TEST_SERVICE]: {
      ...podsOf(objects, 'Deployment', TEST_SERVICE),
      ports: { http: 8001 },
      reaches: [DNS, `${GATEWAY} http`],
    },
    'test runner': { ...podsOf(objects, 'Job', 'test-runner'), reaches: [DNS, `${GATEWAY} http`] },
    database: { ...database, namespace: CHATDB.system, labels: { 'cnpg.io/cluster': 'postgres' } },
    'database operator': databaseOperator,
    'database users': { ...podsOf(objects, 'Deployment', 'postgres-users'), reaches: [DNS, ...LOCAL_USES.database] },
    store: { ...store, namespace: CHATDB.system },
    'store users': { ...podsOf(objects, 'Deployment', 's3-provisioner'), reaches: [DNS, 'store administration'] },
    ...busActors(CHATDB.system, 'kafka'),
  };
}

/** ChatDB where the database, the topics and the bucket are a cloud's, and tokens are checked. */
export function chatdbInCloudActors(
  objects: readonly KubernetesObject[],
  uses: Uses & { readonly keysOfTokens: readonly string[] },
): Actors {
  const { [GATEWAY]: gateway, ...services } = serviceActors(objects, uses);
  return {
    ...platformActors(scraped(), []),
    ...services,
    [GATEWAY]: { ...gateway, reaches: [...gateway.reaches, ...uses.keysOfTokens] },
    'database users': { ...podsOf(objects, 'Deployment', 'postgres-users'), reaches: [DNS, ...uses.database] },
  };
}

function serviceActors(objects: readonly KubernetesObject[], uses: Uses): Actors {
  const services = Object.entries(SERVICES).map(([name, { port, calls = [], uses: used = [] }]): [string, Actor] => [
    name,
    {
      ...podsOf(objects, 'Deployment', name),
      ports: { http: port },
      reaches: [DNS, ...calls, ...used.flatMap((one) => uses[one])],
    },
  ]);
  return {
    ...Object.fromEntries(services),
    [GATEWAY]: {
      ...podsOf(objects, 'Deployment', GATEWAY),
      ports: { http: 8080, https: 8443, metrics: 9090, kubelet: 9902 },
      // clients are outside, and nodes that forward to it have no labels
      openPorts: ['http', 'https'],
      reaches: [DNS, ...Object.keys(SERVICES)],
    },
    'training job': { ...podsOf(objects, 'CronJob', 'train-model'), reaches: [DNS, 'model-registry'] },
  };
}

/** Services have their metrics on the port that serves. */
function scraped(): string[] {
  return [...Object.keys(SERVICES), `${GATEWAY} metrics`];
}

/** The gateway, which whoever may go out reaches. */
export const CHATDB_GATEWAY = [`${CHATDB.services}/${GATEWAY}:80`, `${CHATDB.services}/${GATEWAY}:443`];

/** Services by source that the document has it reach, at the port of the Service. */
export const CHATDB_SERVICES: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(Object.entries(SERVICES).map(([name, { calls = [] }]) => [name, calls.map(serviceOf)])),
  [GATEWAY]: Object.keys(SERVICES).map(serviceOf),
  'training job': [serviceOf('model-registry')],
  // metrics are on the port that serves, and it may go to all pods
  prometheus: [...Object.keys(SERVICES).map(serviceOf), ...CHATDB_GATEWAY],
};

/** Sources in `chatdb-testing`. */
export const CHATDB_TEST_SERVICES: Readonly<Record<string, readonly string[]>> = {
  [TEST_SERVICE]: [CHATDB_GATEWAY[0]],
  'test runner': [CHATDB_GATEWAY[0]],
};

function serviceOf(name: string): string {
  return `${CHATDB.services}/${name}:${SERVICES[name].port}`;
}
