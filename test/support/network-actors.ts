import type { KubernetesObject } from '../cluster/types';

/** A pod of a platform, as network policies see it, and whom it is to reach. */
export interface Actor {
  readonly namespace: string;
  /** Labels by which policies know it: those of the chart that makes it, or of our own workload. */
  readonly labels: Readonly<Record<string, string>>;
  /** Ports that it listens on, by their names. @default - 8080 */
  readonly ports?: Readonly<Record<string, number>>;
  /**
   * Whether its namespace has no policies that hold for it: whoever may go out anywhere reaches it, as it reaches the API server, DNS
   * and others that are open. @default false
   */
  readonly isOpen?: boolean;
  /** Its ports that whoever may go out anywhere reaches, although policies hold for it: the API server has no labels. @default - none */
  readonly openPorts?: readonly string[];
  /**
   * What it is to reach, of all ports of all others: `<actor>`, `<actor> <port>` or `<actor> *`, which is every port; and the API server,
   * DNS and the other groups below.
   */
  readonly reaches: readonly string[];
}

/** Actors by name. */
export type Actors = Readonly<Record<string, Actor>>;

/** DNS of the cluster. */
export const DNS = 'dns';

/** The ports of the API server, which nothing names but its address: on these, everybody who is open. */
export const API_SERVER = 'API server';

/** The port of the API server and of what is outside of the cluster: on it, everybody who is open. */
export const HTTPS = 'https';

/** The API server, DNS and everybody who is open. */
export const OUTSIDE = 'outside';

/** Every port of every pod that is open, and on nodes those of the kubelet and of the node exporter. */
export const METRICS = 'metrics';

const NAME = 'app.kubernetes.io/name';
const INSTANCE = 'app.kubernetes.io/instance';
const COMPONENT = 'app.kubernetes.io/component';

const MONITORING = 'data-platform-monitoring';
const BACKING = 'backing-services';

/** What all platforms have: `scraped` are the metrics that Prometheus is to reach, `routed` the servers that the gateway is to. */
export function platformActors(scraped: readonly string[], routed: readonly string[]): Actors {
  return {
    gateway: {
      namespace: 'envoy-gateway-system',
      labels: { [NAME]: 'envoy', [COMPONENT]: 'proxy' },
      isOpen: true,
      reaches: [OUTSIDE, 'grafana', ...routed],
    },
    prometheus: {
      namespace: MONITORING,
      labels: { [NAME]: 'prometheus' },
      ports: { queries: 9090 },
      reaches: [DNS, API_SERVER, METRICS, 'alertmanager *', 'grafana *', 'kube-state-metrics *', ...scraped],
    },
    grafana: {
      namespace: MONITORING,
      labels: { [NAME]: 'grafana' },
      ports: { pages: 3000 },
      reaches: [API_SERVER, DNS, 'alertmanager', 'prometheus'],
    },
    alertmanager: {
      namespace: MONITORING,
      labels: { [NAME]: 'alertmanager' },
      ports: { alerts: 9093 },
      reaches: [DNS, HTTPS],
    },
    'kube-state-metrics': {
      namespace: MONITORING,
      labels: { [NAME]: 'kube-state-metrics' },
      reaches: [API_SERVER, DNS],
    },
    stranger: { namespace: 'strangers', labels: {}, isOpen: true, reaches: [OUTSIDE] },
  };
}

/** The database, the cache and the store where the cluster has them, and the operator of the database. */
export const LOCAL_BACKING_SERVICES: Actors = {
  database: {
    namespace: BACKING,
    labels: { 'cnpg.io/cluster': 'database' },
    ports: { sql: 5432, status: 8000, metrics: 9187 },
    reaches: [API_SERVER, DNS],
  },
  'database operator': {
    namespace: 'cnpg-system',
    labels: { [NAME]: 'cloudnative-pg' },
    isOpen: true,
    reaches: [OUTSIDE, 'database sql', 'database status'],
  },
  cache: {
    namespace: BACKING,
    labels: { [NAME]: 'valkey', [INSTANCE]: 'valkey-cache' },
    ports: { keys: 6379 },
    reaches: [DNS],
  },
  store: {
    namespace: BACKING,
    labels: { [NAME]: 'seaweedfs', [INSTANCE]: 'seaweedfs', [COMPONENT]: 'seaweedfs-all-in-one' },
    ports: { s3: 8333, administration: 9333, metrics: 9324 },
    reaches: [DNS],
  },
};

/** The brokers of a bus, two of them, and their operators. */
export function busActors(namespace: string, name: string): Actors {
  const broker = (other: string): Actor => ({
    namespace,
    labels: { 'strimzi.io/cluster': name, 'strimzi.io/name': `${name}-kafka` },
    ports: { clients: 9093, control: 9090, replication: 9091, agent: 8443 },
    reaches: [API_SERVER, DNS, `${other} control`, `${other} replication`],
  });
  return {
    broker: broker('other broker'),
    'other broker': broker('broker'),
    'users of the bus': {
      namespace,
      labels: { 'strimzi.io/cluster': name, 'strimzi.io/name': `${name}-entity-operator` },
      reaches: [API_SERVER, DNS, 'broker replication', 'other broker replication'],
    },
    'bus operator': {
      namespace: 'strimzi',
      labels: { 'strimzi.io/kind': 'cluster-operator' },
      isOpen: true,
      reaches: [
        OUTSIDE,
        ...['broker', 'other broker'].flatMap((one) => [`${one} control`, `${one} replication`, `${one} agent`]),
      ],
    },
  };
}

/** What Prometheus reaches of them. */
export const LOCAL_METRICS: readonly string[] = ['database metrics', 'store metrics'];

/** The data platform in its environment `local`. */
export function dataPlatformActors(objects: readonly KubernetesObject[]): Actors {
  return {
    ...platformActors(['ml-backend', ...LOCAL_METRICS], ['ml-backend']),
    ...LOCAL_BACKING_SERVICES,
    'ml-backend': {
      ...podsOf(objects, 'Deployment', 'ml-backend'),
      reaches: [DNS, 'database sql', 'cache', 'store s3'],
    },
    training: { ...podsOf(objects, 'Job', 'train-ranking'), reaches: [DNS, 'store s3'] },
    features: { ...podsOf(objects, 'CronJob', 'prepare-features'), reaches: [DNS, 'database sql', 'store s3'] },
    provisioner: {
      ...podsOf(objects, 'Deployment', 's3-provisioner'),
      reaches: [DNS, 'store administration'],
    },
    // in a namespace that is let in to the database, the cache and the store, but no policy lets it out
    neighbour: { namespace: 'app-ml-team', labels: { app: 'neighbour' }, reaches: [DNS] },
    'other team': { namespace: 'app-core-team', labels: { app: 'other' }, reaches: [DNS] },
  };
}

/** The neural platform in its environment `local`. */
export function neuralPlatformActors(objects: readonly KubernetesObject[]): Actors {
  const sparkDriver = { 'spark-role': 'driver', 'sparkoperator.k8s.io/launched-by-spark-operator': 'true' };
  const flinkJob = { type: 'flink-native-kubernetes', component: 'jobmanager' };
  const spark = { labels: sparkDriver, ports: { blocks: 7079 } };
  const flink = { labels: flinkJob, ports: { rpc: 6123 } };
  const server = { labels: { 'serving.kserve.io/inferenceservice': 'model' }, ports: { http: 8080, metrics: 8082 } };
  return {
    ...platformActors(
      ['operators', 'mlflow', 'model metrics', 'served model metrics', ...LOCAL_METRICS],
      ['model http', 'served model http'],
    ),
    ...LOCAL_BACKING_SERVICES,
    ...operatorActors(objects),
    mlflow: {
      ...podsOf(objects, 'Deployment', 'mlflow'),
      ports: { api: 5000 },
      reaches: [DNS, 'database sql', 'store s3'],
    },
    'spark of pipelines': {
      namespace: 'data-processing',
      ...spark,
      reaches: [API_SERVER, DNS, 'store s3', 'database sql'],
    },
    'spark of features': { namespace: 'feature-stores', ...spark, reaches: [API_SERVER, DNS, 'store s3'] },
    'spark of workflows': {
      namespace: 'ml-workflows',
      ...spark,
      reaches: [API_SERVER, DNS, 'store s3', 'mlflow'],
    },
    'spark operator': {
      namespace: 'spark-operator',
      labels: { [NAME]: 'spark-operator' },
      isOpen: true,
      reaches: [OUTSIDE, 'spark of pipelines *', 'spark of features *', 'spark of workflows *'],
    },
    'flink of pipelines': { namespace: 'data-processing', ...flink, reaches: [API_SERVER, DNS, 'store s3'] },
    'flink of features': { namespace: 'feature-stores', ...flink, reaches: [API_SERVER, DNS, 'store s3'] },
    'flink operator': {
      namespace: 'flink-operator',
      labels: { [NAME]: 'flink-kubernetes-operator' },
      isOpen: true,
      reaches: [OUTSIDE, 'flink of pipelines *', 'flink of features *'],
    },
    'workflow step': {
      namespace: 'ml-workflows',
      labels: { 'workflows.argoproj.io/workflow': 'train' },
      reaches: [API_SERVER, DNS, 'store s3', 'mlflow'],
    },
    'training pod': {
      namespace: 'ml-workflows',
      labels: { 'jobset.sigs.k8s.io/jobset-name': 'train' },
      reaches: [DNS, 'store s3', 'mlflow'],
    },
    model: { namespace: 'ml-models', ...server, reaches: [DNS, 'store s3'] },
    'served model': { namespace: 'model-serving', ...server, reaches: [DNS, 'store s3'] },
    tenant: { namespace: 'tenant-acme-corp', labels: { app: 'tenant' }, reaches: [DNS] },
    'other tenant': { namespace: 'tenant-acme-research', labels: { app: 'tenant' }, reaches: [DNS] },
  };
}

/** The hooks of our operators, and what calls them. */
export function operatorActors(objects: readonly KubernetesObject[]): Actors {
  return {
    metacontroller: {
      namespace: 'metacontroller',
      labels: { [NAME]: 'metacontroller-helm', [INSTANCE]: 'metacontroller' },
      isOpen: true,
      reaches: [OUTSIDE, 'operators'],
    },
    operators: { ...podsOf(objects, 'Deployment', 'operators'), ports: { hooks: 8443 }, reaches: [DNS] },
  };
}

/** Namespace and labels of the pods of a workload. */
export function podsOf(
  objects: readonly KubernetesObject[],
  kind: string,
  name: string,
): Pick<Actor, 'namespace' | 'labels'> {
  // the name of a Job ends with a hash
  const found = objects.find((one) => one.kind === kind && one.metadata.name?.startsWith(name));
  const spec = found?.spec as { template?: Template; jobTemplate?: { spec: { template: Template } } } | undefined;
  const template = spec?.jobTemplate?.spec.template ?? spec?.template;
  if (!found || !template) throw new Error(`there is no ${kind} ${name}`);
  return { namespace: found.metadata.namespace ?? '', labels: template.metadata.labels };
}

interface Template {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
}
