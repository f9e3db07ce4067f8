import { ApiObject, ApiObjectProps, Testing } from 'cdk8s';
import { Autoscaling, DriftMethod, ScalingMetricType } from '../../../src/api/generated/shared';
import { DriftRuleProps } from '../../../src/kinds/ai-model/drift';
import { modelAlertRules, ModelAlertRulesProps } from '../../../src/kinds/ai-model/monitoring';
import { Json, list } from '../../constructs/tenancy/support';
import { make, one, serving } from './support';

const BASELINE = { rows: 10, features: [{ name: 'age', bounds: [20, 1e6], counts: [1, 3, 0] }] };

function manifest(props: Partial<ModelAlertRulesProps> = {}): Json {
  const chart = Testing.chart();
  const rules = modelAlertRules('churn', {
    name: 'churn-alerts',
    namespace: 'ml',
    modelName: 'churn',
    modelVersion: '1.4.0',
    ...props,
  });
  new ApiObject(chart, 'Alerts', rules as unknown as ApiObjectProps);
  const objects = Testing.synth(chart) as Json[];
  expect(objects).toHaveLength(1);
  return objects[0];
}

function group(name: string, props: Partial<ModelAlertRulesProps>): Json {
  return list(manifest(props).spec.groups).find((one) => (one.name as unknown) === name)!;
}

const alertNames = (props: Partial<ModelAlertRulesProps>): unknown[] =>
  list(group('alerts', props).rules).map((rule) => rule.alert);

const recorded = (series: string, drift: DriftRuleProps): Json[] =>
  list(group('drift', { drift }).rules).filter((rule) => (rule.record as unknown) === series);

test('a ServiceMonitor is made only where the platform has none', () => {
  expect(make().map(({ kind }) => kind)).not.toContain('ServiceMonitor');
  expect(one(make({}, { serviceMonitors: true }), 'ServiceMonitor').spec).toMatchObject({
    endpoints: [
      {
        port: 'metrics',
        relabelings: [
          { sourceLabels: ['__meta_kubernetes_pod_label_model_name'], targetLabel: 'model_name' },
          { sourceLabels: ['__meta_kubernetes_pod_label_model_version'], targetLabel: 'model_version' },
        ],
      },
    ],
  });
});

test('the rules of a model are one PrometheusRule', () => {
  const { apiVersion, kind, metadata } = manifest({ labels: { team: 'growth' } });
  expect({ apiVersion, kind, metadata }).toEqual({
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: {
      name: 'churn-alerts',
      namespace: 'ml',
      labels: {
        team: 'growth',
        'app.kubernetes.io/name': 'ai-model',
        'app.kubernetes.io/instance': 'churn',
        'app.kubernetes.io/component': 'model-alerts',
        'app.kubernetes.io/part-of': 'ml-platform',
        'nstarx.io/ai-model': 'churn',
      },
    },
  });
});

test('there are alerts only on what is promised', () => {
  expect(alertNames({})).toEqual(['ModelDown', 'ModelErrors']);
  expect(alertNames({ latencyP95Seconds: 0.05 })).toEqual(['ModelDown', 'ModelErrors', 'ModelLatencyAboveTarget']);
  expect(alertNames({ drift: { baseline: BASELINE } })).toEqual([
    'ModelDown',
    'ModelErrors',
    'ModelDrift',
    'ModelDriftNotMeasured',
  ]);
  expect(group('drift', {})).toBeUndefined();
});

test('each alert says what to do', () => {
  const rules = list(group('alerts', { drift: { baseline: BASELINE }, latencyP95Seconds: 1 }).rules);
  for (const { annotations, labels } of rules) {
    expect(annotations.summary).toMatch(/^\S.{20,}/);
    expect(annotations.description).toMatch(/^\S.{60,}/);
    expect(['critical', 'warning']).toContain(labels.severity);
    expect(annotations.runbook_url).toMatch(/docs\/runbooks\.md#model[a-z]+$/);
  }
});

test('the baseline is a constant for each bucket, up to its bound', () => {
  const rules = recorded('model_feature:baseline:cumulative_share', { baseline: BASELINE });
  expect(rules.map(({ expr, labels }) => ({ expr, labels }))).toEqual([
    { expr: 'vector(0.25)', labels: { feature: 'age', le: '20.0', previous_le: '-Inf' } },
    { expr: 'vector(1)', labels: { feature: 'age', le: '1e+06', previous_le: '20.0' } },
    { expr: 'vector(1)', labels: { feature: 'age', le: '+Inf', previous_le: '1e+06' } },
  ]);
  expect(group('drift', { drift: { baseline: BASELINE } }).labels).toEqual({
    namespace: 'ml',
    model_name: 'churn',
    model_version: '1.4.0',
  });
});

test('drift defaults to the index above 0.3 in an hour, for a quarter of an hour', () => {
  const drift = { baseline: BASELINE };
  expect(recorded('model:drift:threshold', drift)).toEqual([
    { record: 'model:drift:threshold', expr: 'vector(0.3)', labels: { method: 'population-stability-index' } },
  ]);
  expect(recorded('model_feature:observed:increase', drift)[0].expr).toContain('[1h]');
  expect(recorded('model_feature:observed:cumulative_share', drift)[0].expr).toContain('>= 200');
  const alert = list(group('alerts', { drift }).rules).find((rule) => (rule.alert as unknown) === 'ModelDrift')!;
  expect(alert.for).toBe('15m');
});

test('all measures are recorded, and the threshold of the one that counts', () => {
  const drift = { baseline: BASELINE, method: DriftMethod.JENSEN_SHANNON, threshold: 0.1 };
  const methods = recorded('model_feature:drift:score', drift).map(({ labels }) => labels.method);
  expect(methods).toEqual(['kolmogorov-smirnov', 'population-stability-index', 'jensen-shannon']);
  expect(recorded('model:drift:threshold', drift)).toMatchObject([
    { expr: 'vector(0.1)', labels: { method: 'jensen-shannon' } },
  ]);
});

test('the same props give the same rules', () => {
  const props = { drift: { baseline: BASELINE, adaptive: {} }, latencyP95Seconds: 0.2 };
  expect(manifest(props)).toEqual(manifest(props));
});

test('a name with a quote stays inside its matcher', () => {
  const rules = list(group('alerts', { modelName: 'a"} or vector(1) #' }).rules);
  expect(rules[0].expr).toContain('model_name="a\\"} or vector(1) #"}');
});

test.each<[string, Partial<ModelAlertRulesProps>, string]>([
  ['latencyP95Seconds', { latencyP95Seconds: 0 }, 'latencyP95Seconds must be greater than 0, got 0'],
  ['errorRatio', { errorRatio: 5 }, 'errorRatio must be between 0 and 1, got 5'],
  ['threshold', { drift: { baseline: BASELINE, threshold: -1 } }, 'drift.threshold must be at least 0, got -1'],
  ['windowSeconds', { drift: { baseline: BASELINE, windowSeconds: 60 } }, 'drift.windowSeconds must be at least 300'],
  ['forMinutes', { drift: { baseline: BASELINE, forMinutes: -1 } }, 'drift.forMinutes must be at least 0, got -1'],
  [
    'minimumObservations',
    { drift: { baseline: BASELINE, minimumObservations: 0 } },
    'drift.minimumObservations must be at least 1, got 0',
  ],
  [
    'adaptive.deviations',
    { drift: { baseline: BASELINE, adaptive: { deviations: NaN } } },
    'drift.adaptive.deviations must be at least 0',
  ],
  [
    'adaptive.historySeconds',
    { drift: { baseline: BASELINE, adaptive: { historySeconds: 600 } } },
    'drift.adaptive.historySeconds must be at least 3600, got 600',
  ],
  [
    'adaptive.maximum',
    { drift: { baseline: BASELINE, threshold: 0.4, adaptive: { maximum: 0.3 } } },
    'drift.adaptive.maximum must be at least 0.4, got 0.3',
  ],
  ['features', { drift: { baseline: { rows: 0, features: [] } } }, 'baseline.features must be 1 to 256, got []'],
  [
    'bounds',
    { drift: { baseline: { rows: 1, features: [{ name: 'age', bounds: [2, 1], counts: [1, 1, 1] }] } } },
    'baseline.features[0].bounds must be 1 to 64 ascending numbers, got [2,1]',
  ],
])('%s is checked', (_, props, message) => {
  expect(() => manifest(props)).toThrow(message);
});

test('what is not monitored is not scraped: its Service has no such port, and what scrapes is not let in', () => {
  const scraper = { namespace: 'monitoring', podLabels: { app: 'prometheus' } };
  const of = (enabled: boolean): string =>
    JSON.stringify(make({ monitoring: { enabled } }, { scraper, serviceMonitors: true }));
  for (const text of ['"name":"metrics"', '"app":"prometheus"', 'ServiceMonitor', 'PrometheusRule']) {
    expect([text, of(true).includes(text), of(false).includes(text)]).toEqual([text, true, false]);
  }
});

test('what the author measured is recorded, and its times and throughput are watched', () => {
  const metrics = { accuracy: 0.9, f1Score: 0.8, latencyP50: '10ms', latencyP99: '0.2s', throughput: 50 };
  const text = JSON.stringify(one(make({ metrics }), 'PrometheusRule'));
  for (const [figure, value] of Object.entries({
    accuracy: 0.9,
    f1Score: 0.8,
    latencyP50Seconds: 0.01,
    latencyP99Seconds: 0.2,
    throughput: 50,
  })) {
    expect(text).toContain(`"expr":"vector(${value})","labels":{"figure":"${figure}"}`);
  }
  expect(text.match(/"alert":"ModelLatencyAboveTarget"/g)).toHaveLength(2);
  expect(text).toContain('histogram_quantile(0.99');
  expect(text).toContain('"alert":"ModelAboveThroughput"');
});

test('a custom metric to scale by needs what is scraped', () => {
  const autoscaling = {
    maxReplicas: 3,
    metrics: [{ type: ScalingMetricType.CUSTOM, name: 'queue', targetValue: '10' }],
  } as unknown as Autoscaling;
  expect(() => make({ ...serving({ autoscaling }), monitoring: { enabled: false } })).toThrow(
    /monitoring\.enabled must be enabled for a custom metric/,
  );
});
