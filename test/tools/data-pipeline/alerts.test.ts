import { describeTool } from '../describe-tool';
import { promtool, runPromtool, whyNoPromtool } from '../promtool';
import { objects } from './support';

const SPEC = {
  source: { type: 'datalake', config: { path: 's3://lake/in/' } },
  sink: { type: 'datalake', config: { path: 's3://lake/out/' } },
  quality: [{ name: 'a', type: 'not-null', column: 'id', onFailure: 'warn' }],
  schedule: '0 2 * * *',
};
const rules = (change: object = {}): object => objects({ ...SPEC, ...change }).PrometheusRule.spec;

interface Series {
  readonly series: string;
  readonly values: string;
}

function pod(time: number, created: number, phase: string, values = 'x600', name = 'orders-pipeline'): Series[] {
  const labels = `namespace="shop",pod="${name}-17${String(time).padStart(17, '0')}-driver"`;
  return [
    { series: `kube_pod_created{${labels}}`, values: `${created}${values}` },
    ...['Failed', 'Running', 'Succeeded'].map((one) => ({
      series: `kube_pod_status_phase{${labels},phase="${one}"}`,
      values: `${one === phase ? 1 : 0}${values}`,
    })),
  ];
}

// the first run builds promtool

describeTool('alerts of pipelines', whyNoPromtool(), () => {
  beforeAll(async () => {
    await promtool();
  });

  async function fires(alert: string, series: readonly Series[], at: string, change: object = {}): Promise<boolean> {
    const labels = { severity: 'warning', namespace: 'shop', pipeline_name: 'orders' };
    const test = (expected: object[]): object => ({
      rule_files: ['rules.yml'],
      evaluation_interval: '1m',
      tests: [{ interval: '1m', input_series: series, promql_expr_test: [], alert_rule_test: expected }],
    });
    const quiet = test([{ eval_time: at, alertname: alert, exp_alerts: [] }]);
    const { passed, output } = await runPromtool(['test', 'rules', 'test.yml'], {
      'rules.yml': rules(change),
      'test.yml': quiet,
    });
    if (!passed && !output.includes(`pipeline_name="${labels.pipeline_name}"`)) throw new Error(output);
    return !passed;
  }

  test('promtool takes the rules', async () => {
    const flink = {
      engine: 'flink',
      source: { type: 'kafka', config: { topic: 'a', options: { schema: 'id BIGINT' } } },
      schedule: undefined,
    };
    const settings = { flinkImage: 'registry.example.com/flink:1', bootstrapServers: 'kafka:9092' };
    for (const spec of [
      rules(),
      rules({ schedule: undefined }),
      objects({ ...SPEC, ...flink }, settings).PrometheusRule.spec,
    ]) {
      const { passed, output } = await runPromtool(['check', 'rules', '--lint=all', '--lint-fatal', 'rules.yml'], {
        'rules.yml': spec,
      });
      expect({ passed, output: passed ? '' : output }).toEqual({ passed: true, output: '' });
    }
  });

  test('the last run counts, whether it failed or succeeded', async () => {
    const bad = pod(1, 60, 'Failed');
    const good = pod(2, 600, 'Succeeded');
    expect(await fires('PipelineRunFailed', bad, '30m')).toBe(true);
    expect(await fires('PipelineRunFailed', [...bad, ...good], '30m')).toBe(false);
    expect(await fires('PipelineRunFailed', [...good, ...pod(3, 1200, 'Failed')], '30m')).toBe(true);
    expect(await fires('PipelineRunFailed', pod(1, 60, 'Failed', 'x600', 'orders-b-pipeline'), '30m')).toBe(false);
  });

  test('a run is late 25 hours after the last one of a day, and not where there was none', async () => {
    const series = pod(1, 0, 'Succeeded', 'x3000');
    expect(await fires('PipelineRunLate', series, '24h30m')).toBe(false);
    expect(await fires('PipelineRunLate', series, '25h30m')).toBe(true);
    expect(await fires('PipelineRunLate', [], '25h30m')).toBe(false);
    expect(await fires('PipelineRunLate', series, '25h30m', { suspend: true })).toBe(false);
  });

  test('more than one row in twenty that breaks a check is told', async () => {
    const labels = '{namespace="shop",pipeline_name="orders",pod="a"}';
    const series = (bad: number): Series[] => [
      { series: `pipeline_records_read_total${labels}`, values: '1000x3' },
      { series: `pipeline_records_quarantined_total${labels}`, values: `${bad}x3` },
    ];
    expect(await fires('PipelineRowsQuarantined', series(51), '3m')).toBe(true);
    expect(await fires('PipelineRowsQuarantined', series(50), '3m')).toBe(false);
  });
});
