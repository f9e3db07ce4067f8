import type { KubernetesObject } from '../../cluster/types';
import {
  type Actor,
  type Actors,
  API_SERVER,
  DNS,
  LOCAL_BACKING_SERVICES,
  LOCAL_METRICS,
  OUTSIDE,
  platformActors,
  podsOf,
} from '../../support/network-actors';

/** Where ChatDB has what, as its document says. */
export const CHATDB = { system: 'chatdb-system', services: 'chatdb-services', testing: 'chatdb-testing' };

/** A service of the document: its port, and which others it calls. */
interface Service {
  readonly port: number;
  readonly calls?: readonly string[];
  readonly uses?: readonly string[];
  readonly namespace?: string;
}

const DATABASE = 'database sql';
const STORE = 'store s3';
const BUS = 'broker clients';

/** The graph of the document, by hand. */
const SERVICES: Readonly<Record<string, Service>> = {
  'api-gateway': {
    port: 8080,
    calls: [
      'training-orchestrator',
      'ml-engine',
      'query-parser',
      'model-registry',
      'prediction-service',
      'db-connector',
    ],
  },
  'training-orchestrator': { port: 8000, uses: [DATABASE, BUS] },
  'ml-engine': { port: 5000, calls: ['model-registry'], uses: [BUS, API_SERVER] },
  'model-registry': { port: 8080, uses: [DATABASE, STORE] },
  'query-parser': { port: 5001, uses: [BUS] },
  'db-connector': { port: 8081 },
  'prediction-service': { port: 8080, calls: ['model-registry'] },
  'test-service': { port: 8001, calls: ['api-gateway'], namespace: CHATDB.testing },
};

/** ChatDB in its environment `local`: the services of the document, what they use, and the Jobs of training and of tests. */
export function chatdbActors(objects: readonly KubernetesObject[]): Actors {
  const services = Object.entries(SERVICES).map(([name, { port, calls = [], uses = [] }]): [string, Actor] => [
    name,
    {
      ...podsOf(objects, 'Deployment', name),
      ports: { http: port },
      // clients are outside, and nodes that forward to it have no labels
      ...(name === 'api-gateway' ? { openPorts: ['http'] } : {}),
      reaches: [DNS, ...calls, ...uses],
    },
  ]);
  const infrastructure = Object.entries(LOCAL_BACKING_SERVICES).map(([name, one]): [string, Actor] => [
    name,
    one.namespace === 'backing-services' ? { ...one, namespace: CHATDB.system } : one,
  ]);
  return {
    // metrics are on the port that serves
    ...platformActors([...Object.keys(SERVICES), ...LOCAL_METRICS], []),
    ...Object.fromEntries([...services, ...infrastructure]),
    'training job': { ...podsOf(objects, 'CronJob', 'train-model'), reaches: [DNS, 'model-registry'] },
    'test runner': { ...podsOf(objects, 'Job', 'test-runner'), reaches: [DNS, 'api-gateway'] },
    broker: {
      namespace: CHATDB.system,
      labels: { 'strimzi.io/cluster': 'bus', 'strimzi.io/name': 'bus-kafka' },
      ports: { clients: 9093, control: 9090, replication: 9091, agent: 8443 },
      reaches: [API_SERVER, DNS],
    },
    'bus operator': {
      namespace: 'strimzi',
      labels: { 'strimzi.io/kind': 'cluster-operator' },
      isOpen: true,
      reaches: [OUTSIDE, 'broker control', 'broker replication', 'broker agent'],
    },
  };
}

/** Services by source that the document has it reach, at the port of the Service. */
export const CHATDB_SERVICES: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(Object.entries(SERVICES).map(([name, { calls = [] }]) => [name, calls.map(serviceOf)])),
  'training job': [serviceOf('model-registry')],
  'test runner': [serviceOf('api-gateway')],
};

function serviceOf(name: string): string {
  return `${CHATDB.services}/${name}:${name === 'api-gateway' ? 80 : SERVICES[name].port}`;
}
