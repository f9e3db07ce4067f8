import fc from 'fast-check';
import { JsonObject } from '../../../operators/src/runtime/protocol';

/** What engines write, and what they do not. */
const JUNK = fc.constantFrom<unknown>(
  ...[
    null,
    true,
    0,
    -1,
    1e308,
    '',
    'x',
    'constructor',
    '__proto__',
    '\ud83d',
    'y'.repeat(40_000),
    '\u{1f9ea}'.repeat(40_000),
  ],
  ...[
    [],
    {},
    [null],
    ['a'],
    [[]],
    [{}],
    [0],
    { a: 1 },
    { constructor: {} },
    { a: null },
    '{"a":',
    '{"__proto__":{}}',
    'null',
    '[]',
  ],
  ...[
    '2026-13-45',
    '9999-12-31T23:59:59Z',
    '+275760-09-13T00:00:00Z',
    'True',
    'Failed',
    'Succeeded',
    'COMPLETED',
    'FAILED',
    'Ready',
  ],
);

const text = fc.constantFrom(
  ...[
    '',
    'x',
    'constructor',
    '__proto__',
    'True',
    'False',
    'Ready',
    'Failed',
    'y'.repeat(40_000),
    '\u{1f9ea}'.repeat(40_000),
    '{"a":',
    'null',
  ],
  ...[
    '9999-12-31T23:59:59Z',
    'ImagePullBackOff',
    'toString',
    'with space',
    '1',
    'COMPLETED',
    'ERROR',
    'Running',
    'Succeeded',
    '\ud83d',
  ],
);

const condition = fc.record(
  {
    type: fc.constantFrom(
      ...['Ready', 'Accepted', 'Programmed', 'Available', 'Progressing', 'ReplicaFailure', 'Complete', 'Failed'],
      ...['PodScheduled', 'PredictorReady', 'SpecError', 'SubmissionError', 'FeatureStore', 'Approved'],
    ),
    status: fc.constantFrom('True', 'False', 'Unknown', 'constructor'),
    reason: text,
    message: text,
    lastTransitionTime: text,
    observedGeneration: fc.constantFrom(0, 1, 2 ** 53),
  },
  { requiredKeys: [] },
);

const ended = fc.record(
  { exitCode: fc.integer(), reason: text, message: text, finishedAt: text },
  { requiredKeys: [] },
);
const container = fc.record(
  {
    name: fc.constantFrom('node', 'main', 'model', 'spark-kubernetes-driver', 'constructor'),
    image: text,
    imageID: text,
    state: fc.record(
      { waiting: fc.record({ reason: text, message: text }, { requiredKeys: [] }), terminated: ended },
      { requiredKeys: [] },
    ),
    lastState: fc.record({ terminated: ended }, { requiredKeys: [] }),
  },
  { requiredKeys: [] },
);

const node = fc.record(
  {
    id: text,
    name: text,
    displayName: text,
    templateName: text,
    type: fc.constantFrom('Pod', 'DAG', 'Retry', 'x'),
    phase: text,
    message: text,
    startedAt: text,
    finishedAt: text,
    progress: fc.constantFrom('0/1', '1/0', 'x/y', '9/3', ''),
    children: fc.array(text, { maxLength: 3 }),
    outputs: fc.constantFrom({}, { parameters: [{ name: 'result', value: '{}' }] }),
  },
  { requiredKeys: [] },
);

const FIELDS: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  conditions: fc.array(condition, { maxLength: 4 }),
  containerStatuses: fc.array(container, { maxLength: 3 }),
  initContainerStatuses: fc.array(container, { maxLength: 2 }),
  phase: text,
  reason: text,
  message: text,
  error: text,
  version: text,
  state: text,
  url: text,
  address: fc.record({ url: text }, { requiredKeys: [] }),
  replicas: fc.nat(),
  readyReplicas: fc.nat(),
  updatedReplicas: fc.nat(),
  availableReplicas: fc.nat(),
  observedGeneration: fc.nat(),
  succeeded: fc.nat(),
  failed: fc.nat(),
  active: fc.array(fc.constant({ name: 'x' }), { maxLength: 2 }),
  startTime: text,
  completionTime: text,
  startedAt: text,
  finishedAt: text,
  terminationTime: text,
  lastSubmissionAttemptTime: text,
  lastScheduleTime: text,
  lastSuccessfulTime: text,
  lastRun: text,
  lastRunName: text,
  pastSuccessfulRunNames: fc.array(text, { maxLength: 2 }),
  pastFailedRunNames: fc.array(text, { maxLength: 2 }),
  scheduleState: text,
  executorState: fc.dictionary(text, fc.constantFrom('PENDING', 'RUNNING', 'x'), { maxKeys: 3 }),
  applicationState: fc.record({ state: text, errorMessage: text }, { requiredKeys: [] }),
  jobStatus: fc.record({ state: text, startTime: text }, { requiredKeys: [] }),
  jobManagerDeploymentStatus: text,
  lifecycleState: text,
  nodes: fc.dictionary(text, node, { maxKeys: 4 }),
  storedTemplates: fc.constantFrom({}, { x: {} }),
  storedWorkflowTemplateSpec: fc.constantFrom(
    {},
    { templates: [] },
    { templates: [{ name: 'x', dag: { tasks: [] } }] },
  ),
  compressedNodes: text,
  offloadNodeStatusVersion: text,
  progress: text,
  trainerStatus: fc.constantFrom({}, { progressPercentage: 50 }),
  jobsStatus: fc.array(
    fc.constantFrom({ name: 'node' }, { name: 'x', succeeded: 1, ready: 1, failed: 1, active: 0, suspended: 0 }),
    { maxLength: 2 },
  ),
  modelStatus: fc.constantFrom(
    {},
    { states: {} },
    { states: { targetModelState: 'FailedToLoad' }, lastFailureInfo: { message: 'x' } },
  ),
  parents: fc.array(
    fc.record(
      { conditions: fc.array(condition, { maxLength: 2 }), parentRef: fc.constantFrom({}, { name: 'platform' }) },
      { requiredKeys: [] },
    ),
    { maxLength: 2 },
  ),
  metricResults: fc.array(
    fc.record(
      {
        name: text,
        phase: text,
        measurements: fc.array(
          fc.record(
            { value: text, finishedAt: text, startedAt: text, phase: text, metadata: fc.constantFrom({}, { a: 'b' }) },
            { requiredKeys: [] },
          ),
          { maxLength: 3 },
        ),
      },
      { requiredKeys: [] },
    ),
    { maxLength: 3 },
  ),
  hard: fc.dictionary(text, fc.constantFrom('1', 'x', 1, ''), { maxKeys: 3 }),
  used: fc.dictionary(text, fc.constantFrom('1', 'x', 1, ''), { maxKeys: 3 }),
  clientStatus: text,
  endpoints: fc.array(text, { maxLength: 3 }),
  serviceHostnames: fc.constantFrom({}, { onlineStore: 'x' }),
  allocatedResources: fc.constantFrom({}, { cpu: '1' }),
};

/** Some fields of a status, of the type that they have. */
const typed = fc.record(FIELDS, { requiredKeys: [] });
const few = fc
  .subarray(Object.keys(FIELDS), { maxLength: 8 })
  .chain((names) => fc.record(Object.fromEntries(names.map((name) => [name, FIELDS[name]] as const))));
/** Some fields of a status, of any type. */
const untyped = fc
  .subarray(Object.keys(FIELDS), { maxLength: 20 })
  .chain((names) =>
    fc.record(Object.fromEntries(names.map((name) => [name, fc.oneof(JUNK, damaged(FIELDS[name]))] as const))),
  );

/** A value in which some part is of another type. */
function damaged(value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.tuple(value, JUNK, fc.nat(7)).map(([whole, junk, at]) => {
    let count = 0;
    const walk = (part: unknown): unknown => {
      if (count++ === at) return junk;
      if (Array.isArray(part)) return part.map(walk);
      if (typeof part === 'object' && part !== null)
        return Object.fromEntries(Object.entries(part).map(([key, field]) => [key, walk(field)]));
      return part;
    };
    return walk(whole);
  });
}

/** A status as it may be read from the API server, or none. A custom resource of a third party may have anything in it. */
export const hostileStatus: fc.Arbitrary<JsonObject | undefined> = fc
  .oneof(fc.constant(undefined), typed, few, untyped)
  .map((status) => (status === undefined ? undefined : (JSON.parse(JSON.stringify(status)) as JsonObject)));
