import { KubernetesObject } from '../../../operators/src/runtime/protocol';
import { condition, settled } from '../support/conditions';
import { waitingPod } from '../support/pods';
import { feastName } from '../../../src/kinds/feature-store/plan';
import {
  COMPUTED,
  DRIVER,
  FLINK,
  HOOKS,
  MATERIALIZATION,
  MATERIALIZED,
  NAME,
  NAMESPACE,
  observed,
  of,
  ofJob,
  PLATFORM,
  pod,
  RUN,
  sample,
  SERVED,
  SPARK,
  Statuses,
  sync,
} from './support';

const first = sync(sample());
const registration = of(first, 'Job').metadata.name;
const seen = (statuses: Statuses, parent = sample(), pods: ReturnType<typeof pod>[] = []) =>
  sync(parent, observed(sync(parent), statuses), pods);
/** 02:00:00 and later on that day, in seconds. */
const TWO = Date.parse('2026-03-01T02:00:00Z') / 1000;

test('from nothing to serving', () => {
  expect(first.status).toMatchObject({ phase: 'Pending', features: { total: 3, serving: 0, failing: 0 } });
  expect(first.status).not.toHaveProperty('lastUpdate');
  expect(first.status).not.toHaveProperty('storage');
  const made = seen({});
  expect(made.status.phase).toBe('Provisioning');
  expect(condition(made, 'Registered')).toMatchObject({ status: 'Unknown', reason: 'Registering' });
  const registered = seen({ Job: SERVED.Job });
  expect(registered.status.phase).toBe('Provisioning');
  expect(condition(registered, 'Ready')).toMatchObject({ status: 'False', reason: 'Starting' });
  const served = seen(SERVED);
  expect(served.status).toMatchObject({ phase: 'Serving', features: { total: 3, serving: 0, failing: 0 } });
  expect(condition(served, 'Ready')).toMatchObject({ status: 'True', reason: 'Serving' });
  expect(condition(served, 'Computed')).toMatchObject({ status: 'Unknown', reason: 'NotYet' });
  expect(condition(served, 'Fresh')).toMatchObject({ status: 'Unknown', reason: 'NotKnown' });
});

test('what has computed its features once serves all of them', () => {
  const { status, children } = seen(COMPUTED);
  expect(status).toMatchObject({
    phase: 'Serving',
    features: { total: 3, serving: 3, failing: 0 },
    // the model was asked last
    lastUpdate: '2026-03-01T02:01:00Z',
  });
  for (const type of ['Ready', 'Registered', 'Computed', 'Fresh', 'Accepted']) {
    expect([type, condition({ status, children }, type)?.status]).toEqual([type, 'True']);
  }
});

test('the figures come from the program that materializes, and stay when its pod is gone', () => {
  const told = {
    format: 1,
    failed: {},
    lastUpdate: TWO + 600,
    updated: { customer_lifetime_value: TWO, purchase_frequency: TWO + 600 },
    others: TWO + 60,
    offline: { bytes: 156_000_000_000, partitions: 365 },
  };
  const { status } = seen(COMPUTED, sample(), [pod(MATERIALIZED, told, 0, '2026-03-01T02:10:30Z')]);
  const figures = {
    lastUpdate: '2026-03-01T02:10:00Z',
    storage: { offline: { size: '156GB', partitions: 365 } },
  };
  expect(status).toMatchObject(figures);
  expect(status.storage).not.toHaveProperty('online');
  expect(seen(COMPUTED, sample({}, status)).status).toMatchObject(figures);
});

test.each([
  [999, '999B'],
  [2_300_000_000, '2.3GB'],
  [999_600, '1MB'],
  [0, '0B'],
  [45_678, '46kB'],
])('%d bytes are %s', (bytes, size) => {
  const told = { format: 1, failed: {}, offline: { bytes, partitions: 1 } };
  expect(seen(COMPUTED, sample(), [pod(MATERIALIZED, told)]).status.storage).toEqual({
    offline: { size, partitions: 1 },
  });
});

test('a value that is older than its maxAge is stale', () => {
  const [batch, ...others] = (sample().spec as { features: object[] }).features;
  const aged = (suspend: boolean) => sample({ features: [{ ...batch, maxAge: '1d' }, ...others], suspend });
  const later = (parent: ReturnType<typeof sample>, now: string) => {
    const children = observed(sync(parent), COMPUTED);
    return sync({ ...parent, metadata: { ...parent.metadata, managedFields: [{ time: now }] } }, children);
  };
  expect(later(aged(false), '2026-03-02T02:00:00Z').status).toMatchObject({ phase: 'Serving' });
  const stale = later(aged(false), '2026-03-02T02:00:01Z');
  expect(stale.status).toMatchObject({ phase: 'Degraded', features: { total: 3, serving: 2, failing: 0 } });
  expect(condition(stale, 'Fresh')).toMatchObject({ status: 'False', reason: 'Stale' });
  expect(condition(stale, 'Fresh')?.message).toContain('customer_lifetime_value');
  expect(condition(stale, 'Ready')?.status).toBe('True');
  // who wants nothing to be computed has a store that is well
  const suspended = later(aged(true), '2026-03-02T02:00:01Z');
  expect(suspended.status.phase).toBe('Serving');
  expect(condition(suspended, 'Fresh')?.reason).toBe('Suspended');
});

test('a query that fails: which, and why, is what its program says', () => {
  const bad = { pastSuccessfulRunNames: [], pastFailedRunNames: [RUN] };
  const told = { format: 1, failed: { customer_lifetime_value: 'AnalysisException: no table orders' } };
  const response = seen({ ...COMPUTED, [SPARK]: bad }, sample(), [pod(DRIVER, told, 1)]);
  expect(response.status).toMatchObject({ phase: 'Degraded', features: { total: 3, serving: 2, failing: 1 } });
  expect(condition(response, 'Computed')).toMatchObject({ status: 'False', reason: 'Failed' });
  expect(condition(response, 'Computed')?.message).toContain('no table orders');
  const silent = seen({ ...COMPUTED, [SPARK]: bad });
  expect(silent.status).toMatchObject({ features: { failing: 1 } });
  expect(condition(silent, 'Computed')?.message).toContain(RUN);
});

test('of two queries in one run, only the one that failed fails; the value of before is still served', () => {
  const [batch, ...others] = (sample().spec as { features: { source: object }[] }).features;
  const parent = sample({
    features: [batch, { ...batch, name: 'orders', source: { ...batch.source, query: 'SELECT 1' } }, ...others],
  });
  const later = RUN.replace(/\d+$/, (nanoseconds) => String(BigInt(nanoseconds) + 3_600_000_000_000n));
  const both = { pastSuccessfulRunNames: [RUN], pastFailedRunNames: [later] };
  const told = { format: 1, failed: { orders: 'ValueError: no column' } };
  const driver = pod({ ...DRIVER, 'sparkoperator.k8s.io/app-name': later }, told, 1);
  const response = seen({ ...COMPUTED, [SPARK]: both }, parent, [driver]);
  expect(response.status).toMatchObject({ phase: 'Degraded', features: { total: 4, serving: 4, failing: 1 } });
  expect(condition(response, 'Computed')?.message).toMatch(/^Not computed: orders\. /);
  // the next run is well again
  const again = { ...both, pastSuccessfulRunNames: [later.replace(/\d+$/, (n) => String(BigInt(n) + 1_000_000_000n))] };
  expect(seen({ ...COMPUTED, [SPARK]: again }, parent, [driver]).status).toMatchObject({ phase: 'Serving' });
});

test('a schedule that Spark refuses is told', () => {
  const refused = { scheduleState: 'FailedValidation', reason: 'bad cron' };
  const response = seen({ ...COMPUTED, [SPARK]: refused });
  expect(response.status.phase).toBe('Degraded');
  expect(condition(response, 'Computed')?.message).toContain('bad cron');
});

test('materialization that fails takes the stored features with it, not the streams', () => {
  const failed = { lastScheduleTime: '2026-03-01T03:00:00Z', lastSuccessfulTime: '2026-03-01T02:01:00Z' };
  const name = `CronJob ${MATERIALIZATION}`;
  const response = seen({ ...COMPUTED, [name]: failed });
  expect(response.status).toMatchObject({ phase: 'Degraded', features: { total: 3, serving: 3, failing: 2 } });
  expect(condition(response, 'Computed')?.message).toContain(name);
  // while it runs it has not failed
  expect(seen({ ...COMPUTED, [name]: { ...failed, active: [{ name: 'job' }] } }).status.phase).toBe('Serving');
  const word = { format: 1, failed: { churn_probability: 'ConnectionError: no route' } };
  const told = seen({ ...COMPUTED, [name]: failed }, sample(), [pod(MATERIALIZED, word, 1, '2026-03-01T03:00:30Z')]);
  expect(told.status).toMatchObject({ features: { failing: 1 } });
  expect(condition(told, 'Computed')?.message).toContain('no route');
  // a pod that failed before the job succeeded is of no interest
  expect(seen(COMPUTED, sample(), [pod(MATERIALIZED, word, 1, '2026-03-01T02:00:30Z')]).status.phase).toBe('Serving');
  // nor is one of a job that is called nearly the same
  const other = pod(ofJob(`${MATERIALIZATION}-by-hand`), word, 1, '2026-03-01T03:00:30Z');
  expect(seen(COMPUTED, sample(), [other]).status.phase).toBe('Serving');
});

test.each([
  [{ jobStatus: { state: 'RUNNING' } }, 'Serving', 3, 0],
  [{ jobStatus: { state: 'RECONCILING' } }, 'Serving', 2, 0],
  [{ jobStatus: { state: 'FAILED' }, error: 'no brokers\nat x' }, 'Degraded', 2, 1],
  [{ jobStatus: { state: 'RESTARTING' } }, 'Degraded', 2, 1],
  [{ jobManagerDeploymentStatus: 'ERROR', error: 'no image' }, 'Degraded', 2, 1],
  [{ lifecycleState: 'FAILED', error: 'no image' }, 'Degraded', 2, 1],
])('a stream whose state is %j', (status, phase, serving, failing) => {
  const response = seen({ ...COMPUTED, [FLINK]: status });
  expect(response.status).toMatchObject({ phase, features: { serving, failing } });
  const [why] = ((status as { readonly error?: string }).error ?? '').split('\n');
  expect(condition(response, 'Computed')?.message).toContain(why);
});

test("what Flink's operator says as JSON is told in words", () => {
  const error = JSON.stringify({ type: 'ReconciliationException', throwableList: [{ message: 'no such topic' }] });
  const response = seen({ ...COMPUTED, [FLINK]: { jobStatus: { state: 'FAILED' }, error } });
  expect(condition(response, 'Computed')?.message).toContain(
    'its job is FAILED: ReconciliationException: no such topic',
  );
});

test('a registration that fails says what Feast says', () => {
  const failed = { conditions: [{ type: 'Failed', status: 'True' }] };
  const log = pod(ofJob(registration), 'Traceback\n  at x\nValueError: no such bucket', 1);
  const response = seen({ Job: failed }, sample(), [log]);
  expect(response.status.phase).toBe('Failed');
  expect(condition(response, 'Registered')).toMatchObject({ status: 'False', reason: 'RegistrationFailed' });
  expect(condition(response, 'Registered')?.message).toContain('no such bucket');
  expect(condition(response, 'Registered')?.message).toContain(`delete the Job ${registration}`);
  expect(condition(response, 'Ready')?.status).toBe('False');
  // what was registered before is still served
  expect(seen({ ...SERVED, Job: failed }).status.phase).toBe('Degraded');
  expect(condition(seen({}, sample(), [log]), 'Registered')?.message).toContain('no such bucket');
});

test('servers that cannot start, and servers that went away', () => {
  const name = 'Deployment customer-features-features';
  const stuck = {
    observedGeneration: 1,
    replicas: 2,
    updatedReplicas: 2,
    conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'no image' }],
  };
  const failed = seen({ ...SERVED, [name]: stuck });
  expect(failed.status.phase).toBe('Failed');
  expect(condition(failed, 'Ready')).toMatchObject({ status: 'False', reason: 'ServersFailed' });
  expect(condition(failed, 'Ready')?.message).toContain('no image');
  expect(seen({ ...SERVED, [name]: { ...stuck, availableReplicas: 1 } }).status.phase).toBe('Degraded');
  const away = { observedGeneration: 1, replicas: 2, updatedReplicas: 2 };
  const response = seen({ ...COMPUTED, [name]: away }, sample({}, { phase: 'Serving' }));
  expect(response.status).toMatchObject({ phase: 'Degraded', features: { total: 3, serving: 0 } });
});

test('new definitions are not served before the servers have them', () => {
  const children = observed(first, COMPUTED);
  const response = sync(sample({ description: 'other' }, { phase: 'Serving' }), children);
  expect(response.status.phase).toBe('Provisioning');
  expect(condition(response, 'Registered')?.status).toBe('Unknown');
});

test("servers of Feast's operator", () => {
  const settings = { featureStore: { onlineAddress: 'cache:6379', runtime: 'feast-operator' } };
  const features = [(sample().spec as { features: object[] }).features[0]];
  const parent = sample({ features });
  const all = { scraper: { namespace: 'monitoring', podLabels: {} }, prometheusUrl: 'http://p', ...settings } as never;
  const made = sync(parent, [], [], all);
  const at = (phase: string, status: string, pods: readonly KubernetesObject[] = []) => {
    const conditions = [{ type: 'FeatureStore', status, reason: 'x', message: 'it says', lastTransitionTime: '' }];
    return sync(parent, observed(made, { Job: SERVED.Job, FeatureStore: { phase, conditions } }), pods, all);
  };
  expect(at('Ready', 'True').status.phase).toBe('Serving');
  expect(at('Pending', 'False').status.phase).toBe('Provisioning');
  expect(at('Failed', 'False').status.phase).toBe('Failed');
  expect(condition(at('Failed', 'False'), 'Ready')?.message).toContain('it says');
  // its pods have its labels only, and say why they do not run
  const labels = { 'feast.dev/name': feastName(NAME) };
  const stuck = waitingPod(labels, NAMESPACE, 'ImagePullBackOff', 'Back-off pulling image');
  expect(condition(at('Pending', 'False', [stuck]), 'Ready')).toMatchObject({
    status: 'False',
    reason: 'ImagePullBackOff',
    message: expect.stringContaining('Back-off pulling image') as string,
  });
  const others = waitingPod({ 'feast.dev/name': 'other' }, NAMESPACE, 'ImagePullBackOff', 'Back-off pulling image');
  expect(condition(at('Pending', 'False', [others]), 'Ready')?.reason).toBe('Starting');
  const rules = HOOKS.customize({ parent: settled(parent) }, all).relatedResources;
  expect(rules).toContainEqual(expect.objectContaining({ resource: 'pods', labelSelector: { matchLabels: labels } }));
  expect(HOOKS.customize({ parent: settled(parent) }, PLATFORM).relatedResources).toHaveLength(1);
});

test('what is asked on request is served by the servers; without an online store there are none', () => {
  const request = {
    name: 'double',
    type: 'double',
    source: { type: 'request', transformation: 'def f(x: float):\n    return 2 * x\n' },
  };
  const both = sample({ features: [(sample().spec as { features: object[] }).features[0], request] });
  expect(seen(COMPUTED, both).status).toMatchObject({ features: { total: 2, serving: 2 } });
  const offline = sample({
    features: [both.spec!.features as object[]][0].slice(0, 1),
    serving: { offline: { path: 's3://a/' } },
  });
  const response = seen(COMPUTED, offline);
  expect(response.children.some(({ kind }) => kind === 'Deployment')).toBe(true);
  expect(response.status).toMatchObject({ phase: 'Serving', features: { total: 1, serving: 1 } });
  expect(condition(response, 'Ready')).toMatchObject({ status: 'True', reason: 'Registered' });
});

test.each<unknown>([
  '',
  '[1]',
  '{"format":2,"failed":{"x":"y"}}',
  { format: 1, failed: {}, updated: { churn_probability: TWO + 3600 }, lastUpdate: TWO + 3600 },
  { format: 1, failed: [7], updated: 'x', lastUpdate: 1e300, others: 4e9, offline: { bytes: -1, partitions: 'x' } },
])('what a pod writes that is no result (%j) is not taken into the status', (told) => {
  const { status } = seen(COMPUTED, sample(), [pod(MATERIALIZED, told)]);
  expect(status).toMatchObject({ phase: 'Serving', lastUpdate: '2026-03-01T02:01:00Z' });
  expect(status).not.toHaveProperty('storage');
});

test('the same observation gives the same status', () => {
  const once = seen(COMPUTED).status;
  expect(seen(COMPUTED, sample({}, once)).status).toEqual(once);
});
