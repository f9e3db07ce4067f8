import { runbookUrl } from '../../../src/contracts/runbooks';
import { describeTool } from '../describe-tool';
import { promtool, whyNoPromtool } from '../promtool';
import { evaluate, MODEL_LABELS, Rules, rulesOf, Series } from './support';

// the first run builds promtool

const POD = `${MODEL_LABELS},pod="churn-0"`;
const OTHER_POD = `${MODEL_LABELS},pod="churn-1"`;
const LABELS = { namespace: 'ml', model_name: 'churn', model_version: '1.4.0' };
const { model_version: _version, ...ALL_VERSIONS } = LABELS;

const series = (name: string, values: string, labels = POD): Series => ({ series: `${name}{${labels}}`, values });

/** Latencies of which a share is above 50 ms, the bound of the bucket in the middle; 100 requests a minute. */
function latencies(name: string, slow: number, labels = POD): Series[] {
  const buckets = { '0.025': 0, '0.05': 100 - slow, '0.1': 100, '+Inf': 100 };
  return Object.entries(buckets).map(([le, count]) => series(name, `0+${count}x60`, `${labels},le="${le}"`));
}

/** The minutes at which the alert is expected to be on or off. Annotations are compared elsewhere. */
async function expectAlert(
  rules: Rules,
  input: Series[],
  alertname: string,
  on: { readonly [minute: number]: boolean },
  labels: { readonly [label: string]: string },
): Promise<void> {
  const bare = {
    groups: rules.groups.map((group) => ({
      ...group,
      rules: group.rules.map((rule) => ({ ...rule, annotations: undefined })),
    })),
  };
  const tests = Object.entries(on).map(([minute, fires]) => ({
    alertname,
    eval_time: `${minute}m`,
    exp_alerts: fires ? [{ exp_labels: labels }] : [],
  }));
  const result = await evaluate(bare, input, [], tests);
  expect(result.output).not.toContain('FAILED');
  expect(result.passed).toBe(true);
}

describeTool('alerts on serving', whyNoPromtool(), () => {
  beforeAll(async () => {
    await promtool();
  });

  const critical = { severity: 'critical' };

  test('a model that no replica of answers is down, one with a replica that answers is not', async () => {
    const down = { ...ALL_VERSIONS, ...critical };
    const falls = [series('up', '1x29 0x30'), series('up', '1x29 0x30', OTHER_POD)];
    await expectAlert(rulesOf({}), falls, 'ModelDown', { 20: false, 39: false, 41: true, 55: true }, down);
    const one = [series('up', '1x29 0x30'), series('up', '1x59', OTHER_POD)];
    await expectAlert(rulesOf({}), one, 'ModelDown', { 41: false, 55: false }, down);
    const returns = [series('up', '1x19 0x19 1x20')];
    await expectAlert(rulesOf({}), returns, 'ModelDown', { 35: true, 45: false }, down);
  });

  test('a model without replicas is down, and one whose other version answers is not', async () => {
    const down = { ...ALL_VERSIONS, ...critical };
    await expectAlert(rulesOf({}), [series('up', '1x19 stale')], 'ModelDown', { 20: false, 35: true }, down);
    const old = [series('up', '1x60', POD.replace('1.4.0', '1.3.0'))];
    await expectAlert(rulesOf({}), old, 'ModelDown', { 20: false, 55: false }, down);
    const another = [series('up', '1x60', POD.replace('churn', 'fraud'))];
    await expectAlert(rulesOf({}), another, 'ModelDown', { 5: false, 55: true }, down);
  });

  test('too many failed requests are reported, a few are not', async () => {
    const fails = { ...LABELS, ...critical };
    const requests = [
      series('inference_requests_total', '0+60x60'),
      series('inference_requests_total', '0+40x60', OTHER_POD),
    ];
    const many = [...requests, series('inference_errors_total', '0+0x29 6+6x30')];
    await expectAlert(rulesOf({}), many, 'ModelErrors', { 25: false, 33: false, 45: true }, fails);
    const few = [...requests, series('inference_errors_total', '0+4x60')];
    await expectAlert(rulesOf({}), few, 'ModelErrors', { 45: false }, fails);
    await expectAlert(rulesOf({ errorRatio: 0.03 }), few, 'ModelErrors', { 45: true }, fails);
  });

  test('a single failed request in the night is not reported', async () => {
    const night = [series('inference_requests_total', '0x30 1x30'), series('inference_errors_total', '0x30 1x30')];
    await expectAlert(rulesOf({}), night, 'ModelErrors', { 31: false, 36: false, 45: false }, {});
  });

  test('no errors and no requests are no share', async () => {
    await expectAlert(rulesOf({}), [series('inference_requests_total', '0+100x60')], 'ModelErrors', { 45: false }, {});
    const idle = [series('inference_requests_total', '5x60'), series('inference_errors_total', '5x60')];
    await expectAlert(rulesOf({}), idle, 'ModelErrors', { 45: false }, {});
  });

  test('failed requests to Triton are seen', async () => {
    const triton = [
      series('nv_inference_request_success', '0+90x60'),
      series('nv_inference_request_failure', '0+10x60'),
    ];
    await expectAlert(rulesOf({}), triton, 'ModelErrors', { 45: true }, { ...LABELS, ...critical });
    await expectAlert(rulesOf({ errorRatio: 0.11 }), triton, 'ModelErrors', { 45: false }, {});
  });

  test.each(['inference_latency_seconds_bucket', 'request_predict_seconds_bucket'])(
    'answers that are later than promised are reported: %s',
    async (name) => {
      const late = { ...LABELS, severity: 'warning', quantile: '0.95' };
      const rules = rulesOf({ latencyP95Seconds: 0.05 });
      await expectAlert(rules, latencies(name, 6), 'ModelLatencyAboveTarget', { 10: false, 15: true, 45: true }, late);
      await expectAlert(rules, latencies(name, 4), 'ModelLatencyAboveTarget', { 45: false }, late);
      // over both replicas the share of slow answers is 3.5 %
      const both = [...latencies(name, 6), ...latencies(name, 1, OTHER_POD)];
      await expectAlert(rules, both, 'ModelLatencyAboveTarget', { 45: false }, late);
    },
  );

  test('the median and the 99th percentile have promises of their own', async () => {
    const late = (quantile: string) => ({ ...LABELS, severity: 'warning', quantile });
    const slow = latencies('inference_latency_seconds_bucket', 3);
    const p99 = rulesOf({ latencyP95Seconds: 0.05, latencyP99Seconds: 0.05 });
    await expectAlert(p99, slow, 'ModelLatencyAboveTarget', { 10: false, 15: true }, late('0.99'));
    const half = latencies('inference_latency_seconds_bucket', 60);
    await expectAlert(rulesOf({ latencyP50Seconds: 0.05 }), half, 'ModelLatencyAboveTarget', { 15: true }, late('0.5'));
    await expectAlert(rulesOf({ latencyP50Seconds: 0.05 }), slow, 'ModelLatencyAboveTarget', { 15: false }, {});
  });

  test('replicas that are asked for more than they can give are reported', async () => {
    const above = { ...LABELS, severity: 'warning' };
    // four requests a second, on two replicas
    const asked = [
      series('inference_requests_total', '0+120x60'),
      series('inference_requests_total', '0+120x60', OTHER_POD),
      series('up', '1x60'),
      series('up', '1x60', OTHER_POD),
    ];
    const on = { 10: false, 25: true };
    await expectAlert(rulesOf({ throughput: 1.9 }), asked, 'ModelAboveThroughput', on, above);
    await expectAlert(rulesOf({ throughput: 2.1 }), asked, 'ModelAboveThroughput', { 45: false }, above);
    // with one of them gone, the other has all
    const alone = asked.map((one) =>
      one.series.startsWith('up') && one.series.includes('churn-1') ? { ...one, values: '0x60' } : one,
    );
    await expectAlert(rulesOf({ throughput: 2.1 }), alone, 'ModelAboveThroughput', on, above);
  });

  test('what the author measured is a series', async () => {
    const rules = rulesOf({ declared: { accuracy: 0.9 } });
    const result = await evaluate(
      rules,
      [series('up', '1x10')],
      [
        {
          expr: 'model:declared:value',
          eval_time: '5m',
          exp_samples: [
            {
              labels: 'model:declared:value{figure="accuracy",model_name="churn",model_version="1.4.0",namespace="ml"}',
              value: 0.9,
            },
          ],
        },
      ],
      [],
    );
    expect(result.output).not.toContain('FAILED');
    expect(result.passed).toBe(true);
  });

  test('Triton has only the mean', async () => {
    const triton = [
      series('nv_inference_request_success', '0+100x60'),
      series('nv_inference_request_duration_us', '0+6e6x60'),
    ];
    const late = { ...LABELS, severity: 'warning', quantile: '0.95' };
    await expectAlert(rulesOf({ latencyP95Seconds: 0.05 }), triton, 'ModelLatencyAboveTarget', { 45: true }, late);
    await expectAlert(rulesOf({ latencyP95Seconds: 0.07 }), triton, 'ModelLatencyAboveTarget', { 45: false }, late);
  });

  test('TensorFlow Serving has microseconds, and the status in a label', async () => {
    const late = { ...LABELS, severity: 'warning', quantile: '0.95' };
    const slow = latencies(':tensorflow:serving:request_latency_bucket', 6).map(({ series: name, values }) => ({
      series: name.replace('"0.025"', '"25000"').replace('"0.05"', '"50000"').replace('"0.1"', '"100000"'),
      values,
    }));
    await expectAlert(rulesOf({ latencyP95Seconds: 0.05 }), slow, 'ModelLatencyAboveTarget', { 45: true }, late);
    await expectAlert(rulesOf({ latencyP95Seconds: 0.1 }), slow, 'ModelLatencyAboveTarget', { 45: false }, late);
    const count = ':tensorflow:serving:request_count';
    const failing = [
      series(count, '0+90x60', `${POD},status="OK"`),
      series(count, '0+10x60', `${POD},status="INVALID_ARGUMENT"`),
    ];
    await expectAlert(rulesOf({}), failing, 'ModelErrors', { 45: true }, { ...LABELS, ...critical });
    await expectAlert(rulesOf({ errorRatio: 0.11 }), failing, 'ModelErrors', { 45: false }, {});
  });

  test('a model without requests is not late', async () => {
    const idle = latencies('inference_latency_seconds_bucket', 50).map((one) => ({ ...one, values: '100x60' }));
    await expectAlert(rulesOf({ latencyP95Seconds: 0.05 }), idle, 'ModelLatencyAboveTarget', { 45: false }, {});
  });

  test('the texts have the figures', async () => {
    const result = await evaluate(
      rulesOf({ latencyP95Seconds: 0.05 }),
      [...latencies('inference_latency_seconds_bucket', 50)],
      [],
      [
        {
          alertname: 'ModelLatencyAboveTarget',
          eval_time: '30m',
          exp_alerts: [
            {
              exp_labels: { ...LABELS, severity: 'warning', quantile: '0.95' },
              exp_annotations: {
                summary: 'Model churn 1.4.0 in ml takes 95ms for one request in 20, and promises 0.05s',
                description:
                  'If all replicas are busy (inference_queue_depth, GPU use), raise autoscaling.maxReplicas. If a new version is slower, roll back or correct metrics.latencyP95, which is where the bound comes from.',
                runbook_url: runbookUrl('ModelLatencyAboveTarget'),
              },
            },
          ],
        },
      ],
    );
    expect(result.output).not.toContain('FAILED');
    expect(result.passed).toBe(true);
  });
});
