import { KubernetesObject, SyncResponse } from '../../../operators/src/runtime/protocol';
import { DATA_PIPELINE } from '../../../src/api/kinds/data-pipeline';
import { validate } from '../../../src/api/schema/validate';
import { condition } from '../support/conditions';
import { SETTINGS } from '../support/settings';
import { BASE, driver, hooks, observed, of, run, sample, sync } from './support';

const OK = { state: 'Completed', recordsWritten: 7, failedChecks: [], durationSeconds: 61 };
const VALUE = 'a0e1.2.0';

/** The sample, with a run that is asked for. */
function asked(value: string, change: object = {}, status?: object): KubernetesObject {
  const parent = sample(change, status);
  return { ...parent, metadata: { ...parent.metadata, annotations: { 'nstarx.io/run': value } } };
}
const applications = (response: SyncResponse) => response.children.filter(({ kind }) => kind === 'SparkApplication');
const names = (response: SyncResponse) => applications(response).map(({ metadata }) => metadata.name);
const reason = (response: SyncResponse) => condition(response, 'RunRequested')?.reason;

/** A SparkApplication as it is seen later. */
function seen(application: KubernetesObject, state: string, began = '2026-03-05T02:00:00Z'): KubernetesObject {
  const metadata = { ...application.metadata, creationTimestamp: began };
  return { ...application, metadata, ...(state === '' ? {} : { status: { applicationState: { state } } }) };
}
const [started] = applications(sync(asked(VALUE)));
const schedule = of(sync(sample()), 'ScheduledSparkApplication');
/** What there is beside runs. */
const others = observed(sync(sample()), { ScheduledSparkApplication: { scheduleState: 'Scheduled' } });

test('a new value starts one run beside the schedule, which does what the schedule does', () => {
  const response = sync(asked(VALUE), others);
  expect(applications(response)).toEqual([started]);
  expect(started).toMatchObject({
    apiVersion: 'sparkoperator.k8s.io/v1beta2',
    metadata: {
      namespace: 'data-processing',
      annotations: { 'nstarx.io/run': VALUE },
      labels: schedule.metadata.labels,
    },
    spec: (schedule.spec as { readonly template: object }).template,
  });
  expect(started.metadata.name).toMatch(new RegExp(`^${BASE}-r[0-9a-f]{10}$`));
  expect(of(response, 'ScheduledSparkApplication')).toEqual(schedule);
  expect(reason(response)).toBe('Starting');
  // it has not been seen
  expect(response.status).not.toHaveProperty('requestedRun');
});

test.each([
  ['', 'Running'],
  ['RUNNING', 'Running'],
  ['PENDING_RERUN', 'Running'],
  ['COMPLETED', 'Completed'],
  ['FAILED', 'Failed'],
])('a run that Spark says is %s is told as %s', (state, outcome) => {
  const response = sync(asked(VALUE), [...others, seen(started, state)]);
  expect(response.status.requestedRun).toBe(`${VALUE}.${outcome}`);
  expect(reason(response)).toBe(outcome);
  expect(names(response)).toEqual([started.metadata.name]);
  expect(response.status.lastRun).toBe('2026-03-05T02:00:00Z');
  expect(validate(DATA_PIPELINE.status, response.status).findings).toEqual([]);
});

test('what its program says is in the status, as that of any run', () => {
  const former = run(`${BASE}-1`, '2026-03-02T02:00:00Z', 'COMPLETED', schedule);
  const { status } = sync(
    asked(VALUE),
    [...others, former, seen(started, 'COMPLETED')],
    [driver(started.metadata.name, OK)],
  );
  expect(status).toMatchObject({ state: 'Completed', recordsProcessed: 7, duration: '1m1s' });
  expect(status.lastSuccessfulRun).toBe('2026-03-05T02:00:00Z');
});

test('a value that was handled starts nothing again: not when its run is gone, nor when the spec changes', () => {
  for (const outcome of ['Completed', 'Failed']) {
    const response = sync(asked(VALUE, { retries: 7 }, { requestedRun: `${VALUE}.${outcome}` }), others);
    expect(names(response)).toEqual([]);
    expect(response.status.requestedRun).toBe(`${VALUE}.${outcome}`);
  }
});

test('until it has been seen it is desired under the same name, whatever changes in the spec', () => {
  expect(names(sync(asked(VALUE, { retries: 7, transformations: [] }), others))).toEqual([started.metadata.name]);
});

test('deleted while it runs, it has failed: what waits for it learns so', () => {
  const status = { requestedRun: `${VALUE}.Running` };
  const gone = sync(asked(VALUE, {}, status), others);
  expect(gone.status.requestedRun).toBe(`${VALUE}.Failed`);
  expect(names(gone)).toEqual([]);
  const running = seen(started, 'RUNNING');
  const metadata = { ...running.metadata, deletionTimestamp: '2026-03-05T03:00:00Z' };
  const going = sync(asked(VALUE, {}, status), [...others, { ...running, metadata }]);
  expect(going.status.requestedRun).toBe(`${VALUE}.Failed`);
  expect(names(going)).toEqual([]);
});

test('an edit leaves it as it is, with the program that it was started with', () => {
  const edited = asked(VALUE, { transformations: [] }, { requestedRun: `${VALUE}.Running` });
  const response = sync(edited, [...others, seen(started, 'RUNNING')]);
  const { name, namespace } = started.metadata;
  expect(applications(response)).toEqual([
    { apiVersion: started.apiVersion, kind: started.kind, metadata: { name, namespace } },
  ]);
  const programs = response.children.filter(({ kind }) => kind === 'ConfigMap').map(({ metadata }) => metadata.name);
  expect(programs).toHaveLength(2);
  expect(JSON.stringify(started.spec)).toContain(`"${programs[0]}"`);
  // so does a bad one
  const bad = { type: 'featurestore', config: { featureStore: 'customers' } };
  expect(names(sync(asked(VALUE, { source: bad }), [...others, seen(started, 'RUNNING')]))).toEqual([name]);
});

test('one run at a time, unless the spec allows several; what waits begins when the other has ended', () => {
  const busy = (state: string) => [...others, run(`${BASE}-1`, '2026-03-02T02:00:00Z', state, schedule)];
  const waiting = sync(asked(VALUE), busy('RUNNING'));
  expect(names(waiting)).toEqual([`${BASE}-1`]);
  expect([reason(waiting), waiting.status.requestedRun]).toEqual(['WaitsForRun', undefined]);
  expect(names(sync(asked(VALUE), busy('COMPLETED')))).toContain(started.metadata.name);
  const allowed = sync(asked(VALUE, { concurrencyPolicy: 'Allow' }), busy('RUNNING'));
  expect(names(allowed).sort()).toEqual([`${BASE}-1`, started.metadata.name]);
});

test('while the next one waits, the status tells of the one before', () => {
  const before = { requestedRun: `${VALUE}.Running` };
  const next = (state: string) => sync(asked('next', {}, before), [...others, seen(started, state)]);
  expect([reason(next('RUNNING')), next('RUNNING').status.requestedRun]).toEqual(['WaitsForRun', `${VALUE}.Running`]);
  expect([reason(next('COMPLETED')), next('COMPLETED').status.requestedRun]).toEqual([
    'Starting',
    `${VALUE}.Completed`,
  ]);
});

test('with Replace it takes the place of a run that was asked for, not of one of the schedule', () => {
  const replace = { concurrencyPolicy: 'Replace' };
  const [next] = applications(sync(asked('next', replace), [...others, seen(started, 'RUNNING')]));
  expect(next.metadata.annotations).toEqual({ 'nstarx.io/run': 'next' });
  expect(names(sync(asked('next', replace), [...others, seen(started, 'RUNNING')]))).toEqual([next.metadata.name]);
  const ofSchedule = run(`${BASE}-1`, '2026-03-02T02:00:00Z', 'RUNNING', schedule);
  expect(names(sync(asked('next', replace), [...others, ofSchedule]))).toEqual([`${BASE}-1`]);
});

test('so many ended runs are kept as the spec says, the newest', () => {
  const runs = ['a', 'b', 'c'].map((value, index) =>
    seen(applications(sync(asked(value)))[0], 'COMPLETED', `2026-03-0${index + 1}T02:00:00Z`),
  );
  const kept = (historyLimit: number) => names(sync(sample({ historyLimit }), [...others, ...runs]));
  expect(kept(2).sort()).toEqual([runs[1].metadata.name, runs[2].metadata.name].sort());
  expect(kept(0)).toEqual([runs[2].metadata.name]);
});

test('beside the run of a pipeline without schedule: after it, and it waits while this one runs', () => {
  const once = { schedule: undefined };
  const first = sync(asked(VALUE, once));
  expect(reason(first)).toBe('WaitsForRun');
  expect(names(first)).toEqual([of(sync(sample(once)), 'SparkApplication').metadata.name]);
  const ended = observed(first, { SparkApplication: { applicationState: { state: 'COMPLETED' } } });
  const second = sync(asked(VALUE, once), ended);
  expect(names(second)).toContain(started.metadata.name);
  const running = seen(
    applications(second).find(({ metadata }) => metadata.annotations)!,
    'RUNNING',
  );
  const edited = sync(asked(VALUE, { ...once, retries: 7 }), [...ended, running]);
  expect(names(edited)).toEqual([started.metadata.name]);
  expect(edited.status).toMatchObject({ phase: 'Running', requestedRun: `${VALUE}.Running` });
  const after = sync(asked(VALUE, { ...once, retries: 7 }), [...ended, seen(running, 'COMPLETED')]);
  expect(names(after)).toHaveLength(2);
});

test('suspended or with a bad spec, it waits and says why', () => {
  const suspended = sync(asked(VALUE, { suspend: true }), others);
  expect([names(suspended), reason(suspended)]).toEqual([[], 'Suspended']);
  const source = { type: 'featurestore', config: { featureStore: 'customers' } };
  const bad = sync(asked(VALUE, { source }), others);
  expect([names(bad), reason(bad), bad.status.requestedRun]).toEqual([[], 'NotAccepted', undefined]);
});

test('a stream has no run: the request has failed', () => {
  const stream = {
    engine: 'flink',
    schedule: undefined,
    source: { type: 'kafka', config: { topic: 'orders', options: { schema: 'id BIGINT' } } },
    transformations: undefined,
  };
  const dataPipeline = { flinkImage: 'registry.example.com/flink:2.1.0', bootstrapServers: 'kafka:9092' };
  const first = sync(asked(VALUE, stream), [], [], { ...SETTINGS, dataPipeline });
  expect([names(first), reason(first), first.status.requestedRun]).toEqual([[], 'Stream', `${VALUE}.Failed`]);
  const second = sync(asked(VALUE, stream, first.status), [], [], { ...SETTINGS, dataPipeline });
  expect([reason(second), second.status.requestedRun]).toEqual(['Stream', `${VALUE}.Failed`]);
});

test('a value that the status cannot hold is refused, an empty one asks for nothing', () => {
  const long = sync(asked('x'.repeat(119)), others);
  expect([names(long), reason(long), long.status.requestedRun]).toEqual([[], 'InvalidValue', undefined]);
  const longest = sync(asked('x'.repeat(118)), others);
  const told = sync(asked('x'.repeat(118)), [...others, seen(applications(longest)[0], 'COMPLETED')]).status;
  expect(validate(DATA_PIPELINE.status, told).findings).toEqual([]);
  expect(reason(sync(asked(' '), others))).toBeUndefined();
  expect(sync(sample({}, { requestedRun: `${VALUE}.Completed` }), others).status.requestedRun).toBe(
    `${VALUE}.Completed`,
  );
});

test('what the operator asks to see does not depend on annotations, which the engine does not look at', () => {
  expect(hooks.customize({ parent: asked(VALUE) }, SETTINGS)).toEqual(hooks.customize({ parent: sample() }, SETTINGS));
});
