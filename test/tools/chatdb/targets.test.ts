import { recordTargets } from '../../../src/compositions/chatdb/targets';
import { render, setUp } from '../../constructs/workloads/support';
import { describeTool } from '../describe-tool';
import { promtool, runPromtool, whyNoPromtool } from '../promtool';

const NAMESPACE = 'namespace="team"';

/** A Job as kube-state-metrics tells of it. */
function job(name: string, active: number, owner: string): { readonly series: string; readonly values: string }[] {
  const labels = `${NAMESPACE},job_name="${name}"`;
  return [
    { series: `kube_job_status_active{${labels}}`, values: `${active}x10` },
    { series: `kube_job_owner{${labels},owner_kind="CronJob",owner_name="${owner}"}`, values: '1x10' },
  ];
}

describeTool("what is recorded of ChatDB's targets", whyNoPromtool(), () => {
  beforeAll(async () => {
    await promtool();
  });

  test.each<[string, { readonly series: string; readonly values: string }[], { readonly [record: string]: number }]>([
    [
      'Jobs of the template that run count, others do not',
      [
        ...job('train-model-a', 1, 'train-model'),
        ...job('train-model-b', 1, 'train-model'),
        ...job('train-model-c', 0, 'train-model'),
        ...job('backup-a', 1, 'backup'),
        // of another namespace
        ...job('train-model-d', 1, 'train-model').map((one) => ({
          ...one,
          series: one.series.replace('"team"', '"other"'),
        })),
      ],
      { 'chatdb:training_jobs:running': 2, 'chatdb:training_jobs:capacity': 10 },
    ],
    ['no Job is none', [], { 'chatdb:training_jobs:running': 0 }],
    [
      'the use of CPU and memory is the mean over the services of the namespace',
      [
        { series: `service:cpu:utilization_ratio{${NAMESPACE},service="a"}`, values: '0.5x10' },
        { series: `service:cpu:utilization_ratio{${NAMESPACE},service="b"}`, values: '1x10' },
        { series: 'service:cpu:utilization_ratio{namespace="other",service="c"}', values: '9x10' },
        { series: `service:memory:utilization_ratio{${NAMESPACE},service="a"}`, values: '0.25x10' },
      ],
      {
        'chatdb:cpu:utilization_ratio': 0.75,
        'chatdb:cpu:target_ratio': 0.7,
        'chatdb:memory:utilization_ratio': 0.25,
        'chatdb:memory:target_ratio': 0.8,
      },
    ],
  ])('%s', async (_, input_series, recorded) => {
    const { chart, namespace } = setUp();
    const promql_expr_test = Object.entries(recorded).map(([record, value]) => ({
      expr: record,
      eval_time: '5m',
      exp_samples: [{ labels: `${record}{${NAMESPACE}}`, value }],
    }));
    const { passed, output } = await runPromtool(['test', 'rules', 'test.yml'], {
      'rules.yml': render(recordTargets(chart, namespace)).spec,
      'test.yml': {
        rule_files: ['rules.yml'],
        evaluation_interval: '1m',
        tests: [{ interval: '1m', input_series, promql_expr_test }],
      },
    });
    expect([passed, passed ? '' : output]).toEqual([true, '']);
  });
});
