import { gzipSync } from 'node:zlib';

import { JsonObject, KubernetesObject } from '../../../operators/src/runtime/protocol';
import { ML_WORKFLOW } from '../../../src/api/kinds/ml-workflow';
import { validate } from '../../../src/api/schema/validate';
import { condition } from '../support/conditions';
import { waitingPod } from '../support/pods';
import { HOOKS, made, manual, NAME, NAMESPACE, nodes, PLATFORM, run, sample, sync } from './support';

const RUN = `${NAME}-1700000000`;
const START = '2024-01-14T00:00:00Z';
const children = made(sample()).children;

const observed = (status: JsonObject, ...more: readonly KubernetesObject[]) =>
  sync(sample(), children, [run(RUN, status), ...more]);

const DONE = [
  { name: 'data-preparation', phase: 'Succeeded', startedAt: START, finishedAt: '2024-01-14T00:45:00Z' },
  {
    name: 'feature-engineering',
    phase: 'Succeeded',
    startedAt: '2024-01-14T00:45:00Z',
    finishedAt: '2024-01-14T01:15:00Z',
  },
];
const TRAINING = { name: 'model-training', phase: 'Running', startedAt: '2024-01-14T01:15:00Z', progress: '0/1' };

test('the status of the document: stages that are done, and one that is under way', () => {
  const training: KubernetesObject = {
    apiVersion: 'trainer.kubeflow.org/v1alpha1',
    kind: 'TrainJob',
    metadata: {
      name: 't',
      namespace: NAMESPACE,
      labels: { 'nstarx.io/workflow-run': RUN, 'nstarx.io/workflow-stage': 'model-training' },
    },
    status: { trainerStatus: { progressPercentage: 67 } },
  };
  const response = observed({ phase: 'Running', startedAt: START, nodes: nodes(RUN, ...DONE, TRAINING) }, training);
  expect(response.status).toMatchObject({
    phase: 'Running',
    currentStage: 'model-training',
    startTime: START,
    stages: [
      { name: 'data-preparation', status: 'Completed', duration: '45m' },
      { name: 'feature-engineering', status: 'Completed', duration: '30m' },
      { name: 'model-training', status: 'Running', progress: 67 },
      { name: 'model-evaluation', status: 'Pending' },
      { name: 'model-registration', status: 'Pending' },
    ],
  });
  expect(response.status).not.toHaveProperty('completionTime');
  expect(condition(response, 'LastRunSucceeded')).toMatchObject({ status: 'Unknown', reason: 'Running' });
});

test('a run that succeeded', () => {
  const all = ['model-training', 'model-evaluation', 'model-registration'].map((name) => ({
    name,
    phase: 'Succeeded',
    startedAt: START,
    finishedAt: '2024-01-15T02:05:00Z',
  }));
  const response = observed({
    phase: 'Succeeded',
    startedAt: START,
    finishedAt: '2024-01-15T02:05:00Z',
    nodes: nodes(RUN, ...DONE, ...all),
  });
  expect(response.status).toMatchObject({ phase: 'Succeeded', completionTime: '2024-01-15T02:05:00Z' });
  expect((response.status.stages as JsonObject[])[2]).toEqual({
    name: 'model-training',
    status: 'Completed',
    duration: '1d2h',
  });
  expect(response.status).not.toHaveProperty('currentStage');
  expect(condition(response, 'LastRunSucceeded')).toMatchObject({ status: 'True' });
});

test('a run that failed says which stage, which attempt and why; what did not run was skipped', () => {
  const evaluation = {
    name: 'model-evaluation',
    type: 'Retry',
    phase: 'Failed',
    message: 'No more retries left',
    children: ['n4', 'n5'],
  };
  const attempts = [0, 1].map((at) => ({
    name: `model-evaluation(${at})`,
    phase: 'Failed',
    message: `Error (exit code 3): accuracy is 0.8${at}, below the threshold 0.85`,
  }));
  const response = observed({
    phase: 'Failed',
    startedAt: START,
    finishedAt: '2024-01-14T03:00:00Z',
    nodes: nodes(RUN, ...DONE, { ...TRAINING, phase: 'Succeeded' }, evaluation, ...attempts),
  });
  expect(response.status).toMatchObject({ phase: 'Failed' });
  const stages = response.status.stages as JsonObject[];
  const message = 'Attempt 2: Error (exit code 3): accuracy is 0.81, below the threshold 0.85';
  expect(stages[3]).toEqual({ name: 'model-evaluation', status: 'Failed', message });
  expect(stages[4]).toEqual({ name: 'model-registration', status: 'Skipped' });
  expect(condition(response, 'LastRunSucceeded')).toMatchObject({
    status: 'False',
    message: `Run ${RUN} failed: stage model-evaluation failed: ${message}`,
  });
  expect(condition(response, 'Ready')).toMatchObject({ status: 'True' });
});

/** As Argo Workflows 4.0.6 leaves a run that is terminated: the graph ends, and the stage that was under way does not. */
test('a run that was terminated says so, and none of its stages runs on', () => {
  const stage = { name: 'model-training', type: 'Retry', phase: 'Running', startedAt: START, progress: '0/1' };
  const attempt = {
    name: 'model-training(0)',
    phase: 'Failed',
    message: 'main: Error (exit code 143)',
    startedAt: START,
    finishedAt: '2024-01-14T00:02:00Z',
    progress: '0/1',
  };
  const response = observed({
    phase: 'Failed',
    message: "Stopped with strategy 'Terminate'",
    startedAt: START,
    finishedAt: '2024-01-14T00:01:38Z',
    nodes: nodes(RUN, ...DONE, { ...stage, children: ['n3'] }, attempt),
  });
  expect((response.status.stages as JsonObject[])[2]).toEqual({
    name: 'model-training',
    status: 'Failed',
    duration: '2m',
    message: 'main: Error (exit code 143)',
  });
  expect(condition(response, 'LastRunSucceeded')).toMatchObject({
    message: `Run ${RUN} failed: Stopped with strategy 'Terminate'; stage model-training failed: main: Error (exit code 143)`,
  });
});

test.each(['Retry', 'Pod'])(
  'a stage whose pod finds no node is pending, with type %s of its node, and says why',
  (type) => {
    const pod = { phase: 'Pending', message: 'Unschedulable: 4 Insufficient cpu', startedAt: START, progress: '0/1' };
    const stage =
      type === 'Pod'
        ? [{ name: 'data-preparation', ...pod }]
        : [
            { name: 'data-preparation', type, phase: 'Running', startedAt: START, progress: '0/1', children: ['n1'] },
            { name: 'data-preparation(0)', ...pod },
          ];
    const response = observed({ phase: 'Running', startedAt: START, nodes: nodes(RUN, ...stage) });
    expect(response.status).toMatchObject({ currentStage: 'data-preparation' });
    expect((response.status.stages as JsonObject[])[0]).toEqual({
      name: 'data-preparation',
      status: 'Pending',
      message: 'Unschedulable: 4 Insufficient cpu',
    });
  },
);

/** To Argo, a stage runs as soon as its object is there. */
test('a stage whose pods an engine makes says why they do not run', () => {
  const labels = {
    'nstarx.io/workflow': NAME,
    'nstarx.io/workflow-run': RUN,
    'nstarx.io/workflow-stage': TRAINING.name,
  };
  const seen = (...pods: readonly KubernetesObject[]) =>
    observed({ phase: 'Running', startedAt: START, nodes: nodes(RUN, ...DONE, TRAINING) }, ...pods);
  const stuck = seen(waitingPod(labels, NAMESPACE, 'ErrImagePull', 'manifest unknown'));
  const message = 'The container node of pod waiting does not start: manifest unknown';
  expect((stuck.status.stages as JsonObject[])[2]).toEqual({ name: TRAINING.name, status: 'Running', message });
  expect(validate(ML_WORKFLOW.status, stuck.status).findings).toEqual([]);
  expect(condition(stuck, 'LastRunSucceeded')).toMatchObject({
    status: 'Unknown',
    reason: 'ErrImagePull',
    message: `Run ${RUN} is under way; stage ${TRAINING.name} waits: ${message}`,
  });
  const earlier = { ...labels, 'nstarx.io/workflow-run': 'earlier' };
  const quiet = seen(waitingPod(earlier, NAMESPACE, 'ErrImagePull', 'manifest unknown'));
  expect(condition(quiet, 'LastRunSucceeded')?.reason).toBe('Running');
});

test('the pods that engines make for stages can be told by their labels, and Argo and executors are left out', () => {
  const pods = HOOKS.customize({ parent: sample() }, PLATFORM).relatedResources.find(
    ({ resource }) => resource === 'pods',
  );
  expect(pods?.labelSelector).toEqual({
    matchLabels: { 'nstarx.io/workflow': NAME },
    matchExpressions: [
      { key: 'nstarx.io/workflow-run', operator: 'Exists' },
      { key: 'workflows.argoproj.io/workflow', operator: 'DoesNotExist' },
      { key: 'spark-role', operator: 'NotIn', values: ['executor'] },
    ],
  });
  const { spec } = children.find(({ kind }) => kind === 'WorkflowTemplate')!;
  const manifests = (spec!.templates as { resource?: { manifest: string } }[]).flatMap(
    ({ resource }) => resource?.manifest ?? [],
  );
  const ofEngines = manifests
    .map((text) => JSON.parse(text) as KubernetesObject)
    .filter(({ kind }) => kind === 'TrainJob' || kind === 'SparkApplication');
  expect(ofEngines.map(({ kind }) => kind).sort()).toEqual(['SparkApplication', 'TrainJob']);
  for (const object of ofEngines) {
    const text = JSON.stringify(object.spec);
    expect(text).toContain('"nstarx.io/workflow-run":"{{workflow.name}}"');
    expect(text).toContain(`"nstarx.io/workflow":"${NAME}"`);
  }
  const [single] = HOOKS.customize({ parent: manual() }, PLATFORM).relatedResources.filter(
    ({ resource }) => resource === 'pods',
  );
  expect(single).toBeUndefined();
});

/** What Argo's executor 4.0.6 says when the object that a stage made has failed. */
test.each([
  [
    '{status.applicationState.state in [FAILED SUBMISSION_FAILED]}',
    'its SparkApplication failed: see the log of the driver',
  ],
  ['{status.conditions.0.type == [Failed]}', 'its TrainJob failed: see the logs of its pods'],
  ['{status.requestedRun == [36680457.0.1.Failed]}', 'the run of its DataPipeline failed: see the status of that'],
])('a stage whose object failed by %s says so in words', (requirement, message) => {
  const failed = `main: Error (exit code 64): failure condition '${requirement}' evaluated true`;
  const stage = { ...TRAINING, phase: 'Failed', message: failed };
  const response = observed({ phase: 'Failed', startedAt: START, nodes: nodes(RUN, ...DONE, stage) });
  expect((response.status.stages as JsonObject[])[2]).toMatchObject({ status: 'Failed', message });
});

test('a stage that reports no progress has none', () => {
  const response = observed({ phase: 'Running', startedAt: START, nodes: nodes(RUN, ...DONE, TRAINING) });
  expect((response.status.stages as JsonObject[])[2]).toEqual({ name: 'model-training', status: 'Running' });
});

test('a run that Argo refuses says so', () => {
  const response = observed({ phase: 'Error', startedAt: START, message: 'invalid spec: templates.x' });
  expect(response.status).toMatchObject({ phase: 'Failed' });
  expect(condition(response, 'LastRunSucceeded')).toMatchObject({
    reason: 'Error',
    message: `Run ${RUN} failed: invalid spec: templates.x`,
  });
});

test('folded nodes are read like others', () => {
  const folded = gzipSync(JSON.stringify(nodes(RUN, ...DONE, TRAINING))).toString('base64');
  const status = { phase: 'Running', startedAt: START };
  expect(observed({ ...status, compressedNodes: folded }).status).toEqual(
    observed({ ...status, nodes: nodes(RUN, ...DONE, TRAINING) }).status,
  );
});

test.each([{ offloadNodeStatusVersion: 'fnv:1' }, { compressedNodes: 'bm8gZ3ppcA==' }])(
  'nodes that cannot be read leave the stages out and say why: %j',
  (status) => {
    const response = observed({ phase: 'Running', startedAt: START, ...status });
    expect(response.status).toMatchObject({ phase: 'Running' });
    expect(response.status).not.toHaveProperty('stages');
    expect(condition(response, 'LastRunSucceeded')?.message).toContain('stages cannot be read');
  },
);

test('progress of a program is that which it reports', () => {
  const stage = { name: 'feature-engineering', phase: 'Running', startedAt: START, progress: '2/4' };
  const response = observed({ phase: 'Running', startedAt: START, nodes: nodes(RUN, DONE[0], stage) });
  expect((response.status.stages as JsonObject[])[1]).toMatchObject({ status: 'Running', progress: 50 });
});

test('the newest run counts, and its own stages', () => {
  const other = run(`${NAME}-1700000001`, {
    phase: 'Running',
    startedAt: '2024-01-21T00:00:00Z',
    storedWorkflowTemplateSpec: { templates: [{ name: 'stages', dag: { tasks: [{ name: 'old' }] } }] },
    nodes: nodes(`${NAME}-1700000001`, { name: 'old', phase: 'Pending', message: 'no node has GPUs' }),
  });
  const response = observed({ phase: 'Succeeded', startedAt: START, finishedAt: START }, other);
  expect(response.status).toMatchObject({
    phase: 'Running',
    startTime: '2024-01-21T00:00:00Z',
    stages: [{ name: 'old', status: 'Pending', message: 'no node has GPUs' }],
  });
});

test('a run that no one has seen yet is pending', () => {
  expect(observed({}).status).toMatchObject({ phase: 'Pending' });
});

test('a schedule that Argo refuses makes it not ready', () => {
  const refused = children.map((child) =>
    child.kind === 'CronWorkflow'
      ? { ...child, status: { conditions: [{ type: 'SpecError', status: 'True', message: 'invalid cron' }] } }
      : child,
  );
  expect(condition(sync(sample(), refused), 'Ready')).toMatchObject({
    status: 'False',
    reason: 'SpecError',
    message: 'Argo Workflows refuses the schedule: invalid cron',
  });
});

test('a suspended workflow says so once its run has ended', () => {
  const parent = sample({ suspend: true });
  const children = sync(parent).children;
  expect(sync(parent, children).status).toMatchObject({ phase: 'Suspended' });
  expect(sync(parent, children, [run(RUN, { phase: 'Running' })]).status).toMatchObject({ phase: 'Running' });
});

test.each<JsonObject>([
  {},
  { phase: 'Running', startedAt: null, nodes: { a: { id: 'a', name: `${RUN}.model-training` } } },
  {
    phase: 'Running',
    startedAt: 'yesterday',
    nodes: nodes(RUN, { ...TRAINING, progress: '9/0', message: 'x'.repeat(5000) }),
  },
  { phase: 'Running', startedAt: START, nodes: nodes(RUN, { ...TRAINING, phase: 'New', progress: '7/2' }) },
  { phase: 'Unheard', startedAt: '2024-01-14T00:00:00.123Z', nodes: {} },
])('the API server takes the status, whatever is observed: %j', (status) => {
  expect(validate(ML_WORKFLOW.status, observed(status).status).findings).toEqual([]);
});
