import { recordingRules } from '../../../src/kinds/metrics/custom-metrics';
import { describeTool } from '../describe-tool';
import { MODEL_LABELS, Series } from '../ai-model/support';
import { promtool, runPromtool, whyNoPromtool } from '../promtool';

// the first run builds promtool

const POD = `${MODEL_LABELS},pod="churn-0"`;
const series = (name: string, values: string, labels = ''): Series => ({ series: `${name}{${POD}${labels}}`, values });

/** Expects one recorded sample after a quarter of an hour, of series that are scraped every 30 seconds, as the monitors have it. */
async function expectRecorded(input_series: readonly Series[], record: string, value: number): Promise<void> {
  // the sum of floating-point numbers is not the same to the last bit
  const expr = `round(${record}, 1e-6)`;
  const promql_expr_test = [{ expr, eval_time: '15m', exp_samples: [{ labels: `{${POD}}`, value }] }];
  const result = await runPromtool(['test', 'rules', 'test.yml'], {
    'rules.yml': { groups: [{ name: 'platform', rules: recordingRules() }] },
    'test.yml': {
      rule_files: ['rules.yml'],
      evaluation_interval: '30s',
      fuzzy_compare: true,
      tests: [{ interval: '30s', input_series, promql_expr_test }],
    },
  });
  expect(result.output).not.toContain('FAILED');
  expect(result.passed).toBe(true);
}

/** 100 requests in 30 seconds, of which 90 take up to 10 (of the unit), and all up to 20. */
function latencies(name: string, unit: number): Series[] {
  const bounds = { [String(10 * unit)]: 90, [String(20 * unit)]: 100, '+Inf': 100 };
  return Object.entries(bounds).map(([le, count]) => series(name, `0+${count}x60`, `,le="${le}"`));
}

describeTool('recorded metrics of models', whyNoPromtool(), () => {
  beforeAll(async () => {
    await promtool();
  });

  // the 95th percentile is half way through the second bucket
  test.each([
    ['inference_latency_seconds_bucket', 0.001],
    ['request_predict_seconds_bucket', 0.001],
    [':tensorflow:serving:request_latency_bucket', 1000],
  ])('the latency of %s is in seconds', async (name, millisecond) => {
    await expectRecorded(latencies(name, millisecond), 'model:inference_latency_seconds:p95', 0.015);
  });

  test.each(['inference_requests_total', 'request_predict_seconds_count'])(
    'requests of %s are counted',
    async (name) => {
      await expectRecorded([series(name, '0+60x60')], 'model:inference_requests:rate1m', 2);
    },
  );

  test('requests to TensorFlow Serving are counted, those that fail too', async () => {
    const counts = [
      series(':tensorflow:serving:request_count', '0+45x60', ',status="OK"'),
      series(':tensorflow:serving:request_count', '0+15x60', ',status="INVALID_ARGUMENT"'),
    ];
    await expectRecorded(counts, 'model:inference_requests:rate1m', 2);
  });
});
