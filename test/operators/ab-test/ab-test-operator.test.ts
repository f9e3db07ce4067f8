import { abTestOperator } from '../../../operators/src/ab-test/ab-test-operator';
import { hooksOf } from '../../../operators/src/runtime/hooks';
import { JsonObject, KubernetesObject, SyncResponse } from '../../../operators/src/runtime/protocol';
import { contentName } from '../../../src/kinds/child-names';
import { condition } from '../support/conditions';
import { readable, syncRequest } from '../support/requests';
import { SETTINGS } from '../support/settings';

const hooks = hooksOf(abTestOperator);
/** The AIModel that the test makes for the version that is not served now. */
const CURRENT = contentName('fraud', 'current', [], 52);
const START = '2026-01-01T00:00:00Z';

const MODEL_SPEC = {
  type: 'sklearn',
  version: '3.1',
  storage: { location: 's3://models/fraud/3.1' },
  serving: { resources: { requests: { cpu: '1', memory: '1Gi' } } },
};
const MODEL: KubernetesObject = {
  apiVersion: 'nstarx.io/v1alpha1',
  kind: 'AIModel',
  metadata: { name: 'fraud-detector', namespace: 'ml-models', uid: 'fraud-detector-uid' },
  spec: MODEL_SPEC,
  status: { version: '3.1', conditions: [{ type: 'Ready', status: 'True' }] },
};
const REVISION: KubernetesObject = {
  apiVersion: 'apps/v1',
  kind: 'ControllerRevision',
  metadata: {
    name: 'fraud-detector-abc',
    namespace: 'ml-models',
    labels: { 'app.kubernetes.io/component': 'revision' },
    annotations: { 'nstarx.io/revision-of': 'AIModel/fraud-detector', 'nstarx.io/version': '3.0' },
    ownerReferences: [{ kind: 'AIModel', name: 'fraud-detector', uid: 'fraud-detector-uid', controller: true }],
  },
  revision: 1,
  data: { spec: { ...MODEL_SPEC, version: '3.0', storage: { location: 's3://models/fraud/3.0' } }, objects: [] },
};

/** The example of the kind's reference. */
function abTest(change: JsonObject = {}): KubernetesObject {
  return {
    apiVersion: 'nstarx.io/v1alpha1',
    kind: 'ABTest',
    metadata: { name: 'fraud', namespace: 'ml-models', creationTimestamp: START },
    spec: {
      host: 'fraud.example.com',
      variants: [
        { name: 'current', modelRef: { name: 'fraud-detector', version: '3.0' }, weight: 90, control: true },
        { name: 'candidate', modelRef: { name: 'fraud-detector', version: '3.1' }, weight: 10 },
      ],
      metric: { name: 'fraud_caught_total', type: 'ratio', goal: 'maximize', minimumEffect: 0.3 },
      guardrails: [{ name: 'inference_latency_p95_seconds', max: 0.25 }],
      duration: '7d',
      promotion: { strategy: 'automatic', steps: [25, 50, 100], interval: '10m' },
      ...change,
    },
  };
}

const sync = (
  test: KubernetesObject,
  children: readonly KubernetesObject[] = [],
  related = [MODEL, REVISION],
): SyncResponse => hooks.sync(syncRequest(test, children, related), SETTINGS);
const of = (objects: readonly KubernetesObject[], kind: string): KubernetesObject =>
  objects.find((object) => object.kind === kind)!;

/** The children as they are once the models answer. */
function ready(children: readonly KubernetesObject[]): KubernetesObject[] {
  return children.map((child) =>
    child.kind === 'AIModel'
      ? {
          ...child,
          status: {
            version: (child.spec as { version: string }).version,
            conditions: [{ type: 'Ready', status: 'True' }],
          },
        }
      : child,
  );
}

/** The children with what the AnalysisRun has measured at a time. */
function measured(
  children: readonly KubernetesObject[],
  at: string,
  figures: Record<string, number>,
): KubernetesObject[] {
  const metricResults = Object.entries(figures).map(([name, value]) => ({
    name,
    measurements: [{ value: `[${value}]`, phase: 'Successful', finishedAt: at }],
  }));
  return ready(children).map((child) =>
    child.kind === 'AnalysisRun' ? { ...child, status: { startedAt: START, metricResults } } : child,
  );
}

function started(test = abTest()): SyncResponse {
  const first = sync(test);
  return sync(test, ready(first.children));
}

interface Backend {
  readonly name: string;
  readonly weight: number;
}
function weights(response: SyncResponse): Record<string, number> {
  const rules = of(response.children, 'HTTPRoute').spec?.rules as { readonly backendRefs: readonly Backend[] }[];
  return Object.fromEntries(rules.at(-1)!.backendRefs.map(({ name, weight }) => [name, weight]));
}

const CLEAR = {
  'samples/current': 9000,
  'samples/candidate': 3000,
  'successes/current': 900,
  'successes/candidate': 600,
  'guardrail:inference_latency_p95_seconds/candidate': 0.1,
};

test('the version that is not served gets a model of its own, and no traffic is shared before it is ready', () => {
  const response = sync(abTest());
  expect(response.children.map(({ kind, metadata }) => `${kind}/${metadata.name}`)).toEqual([`AIModel/${CURRENT}`]);
  expect(of(response.children, 'AIModel').spec).toMatchObject({
    version: '3.0',
    storage: { location: 's3://models/fraud/3.0' },
    revisionHistoryLimit: 0,
  });
  expect(response.status.phase).toBe('Pending');
  expect(condition(response, 'VariantsReady')).toMatchObject({
    status: 'False',
    message: expect.stringContaining('current') as unknown,
  });
});

test('then traffic is shared by the weights, and measured', () => {
  const response = started();
  expect(weights(response)).toEqual({ [`${CURRENT}-model`]: 90, 'fraud-detector-model': 10 });
  expect(readable(response.children)).toMatchSnapshot();
});

test('the status follows what was observed', () => {
  const first = started();
  const response = sync(
    abTest(),
    measured(first.children, '2026-01-01T12:00:00Z', { 'samples/current': 90.4, 'successes/current': 9 }),
  );
  expect(response.status).toMatchObject({
    phase: 'Running',
    startTime: START,
    url: 'https://fraud.example.com/',
    variants: [
      { name: 'current', weight: 90, samples: 90, value: 0.1 },
      { name: 'candidate', weight: 10 },
    ],
  });
  expect(response.resyncAfterSeconds).toBe(60);
});

test('a winner passes through the steps, and what was decided stays decided', () => {
  let children: readonly KubernetesObject[] = started().children;
  const at = (time: string, figures: Record<string, number> = CLEAR): SyncResponse => {
    const response = sync(abTest(), measured(children, time, figures));
    children = response.children;
    return response;
  };
  const found = at('2026-01-04T00:00:00Z');
  expect(found.status).toMatchObject({ phase: 'Promoting', winner: 'candidate' });
  expect(weights(found)).toEqual({ [`${CURRENT}-model`]: 75, 'fraud-detector-model': 25 });
  // later figures do not change the decision
  const next = at('2026-01-04T00:11:00Z', { ...CLEAR, 'successes/candidate': 300 });
  expect(weights(next)).toEqual({ [`${CURRENT}-model`]: 50, 'fraud-detector-model': 50 });
  const end = at('2026-01-04T00:21:00Z');
  expect(end.status).toMatchObject({ phase: 'Completed', winner: 'candidate', endTime: '2026-01-04T00:00:00Z' });
  expect(weights(end)).toEqual({ 'fraud-detector-model': 100 });
  // the loser's model goes, and measuring ends
  expect(of(end.children, 'AIModel')).toBeUndefined();
  expect(of(end.children, 'AnalysisRun').spec).toMatchObject({ terminate: true });
  expect(JSON.stringify(at('2026-01-05T00:00:00Z').children)).toBe(JSON.stringify(end.children));
});

test('a guardrail that breaks during the promotion gives everything back to the control', () => {
  const running = started();
  const found = sync(abTest(), measured(running.children, '2026-01-04T00:00:00Z', CLEAR));
  const slow = { ...CLEAR, 'guardrail:inference_latency_p95_seconds/candidate': 0.4 };
  const broken = sync(abTest(), measured(found.children, '2026-01-04T00:05:00Z', slow));
  expect(broken.status.phase).toBe('Aborted');
  expect(weights(broken)).toEqual({ [`${CURRENT}-model`]: 100 });
  expect(condition(broken, 'Decided')!.message).toBe('inference_latency_p95_seconds of candidate is 0.4, above 0.25');
});

test('manual promotion leaves the weights; suspension gives all to the control', () => {
  const manual = abTest({ promotion: { strategy: 'manual' } });
  const won = sync(manual, measured(started(manual).children, '2026-01-04T00:00:00Z', CLEAR));
  expect(won.status).toMatchObject({ phase: 'Completed', winner: 'candidate' });
  expect(weights(won)).toEqual({ [`${CURRENT}-model`]: 90, 'fraud-detector-model': 10 });
  const suspended = sync(abTest({ suspend: true }), ready(started().children));
  expect(suspended.status.phase).toBe('Suspended');
  expect(weights(suspended)).toEqual({ [`${CURRENT}-model`]: 100, 'fraud-detector-model': 0 });
});

test('the end of the time without a winner returns to the control', () => {
  const response = sync(abTest(), measured(started().children, '2026-01-09T00:00:00Z', { 'samples/current': 10 }));
  expect(response.status.phase).toBe('Inconclusive');
  expect(weights(response)).toEqual({ [`${CURRENT}-model`]: 100 });
});

test('users whose id ends in two digits keep their variant', () => {
  const response = started(abTest({ stickiness: { type: 'header', name: 'x-customer-id' } }));
  const rules = of(response.children, 'HTTPRoute').spec?.rules as {
    readonly matches: readonly { readonly headers?: readonly { readonly name: string; readonly value: string }[] }[];
    readonly backendRefs: readonly Backend[];
  }[];
  expect(rules).toHaveLength(3);
  const owners = Array.from({ length: 100 }, (_, ending) => {
    const id = `customer-${String(ending).padStart(2, '0')}`;
    const matching = rules.filter(({ matches }) =>
      matches[0].headers?.every(({ name, value }) => name === 'x-customer-id' && new RegExp(`^(?:${value})$`).test(id)),
    );
    return matching.map(({ backendRefs }) => backendRefs[0].name);
  });
  expect(owners.every((names) => names.length === 1)).toBe(true);
  expect(owners.flat().filter((name) => name === `${CURRENT}-model`)).toHaveLength(90);
});

test('a cookie is set by the weighted rule and matched by the others', () => {
  const response = started(abTest({ stickiness: { type: 'cookie', name: 'variant' } }));
  const route = JSON.stringify(of(response.children, 'HTTPRoute').spec);
  expect(route).toContain('variant=candidate; Path=/; Max-Age=7776000; Secure; HttpOnly; SameSite=Lax');
  expect(route).toContain('"name":"cookie","type":"RegularExpression","value":"(.*; ?)?variant=candidate(;.*)?"');
});

test.each([
  [
    'a model that is not there',
    [REVISION],
    'spec.variants[0].modelRef.name must be an AIModel of the namespace, got "fraud-detector"',
  ],
  [
    'a version that is not kept',
    [MODEL],
    'spec.variants[0].modelRef.version must be a version that AIModel fraud-detector serves or keeps, got "3.0": there are 3.1',
  ],
])('%s is a problem that names the field, and what runs stays', (_name, related, message) => {
  const running = started();
  const response = sync(abTest(), ready(running.children), related);
  expect(condition(response, 'Accepted')).toMatchObject({
    status: 'False',
    message: expect.stringContaining(message) as unknown,
  });
  expect(of(response.children, 'HTTPRoute')).toEqual(of(running.children, 'HTTPRoute'));
  expect(sync(abTest(), [], related).status.phase).toBe('Failed');
});

test('a version that ran in a zone runs again only where the test names the zone', () => {
  const { data } = REVISION as unknown as { readonly data: { readonly spec: JsonObject } };
  const spec = { ...data.spec, serving: { ...(data.spec.serving as JsonObject), zone: 'training' } };
  const inZone = [MODEL, { ...REVISION, data: { ...data, spec } }];
  for (const test of [abTest(), abTest({ zone: 'other' })]) {
    const response = sync(test, [], inZone);
    expect(response.children).toEqual([]);
    expect(condition(response, 'Accepted')?.message).toBe(
      'spec.variants[0].modelRef.version must not enter an AIZone that the test does not name, got "3.0", which ran in training: set spec.zone to training',
    );
  }
  const named = sync(abTest({ zone: 'training' }), [], inZone);
  expect(condition(named, 'Accepted')).toMatchObject({ status: 'True' });
  expect(of(named.children, 'AIModel').spec).toMatchObject({ serving: { zone: 'training' } });
  // without a zone of its own, a version runs as it did
  expect(of(sync(abTest({ zone: 'training' })).children, 'AIModel').spec?.serving).not.toHaveProperty('zone');
});

test('a name that leaves no host must come with one', () => {
  const named = (host?: string) => sync({ ...abTest({ host }), metadata: { ...abTest().metadata, name: 'fraud--eu' } });
  expect(condition(named(), 'Accepted')?.message).toBe(
    'spec.host must be given, since the name "fraud--eu" is no DNS label without two hyphens in a row, which a host is made from',
  );
  expect(condition(named('fraud.example.com'), 'Accepted')).toMatchObject({ status: 'True' });
});

test('a Gateway that refuses the route makes the test not ready', () => {
  const running = started();
  const parents = [{ conditions: [{ type: 'Accepted', status: 'False', message: 'NotAllowedByListeners' }] }];
  const children = ready(running.children).map((child) =>
    child.kind === 'HTTPRoute' ? { ...child, status: { parents } } : child,
  );
  expect(condition(sync(abTest(), children), 'Ready')).toMatchObject({
    status: 'False',
    message: 'The Gateway refuses the route: NotAllowedByListeners',
  });
});

test('the same request has the same answer, byte by byte', () => {
  const children = measured(started().children, '2026-01-04T00:00:00Z', CLEAR);
  expect(JSON.stringify(sync(abTest(), children))).toBe(JSON.stringify(sync(abTest(), children)));
});

/** The children with an AnalysisRun that Argo Rollouts 1.9.0 has, with ten errors behind the last figures. */
function unreachable(children: readonly KubernetesObject[], from: string, figures: Record<string, number>) {
  const message = 'server_error: server error: 503';
  return measured(children, from, figures).map((child) => {
    if (child.kind !== 'AnalysisRun') return child;
    const results = child.status?.metricResults as {
      readonly name: string;
      readonly measurements: readonly object[];
    }[];
    const errors = Array.from({ length: 9 }, (_, second) => ({
      phase: 'Error',
      message,
      finishedAt: `2026-01-09T00:00:0${second}Z`,
    }));
    const metricResults = results.map((result) => ({
      ...result,
      phase: 'Running',
      consecutiveError: 9,
      measurements: [...result.measurements, ...errors],
    }));
    return { ...child, status: { ...child.status, phase: 'Running', metricResults } };
  });
}

test('a test does not end while Prometheus is down: it waits for the figures of the end', () => {
  const children = unreachable(started().children, '2026-01-04T00:00:00Z', { 'samples/current': 10 });
  const waiting = sync(abTest(), children);
  expect(waiting.status).toMatchObject({ phase: 'Running' });
  expect(condition(waiting, 'Decided')).toMatchObject({
    status: 'False',
    reason: 'NotMeasured',
    message: 'Prometheus does not answer (samples/current: server_error: server error: 503)',
  });
  const back = sync(abTest(), measured(waiting.children, '2026-01-09T00:10:00Z', { 'samples/current': 10 }));
  expect(back.status.phase).toBe('Inconclusive');
});

test('the boundary is that of the time of the figures, not of errors after them', () => {
  // beyond the boundary at the end of the time, but not at its beginning
  const close = { ...CLEAR, 'samples/current': 3000, 'successes/current': 300, 'successes/candidate': 396 };
  const early = sync(abTest(), unreachable(started().children, '2026-01-01T12:00:00Z', close));
  expect(early.status.phase).toBe('Running');
  expect(sync(abTest(), measured(early.children, '2026-01-07T00:00:00Z', close)).status.phase).toBe('Promoting');
});

test('a test of which nothing was ever measured does not end', () => {
  const children = ready(started().children).map((child) =>
    child.kind === 'AnalysisRun'
      ? {
          ...child,
          metadata: { ...child.metadata, managedFields: [{ time: '2026-02-01T00:00:00Z' }] },
          status: { startedAt: START },
        }
      : child,
  );
  const response = sync(abTest(), children);
  expect(response.status.phase).toBe('Running');
  expect(condition(response, 'Decided')).toMatchObject({
    reason: 'NotMeasured',
    message: 'Argo Rollouts has measured nothing yet',
  });
});

test('measuring that has ended before anything is decided is named', () => {
  const children = measured(started().children, '2026-01-04T00:00:00Z', { 'samples/current': 10 }).map((child) =>
    child.kind === 'AnalysisRun'
      ? { ...child, status: { ...child.status, phase: 'Successful', message: 'Run Terminated' } }
      : child,
  );
  expect(condition(sync(abTest(), children), 'Decided')).toMatchObject({
    status: 'False',
    reason: 'NotMeasured',
    message: expect.stringMatching(
      /^Measuring has ended: AnalysisRun fraud-[0-9a-f]{8} is Successful \(Run Terminated\)\. Delete it to begin anew$/,
    ) as unknown,
  });
});
