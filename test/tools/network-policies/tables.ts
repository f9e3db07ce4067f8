import type { KubernetesObject } from '../../cluster/types';
import {
  CHATDB,
  CHATDB_GATEWAY,
  CHATDB_SERVICES,
  CHATDB_TEST_SERVICES,
  chatdbActors,
  chatdbInCloudActors,
} from '../../support/chatdb-actors';
import {
  type Actors,
  API_SERVER,
  busActors,
  dataPlatformActors,
  DNS,
  HTTPS,
  LOCAL_BACKING_SERVICES,
  LOCAL_METRICS,
  neuralPlatformActors,
  operatorActors,
  OUTSIDE,
  platformActors,
  podsOf,
} from '../../support/network-actors';
import type { Expected } from './reach';

/** A table of an environment of an example. */
export interface Table {
  readonly example: string;
  readonly environment: string;
  readonly table: (objects: readonly KubernetesObject[]) => Expected;
}

const MONITORING = 'data-platform-monitoring';

/** Namespaces of components that all platforms have, whose charts have no policies. */
const OPEN = ['cert-manager', 'envoy-gateway-system', 'external-secrets', 'kube-system', 'strangers', 'velero'];

/** Namespaces that all platforms have and hold. */
const HELD = ['backing-services', MONITORING, 'security-scanning', 'app-core-team', 'app-data-team', 'app-ml-team'];

/** What no user asks of monitoring: the API server calls the operator's webhook, and has no labels. */
const PROMETHEUS_OPERATOR: Actors = {
  'prometheus operator': {
    namespace: MONITORING,
    labels: { 'app.kubernetes.io/name': 'kube-prometheus-stack-prometheus-operator' },
    ports: { webhook: 10250 },
    openPorts: ['webhook'],
    reaches: [API_SERVER, DNS],
  },
};

/** Asks Prometheus whether a release goes on. */
const ROLLOUTS: Actors = {
  rollouts: {
    namespace: 'argo-rollouts',
    labels: { 'app.kubernetes.io/name': 'argo-rollouts' },
    isOpen: true,
    reaches: [OUTSIDE, 'prometheus'],
  },
};

/** What makes users in the database, the cache and the store of the cluster. */
function localUsers(objects: readonly KubernetesObject[]): Actors {
  return {
    'database users': { ...podsOf(objects, 'Deployment', 'database-users'), reaches: [DNS, 'database sql'] },
    'cache users': { ...podsOf(objects, 'Deployment', 'cache-users'), reaches: [DNS, 'cache'] },
    'store users': { ...podsOf(objects, 'Deployment', 's3-provisioner'), reaches: [DNS, 'store administration'] },
  };
}

const BUS = busActors('backing-services', 'bus');
const BROKERS = ['broker clients', 'other broker clients'];

/** Answers the API server for the metrics of autoscalers. */
const ADAPTER: Actors = {
  'prometheus adapter': {
    namespace: MONITORING,
    labels: { 'app.kubernetes.io/name': 'prometheus-adapter' },
    ports: { https: 6443 },
    openPorts: ['https'],
    reaches: [API_SERVER, DNS, 'prometheus'],
  },
};

/** The scraper reaches every port of the pods of monitoring. */
function withMonitoring(expected: Expected): Expected {
  const own = Object.entries(expected.actors).filter(([, { namespace }]) => namespace === MONITORING);
  const names = own.map(([name]) => name).filter((name) => name !== 'prometheus');
  const prometheus = [`somebody in ${MONITORING}`, ...names].map((name) => `${name} *`);
  return { ...expected, also: { ...expected.also, prometheus } };
}

/** Backups of the cluster's volumes go to the store. */
const BACKUPS = { 'somebody in velero': ['store s3'] };

/** Where AWS has the database and the cache, and where it gives pods their credentials. */
const AWS_ADDRESSES = {
  'data subnets': '10.2.224.10',
  'private address': '10.2.0.10',
  'identity of pods': '169.254.170.23',
};

const RDS = 'data subnets 5432';

/** S3 and no address of a network, and the credentials for it. */
const S3 = ['internet 443', 'identity of pods 80'];

function awsUsers(objects: readonly KubernetesObject[]): Actors {
  return {
    'database users': { ...podsOf(objects, 'Deployment', 'database-users'), reaches: [DNS, RDS] },
    // by the API of AWS, which may have an address in the network
    'cache users': { ...podsOf(objects, 'Deployment', 'cache-users'), reaches: [DNS, HTTPS, 'identity of pods 80'] },
  };
}

const NEURAL_HELD = [
  'data-processing',
  'feature-stores',
  'ml-models',
  'ml-workflows',
  'model-serving',
  'nstarx-system',
  'tenant-acme-corp',
  'tenant-acme-research',
  'user-data',
];

const NEURAL_OPEN = [
  'argo-rollouts',
  'argo-workflows',
  'feast-operator-system',
  'flink-operator',
  'gpu-operator',
  'jobset-system',
  'kserve',
  'kubeflow-trainer',
  'metacontroller',
  'spark-operator',
  'strimzi',
];

/** Operators reach the pods that they make, on ports that they choose; which pods of their namespaces they are, no policy says. */
const NEURAL_OPERATORS = {
  'somebody in argo-workflows': ['workflow step *'],
  'somebody in flink-operator': ['flink of pipelines *', 'flink of features *'],
  'somebody in kubeflow-trainer': ['training pod *'],
  'somebody in spark-operator': ['spark of pipelines *', 'spark of features *', 'spark of workflows *'],
};

function bus(users: readonly string[]): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(users.map((name) => [name, BROKERS]));
}

/** The same actors where the database, the cache and the store are AWS's. */
function onAws(actors: Actors): Actors {
  const there: Readonly<Record<string, readonly string[]>> = {
    'database sql': [RDS],
    'store s3': S3,
    'database metrics': [],
    'store metrics': [],
  };
  const gone = [...Object.keys(LOCAL_BACKING_SERVICES), 'provisioner'];
  return Object.fromEntries(
    Object.entries(actors)
      .filter(([name]) => !gone.includes(name))
      .map(([name, one]) => [name, { ...one, reaches: one.reaches.flatMap((target) => there[target] ?? target) }]),
  );
}

/** The databases that users of ChatDB ask about, each on its own port. */
const USER_DATABASE_ADDRESSES = {
  'database of orders': '203.0.113.17',
  'database of the stock': '203.0.113.40',
  'database of reviews': '203.0.113.50',
};
const USER_DATABASES = ['database of orders 5432', 'database of the stock 3306', 'database of reviews 27017'];

/** As of the other examples, in the network of this one. */
const CHATDB_AWS_ADDRESSES = { ...AWS_ADDRESSES, 'data subnets': '10.0.224.10', 'private address': '10.0.0.10' };
const CHATDB_INTERNET = ['internet', ...Object.keys(USER_DATABASE_ADDRESSES)].map((name) => `${name} 443`);
const CHATDB_ON_AWS = {
  database: [RDS],
  topics: ['data subnets 9098', 'identity of pods 80'],
  bucket: [...CHATDB_INTERNET, 'identity of pods 80'],
  'API server': [API_SERVER],
  keysOfTokens: CHATDB_INTERNET,
};

/** Who reaches whom in the examples, by hand. */
export const TABLES: readonly Table[] = [
  {
    example: 'data-platform',
    environment: 'local',
    table: (objects) =>
      withMonitoring({
        actors: { ...dataPlatformActors(objects), ...PROMETHEUS_OPERATOR, ...localUsers(objects) },
        held: HELD,
        open: [...OPEN, 'cnpg-system', 'gpu-operator', 'platform-system'],
        also: BACKUPS,
      }),
  },
  {
    example: 'data-platform',
    environment: 'production',
    table: (objects) =>
      withMonitoring({
        actors: {
          ...platformActors(['ml-backend'], ['ml-backend']),
          ...PROMETHEUS_OPERATOR,
          ...awsUsers(objects),
          'ml-backend': {
            ...podsOf(objects, 'Deployment', 'ml-backend'),
            reaches: [DNS, RDS, 'data subnets 6379', ...S3],
          },
          training: { ...podsOf(objects, 'Job', 'train-ranking'), reaches: [DNS, ...S3] },
          features: { ...podsOf(objects, 'CronJob', 'prepare-features'), reaches: [DNS, RDS, ...S3] },
        },
        held: HELD,
        open: [...OPEN, 'argocd', 'gpu-operator', 'platform-system'],
        addresses: AWS_ADDRESSES,
      }),
  },
  {
    example: 'neural-platform',
    environment: 'local',
    table: (objects) =>
      withMonitoring({
        actors: {
          ...neuralPlatformActors(objects),
          ...PROMETHEUS_OPERATOR,
          ...ROLLOUTS,
          ...ADAPTER,
          ...BUS,
          ...localUsers(objects),
        },
        held: [...HELD, ...NEURAL_HELD],
        open: [...OPEN, ...NEURAL_OPEN, 'cnpg-system'],
        also: {
          ...BACKUPS,
          ...NEURAL_OPERATORS,
          ...bus(['spark of pipelines', 'flink of pipelines', 'flink of features']),
        },
      }),
  },
  {
    example: 'neural-platform',
    environment: 'production',
    table: (objects) => {
      return withMonitoring({
        actors: {
          ...onAws(neuralPlatformActors(objects)),
          ...PROMETHEUS_OPERATOR,
          ...ROLLOUTS,
          ...ADAPTER,
          ...BUS,
          ...awsUsers(objects),
        },
        held: [...HELD, ...NEURAL_HELD],
        open: [...OPEN, ...NEURAL_OPEN, 'argocd', 'capsule-system', 'istio-system', 'platform-system'],
        also: { ...NEURAL_OPERATORS, ...bus(['spark of pipelines', 'flink of pipelines', 'flink of features']) },
        addresses: AWS_ADDRESSES,
      });
    },
  },
  {
    example: 'zero-touch',
    environment: 'local',
    table: (objects) =>
      withMonitoring({
        actors: {
          ...platformActors(['operators', 'mlflow', ...LOCAL_METRICS], []),
          ...PROMETHEUS_OPERATOR,
          ...ROLLOUTS,
          ...LOCAL_BACKING_SERVICES,
          ...localUsers(objects),
          ...operatorActors(objects),
          mlflow: {
            ...podsOf(objects, 'Deployment', 'mlflow'),
            reaches: [DNS, 'database sql', 'store s3'],
            ports: { api: 5000 },
          },
        },
        held: [...HELD, 'ml-inference', 'nstarx-system'],
        open: [...OPEN, 'argo-rollouts', 'cnpg-system', 'gatekeeper-system', 'metacontroller'],
        also: BACKUPS,
      }),
  },
  {
    example: 'zero-touch',
    environment: 'production',
    table: (objects) =>
      withMonitoring({
        actors: {
          ...platformActors(['operators', 'mlflow'], []),
          ...PROMETHEUS_OPERATOR,
          ...ROLLOUTS,
          ...awsUsers(objects),
          ...operatorActors(objects),
          mlflow: { ...podsOf(objects, 'Deployment', 'mlflow'), reaches: [DNS, RDS, ...S3], ports: { api: 5000 } },
        },
        held: [...HELD, 'ml-inference', 'nstarx-system'],
        open: [
          ...OPEN,
          'argo-rollouts',
          'argocd',
          'gatekeeper-system',
          'gpu-operator',
          'kyverno',
          'metacontroller',
          'platform-system',
        ],
        addresses: AWS_ADDRESSES,
      }),
  },
  {
    example: 'chatdb',
    environment: 'local',
    table: (objects) =>
      withMonitoring({
        actors: { ...chatdbActors(objects), ...PROMETHEUS_OPERATOR },
        held: [MONITORING, CHATDB.system, CHATDB.services, CHATDB.testing],
        open: [...OPEN, 'cnpg-system', 'strimzi'],
        also: { ...BACKUPS, 'db-connector': USER_DATABASES },
        addresses: USER_DATABASE_ADDRESSES,
        services: { ...CHATDB_SERVICES, ...CHATDB_TEST_SERVICES },
        openServices: CHATDB_GATEWAY,
      }),
  },
  {
    example: 'chatdb',
    environment: 'production',
    table: (objects) =>
      withMonitoring({
        actors: { ...chatdbInCloudActors(objects, CHATDB_ON_AWS), ...PROMETHEUS_OPERATOR },
        held: [MONITORING, CHATDB.system, CHATDB.services],
        open: [...OPEN, 'argocd', 'platform-system'],
        also: { 'db-connector': USER_DATABASES },
        addresses: { ...USER_DATABASE_ADDRESSES, ...CHATDB_AWS_ADDRESSES },
        services: CHATDB_SERVICES,
        openServices: CHATDB_GATEWAY,
      }),
  },
];
