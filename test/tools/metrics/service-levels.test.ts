import {
  Monitoring,
  RequestMetrics,
  ServiceLevelObjectives,
  ServiceLevelObjectivesProps,
} from '../../../src/constructs/monitoring';
import { servicePanels } from '../../../src/constructs/monitoring/service-dashboard';
import { Namespace } from '../../../src/constructs/tenancy';
import { ServiceWorkload } from '../../../src/constructs/workloads';
import { Tier } from '../../../src/contracts';
import { manifest, TestCluster, TestEnvironment } from '../../constructs/tenancy/support';
import { describeTool } from '../describe-tool';
import { promtool, runPromtool, whyNoPromtool } from '../promtool';

// the first run builds promtool

interface Rules {
  readonly groups: readonly { readonly rules: readonly { readonly alert?: string; readonly record?: string }[] }[];
}

function rulesOf(props: Partial<ServiceLevelObjectivesProps>): Rules {
  const environment = new TestEnvironment(Tier.PRODUCTION);
  new TestCluster(environment);
  const chart = environment.chart();
  new Monitoring(chart, 'monitoring');
  const namespace = new Namespace(chart, 'shop');
  const service = new ServiceWorkload(chart, 'orders', { namespace, image: 'a/b:1', metricsPort: 8080 });
  const objectives = new ServiceLevelObjectives(chart, 'objectives', { service, ...props });
  return manifest(objectives, 'PrometheusRule', 'orders-objectives').spec as unknown as Rules;
}

interface Series {
  readonly series: string;
  readonly values: string;
}

const LABELS = 'namespace="shop",service="orders"';
const METRIC = 'http_server_request_duration_seconds';
const DAY = 24 * 60;

/** Requests of a pod in each minute, from the beginning on: so many minutes, answered, failed, and how many of all took longer than 250 ms. */
interface Phase {
  readonly minutes: number;
  readonly answered: number;
  readonly failed: number;
  readonly slow?: number;
}

/** What a pod exports, as OpenTelemetry does: counters that rise by the minute. */
function exported(phases: readonly Phase[], pod = 'orders-a'): Series[] {
  const labels = (more: string): string => `{${LABELS},pod="${pod}",http_request_method="GET",${more}}`;
  const rising = (step: (phase: Phase) => number): string => {
    let total = 0;
    return phases
      .map((phase) => {
        const by = step(phase);
        const text = `${total}+${by}x${phase.minutes - 1}`;
        total += by * phase.minutes;
        return text;
      })
      .join(' ');
  };
  const bucket = (le: string, step: (phase: Phase) => number): Series => ({
    series: `${METRIC}_bucket${labels(`http_response_status_code="200",le="${le}"`)}`,
    values: rising(step),
  });
  return [
    { series: `up{${LABELS},pod="${pod}"}`, values: `1x${phases.reduce((sum, { minutes }) => sum + minutes, 0)}` },
    {
      series: `${METRIC}_count${labels('http_response_status_code="200"')}`,
      values: rising(({ answered }) => answered),
    },
    { series: `${METRIC}_count${labels('http_response_status_code="500"')}`, values: rising(({ failed }) => failed) },
    bucket('0.25', ({ answered, failed, slow = 0 }) => answered + failed - slow),
    bucket('+Inf', ({ answered, failed }) => answered + failed),
  ];
}

const FAST_ERRORS = 'ServiceErrorBudgetBurnsFast';
const SLOW_ERRORS = 'ServiceErrorBudgetBurnsSlowly';
const FAST_LATENCY = 'ServiceLatencyBudgetBurnsFast';
const SLOW_LATENCY = 'ServiceLatencyBudgetBurnsSlowly';

/** At which minutes which alerts are on, of those that are asked for. */
async function expectAlerts(
  rules: Rules,
  input_series: readonly Series[],
  on: { readonly [alert: string]: { readonly [minute: number]: boolean } },
  evaluation_interval = '1m',
): Promise<void> {
  const all = rules.groups.flatMap((group) => group.rules);
  const bare = { groups: [{ name: 'bare', rules: all.map((rule) => ({ ...rule, annotations: undefined })) }] };
  const alert_rule_test = Object.entries(on).flatMap(([alertname, minutes]) => {
    expect(all.some(({ alert }) => alert === alertname)).toBe(true);
    const severity = alertname.endsWith('Fast') ? 'critical' : 'warning';
    return Object.entries(minutes).map(([minute, fires]) => ({
      alertname,
      eval_time: `${minute}m`,
      exp_alerts: fires ? [{ exp_labels: { severity, namespace: 'shop', service: 'orders' } }] : [],
    }));
  });
  const { passed, output } = await runPromtool(['test', 'rules', 'test.yml'], {
    'rules.yml': bare,
    'test.yml': {
      rule_files: ['rules.yml'],
      evaluation_interval,
      tests: [{ interval: '1m', input_series, alert_rule_test }],
    },
  });
  expect([passed, passed ? '' : output]).toEqual([true, '']);
}

async function expectValues(
  rules: Rules,
  input_series: readonly Series[],
  values: { readonly [expr: string]: number },
  minute: number,
): Promise<void> {
  const promql_expr_test = Object.entries(values).map(([expr, value]) => ({
    expr: `round(${expr}, 0.0001)`,
    eval_time: `${minute}m`,
    exp_samples: [{ labels: `{${LABELS}}`, value }],
  }));
  const { passed, output } = await runPromtool(['test', 'rules', 'test.yml'], {
    'rules.yml': { groups: rules.groups.map((group) => ({ name: 'a', ...group })) },
    'test.yml': {
      rule_files: ['rules.yml'],
      evaluation_interval: '1m',
      tests: [{ interval: '1m', input_series, promql_expr_test }],
    },
  });
  expect([passed, passed ? '' : output]).toEqual([true, '']);
}

const good = (minutes: number): Phase => ({ minutes, answered: 1000, failed: 0 });
const failing = (minutes: number, failed: number): Phase => ({ minutes, answered: 1000 - failed, failed });

describeTool('service level objectives', whyNoPromtool(), () => {
  beforeAll(async () => {
    await promtool();
  });

  test('Prometheus reads the rules of all kinds of objectives, and the queries of the dashboard', async () => {
    const rules = [
      rulesOf({ latencyMilliseconds: 500, requestsPerSecond: 100 }),
      rulesOf({
        requestMetrics: RequestMetrics.envoy({ statPrefix: 'gateway', clusters: '.+_.+' }),
        latencyMilliseconds: 100,
        routingOverheadMilliseconds: 100,
      }),
      {
        groups: [
          {
            name: 'dashboard',
            rules: servicePanels('shop|data').flatMap(({ targets }, panel) =>
              targets.map(({ query }, at) => ({ record: `panel:${panel}:${at}`, expr: query })),
            ),
          },
        ],
      },
    ];
    for (const one of rules) {
      const { passed, output } = await runPromtool(['check', 'rules', 'rules.yml'], { 'rules.yml': one });
      expect([passed, output]).toEqual([true, expect.stringContaining('SUCCESS')]);
      expect(output).not.toContain('duplicate');
    }
  });

  test('of 99.9 %, 1.5 % failures for an hour burn fast, and 1 % do not', async () => {
    const on = { [FAST_ERRORS]: { 60: false, 70: false, 125: true } };
    await expectAlerts(rulesOf({}), exported([good(65), failing(80, 15)]), on);
    await expectAlerts(rulesOf({}), exported([good(65), failing(80, 10)]), { [FAST_ERRORS]: { 125: false } });
  });

  test('the alert ends soon after its cause, while the hour is still bad', async () => {
    const outage = exported([good(60), failing(20, 500), good(60)]);
    await expectAlerts(rulesOf({}), outage, { [FAST_ERRORS]: { 75: true, 115: false, 135: false } });
  });

  test('six times over six hours burns fast, and less does not', async () => {
    const day = (failed: number): Series[] => exported([failing(7 * 60, failed)]);
    await expectAlerts(rulesOf({}), day(7), { [FAST_ERRORS]: { 400: true }, [SLOW_ERRORS]: { 400: true } });
    await expectAlerts(rulesOf({}), day(5), { [FAST_ERRORS]: { 400: false } });
  });

  test('once over three days burns slowly, and less does not', async () => {
    const days = exported([failing(3 * DAY + 60, 2)]);
    const slowly = { [SLOW_ERRORS]: { [3 * DAY]: true }, [FAST_ERRORS]: { [3 * DAY]: false } };
    // each minute of three days would take a minute
    await expectAlerts(rulesOf({}), days, slowly, '5m');
    await expectAlerts(rulesOf({ availabilityPercent: 99.7 }), days, { [SLOW_ERRORS]: { [3 * DAY]: false } }, '5m');
  });

  test('no traffic is no failure, and a single failure at night is no trend', async () => {
    const none = { [FAST_ERRORS]: { 30: false, 90: false }, [SLOW_ERRORS]: { 90: false } };
    await expectAlerts(rulesOf({}), exported([{ minutes: 100, answered: 0, failed: 0 }]), none);
    await expectAlerts(rulesOf({}), [], none);
    const night = exported([
      { minutes: 60, answered: 0, failed: 0 },
      { minutes: 1, answered: 0, failed: 1 },
      { minutes: 60, answered: 0, failed: 0 },
    ]);
    await expectAlerts(rulesOf({}), night, {
      [FAST_ERRORS]: { 62: false, 64: false, 66: false },
      [SLOW_ERRORS]: { 100: false },
    });
    const few = exported([
      { minutes: 60, answered: 0, failed: 0 },
      { minutes: 20, answered: 0, failed: 1 },
    ]);
    await expectAlerts(rulesOf({}), few, { [FAST_ERRORS]: { 79: true } });
  });

  test('counters that begin anew, and pods that come and go, are no failures', async () => {
    const restarted = exported([good(60)]).map(({ series, values }) => ({ series, values: `${values} ${values}` }));
    const quiet = { [FAST_ERRORS]: { 62: false, 65: false, 110: false }, [SLOW_ERRORS]: { 110: false } };
    await expectAlerts(rulesOf({}), restarted, quiet);
    const added = exported([good(60)], 'orders-b').map(({ series, values }) => ({ series, values: `_x59 ${values}` }));
    await expectAlerts(rulesOf({}), [...exported([good(120)]), ...added], quiet);
    // a pod that only fails is found among those that do not
    const broken = exported([failing(60, 1000)], 'orders-b').map(({ series, values }) => ({
      series,
      values: `_x59 ${values}`,
    }));
    await expectAlerts(rulesOf({}), [...exported([good(120)]), ...broken], { [FAST_ERRORS]: { 62: false, 75: true } });
  });

  test('requests that got no answer count as failed, those of clients do not', async () => {
    const status = (labels: string): Series[] => [
      { series: `${METRIC}_count{${LABELS},http_response_status_code="200"}`, values: '0+900x120' },
      { series: `${METRIC}_count{${LABELS},${labels}}`, values: '0+100x120' },
    ];
    await expectAlerts(rulesOf({}), status('error_type="timeout"'), { [FAST_ERRORS]: { 100: true } });
    await expectAlerts(rulesOf({}), status('http_response_status_code="404"'), { [FAST_ERRORS]: { 100: false } });
  });

  test('late answers have a budget of their own', async () => {
    const slow = (count: number): Series[] => exported([{ minutes: 120, answered: 1000, failed: 0, slow: count }]);
    const rules = rulesOf({ latencyMilliseconds: 250 });
    const latency = (fast: boolean, slowly: boolean) => ({
      [FAST_LATENCY]: { 110: fast },
      [SLOW_LATENCY]: { 110: slowly },
      [FAST_ERRORS]: { 110: false },
    });
    await expectAlerts(rules, slow(800), latency(true, true));
    await expectAlerts(rules, slow(100), latency(false, true));
    await expectAlerts(rules, slow(40), latency(false, false));
    const strict = rulesOf({ latencyMilliseconds: 250, latencyPercent: 99 });
    await expectAlerts(strict, slow(150), latency(true, true));
  });

  test('a service that nothing scrapes, or that has no bucket at the bound, is not measured', async () => {
    const rules = rulesOf({ latencyMilliseconds: 500 });
    await expectAlerts(rules, [], { ServiceNotMeasured: { 20: false, 40: true } });
    // 250 ms is no bound of 500
    await expectAlerts(rules, exported([good(60)]), { ServiceNotMeasured: { 20: false, 50: true } });
    await expectAlerts(rulesOf({ latencyMilliseconds: 250 }), exported([good(60)]), {
      ServiceNotMeasured: { 50: false },
    });
    await expectAlerts(rulesOf({}), exported([{ minutes: 60, answered: 0, failed: 0 }]), {
      ServiceNotMeasured: { 50: false },
    });
  });

  test('a service near what it can answer is reported', async () => {
    // 1000 requests a minute are 16.7 a second
    await expectAlerts(rulesOf({ requestsPerSecond: 20 }), exported([good(60)]), {
      ServiceNearCapacity: { 5: false, 30: true },
    });
    await expectAlerts(rulesOf({ requestsPerSecond: 22 }), exported([good(60)]), {
      ServiceNearCapacity: { 30: false },
    });
  });

  test('shares, targets and use are recorded', async () => {
    const container = (name: string, values: string, more = ''): Series => ({
      series: `${name}{namespace="shop",pod="orders-7f9c-x2x4z",container="orders"${more}}`,
      values,
    });
    const input = [
      ...exported([{ minutes: 60, answered: 980, failed: 20, slow: 100 }]),
      container('container_cpu_usage_seconds_total', '0+3x60'),
      container('kube_pod_container_resource_requests', '0.1x60', ',resource="cpu"'),
      container('container_memory_working_set_bytes', '192x60'),
      container('kube_pod_container_resource_requests', '256x60', ',resource="memory"'),
      // of another Deployment, whose name begins alike
      {
        series: 'container_memory_working_set_bytes{namespace="shop",pod="orders-archive-7f9c-x2x4z",container="a"}',
        values: '999x60',
      },
    ];
    const rules = rulesOf({ latencyMilliseconds: 250, requestsPerSecond: 100, cpuPercent: 65 });
    await expectValues(
      rules,
      input,
      {
        'service:requests:rate5m': 16.6667,
        'service:request_errors:ratio_rate5m': 0.02,
        'service:request_errors:ratio_rate1h': 0.02,
        'service:slow_requests:ratio_rate30m': 0.1,
        'service:availability:target_ratio': 0.999,
        'service:latency:target_seconds': 0.25,
        'service:latency:target_ratio': 0.95,
        'service:requests:capacity': 100,
        'service:cpu:utilization_ratio': 0.5,
        'service:cpu:target_ratio': 0.65,
        'service:memory:utilization_ratio': 0.75,
        'service:memory:target_ratio': 0.8,
      },
      50,
    );
  });

  test('what Envoy adds to requests is its time of clients less that of services', async () => {
    const rules = rulesOf({
      requestMetrics: RequestMetrics.envoy({ statPrefix: 'gateway', clusters: '.+_.+' }),
      latencyMilliseconds: 250,
      routingOverheadMilliseconds: 100,
    });
    const downstream = 'envoy_http_conn_manager_prefix="gateway"';
    const envoy = (overhead: number): Series[] => [
      { series: `up{${LABELS}}`, values: '1x60' },
      {
        series: `envoy_http_downstream_rq_xx{${LABELS},${downstream},envoy_response_code_class="2"}`,
        values: '0+588x60',
      },
      {
        series: `envoy_http_downstream_rq_xx{${LABELS},${downstream},envoy_response_code_class="5"}`,
        values: '0+12x60',
      },
      // a hundred health checks are timed, and not counted
      { series: `envoy_http_downstream_rq_time_count{${LABELS},${downstream}}`, values: '0+700x60' },
      { series: `envoy_http_downstream_rq_time_sum{${LABELS},${downstream}}`, values: `0+${600 * (80 + overhead)}x60` },
      // as Prometheus 3 writes 250
      { series: `envoy_http_downstream_rq_time_bucket{${LABELS},${downstream},le="250.0"}`, values: '0+640x60' },
      { series: `envoy_http_downstream_rq_time_bucket{${LABELS},${downstream},le="+Inf"}`, values: '0+700x60' },
      {
        series: `envoy_http_downstream_rq_time_sum{${LABELS},envoy_http_conn_manager_prefix="admin"}`,
        values: '0+9999x60',
      },
      {
        series: `envoy_cluster_upstream_rq_time_sum{${LABELS},envoy_cluster_name="shop_orders"}`,
        values: '0+30000x60',
      },
      { series: `envoy_cluster_upstream_rq_time_sum{${LABELS},envoy_cluster_name="shop_pay"}`, values: '0+18000x60' },
      { series: `envoy_cluster_upstream_rq_time_sum{${LABELS},envoy_cluster_name="jwks"}`, values: '0+7777x60' },
    ];
    await expectAlerts(rules, envoy(120), { RoutingOverheadHigh: { 5: false, 30: true } });
    await expectAlerts(rules, envoy(90), { RoutingOverheadHigh: { 30: false }, ServiceNotMeasured: { 50: false } });
    await expectValues(
      rules,
      envoy(90),
      {
        'service:routing_overhead:mean5m_seconds': 0.09,
        'service:slow_requests:ratio_rate5m': 0.1,
        'service:request_errors:ratio_rate5m': 0.02,
      },
      50,
    );
  });
});
