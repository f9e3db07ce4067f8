import { JsonObject, KubernetesObject } from '../../../operators/src/runtime/protocol';
import { SyncResponse } from '../../../operators/src/runtime/protocol';
import { hooksFor, jobPod, NAME, NAMESPACE, parentOf, PLATFORM, Scenario, SCENARIOS, START } from './scenarios';
import { objectMap } from '../support/requests';

/** What a cluster says of an object and of what was made of it, one step after another. */
interface Situation {
  readonly of: Scenario;
  readonly what: string;
  /** Statuses of the children by kind, or by kind and name. */
  readonly children?: Readonly<Record<string, JsonObject | ((child: KubernetesObject) => JsonObject)>>;
  /** Objects beside the children. */
  readonly related?: (children: readonly KubernetesObject[]) => readonly KubernetesObject[];
  readonly spec?: JsonObject;
  readonly annotations?: Readonly<Record<string, string>>;
  /** What the status said before. */
  readonly before?: JsonObject;
  readonly finalizing?: boolean;
}

const scenario = (kind: string, what: string): Scenario =>
  SCENARIOS.find((one) => one.kind === kind && one.what === what)!;

/** What the operator says in a situation: first of nothing, then of what it made. */
export function statusesIn({ of, ...situation }: Situation): SyncResponse['status'][] {
  const hooks = hooksFor(of.kind);
  const spec = { ...of.spec, ...situation.spec };
  const parent = {
    ...parentOf({ ...of, annotations: situation.annotations ?? of.annotations }, spec),
    ...(situation.before ? { status: situation.before } : {}),
  };
  const related = (children: readonly KubernetesObject[]): readonly KubernetesObject[] => [
    ...(of.related?.(children) ?? []),
    ...(situation.related?.(children) ?? []),
  ];
  const statuses: SyncResponse['status'][] = [];
  let children: readonly KubernetesObject[] = [];
  for (let round = 0; round < 4; round++) {
    const response = hooks.sync(
      { parent, children: objectMap(children), related: objectMap(related(children)), finalizing: false },
      PLATFORM,
    );
    statuses.push(response.status);
    children = response.children.map((child) => observed(of, child, situation.children ?? {}));
  }
  if (!situation.finalizing) return statuses;
  const deleted = { ...parent, metadata: { ...parent.metadata, deletionTimestamp: START } };
  const request = { parent: deleted, children: objectMap(children), related: objectMap(related(children)) };
  return [...statuses, hooks.sync({ ...request, finalizing: true }, PLATFORM).status];
}

function observed(of: Scenario, child: KubernetesObject, statuses: Situation['children'] & object): KubernetesObject {
  const owner = { apiVersion: 'x', kind: 'X', name: NAME, uid: 'uid-of-parent', controller: true };
  const metadata = { ...child.metadata, generation: 1, creationTimestamp: START, ownerReferences: [owner] };
  const made = { ...child, metadata };
  const given = statuses[`${child.kind} ${child.metadata.name}`] ?? statuses[child.kind];
  const seen = of.cluster ? of.cluster(made) : made;
  if (given === undefined) return seen;
  return { ...seen, status: typeof given === 'function' ? given(seen) : given };
}

const rolledOut = (replicas: number): JsonObject => ({
  observedGeneration: 1,
  replicas,
  updatedReplicas: replicas,
  readyReplicas: replicas,
  availableReplicas: replicas,
});
const DONE = { conditions: [{ type: 'Complete', status: 'True', lastTransitionTime: START }] };
const LOST = {
  ...rolledOut(3),
  readyReplicas: 1,
  availableReplicas: 1,
  conditions: [{ type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' }],
};
const ACCEPTED = { parents: [{ conditions: [{ type: 'Accepted', status: 'True' }] }] };
const ON_DEPLOYMENT = scenario('AIModel', 'on a Deployment of its own');
const ROLLED_BACK = scenario('AIModel', 'rolled back');

const MODELS: Situation[] = [
  {
    of: ON_DEPLOYMENT,
    what: 'served',
    children: { Job: DONE, Deployment: rolledOut(3), HTTPRoute: ACCEPTED },
  },
  { of: ON_DEPLOYMENT, what: 'with replicas lost', children: { Job: DONE, Deployment: LOST } },
  { of: ROLLED_BACK, what: 'that goes back', children: { Job: DONE } },
  {
    of: ON_DEPLOYMENT,
    what: 'of which nothing is there',
    related: (children) =>
      children.filter(({ kind }) => kind === 'Job').map(({ metadata }) => jobPod(metadata.name, 'nothing', 3)),
  },
];

const TEST = scenario('ABTest', 'that runs');
const BROKEN = scenario('ABTest', 'that has a winner');
const TESTS: Situation[] = [
  { of: TEST, what: 'suspended', spec: { suspend: true } },
  {
    of: BROKEN,
    what: 'with a broken guardrail',
    spec: { guardrails: [{ name: 'latency_seconds', max: 0.01 }] },
  },
  {
    of: TEST,
    what: 'without its models',
    related: () => [],
    spec: {
      variants: [
        { name: 'current', modelRef: { name: 'gone' }, weight: 90, control: true },
        { name: 'candidate', modelRef: { name: 'missing' }, weight: 10 },
      ],
    },
  },
];

const ZONE = scenario('AIZone', 'with everything');
const QUOTA = { hard: { 'requests.cpu': '8' }, used: { 'requests.cpu': '2' } };
const LISTENS = { conditions: ['Accepted', 'Programmed'].map((type) => ({ type, status: 'True' })) };
const SERVING = {
  phase: 'Serving',
  readyReplicas: 3,
  endpoints: ['http://a'],
  conditions: [{ type: 'Ready', status: 'True' }],
};
const ZONES: Situation[] = [
  { of: ZONE, what: 'below a zone that is not there', spec: { parent: 'gone' } },
  {
    of: ZONE,
    what: 'that is ready',
    children: { ResourceQuota: QUOTA, ListenerSet: LISTENS, AIModel: SERVING },
    finalizing: true,
  },
  {
    of: ZONE,
    what: 'whose model has failed',
    children: { ResourceQuota: QUOTA, ListenerSet: LISTENS, AIModel: { ...SERVING, phase: 'Failed' } },
  },
];

const PIPELINE = scenario('DataPipeline', 'from a database');
const STREAM = scenario('DataPipeline', 'that is a stream');
const SCHEDULED = { scheduleState: 'Scheduled', nextRun: '2026-01-02T02:00:00Z', lastRun: '2026-01-01T02:00:00Z' };
const once = (change: JsonObject = {}): Scenario => {
  const { schedule: _, ...spec } = PIPELINE.spec;
  return { ...PIPELINE, spec: { ...spec, ...change } };
};
const ran = (state: string): JsonObject => ({
  applicationState: { state },
  lastSubmissionAttemptTime: '2026-01-01T00:00:00Z',
  terminationTime: '2026-01-01T00:15:00Z',
});
const driver =
  (told: JsonObject, exitCode: number) =>
  (children: readonly KubernetesObject[]): KubernetesObject[] =>
    children
      .filter(({ kind }) => kind === 'SparkApplication')
      .map(({ metadata }) => ({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: {
          name: `${metadata.name}-driver`,
          namespace: NAMESPACE,
          labels: { 'spark-role': 'driver', 'sparkoperator.k8s.io/app-name': metadata.name },
        },
        status: {
          containerStatuses: [
            { name: 'spark-kubernetes-driver', state: { terminated: { exitCode, message: JSON.stringify(told) } } },
          ],
        },
      }));
const PIPELINES: Situation[] = [
  { of: PIPELINE, what: 'that waits for its time', children: { ScheduledSparkApplication: SCHEDULED } },
  { of: PIPELINE, what: 'suspended', spec: { suspend: true }, children: { ScheduledSparkApplication: SCHEDULED } },
  { of: once(), what: 'that runs', children: { SparkApplication: ran('RUNNING') } },
  {
    of: once(),
    what: 'that has run',
    children: { SparkApplication: ran('COMPLETED') },
    related: driver({ recordsWritten: 3, failedChecks: ['a'], durationSeconds: 900 }, 0),
  },
  {
    of: once({ quality: [] }),
    what: 'that has run without checks',
    children: { SparkApplication: ran('COMPLETED') },
    related: driver({ recordsWritten: 3, failedChecks: [] }, 0),
  },
  {
    of: once(),
    what: 'that has failed',
    children: { SparkApplication: ran('FAILED') },
    related: driver({ message: 'no such table', failedChecks: [] }, 2),
  },
  { of: PIPELINE, what: 'that was asked for a run', annotations: { 'nstarx.io/run': '1' } },
  { of: STREAM, what: 'suspended', children: { FlinkDeployment: { jobStatus: { state: 'SUSPENDED' } } } },
];

const STORE = scenario('FeatureStore', 'with everything');
const STORED = JSON.stringify({
  format: 1,
  lastUpdate: 1767225600,
  offline: { bytes: 1000, partitions: 3 },
  online: { keys: 7, bytes: 900 },
});
const materialized = (children: readonly KubernetesObject[]): KubernetesObject[] =>
  children
    .filter(({ kind, metadata }) => kind === 'CronJob' && metadata.name.includes('materialize'))
    .map(({ metadata }) => jobPod(`${metadata.name}-29500000`, STORED));
const STORES: Situation[] = [
  {
    of: STORE,
    what: 'that serves',
    children: {
      Job: DONE,
      Deployment: rolledOut(2),
      CronJob: { lastScheduleTime: START, lastSuccessfulTime: START },
      ScheduledSparkApplication: { scheduleState: 'Scheduled', pastSuccessfulRunNames: ['run-1767225600000000000'] },
      FlinkDeployment: { jobStatus: { state: 'RUNNING' } },
    },
    related: materialized,
    finalizing: true,
  },
  {
    of: STORE,
    what: 'whose stream has failed',
    children: { Job: DONE, Deployment: rolledOut(2), FlinkDeployment: { jobStatus: { state: 'FAILED' } } },
  },
  { of: STORE, what: 'that cannot be done', spec: { serving: { online: { storage: 'cassandra' } } } },
];

const WORKFLOW = scenario('MLWorkflow', 'by hand');
const stage = (name: string, phase: string, more: JsonObject = {}): JsonObject => ({
  id: name,
  name: `base-1.${name}`,
  type: 'Pod',
  phase,
  startedAt: START,
  ...more,
});
const runOf = (phase: string, stages: readonly JsonObject[]): KubernetesObject => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Workflow',
  metadata: { name: 'base-1', namespace: NAMESPACE, labels: { 'nstarx.io/workflow': NAME }, creationTimestamp: START },
  spec: {},
  status: {
    phase,
    startedAt: START,
    ...(phase === 'Running' ? {} : { finishedAt: '2026-01-01T01:00:00Z' }),
    nodes: Object.fromEntries(stages.map((node) => [String(node.id), node])),
  },
});
const ENDED = { finishedAt: '2026-01-01T00:30:00Z' };
const withRun = (what: string, run: KubernetesObject): Situation => ({
  of: { ...WORKFLOW, related: SCENARIOS.find((one) => one.what === 'by pushes')!.related, annotations: {} },
  what,
  related: () => [run],
});
const WORKFLOWS: Situation[] = [
  withRun(
    'that runs',
    runOf('Running', [stage('spark', 'Succeeded', ENDED), stage('python', 'Running', { progress: '2/4' })]),
  ),
  withRun('that has run', runOf('Succeeded', [stage('spark', 'Succeeded', ENDED)])),
  withRun('that has failed', runOf('Failed', [stage('spark', 'Failed', { ...ENDED, message: 'exit code 1' })])),
  { ...withRun('suspended', runOf('Succeeded', [])), spec: { suspend: true } },
  {
    of: WORKFLOW,
    what: 'that cannot be done',
    spec: { tracking: { enabled: false } },
    annotations: {},
  },
  {
    of: scenario('MLWorkflow', 'on a schedule'),
    what: 'whose trainings have no program',
    spec: { stages: [{ name: 'train', type: 'ml-training', config: { framework: 'pytorch' } }], resources: {} },
  },
];

const DEPLOYMENT = scenario('ModelDeployment', 'with fixed replicas');
const SERVER_POD: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'server',
    namespace: NAMESPACE,
    labels: { 'nstarx.io/model-deployment': NAME, 'nstarx.io/component': 'model-server' },
  },
  status: {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: 'True' }],
    containerStatuses: [
      { name: 'inference', ready: true, image: 'a.example/churn:1.4.0', imageID: '', state: { running: {} } },
    ],
  },
};
const LATE = {
  conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'late' }],
};
const DEPLOYMENTS: Situation[] = [
  { of: DEPLOYMENT, what: 'that is served', children: { Deployment: rolledOut(3) }, related: () => [SERVER_POD] },
  { of: DEPLOYMENT, what: 'that does not become ready', children: { Deployment: { observedGeneration: 1, ...LATE } } },
  { of: DEPLOYMENT, what: 'without an image', spec: { serving: {} } },
  { of: DEPLOYMENT, what: 'that drifts', spec: { drift: { score: 0.5 } } },
];

export const SITUATIONS: readonly Situation[] = [
  ...MODELS,
  ...TESTS,
  ...ZONES,
  ...PIPELINES,
  ...STORES,
  ...WORKFLOWS,
  ...DEPLOYMENTS,
];
