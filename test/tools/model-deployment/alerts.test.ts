import { ServedSpec } from '../../../src/kinds/model-deployment/plan';
import { objects } from '../../kinds/model-deployment/support';
import { describeTool } from '../describe-tool';
import { evaluate, Expectation, Rules, Series } from '../ai-model/support';
import { promtool, whyNoPromtool } from '../promtool';

// the first run builds promtool

const LABELS = {
  namespace: 'ml-inference',
  service: 'fraud-deployment',
  model_name: 'fraud-detector',
  model_version: '2.1.0',
};
const written = (labels: object): string =>
  Object.entries(labels)
    .map(([label, value]) => `${label}="${value}"`)
    .join(',');

/** What the service exposes, as the monitor has it; `model` and `version` are its own. */
const series = (name: string, values: string, labels: object = {}): Series => ({
  series: `${name}{${written({ ...LABELS, pod: 'fraud-0', model: 'fraud-detector', version: '2.1.0', ...labels })}}`,
  values,
});

function rulesOf(spec: Partial<ServedSpec> = {}): Rules {
  const { groups } = objects(spec).PrometheusRule.spec as Rules;
  // their texts are compared elsewhere
  return {
    groups: groups.map((group) => ({
      ...group,
      rules: group.rules.map((rule) => ({ ...rule, annotations: undefined })),
    })),
  };
}

/** The minutes at which an alert is expected to be on or off. */
async function expectAlert(
  input: Series[],
  alertname: string,
  on: { readonly [minute: number]: boolean },
  labels: object,
  spec: Partial<ServedSpec> = {},
): Promise<void> {
  const tests = Object.entries(on).map(([minute, fires]) => ({
    alertname,
    eval_time: `${minute}m`,
    exp_alerts: fires ? [{ exp_labels: { ...labels } }] : [],
  }));
  const { passed, output } = await evaluate(rulesOf(spec), input, [], tests);
  expect([passed, passed ? '' : output]).toEqual([true, '']);
}

/** 100 requests a minute, of which some fail for a reason. */
function requests(failed: number, reason: string): Series[] {
  return [
    series('inference_requests_total', `0+${100 - failed}x60`, { status: '200' }),
    series('inference_requests_total', `0+${failed}x60`, { status: '500' }),
    series('inference_errors_total', `0+${failed}x60`, { reason }),
  ];
}

/** 100 answers a minute, of which some take more than 100 ms; none takes more than a second. */
function latencies(slow: number): Series[] {
  const buckets = { '0.1': 100 - slow, '1.0': 100, '+Inf': 100 };
  return Object.entries(buckets).map(([le, count]) =>
    series('inference_latency_seconds_bucket', `0+${count}x60`, { le }),
  );
}

const ofDeployment = (values: string): Series => ({
  series: 'kube_deployment_status_replicas_available{namespace="ml-inference",deployment="fraud-deployment"}',
  values,
});
const ofAutoscaler = (name: string, values: string): Series => ({
  series: `kube_horizontalpodautoscaler_${name}{namespace="ml-inference",horizontalpodautoscaler="fraud-deployment"}`,
  values,
});

describeTool('alerts on the service of a ModelDeployment', whyNoPromtool(), () => {
  beforeAll(async () => {
    await promtool();
  });

  const critical = { severity: 'critical' };
  const warning = { severity: 'warning' };

  test('errors are those of the service, above its share, and not by chance', async () => {
    await expectAlert(
      requests(10, 'model-failed'),
      'ModelDeploymentErrors',
      { 5: false, 15: true },
      { ...LABELS, ...critical },
    );
    await expectAlert(requests(4, 'model-failed'), 'ModelDeploymentErrors', { 15: false, 50: false }, {});
    // an own bound
    const monitoring = { errorRatio: 0.01 };
    await expectAlert(
      requests(4, 'timeout'),
      'ModelDeploymentErrors',
      { 15: true },
      { ...LABELS, ...critical },
      { monitoring },
    );
  });

  test.each(['invalid-input', 'malformed-body', 'client-gone', 'body-too-large', 'unsupported-media-type'])(
    'what clients do wrong (%s) is no error of the service',
    async (reason) => {
      await expectAlert(requests(90, reason), 'ModelDeploymentErrors', { 20: false, 50: false }, {});
      await expectAlert(requests(90, reason), 'ModelDeploymentSaturated', { 20: false, 50: false }, {});
    },
  );

  test('one failure in a quiet hour is none', async () => {
    const quiet = [
      series('inference_requests_total', '0x10 1x50', { status: '500' }),
      series('inference_errors_total', '0x10 1x50', { reason: 'model-failed' }),
    ];
    await expectAlert(quiet, 'ModelDeploymentErrors', { 12: false, 20: false, 50: false }, {});
  });

  test.each(['too-many-requests', 'overloaded'])(
    'a service that refuses (%s) is saturated, and does not fail',
    async (reason) => {
      await expectAlert(
        requests(5, reason),
        'ModelDeploymentSaturated',
        { 3: false, 15: true },
        { ...LABELS, ...warning },
      );
      await expectAlert(requests(50, reason), 'ModelDeploymentErrors', { 15: false, 50: false }, {});
    },
  );

  test('the 99th percentile is held to the bound of the spec, and the 95th to what the author measured', async () => {
    const p99 = { monitoring: { latencyP99: '200ms' } };
    const slow = { ...LABELS, ...warning };
    await expectAlert(latencies(3), 'ModelDeploymentSlow', { 5: false, 20: true }, { ...slow, quantile: '0.99' }, p99);
    await expectAlert(latencies(0), 'ModelDeploymentSlow', { 20: false }, {}, p99);
    // a second by default, which none takes
    await expectAlert(latencies(3), 'ModelDeploymentSlow', { 20: false }, {});
    const p95 = { metrics: { latency_p95_ms: 100 } };
    await expectAlert(latencies(10), 'ModelDeploymentSlow', { 20: true }, { ...slow, quantile: '0.95' }, p95);
    await expectAlert(latencies(3), 'ModelDeploymentSlow', { 20: false }, {}, p95);
  });

  test('a service without a ready pod, or with too few, is not ready; one that starts has its time', async () => {
    const labels = { namespace: 'ml-inference', deployment: 'fraud-deployment' };
    const name = 'ModelDeploymentNotReady';
    await expectAlert([ofDeployment('3x10 0x60')], name, { 20: false, 25: true }, { ...labels, ...critical });
    await expectAlert([ofDeployment('3x10 2x60')], name, { 20: false, 25: true }, { ...labels, ...warning });
    await expectAlert([ofDeployment('0x8 3x60')], name, { 9: false, 40: false }, {});
    const slow = { serving: { startupSeconds: 3600 } };
    await expectAlert([ofDeployment('3x10 0x100')], name, { 60: false, 75: true }, { ...labels, ...critical }, slow);
  });

  test('an autoscaler that wants all that it may have is at its maximum', async () => {
    const labels = { namespace: 'ml-inference', horizontalpodautoscaler: 'fraud-deployment', ...warning };
    const most = ofAutoscaler('spec_max_replicas', '50x60');
    const name = 'ModelDeploymentAtMaximum';
    await expectAlert([most, ofAutoscaler('status_desired_replicas', '50x60')], name, { 10: false, 20: true }, labels);
    await expectAlert([most, ofAutoscaler('status_desired_replicas', '49x60')], name, { 20: false }, labels);
  });

  test('what a service is asked that differs from its training is drift', async () => {
    const baseline = [{ name: 'age', bounds: [18, 40], counts: [100, 800, 100] }];
    const drift = { drift: { baseline } };
    const feature = (counts: readonly number[]): Series[] =>
      ['18.0', '40.0', '+Inf'].map((le, at) => {
        const cumulated = counts.slice(0, at + 1).reduce((sum, count) => sum + count, 0);
        return series('model_feature_bucket', `0+${cumulated}x120`, { feature: 'age', le });
      });
    const { service: _, ...model } = LABELS;
    const labels = { ...model, method: 'population-stability-index', ...warning };
    await expectAlert(feature([10, 80, 10]), 'ModelDrift', { 60: false, 110: false }, labels, drift);
    await expectAlert(feature([80, 10, 10]), 'ModelDrift', { 60: true, 110: true }, labels, drift);
  });

  test('a service that says nothing has no alert', async () => {
    const alerts: Expectation[] = [{ expr: 'count(ALERTS)', eval_time: '60m', exp_samples: [] }];
    const { passed, output } = await evaluate(rulesOf(), [], alerts);
    expect([passed, passed ? '' : output]).toEqual([true, '']);
  });
});
