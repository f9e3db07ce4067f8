import { condition } from '../support/conditions';
import { SETTINGS } from '../support/settings';
import { BASE, driver, NAMESPACE, observed, of, run, sample, sync } from './support';

const QUALITY = [{ name: 'has-id', type: 'not-null', column: 'customer_id', onFailure: 'warn' }];
const OK = { state: 'Completed', recordsWritten: 1_523_456, failedChecks: [], durationSeconds: 932.4 };
const scheduled = (status: object) => observed(sync(sample()), { ScheduledSparkApplication: status });
const taken = scheduled({ scheduleState: 'Scheduled', nextRun: '2026-03-02T02:00:00Z' });
const schedule = taken.find(({ kind }) => kind === 'ScheduledSparkApplication')!;

test('before its first run it is scheduled', () => {
  const { status } = sync(sample(), taken);
  expect(status).toMatchObject({ phase: 'Scheduled', nextRun: '2026-03-02T02:00:00Z' });
  expect(status).not.toHaveProperty('lastRun');
  expect(condition({ status, children: [] }, 'Ready')).toMatchObject({ status: 'True', reason: 'Scheduled' });
  expect(condition({ status, children: [] }, 'Scheduled')).toMatchObject({ status: 'True', reason: 'OnSchedule' });
});

test('a schedule that Spark refuses, or has not seen, is not ready', () => {
  expect(sync(sample()).status.phase).toBe('Pending');
  expect(condition(sync(sample()), 'Ready')).toMatchObject({ status: 'False', reason: 'NotScheduled' });
  const refused = sync(sample(), scheduled({ scheduleState: 'FailedValidation', reason: 'Invalid timezone: Mars' }));
  expect(refused.status.phase).toBe('Failed');
  expect(condition(refused, 'Ready')?.status).toBe('False');
  expect(condition(refused, 'Scheduled')?.message).toContain('Invalid timezone: Mars');
});

test.each([
  ['', 'Pending'],
  ['SUBMITTED', 'Pending'],
  ['SUBMISSION_FAILED', 'Pending'],
  // it is submitted again, which takes Spark's operator some seconds
  ['PENDING_RERUN', 'Running'],
  ['INVALIDATING', 'Running'],
  ['RUNNING', 'Running'],
  ['FAILING', 'Running'],
  ['SUCCEEDING', 'Running'],
  ['UNKNOWN', 'Running'],
])('a run that is %s is %s', (state, expected) => {
  const { status } = sync(sample(), [...taken, run(`${BASE}-1`, '2026-03-02T02:00:00Z', state, schedule)]);
  expect(status).toMatchObject({ phase: expected, state: expected, lastRun: '2026-03-02T02:00:00Z' });
});

test('a run that cannot be submitted says why while it is tried again', () => {
  const application = run(`${BASE}-1`, '2026-03-02T02:00:00Z', 'SUBMISSION_FAILED', schedule);
  const errorMessage = `failed to run spark-submit: ${'x'.repeat(3000)}`;
  const status = { ...application.status, applicationState: { state: 'SUBMISSION_FAILED', errorMessage } };
  const response = sync(sample(), [...taken, { ...application, status }]);
  expect(condition(response, 'Ready')).toMatchObject({ status: 'False', reason: 'SubmissionFailed' });
  const message = condition(response, 'Ready')!.message;
  expect(message).toMatch(/^Run \S+ cannot be submitted, and is tried again: failed to run spark-submit: x+…$/);
  expect(message.length).toBeLessThan(1200);
});

test.each(['pa#ss', 'pa/ss', 'pa?ss', 'p@ss@', '100%', 'pa%23ss', `${'p@'.repeat(2000)}#`])(
  'a password %s in an error of Spark is in no status',
  (password) => {
    const application = run(`${BASE}-1`, '2026-03-02T02:00:00Z', 'SUBMISSION_FAILED', schedule);
    const errorMessage = `no driver for jdbc:postgresql://etl:${password}@db:5432/shop`;
    const status = { ...application.status, applicationState: { state: 'SUBMISSION_FAILED', errorMessage } };
    const response = sync(sample(), [...taken, { ...application, status }]);
    expect(condition(response, 'Ready')?.message).toContain('no driver for jdbc:postgresql://etl:***@db:5432/shop');
    expect(JSON.stringify(response)).not.toContain(password.slice(0, 5));
  },
);

test('the figures of the document come from what the program says', () => {
  const name = `${BASE}-1`;
  const response = sync(
    sample({ quality: QUALITY }),
    [...taken, run(name, '2026-03-02T02:00:00Z', 'COMPLETED', schedule)],
    [driver(name, OK)],
  );
  expect(response.status).toMatchObject({
    phase: 'Scheduled',
    state: 'Completed',
    lastRun: '2026-03-02T02:00:00Z',
    lastSuccessfulRun: '2026-03-02T02:00:00Z',
    recordsProcessed: 1_523_456,
    duration: '15m32s',
    failedChecks: [],
  });
  expect(condition(response, 'Ready')).toMatchObject({ status: 'True', reason: 'Completed' });
  expect(condition(response, 'QualityPassed')).toMatchObject({ status: 'True' });
});

test('what a run did is still told when its pod, and then the run itself, are gone', () => {
  const name = `${BASE}-1`;
  const finished = [...taken, run(name, '2026-03-02T02:00:00Z', 'COMPLETED', schedule)];
  const before = sync(sample(), finished, [driver(name, OK)]).status;
  const figures = { lastSuccessfulRun: '2026-03-02T02:00:00Z', recordsProcessed: 1_523_456, duration: '15m32s' };
  expect(sync(sample({}, before), finished).status).toMatchObject(figures);
  expect(sync(sample({}, before), taken).status).toMatchObject({ lastRun: '2026-03-02T02:00:00Z', ...figures });
});

test('a newer run whose pod is not seen does not get the values of the previous one', () => {
  const former = { lastRun: '2026-03-01T02:00:00Z', recordsProcessed: 7, duration: '1s' };
  const { status } = sync(sample({}, former), [
    ...taken,
    run(`${BASE}-2`, '2026-03-02T02:00:00Z', 'COMPLETED', schedule),
  ]);
  expect(status).not.toHaveProperty('recordsProcessed');
  expect(status.lastRun).toBe('2026-03-02T02:00:00Z');
});

test('rows that break a check that warns make it degraded', () => {
  const name = `${BASE}-1`;
  const children = [...taken, run(name, '2026-03-02T02:00:00Z', 'COMPLETED', schedule)];
  const told = { ...OK, failedChecks: ['has-id', 'has-id'] };
  const response = sync(sample({ quality: QUALITY }), children, [driver(name, told)]);
  expect(response.status).toMatchObject({ phase: 'Degraded', state: 'Completed', failedChecks: ['has-id'] });
  expect(condition(response, 'QualityPassed')).toMatchObject({ status: 'False', reason: 'ChecksFailed' });
});

test.each([
  ['fails', 1, { state: 'Failed', message: 'run: connection lost', failedChecks: [] }, 'RunFailed', 'connection lost'],
  ['cannot run', 2, { state: 'Failed', message: 'source.config.query: no such table' }, 'CannotRun', 'no such table'],
  [
    'breaks a check',
    3,
    { state: 'Failed', message: 'quality: 3 rows', failedChecks: ['has-id'] },
    'QualityFailed',
    '3 rows',
  ],
  ['says nothing', 137, '', 'RunFailed', 'driver container failed'],
  ['writes no JSON', 1, 'Traceback', 'RunFailed', 'driver container failed'],
  ['writes anything', 1, '[1]', 'RunFailed', 'failed'],
])('a run that %s: the reason is in Ready', (_what, exitCode, told, reason, message) => {
  const name = `${BASE}-1`;
  const failed = run(name, '2026-03-02T02:00:00Z', 'FAILED', schedule);
  const error = { applicationState: { state: 'FAILED', errorMessage: 'driver container failed' } };
  const response = sync(sample(), [...taken, { ...failed, status: error }], [driver(name, told, exitCode)]);
  expect(response.status).toMatchObject({ phase: 'Degraded', state: 'Failed' });
  expect(condition(response, 'Ready')).toMatchObject({ status: 'False', reason });
  expect(condition(response, 'Ready')?.message).toContain(message);
});

test('a run that took too long says so', () => {
  const name = `${BASE}-1`;
  const children = [...taken, run(name, '2026-03-02T02:00:00Z', 'FAILED', schedule)];
  const stopped = driver(name, '', 143, { reason: 'DeadlineExceeded', phase: 'Failed' });
  const response = sync(sample({ timeout: '2h' }), children, [stopped]);
  expect(condition(response, 'Ready')).toMatchObject({
    reason: 'TimedOut',
    message: `spec.timeout: run ${BASE}-1 was stopped after 2h`,
  });
});

test('what a pod writes that is no result is not taken into the status', () => {
  const name = `${BASE}-1`;
  const told = { recordsWritten: -1, failedChecks: ['x'.repeat(64), 7], durationSeconds: 'long', message: 7 };
  const children = [...taken, run(name, '2026-03-02T02:00:00Z', 'COMPLETED', schedule)];
  const { status } = sync(sample(), children, [driver(name, told)]);
  expect(status.failedChecks).toEqual([]);
  expect(status).not.toHaveProperty('recordsProcessed');
  expect(status).not.toHaveProperty('duration');
});

test('a failed run after a good one: the good one is remembered, the newest counts', () => {
  const { status } = sync(sample(), [
    ...taken,
    run(`${BASE}-1`, '2026-03-02T02:00:00Z', 'COMPLETED', schedule),
    run(`${BASE}-2`, '2026-03-03T02:00:00Z', 'FAILED', schedule),
  ]);
  expect(status).toMatchObject({
    state: 'Failed',
    lastRun: '2026-03-03T02:00:00Z',
    lastSuccessfulRun: '2026-03-02T02:00:00Z',
  });
});

test('suspended, no run is announced', () => {
  const { status } = sync(sample({ suspend: true }), taken);
  expect(status).toMatchObject({ phase: 'Suspended' });
  expect(status).not.toHaveProperty('nextRun');
});

test('without a schedule, the one run says how it is', () => {
  const parent = sample({ schedule: undefined });
  expect(sync(parent).status).toMatchObject({ phase: 'Pending' });
  const after = (state: string) =>
    sync(parent, observed(sync(parent), { SparkApplication: { applicationState: { state } } })).status.phase;
  expect(['RUNNING', 'COMPLETED', 'FAILED'].map(after)).toEqual(['Running', 'Completed', 'Failed']);
});

test('runs of the schedule, which the engine takes for children, are kept; their content is left to Spark', () => {
  const runs = ['COMPLETED', 'RUNNING'].map((state, index) =>
    run(`${BASE}-${index}`, `2026-03-0${index + 1}T02:00:00Z`, state, schedule),
  );
  const kept = sync(sample(), [...taken, ...runs]).children.filter(({ kind }) => kind === 'SparkApplication');
  expect(kept).toEqual(
    runs.map(({ apiVersion, kind, metadata }) => ({
      apiVersion,
      kind,
      metadata: { name: metadata.name, namespace: NAMESPACE },
    })),
  );
  const withoutSchedule = sync(sample({ schedule: undefined }), runs);
  expect(withoutSchedule.children.map(({ metadata }) => metadata.name)).not.toContain(`${BASE}-1`);
});

test('a run that may be tried again keeps the program that it was started with', () => {
  const program = of(sync(sample()), 'ConfigMap');
  const edited = sample({ transformations: [] });
  const names = (state: string): string[] =>
    sync(edited, [...taken, run(`${BASE}-1`, '2026-03-02T02:00:00Z', state, schedule)])
      .children.filter(({ kind }) => kind === 'ConfigMap')
      .map(({ metadata }) => metadata.name);
  expect(names('COMPLETED')).toHaveLength(1);
  expect(names('RUNNING')).toHaveLength(2);
  expect(names('RUNNING')).toContain(program.metadata.name);
  // where it is still the one that is desired, it is desired once
  const same = sync(sample(), [...taken, run(`${BASE}-1`, '2026-03-02T02:00:00Z', 'RUNNING', schedule)]);
  expect(same.children.filter(({ kind }) => kind === 'ConfigMap')).toHaveLength(1);
});

const dataPipeline = { flinkImage: 'registry.example.com/flink:2.1.0', bootstrapServers: 'kafka:9092' };
const STREAMS = { ...SETTINGS, dataPipeline };
const stream = (spec: object = {}) =>
  sample({
    engine: 'flink',
    schedule: undefined,
    source: { type: 'kafka', config: { topic: 'orders', options: { schema: 'id BIGINT' } } },
    transformations: undefined,
    ...spec,
  });

test.each([
  [{}, 'Pending', 'Pending', 'False'],
  [{ jobStatus: { state: 'RUNNING', startTime: '1772416800000' } }, 'Running', 'Running', 'True'],
  [{ jobStatus: { state: 'RESTARTING' }, error: 'no brokers' }, 'Degraded', 'Running', 'False'],
  [{ jobStatus: { state: 'FAILED' } }, 'Failed', 'Failed', 'False'],
  [{ jobStatus: { state: 'SUSPENDED' } }, 'Suspended', 'Suspended', 'False'],
  [{ jobStatus: { state: 'FINISHED' }, lifecycleState: 'STABLE' }, 'Completed', 'Completed', 'False'],
  // what Flink's operator (1.15.0) says of a job that it stopped
  [{ jobStatus: { state: 'FINISHED' }, lifecycleState: 'SUSPENDED' }, 'Suspended', 'Suspended', 'False'],
  [{ jobStatus: { state: 'FINISHED' }, lifecycleState: 'UPGRADING' }, 'Pending', 'Pending', 'False'],
  [{ jobManagerDeploymentStatus: 'ERROR', error: 'no image' }, 'Failed', 'Failed', 'False'],
  [{ jobStatus: { state: 'RECONCILING' }, lifecycleState: 'FAILED', error: 'no HA data' }, 'Failed', 'Failed', 'False'],
])('a stream whose job is %j is %s', (status, phase, state, ready) => {
  const parent = stream();
  const first = sync(parent, [], [], STREAMS);
  const response = sync(parent, observed(first, { FlinkDeployment: status }), [], STREAMS);
  expect(response.status).toMatchObject({ phase, state });
  expect(condition(response, 'Ready')?.status).toBe(ready);
  expect(condition(response, 'Ready')?.message).toContain((status as { error?: string }).error ?? 'job');
  expect(response.status.lastRun).toBe(phase === 'Running' ? '2026-03-02T02:00:00Z' : undefined);
  expect(condition(response, 'Scheduled')).toMatchObject({ reason: 'Stream' });
});

test('a stream that is suspended before its first job says so, and one whose job is not stopped yet still runs', () => {
  const parent = stream({ suspend: true });
  const first = sync(parent, [], [], STREAMS);
  expect(first.status).toMatchObject({ phase: 'Suspended', state: 'Suspended' });
  expect(condition(first, 'Ready')).toMatchObject({ status: 'False', reason: 'Suspended' });
  const status = { jobStatus: { state: 'RUNNING' }, lifecycleState: 'STABLE' };
  const response = sync(parent, observed(first, { FlinkDeployment: status }), [], STREAMS);
  expect(response.status).toMatchObject({ phase: 'Running', state: 'Running' });
});

test.each([
  [
    { type: 'a.b.DeploymentFailedException', message: 'account "flink" not found', throwableList: [] },
    'account "flink" not found',
  ],
  [
    {
      type: 'a.b.ReconciliationException',
      message: 'Could not deploy',
      throwableList: [{ type: 'x', message: 'quota' }],
    },
    'Could not deploy: quota',
  ],
  [{ type: 'a.b.ReconciliationException' }, 'a.b.ReconciliationException'],
])("of an error of Flink's operator, which is JSON, the message is told", (error, told) => {
  const parent = stream();
  const status = { jobStatus: { state: 'RECONCILING' }, error: JSON.stringify(error) };
  const response = sync(parent, observed(sync(parent, [], [], STREAMS), { FlinkDeployment: status }), [], STREAMS);
  expect(condition(response, 'Ready')?.message).toBe(`The job is RECONCILING: ${told}`);
});
