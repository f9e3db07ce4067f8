import { OPERATORS } from '../../../operators/src/operators';
import { Hooks } from '../../../operators/src/runtime/hooks';
import { JsonObject, KubernetesObject, SyncRequest, SyncResponse } from '../../../operators/src/runtime/protocol';
import { DriftMethod } from '../../../src/api/generated/shared';
import { KINDS } from '../../../src/api/kinds';
import { findingsOf } from '../../../src/api/schema/object-findings';
import { apiVersionOf, KindDefinition } from '../../../src/api/schema/schema';
import { withDefaults } from '../../../src/api/schema/validate';
import { parse } from 'yaml';
import { sampleOf } from '../../api/support/samples';
import { objectMap } from '../support/requests';
import { OperatorSettings } from '../../../src/kinds/operators/operator-settings';
import { PLATFORM as SUBJECTS_PLATFORM } from '../robustness/subjects';

/** An object in a situation in which some of its fields matter. */
export interface Scenario {
  readonly kind: string;
  readonly what: string;
  readonly spec: JsonObject;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Specs that the object had before, oldest first. */
  readonly before?: readonly JsonObject[];
  /** Changes of the children as the cluster has them, after each answer. */
  readonly cluster?: (child: KubernetesObject) => KubernetesObject;
  /** Objects beside the children. */
  readonly related?: (children: readonly KubernetesObject[]) => readonly KubernetesObject[];
  /** Objects that are there besides when the object is deleted. */
  readonly whileDeleted?: readonly KubernetesObject[];
}

/** A platform with everything that an object can ask for. */
export const PLATFORM: OperatorSettings = {
  ...SUBJECTS_PLATFORM,
  featureStore: {
    ...SUBJECTS_PLATFORM.featureStore,
    bootstrapServers: 'kafka:9092',
    lake: 's3://lake',
    offlineSecretName: 'warehouse',
  },
  mlWorkflow: {
    ...SUBJECTS_PLATFORM.mlWorkflow,
    trainingRuntimes: { mpi: 'mpi-distributed' },
    pushNamespaces: ['team'],
  },
  modelDeployment: {
    minReplicas: 1,
    maxReplicas: 5,
    cpu: '1',
    memory: '1Gi',
    policies: {
      least: { accuracy: 0.9, precision: 0.7, recall: 0.7, auc_roc: 0.8, disparate_impact: 0.8 },
      most: { latency_p95_ms: 50, demographic_parity: 0.05, equalized_odds: 0.2, equal_opportunity: 0.2 },
      protectedAttributes: ['age'],
      driftMethod: DriftMethod.POPULATION_STABILITY_INDEX,
      driftMaxAgeDays: 30,
      dependencies: ['xgboost==2.1.4'],
    },
  },
};

export const NAMESPACE = 'team';
export const NAME = 'base';
export const START = '2026-01-01T00:00:00Z';

export function kindOf(name: string): KindDefinition {
  return KINDS.find(({ kind }) => kind === name)!;
}

export function hooksFor(name: string): Hooks {
  return OPERATORS.find(({ definition }) => definition.parent.kind === name)!;
}

/** The object as the API server stores it. */
export function parentOf({ kind, spec, annotations }: Scenario, change: JsonObject = spec): KubernetesObject {
  const definition = kindOf(kind);
  return {
    apiVersion: apiVersionOf(definition),
    kind,
    metadata: {
      name: NAME,
      uid: 'uid-of-parent',
      generation: 1,
      creationTimestamp: START,
      ...(definition.scope === 'Namespaced' ? { namespace: NAMESPACE } : {}),
      ...(annotations ? { annotations } : {}),
    },
    spec: withDefaults(definition.spec, change) as JsonObject,
  };
}

export function isValid(scenario: Scenario, spec: JsonObject): boolean {
  return findingsOf(kindOf(scenario.kind), parentOf(scenario, spec)).length === 0;
}

/** What the operator answers: at first, and when what it made is there, twice. */
export function answersOf(scenario: Scenario, spec: JsonObject = scenario.spec): SyncResponse[] {
  const hooks = hooksFor(scenario.kind);
  const { cluster = (child) => child, related = () => [] } = scenario;
  let children: readonly KubernetesObject[] = [];
  let status: JsonObject | undefined;
  const once = (wanted: JsonObject): SyncResponse => {
    const parent = { ...parentOf(scenario, wanted), ...(status ? { status } : {}) };
    const response = hooks.sync(
      { parent, children: objectMap(children), related: objectMap(related(children)), finalizing: false },
      PLATFORM,
    );
    children = response.children.map(stored).map(cluster);
    status = response.status;
    return response;
  };
  for (const old of scenario.before ?? []) for (let round = 0; round < 2; round++) once(old);
  const answers = [once(spec), once(spec), once(spec)];
  const { finalizes } = hooks.definition;
  return finalizes ? [...answers, hooks.sync(deletion(scenario, spec, children), PLATFORM)] : answers;
}

/** The request that is made when the object is deleted, while what it made is there. */
function deletion(scenario: Scenario, spec: JsonObject, children: readonly KubernetesObject[]): SyncRequest {
  const parent = parentOf(scenario, spec);
  const related = [...(scenario.related?.(children) ?? []), ...(scenario.whileDeleted ?? [])];
  return {
    parent: { ...parent, metadata: { ...parent.metadata, deletionTimestamp: START } },
    children: objectMap(children),
    related: objectMap(related),
    finalizing: true,
  };
}

function stored(child: KubernetesObject): KubernetesObject {
  return {
    ...child,
    metadata: {
      ...child.metadata,
      generation: 1,
      creationTimestamp: child.metadata.creationTimestamp ?? START,
      ownerReferences: [{ apiVersion: 'x', kind: 'X', name: NAME, uid: 'uid-of-parent', controller: true }],
    },
  };
}

function withStatus(child: KubernetesObject, statuses: Readonly<Record<string, JsonObject>>): KubernetesObject {
  const status = Object.hasOwn(statuses, child.kind) ? statuses[child.kind] : undefined;
  return status ? { ...child, status } : child;
}

const JOB_DONE = { conditions: [{ type: 'Complete', status: 'True', lastTransitionTime: START }] };

export function jobPod(job: string, message: string, exitCode = 0): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `${job}-x`, namespace: NAMESPACE, labels: { 'batch.kubernetes.io/job-name': job } },
    status: { containerStatuses: [{ name: 'x', state: { terminated: { exitCode, message, finishedAt: START } } }] },
  };
}

const BASELINE = '{"format":1,"rows":1000,"features":[{"name":"age","bounds":[18,40],"counts":[12,700,288]}]}';

/** Jobs have ended, and that which read training data has told of it. */
const MODEL_JOBS: Pick<Scenario, 'cluster' | 'related'> = {
  cluster: (child) => withStatus(child, { Job: JOB_DONE }),
  related: (children) => [
    ZONE,
    ...children
      .filter(({ kind, metadata }) => kind === 'Job' && metadata.name.includes('baseline'))
      .map(({ metadata }) => jobPod(metadata.name, BASELINE)),
  ],
};

const ZONE: KubernetesObject = {
  apiVersion: 'nstarx.io/v1alpha1',
  kind: 'AIZone',
  metadata: { name: 'zone', uid: 'uid-of-zone' },
  spec: {
    type: 'inference',
    resources: { compute: { nodeSelector: { a: 'b' }, limits: { 'nvidia.com/gpu': '64' } } },
  },
};
const OTHER_ZONE = { ...ZONE, metadata: { name: 'zonf', uid: 'uid-of-zonf' } };

const model = sampleOf(kindOf('AIModel'))!.spec as JsonObject & { serving: JsonObject; storage: JsonObject };
const MODEL_SPEC: JsonObject = {
  ...model,
  framework: { name: 'tensorflow', version: '2.13.0' },
  storage: { ...model.storage, secretRef: { name: 'keys' }, sha256: 'a'.repeat(64), location: 's3://models/a/1.tar' },
  serving: {
    ...model.serving,
    zone: 'zone',
    port: 8081,
    runAsUser: 1001,
    serviceAccountName: 'server',
    priorityClassName: 'high',
    nodeSelector: { 'kubernetes.io/arch': 'amd64' },
    environment: { A: '1' },
    autoscaling: {
      enabled: true,
      minReplicas: 3,
      maxReplicas: 9,
      metrics: [
        { type: 'cpu', targetAverageUtilization: 60 },
        { type: 'custom', name: 'inference_queue_depth', targetValue: '10' },
      ],
    },
  },
  metrics: {
    accuracy: 0.9,
    precision: 0.8,
    recall: 0.7,
    f1Score: 0.75,
    auc: 0.95,
    latencyP50: '10ms',
    latencyP95: '50ms',
    latencyP99: '80ms',
    throughput: 100,
  },
  endpoints: [{ name: 'predict', path: '/predict', method: 'POST' }],
  monitoring: {
    enabled: true,
    drift: {
      enabled: true,
      method: 'kolmogorov-smirnov',
      threshold: 0.2,
      baseline: 's3://training/churn.parquet',
      interval: '2h',
      buckets: { age: [18, 40] },
      adaptive: { deviations: 4, history: '14d', maximum: 0.6 },
    },
  },
};

const storageOf = (format: string, location = 's3://models/a/1'): JsonObject => ({
  ...model.storage,
  location,
  format,
});
const versions = (...names: string[]): JsonObject[] => names.map((version) => ({ ...model, version }));

const MODELS: Scenario[] = [
  { kind: 'AIModel', what: 'with everything', spec: MODEL_SPEC, ...MODEL_JOBS },
  {
    kind: 'AIModel',
    what: 'on a Deployment of its own',
    spec: {
      ...MODEL_SPEC,
      type: 'custom',
      serving: { ...(MODEL_SPEC.serving as JsonObject), engine: 'deployment', image: 'a.example/b:1' },
    },
    ...MODEL_JOBS,
    related: (children) => [...MODEL_JOBS.related!(children), OTHER_ZONE],
  },
  { kind: 'AIModel', what: 'of other types', spec: { ...model, type: 'sklearn', storage: storageOf('joblib') } },
  { kind: 'AIModel', what: 'without a format', spec: { ...model, storage: { location: 's3://models/a/1' } } },
  {
    kind: 'AIModel',
    what: 'with former versions',
    spec: { ...model, version: '4', revisionHistoryLimit: 1 },
    before: versions('1', '2', '3'),
    ...MODEL_JOBS,
  },
  {
    kind: 'AIModel',
    what: 'rolled back',
    spec: { ...model, version: '4', rollbackTo: '2' },
    before: versions('2', '3', '4'),
    ...MODEL_JOBS,
  },
];

const AI_MODEL: KubernetesObject = {
  apiVersion: 'nstarx.io/v1alpha1',
  kind: 'AIModel',
  metadata: { name: 'fraud', namespace: NAMESPACE, uid: 'uid-of-fraud' },
  spec: { ...model, version: '3.1', serving: { ...model.serving, port: 8080 } },
  status: { version: '3.1', conditions: [{ type: 'Ready', status: 'True' }] },
};
const FORMER: KubernetesObject = {
  apiVersion: 'apps/v1',
  kind: 'ControllerRevision',
  metadata: {
    name: 'fraud-abc',
    namespace: NAMESPACE,
    labels: { 'app.kubernetes.io/component': 'revision' },
    annotations: { 'nstarx.io/revision-of': 'AIModel/fraud', 'nstarx.io/version': '3.0' },
    ownerReferences: [{ kind: 'AIModel', name: 'fraud', uid: 'uid-of-fraud', controller: true }],
  },
  revision: 1,
  data: { spec: { ...AI_MODEL.spec, version: '3.0', serving: { ...model.serving, zone: 'zone' } }, objects: [] },
};
const variant = (control: boolean, weight: number): JsonObject => ({
  name: control ? 'current' : 'candidate',
  modelRef: { name: 'fraud', version: control ? '3.0' : '3.1' },
  weight,
  control,
});
const AB_TEST_SPEC: JsonObject = {
  host: 'fraud.example.com',
  path: '/a',
  zone: 'zone',
  variants: [variant(true, 90), variant(false, 10)],
  stickiness: { type: 'header', name: 'x-user' },
  metric: { name: 'caught_total', type: 'ratio', goal: 'maximize', minimumEffect: 0.3 },
  guardrails: [{ name: 'latency_seconds', max: 0.25, min: 0 }],
  significance: { level: 0.05, power: 0.8, minimumSamples: 1000 },
  duration: '7d',
  promotion: { strategy: 'automatic', steps: [25, 50, 100], interval: '10m', onInconclusive: 'return-to-control' },
};

/** What a test has measured, some time after it began. */
export function measured(figures: Readonly<Record<string, number>>, at: string): Pick<Scenario, 'cluster' | 'related'> {
  const metricResults = Object.entries(figures).map(([name, value]) => ({
    name,
    measurements: [{ value: `[${value}]`, phase: 'Successful', finishedAt: at }],
  }));
  return {
    cluster: (child) => {
      const seen = withStatus(child, { AnalysisRun: { startedAt: START, metricResults } });
      if (seen.kind !== 'AIModel') return seen;
      const { version } = seen.spec as { readonly version: string };
      return { ...seen, status: { version, conditions: [{ type: 'Ready', status: 'True' }] } };
    },
    related: () => [AI_MODEL, FORMER],
  };
}

export const SAMPLES = {
  'samples/current': 9000,
  'samples/candidate': 3000,
  'successes/current': 900,
  'successes/candidate': 600,
  'guardrail:latency_seconds/candidate': 0.1,
};
function decided(child: KubernetesObject): KubernetesObject {
  if (child.kind !== 'AnalysisRun') return child;
  const decision = { outcome: 'won', winner: 'candidate', pValue: 0.001, at: '2026-01-03T00:00:00Z', why: 'better' };
  const annotations = { ...child.metadata.annotations, 'nstarx.io/decision': JSON.stringify(decision) };
  return { ...child, metadata: { ...child.metadata, annotations } };
}

/** A difference that is there, and that is neither great nor sure. */
const CLOSE = { ...SAMPLES, 'samples/candidate': 1100, 'successes/current': 900, 'successes/candidate': 116 };
const AB_TESTS: Scenario[] = [
  { kind: 'ABTest', what: 'that has a winner', spec: AB_TEST_SPEC, ...measured(SAMPLES, '2026-01-03T00:00:00Z') },
  { kind: 'ABTest', what: 'that runs', spec: AB_TEST_SPEC, ...measured(CLOSE, '2026-01-03T00:00:00Z') },
  {
    kind: 'ABTest',
    what: 'that is over',
    spec: { ...AB_TEST_SPEC, metric: { ...(AB_TEST_SPEC.metric as JsonObject), minimumEffect: 0 } },
    ...measured(CLOSE, '2026-01-09T00:00:00Z'),
  },
  {
    kind: 'ABTest',
    what: 'that runs with other weights',
    spec: { ...AB_TEST_SPEC, promotion: { strategy: 'automatic' }, variants: [variant(true, 80), variant(false, 20)] },
    ...measured(SAMPLES, '2026-01-03T00:00:00Z'),
  },
  {
    kind: 'ABTest',
    what: 'that is promoted',
    spec: AB_TEST_SPEC,
    ...measured(SAMPLES, '2026-01-03T00:15:00Z'),
    cluster: (child) => decided(measured(SAMPLES, '2026-01-03T00:15:00Z').cluster!(child)),
  },
  {
    kind: 'ABTest',
    what: 'of percentiles',
    spec: { ...AB_TEST_SPEC, metric: { name: 'caught', type: 'percentile', percentile: 95, goal: 'minimize' } },
    ...measured({}, '2026-01-03T00:00:00Z'),
  },
];

const zone = sampleOf(kindOf('AIZone'))!.spec;
const ZONE_MODEL: KubernetesObject = {
  ...AI_MODEL,
  metadata: { name: 'fraud-detector', namespace: 'ml-models', uid: 'uid-of-fraud-detector' },
  spec: { ...model, version: '3.0', serving: { ...model.serving, resources: { requests: { memory: '1Gi' } } } },
};
const PARENT_ZONE: KubernetesObject = {
  ...ZONE,
  metadata: { name: 'above', uid: 'uid-of-above' },
  spec: { type: 'inference', namespaceLabels: { 'example.com/unit': 'x' } },
};
const ZONE_SPEC: JsonObject = {
  ...zone,
  targetNamespace: 'target',
  parent: 'above',
  namespaceLabels: { 'example.com/team': 'a' },
  networking: {
    ...(zone.networking as JsonObject),
    ingress: { enabled: true, class: 'nginx', domain: 'zone.example.com', tls: { enabled: true, secretName: 'tls' } },
  },
  security: {
    ...(zone.security as JsonObject),
    networkPolicies: {
      enabled: true,
      allowFrom: [
        {
          namespaceSelector: {
            matchLabels: { tier: 'front' },
            matchExpressions: [
              { key: 'a', operator: 'In', values: ['b'] },
              { key: 'c', operator: 'Exists' },
              { key: 'd', operator: 'DoesNotExist' },
            ],
          },
          podSelector: {
            matchLabels: { app: 'a' },
            matchExpressions: [
              { key: 'a', operator: 'NotIn', values: ['b'] },
              { key: 'c', operator: 'Exists' },
            ],
          },
        },
      ],
    },
  },
};
const withNamespace = (children: readonly KubernetesObject[]): KubernetesObject[] => [
  ...children.filter(({ kind }) => kind === 'Namespace' || kind === 'AIModel'),
  ZONE_MODEL,
  PARENT_ZONE,
];
const ZONES: Scenario[] = [
  { kind: 'AIZone', what: 'with everything', spec: ZONE_SPEC, related: withNamespace },
  {
    kind: 'AIZone',
    what: 'in the mesh without mutual TLS',
    spec: { ...ZONE_SPEC, networking: { serviceMesh: { enabled: true, mtls: false } } },
    related: withNamespace,
    whileDeleted: [{ ...ZONE_MODEL, metadata: { name: 'left', namespace: 'target', uid: 'uid-of-left' } }],
  },
  { kind: 'AIZone', what: 'on nodes of its own', spec: { ...ZONE_SPEC, isolation: 'node' }, related: withNamespace },
];

const pipeline = sampleOf(kindOf('DataPipeline'))!.spec as JsonObject & { source: JsonObject; sink: JsonObject };
const PIPELINE_SPEC: JsonObject = {
  ...pipeline,
  engine: 'spark',
  timeZone: 'Etc/UTC',
  suspend: false,
  concurrencyPolicy: 'Forbid',
  zone: 'zone',
  transformations: [
    { type: 'clean', config: { removeNulls: true, deduplication: true, columns: ['a', 'b'] } },
    { type: 'enrich', config: { lookupTable: 'segments', joinKey: 'customer_id' } },
    { type: 'filter', config: { condition: 'a > 1', columns: ['a'] } },
    { type: 'aggregate', config: { groupBy: ['a'], aggregates: { total: 'sum(b)' } } },
    { type: 'sql', config: { query: 'SELECT * FROM input' } },
    { type: 'python', config: { script: 'pass', image: 'a.example/b:1' } },
  ],
  serviceAccountName: 'job',
  retries: 2,
  timeout: '1h',
  quality: [
    { name: 'a', type: 'range', column: 'a', min: 1, max: 3, onFailure: 'warn' },
    { name: 'b', type: 'freshness', column: 'b', maxAge: '1h' },
    { name: 'c', type: 'sql', expression: 'a > 1' },
  ],
  lineage: { enabled: true },
  historyLimit: 5,
};
const sourceOf = (type: string, config: JsonObject): JsonObject => ({ type, config });
const zones = (): KubernetesObject[] => [ZONE, OTHER_ZONE];
const STREAM = parse(kindOf('DataPipeline').example) as JsonObject;
const PIPELINES: Scenario[] = [
  { kind: 'DataPipeline', what: 'from a database', spec: PIPELINE_SPEC, related: zones },
  {
    kind: 'DataPipeline',
    what: 'from a table',
    spec: {
      ...PIPELINE_SPEC,
      source: sourceOf('database', {
        driver: 'postgresql',
        connection: { secretRef: { name: 'keys' } },
        table: 'customers',
        options: { fetchsize: '1000' },
      }),
      sink: sourceOf('database', {
        driver: 'postgresql',
        connection: { secretRef: { name: 'keys' } },
        table: 'sink',
        mode: 'upsert',
        keys: ['id'],
        options: { batchsize: '1000' },
      }),
    },
    related: zones,
  },
  {
    kind: 'DataPipeline',
    what: 'from a lake',
    spec: { ...PIPELINE_SPEC, source: sourceOf('datalake', { path: 's3://lake/a/', format: 'parquet' }) },
    related: zones,
  },
  {
    kind: 'DataPipeline',
    what: 'from Kafka to Kafka',
    spec: {
      ...PIPELINE_SPEC,
      source: sourceOf('kafka', {
        topic: 'orders',
        bootstrapServers: 'b:9092',
        format: 'json',
        options: { schema: 'id BIGINT' },
      }),
      sink: sourceOf('kafka', { topic: 'out', format: 'json' }),
      transformations: [],
      quality: [],
    },
    related: zones,
  },
  {
    kind: 'DataPipeline',
    what: 'from an API',
    spec: { ...PIPELINE_SPEC, source: sourceOf('api', { url: 'https://api.example.com/v1' }) },
    related: zones,
  },
  {
    kind: 'DataPipeline',
    what: 'from a database without JDBC to another',
    spec: {
      schedule: '0 2 * * *',
      source: sourceOf('database', { driver: 'mongodb', connection: { secretRef: { name: 'a' } }, table: 'customers' }),
      sink: sourceOf('database', { driver: 'mongodb', connection: { secretRef: { name: 'b' } }, table: 'copies' }),
    },
  },
  { kind: 'DataPipeline', what: 'that is a stream', spec: STREAM },
  {
    kind: 'DataPipeline',
    what: 'that is a stream of Kinesis',
    spec: {
      ...STREAM,
      source: sourceOf('kinesis', {
        topic: 'arn:aws:kinesis:eu-central-1:111122223333:stream/orders',
        format: 'json',
        options: { schema: 'id BIGINT, customer_id BIGINT, amount DECIMAL(10, 2), created TIMESTAMP(3)' },
      }),
    },
  },
];

const store = sampleOf(kindOf('FeatureStore'))!.spec;
const STORE_SPEC: JsonObject = {
  ...store,
  entities: [
    { name: 'customer', joinKey: 'customer_id', type: 'string', description: 'who buys' },
    { name: 'order', joinKey: 'order_id', type: 'int64' },
  ],
  features: [
    ...(store.features as JsonObject[]).map((feature) => ({ ...feature, entity: 'customer', maxAge: '1d' })),
    {
      name: 'batch',
      type: 'int64',
      description: 'a number',
      entity: 'customer',
      maxAge: '1d',
      source: {
        type: 'batch',
        query: 'SELECT 1',
        schedule: '0 1 * * *',
        timestampField: 'at',
        image: 'a.example/spark:1',
      },
    },
    {
      name: 'asked',
      type: 'double',
      entity: 'customer',
      source: { type: 'request', transformation: 'def f(amount: float):\n    return amount\n' },
    },
  ],
  serving: {
    online: { enabled: true, storage: 'redis', secretRef: { name: 'keys' }, ttl: 3600 },
    offline: { enabled: true, storage: 'parquet', path: 's3://features/customer/' },
  },
  serviceAccountName: 'features',
};
/** A store in a database, which computes its own features. */
const databaseStore = (storage: string): Scenario => ({
  kind: 'FeatureStore',
  what: `in ${storage}`,
  spec: {
    features: [{ name: 'orders', type: 'int64', source: { type: 'batch', query: 'SELECT 1' } }],
    serving: { offline: { storage } },
  },
});
const STORES: Scenario[] = [
  ...['postgres', 'redshift', 'snowflake', 'bigquery'].map(databaseStore),
  { kind: 'FeatureStore', what: 'with everything', spec: STORE_SPEC },
  {
    kind: 'FeatureStore',
    what: 'with older definitions',
    spec: { ...STORE_SPEC, description: 'now', versioning: { enabled: true, retentionDays: 3 } },
    before: [{ ...STORE_SPEC, description: 'before', versioning: { enabled: true, retentionDays: 3 } }],
    cluster: (child) => (child.kind === 'ConfigMap' ? child : { ...child }),
    related: (children) =>
      children.length === 0
        ? []
        : [
            {
              apiVersion: 'v1',
              kind: 'Pod',
              metadata: { name: 'clock', namespace: NAMESPACE, creationTimestamp: '2026-01-05T00:00:00Z' },
            },
          ],
  },
];

const workflow = sampleOf(kindOf('MLWorkflow'))!.spec;
const STAGES: JsonObject[] = [
  {
    name: 'spark',
    type: 'spark-job',
    config: {
      mainClass: 'com.a.B',
      jar: 's3://jars/a.jar',
      arguments: ['a'],
      image: 'a.example/spark:1',
      runAsUser: 1001,
      environment: { A: '1' },
    },
    retries: 2,
    timeout: '1h',
  },
  {
    name: 'python',
    type: 'python-job',
    config: {
      script: 'pass',
      command: ['python'],
      arguments: ['a'],
      environment: { A: '1' },
      image: 'a.example/b:1',
      runAsUser: 1001,
    },
    dependsOn: ['spark'],
  },
  {
    name: 'train',
    type: 'ml-training',
    config: {
      framework: 'pytorch',
      image: 'a.example/train:1',
      command: ['python'],
      distributedTraining: { workers: 2, backend: 'nccl' },
      hyperparameters: { a: 1 },
      dataset: 's3://data/a',
    },
    dependsOn: ['python'],
  },
  { name: 'sklearn', type: 'ml-training', config: { framework: 'sklearn', image: 'a.example/s:1' } },
  { name: 'gate', type: 'evaluation', config: { metrics: ['accuracy'], threshold: 0.8, dataset: 's3://data/b' } },
  { name: 'register', type: 'model-registry', config: { name: 'fraud', version: '1.0', tags: ['a'] } },
  { name: 'etl', type: 'data-pipeline', config: { pipeline: 'etl' } },
  { name: 'any', type: 'container', config: { image: 'a.example/c:1' } },
];
const WORKFLOW_SPEC: JsonObject = {
  ...workflow,
  trigger: { type: 'schedule', schedule: '0 0 * * 0', timeZone: 'Etc/UTC' },
  zone: 'zone',
  stages: STAGES,
  resources: { default: { cpu: '4', memory: '16Gi' }, train: { 'nvidia.com/gpu': '1', memory: '2Gi' } },
  checkpoints: { enabled: true, path: 's3://checkpoints/a', interval: '10m' },
  tracking: { enabled: true, experiment: 'fraud', uri: 'https://mlflow.example.com' },
  serviceAccountName: 'stages',
};
/** A run that Argo knows, so that `concurrencyPolicy` matters. */
const RUNNING: KubernetesObject = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Workflow',
  metadata: { name: 'base-1', namespace: NAMESPACE, labels: { 'nstarx.io/workflow': NAME }, creationTimestamp: START },
  spec: {},
  status: { phase: 'Running', startedAt: START },
};
const WORKFLOWS: Scenario[] = [
  { kind: 'MLWorkflow', what: 'on a schedule', spec: WORKFLOW_SPEC, related: zones },
  {
    kind: 'MLWorkflow',
    what: 'by hand',
    spec: { ...WORKFLOW_SPEC, trigger: { type: 'manual' } },
    annotations: { 'nstarx.io/run': '1' },
    related: () => [...zones(), RUNNING],
  },
  {
    kind: 'MLWorkflow',
    what: 'by pushes',
    spec: {
      ...WORKFLOW_SPEC,
      trigger: {
        type: 'git',
        repository: 'https://github.com/acme/fraud',
        branch: 'main',
        filter: { 'pusher.name': 'ada' },
        secretName: 'fraud-webhook',
      },
    },
    related: zones,
  },
];

const DEPLOYMENT_SPEC: JsonObject = {
  model: {
    name: 'churn',
    version: '1.4.0',
    framework: 'xgboost',
    description: 'who leaves',
    owner: 'growth',
    card: 'model-card.md',
    artifact: { uri: 's3://models/churn/1', sha256: 'a'.repeat(64) },
  },
  metrics: { accuracy: 0.91, f1_score: 0.88, precision: 0.8, recall: 0.8, auc_roc: 0.9, latency_p95_ms: 20 },
  fairness: {
    demographic_parity: 0.04,
    equalized_odds: 0.1,
    equal_opportunity: 0.1,
    disparate_impact: 1,
    protected_attributes: ['age'],
  },
  drift: {
    score: 0.07,
    method: 'population-stability-index',
    measuredAt: START,
    baseline: [{ name: 'age', bounds: [18, 40], counts: [12, 700, 288] }],
  },
  dependencies: [{ name: 'xgboost', version: '2.1.4' }],
  serving: {
    image: 'a.example/churn:1.4.0',
    runAsUser: 1001,
    replicas: 3,
    resources: { requests: { cpu: '1', memory: '1Gi' }, limits: { memory: '2Gi' } },
    nodeSelector: { 'kubernetes.io/arch': 'amd64' },
  },
};
const DEPLOYMENTS: Scenario[] = [
  { kind: 'ModelDeployment', what: 'with fixed replicas', spec: DEPLOYMENT_SPEC },
  {
    kind: 'ModelDeployment',
    what: 'that scales',
    spec: {
      ...DEPLOYMENT_SPEC,
      serving: {
        ...(DEPLOYMENT_SPEC.serving as JsonObject),
        autoscaling: (MODEL_SPEC.serving as JsonObject).autoscaling,
      },
    },
  },
  {
    kind: 'ModelDeployment',
    what: 'that is watched',
    spec: {
      ...DEPLOYMENT_SPEC,
      serving: {
        ...(DEPLOYMENT_SPEC.serving as JsonObject),
        rollback: { enabled: true, windowSeconds: 600, maxErrorRatio: 0.05, maxLatencyMs: 250 },
      },
    },
    cluster: watched,
  },
  {
    kind: 'ModelDeployment',
    what: 'that serves a former version',
    before: [{ ...DEPLOYMENT_SPEC, model: { ...(DEPLOYMENT_SPEC.model as JsonObject), version: '1.3.0' } }],
    spec: { ...DEPLOYMENT_SPEC, rollbackTo: '1.3.0' },
  },
];

/** A version that was rolled out a minute ago, and keeps its bounds. */
function watched(child: KubernetesObject): KubernetesObject {
  const progress = { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable', lastUpdateTime: START };
  const counts = { replicas: 3, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3 };
  const measured = (name: string, value: number): JsonObject => ({
    name,
    measurements: [{ phase: 'Successful', value: `[${value}]`, finishedAt: '2026-01-01T00:01:00Z' }],
  });
  switch (child.kind) {
    case 'Deployment':
      return { ...child, status: { observedGeneration: 1, ...counts, conditions: [progress] } };
    case 'AnalysisRun':
      return { ...child, status: { metricResults: [measured('error-ratio', 0.01), measured('latency-p95-ms', 120)] } };
    default:
      return child;
  }
}

export const SCENARIOS: readonly Scenario[] = [
  ...MODELS,
  ...AB_TESTS,
  ...ZONES,
  ...PIPELINES,
  ...STORES,
  ...WORKFLOWS,
  ...DEPLOYMENTS,
];
