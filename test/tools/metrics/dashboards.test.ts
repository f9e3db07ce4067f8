import { DASHBOARDS } from '../../../src/kinds/metrics/panels';
import { describeTool } from '../describe-tool';
import { promtool, runPromtool, whyNoPromtool } from '../promtool';

// the first run builds promtool

/** As Grafana sends it, for two namespaces. */
function sent(query: string): string {
  const prices = { $cpu_price: '0.04', $memory_price: '0.005', $gpu_price: '1.2' };
  return Object.entries(prices).reduce(
    (text, [variable, price]) => text.replaceAll(variable, price),
    query.replaceAll('$namespace', '(ml|shop)'),
  );
}

async function expectValues(
  input_series: readonly { readonly series: string; readonly values: string }[],
  expr: string,
  exp_samples: readonly { readonly labels: string; readonly value: number }[],
): Promise<void> {
  const { passed, output } = await runPromtool(['test', 'rules', 'test.yml'], {
    'test.yml': {
      evaluation_interval: '1m',
      fuzzy_compare: true,
      tests: [{ interval: '1m', input_series, promql_expr_test: [{ expr: sent(expr), eval_time: '2h', exp_samples }] }],
    },
  });
  expect([passed, passed ? '' : output]).toEqual([true, '']);
}

function query(dashboard: string, title: string): string {
  return DASHBOARDS[dashboard].panels.find((panel) => panel.title === title)?.targets[0].query ?? '';
}

const pod = (namespace: string, name: string, phase: string, requests: { [resource: string]: number }) => [
  ...['Pending', 'Running', 'Succeeded'].map((one) => ({
    series: `kube_pod_status_phase{namespace="${namespace}",pod="${name}",phase="${one}"}`,
    values: `${one === phase ? 1 : 0}x200`,
  })),
  ...Object.entries(requests).map(([resource, amount]) => ({
    series: `kube_pod_container_resource_requests{namespace="${namespace}",pod="${name}",container="main",node="a",resource="${resource}"}`,
    values: `${amount}x200`,
  })),
];

const GIB = 2 ** 30;
const PODS = [
  ...pod('ml', 'trains', 'Running', { cpu: 4, memory: 8 * GIB, nvidia_com_gpu: 1 }),
  ...pod('ml', 'ended', 'Succeeded', { cpu: 100, memory: 100 * GIB }),
  ...pod('shop', 'serves', 'Running', { cpu: 2, memory: 4 * GIB }),
  ...pod('other', 'not-asked-for', 'Running', { cpu: 1, memory: GIB }),
];

describeTool('the queries of dashboards', whyNoPromtool(), () => {
  beforeAll(async () => {
    await promtool();
  });

  test('Prometheus reads all of them', async () => {
    const rules = Object.entries(DASHBOARDS).flatMap(([name, { panels }]) =>
      panels.flatMap(({ targets }, panel) =>
        targets.map((target, at) => ({
          record: `${name.replaceAll('-', '_')}:panel${panel}:${at}`,
          expr: sent(target.query),
        })),
      ),
    );
    const { passed, output } = await runPromtool(['check', 'rules', 'rules.yml'], {
      'rules.yml': { groups: [{ name: 'dashboards', rules }] },
    });
    expect(output).toContain(`SUCCESS: ${rules.length} rules found`);
    expect(passed).toBe(true);
  });

  test('a namespace pays for what its pods request while they run, with GPUs and without', async () => {
    await expectValues(PODS, query('cost', 'What is requested, by the price of an hour'), [
      { labels: '{namespace="ml"}', value: 4 * 0.04 + 8 * 0.005 + 1.2 },
      { labels: '{namespace="shop"}', value: 2 * 0.04 + 4 * 0.005 },
    ]);
  });

  test('CPUs that are requested and not used', async () => {
    const used = [
      {
        series: 'container_cpu_usage_seconds_total{namespace="ml",pod="trains",container="main"}',
        // one CPU
        values: '0+60x200',
      },
      {
        series: 'container_cpu_usage_seconds_total{namespace="shop",pod="serves",container="main"}',
        values: '0+180x200',
      },
    ];
    await expectValues([...PODS, ...used], query('cost', 'CPUs that are requested and not used'), [
      { labels: '{namespace="ml"}', value: 3 },
      // it uses more than it requests
      { labels: '{namespace="shop"}', value: 0 },
    ]);
  });

  test('routes of a namespace are those of its name', async () => {
    const route = (name: string, code: string, each: number) => ({
      series: `envoy_cluster_upstream_rq_xx{envoy_cluster_name="httproute/${name}/rule/0",envoy_response_code_class="${code}"}`,
      values: `0+${each}x200`,
    });
    await expectValues(
      [route('ml/churn', '2', 90), route('ml/churn', '5', 10), route('ml-other/churn', '5', 60)],
      query('services', 'Requests by the gateway that fail'),
      [{ labels: '{envoy_cluster_name="httproute/ml/churn/rule/0"}', value: 0.1 }],
    );
  });

  test('drift is that of the method that the model is watched by', async () => {
    const model = 'namespace="ml",model_name="churn",model_version="1"';
    await expectValues(
      [
        { series: `model:drift:max{${model},method="ks"}`, values: '0.4x200' },
        { series: `model:drift:max{${model},method="psi"}`, values: '0.2x200' },
        { series: `model:drift:threshold{${model},method="psi"}`, values: '0.3x200' },
      ],
      query('inference-metrics', 'Drift, and its threshold'),
      [{ labels: `{${model},method="psi"}`, value: 0.2 }],
    );
  });
});
