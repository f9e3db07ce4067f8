import { App, Chart } from 'cdk8s';
import { ABTestMetricType } from '../../../src/api/generated/ab-test';
import { ABTestObjects, ABTestObjectsProps } from '../../../src/kinds/ab-test/ab-test-objects';
import { describeTool } from '../describe-tool';
import { promtool, runPromtool, whyNoPromtool } from '../promtool';

interface Analysis {
  readonly metrics: readonly {
    readonly name: string;
    readonly provider: { readonly prometheus: { readonly query: string } };
  }[];
}

const GATEWAY = {
  name: 'platform',
  namespace: 'gateway-system',
  domain: 'example.com',
  podNamespace: 'gateway-system',
  podLabels: {},
};

/** The rules of a test, and its queries by the name of the figure. */
function abTest(props: Partial<ABTestObjectsProps>): {
  readonly rules: { readonly groups: object[] };
  readonly queries: Readonly<Record<string, string>>;
} {
  const chart = new Chart(new App(), 'chart');
  const { rule, analysis } = new ABTestObjects(chart, 'ab-test', {
    name: 'fraud',
    runName: 'fraud-1',
    namespace: 'ml',
    variants: [
      { name: 'current', modelName: 'fraud', modelVersion: '3.0', servicePort: 8080, weight: 90 },
      { name: 'candidate', modelName: 'fraud', modelVersion: '3.1', servicePort: 8080, weight: 10 },
    ],
    hostname: 'fraud.example.com',
    gateway: GATEWAY,
    metric: 'caught_total',
    type: ABTestMetricType.RATIO,
    guardrails: ['latency_p95_seconds'],
    seconds: 7200,
    prometheusUrl: 'http://prometheus',
    ...props,
  });
  const { metrics } = (analysis.toJson() as { spec: Analysis }).spec;
  return {
    rules: (rule.toJson() as { spec: { groups: object[] } }).spec,
    queries: Object.fromEntries(metrics.map(({ name, provider }) => [name, provider.prometheus.query])),
  };
}

const model = (version: string): string => `namespace="ml",model_name="fraud",model_version="${version}"`;
const sample = (value: number) => [{ labels: '{}', value }];

describeTool('what is measured of an A/B test', whyNoPromtool(), () => {
  beforeAll(async () => {
    await promtool();
  });

  async function expectFigures(
    props: Partial<ABTestObjectsProps>,
    series: readonly { readonly series: string; readonly values: string }[],
    figures: Readonly<Record<string, { readonly labels: string; readonly value: number }[]>>,
  ): Promise<void> {
    const { rules, queries } = abTest(props);
    const result = await runPromtool(['test', 'rules', 'test.yaml'], {
      'rules.yaml': rules,
      'test.yaml': {
        rule_files: ['rules.yaml'],
        evaluation_interval: '1m',
        tests: [
          {
            interval: '1m',
            input_series: series,
            promql_expr_test: Object.entries(figures).map(([name, exp_samples]) => ({
              expr: `round(${queries[name]}, 0.001)`,
              eval_time: '60m',
              exp_samples,
            })),
          },
        ],
      },
    });
    expect(result.output).not.toContain('FAILED');
    expect(result.passed).toBe(true);
  }

  test('requests and successes are counted from the start, through restarts, by model or by variant', async () => {
    await expectFigures(
      {},
      [
        // 100 a minute, with a restart after half an hour
        { series: `inference_requests_total{${model('3.0')},pod="a"}`, values: '0+100x29 0+100x40' },
        { series: `inference_requests_total{${model('3.1')},pod="b"}`, values: '0+10x70' },
        { series: `caught_total{${model('3.1')}}`, values: '0+5x70' },
        { series: 'caught_total{namespace="ml",variant="current"}', values: '0+20x70' },
        { series: `latency_p95_seconds{${model('3.1')},pod="b"}`, values: '0.1x70' },
        { series: `latency_p95_seconds{${model('3.1')},pod="c"}`, values: '0.3x70' },
      ],
      {
        // 60 minutes, of which the first two are lost: a rate needs two samples in its window
        'samples/candidate': sample(580),
        'successes/candidate': sample(290),
        'successes/current': sample(1160),
        'guardrail:latency_p95_seconds/candidate': sample(0.3),
        'guardrail:latency_p95_seconds/current': [],
      },
    );
  });

  test('what KServe and Triton count are requests too', async () => {
    await expectFigures(
      {},
      [
        { series: `request_predict_seconds_count{${model('3.0')}}`, values: '0+10x70' },
        { series: `nv_inference_request_success{${model('3.1')}}`, values: '0+10x70' },
      ],
      { 'samples/current': sample(580), 'samples/candidate': sample(580) },
    );
  });

  test('a mean is taken in windows that do not overlap', async () => {
    await expectFigures(
      { type: ABTestMetricType.MEAN, metric: 'latency_seconds' },
      [
        { series: `latency_seconds_sum{${model('3.0')}}`, values: '0+2x70' },
        { series: `latency_seconds_count{${model('3.0')}}`, values: '0+10x70' },
        // no requests: no value
        { series: `latency_seconds_sum{${model('3.1')}}`, values: '5x70' },
        { series: `latency_seconds_count{${model('3.1')}}`, values: '10x70' },
      ],
      {
        'windows/current': sample(4),
        'mean/current': sample(0.2),
        'deviation/current': sample(0),
        'windows/candidate': [],
      },
    );
  });

  test('a percentile is that of the histogram', async () => {
    const bucket = (le: string, values: string) => ({
      series: `latency_seconds_bucket{${model('3.0')},le="${le}"}`,
      values,
    });
    await expectFigures(
      { type: ABTestMetricType.PERCENTILE, percentile: 50, metric: 'latency_seconds' },
      [bucket('0.1', '0+10x70'), bucket('0.3', '0+30x70'), bucket('+Inf', '0+30x70')],
      { 'mean/current': sample(0.15) },
    );
  });

  test('the rules are what Prometheus takes', async () => {
    const result = await runPromtool(['check', 'rules', 'rules.yaml'], { 'rules.yaml': abTest({}).rules });
    expect(result.output).toContain('SUCCESS');
    expect(result.passed).toBe(true);
  });
});
