import { ApiRoute } from 'ml-platform-constructs';

import { describeTool } from '../describe-tool';
import { promtool, runPromtool, whyNoPromtool } from '../promtool';
import { RunningGateway, startGateway, synthesized, whyNoEnvoy } from './gateway';
import { ask } from './http';
import { startUpstream, Upstream } from './upstream';

/** What the monitor has the series carry: it is for what Prometheus adds to a target. */
const LABELS = { namespace: 'team', service: 'api-gateway' };
const SELECTOR = 'namespace="team",service="api-gateway"';

const MINUTES = 120;

/** Values of the series that Envoy exports of requests, by name and labels. */
function parse(text: string): Map<string, number> {
  const lines = [...text.matchAll(/^(envoy_(?:http_downstream|cluster_upstream)_rq\w*)\{(.*)\} (\S+)$/gm)];
  return new Map(lines.map(([, name, labels, value]) => [`${name}{${SELECTOR},${labels}}`, Number(value)]));
}

/** What the real Envoy exports is what the rules of the gateway's objectives read; Prometheus' own engine evaluates them. */
describeTool('the objectives of the gateway', whyNoEnvoy() ?? whyNoPromtool(), () => {
  const pod = synthesized(({ models }) => ({
    routes: [ApiRoute.to(models, { pathPrefix: '/models', retries: 0, allowAnonymous: true })],
    latencyMilliseconds: 100,
    requestsPerSecond: 1000,
    routingOverheadMilliseconds: 100,
  }));
  let models: Upstream;
  let gateway: RunningGateway;
  /** What a minute of traffic adds to each series. */
  const added = new Map<string, number>();

  const send = async (count: number, path: string): Promise<void> => {
    for (let at = 0; at < count; at += 1) await ask(gateway.ports.http, { path });
  };
  const exported = async (): Promise<Map<string, number>> =>
    parse((await ask(gateway.ports.metrics, { path: '/stats/prometheus' })).text);
  /** Envoy hands on what its threads counted now and then. */
  const settled = async (): Promise<Map<string, number>> => {
    await new Promise((resolve) => setTimeout(resolve, 6000));
    return exported();
  };

  beforeAll(async () => {
    await promtool();
    models = await startUpstream('models');
    gateway = await startGateway(pod, { ports: { team_models: models.port } });
    // a series is there from the first request of its kind on
    for (const path of ['/models/a', '/models/status-500']) await send(1, path);
    const before = await settled();
    await send(80, '/models/a');
    await send(10, '/models/status-500');
    await send(10, '/models/slow-300');
    await send(50, '/health');
    const after = await settled();
    for (const [series, value] of after) added.set(series, value - (before.get(series) ?? 0));
  });
  afterAll(async () => {
    await gateway?.stop();
    await models?.stop();
  });

  /** Minutes of this traffic, as Prometheus has them by the monitor. */
  async function evaluate(tests: { readonly [kind: string]: unknown }): Promise<void> {
    const rules = (pod.rules as { groups: { rules: { [field: string]: unknown }[] }[] }).groups;
    const bare = rules.map((group) => ({
      ...group,
      rules: group.rules.map((rule) => ({ ...rule, annotations: undefined })),
    }));
    const input_series = [
      { series: `up{${SELECTOR}}`, values: `1x${MINUTES}` },
      ...[...added].map(([series, by]) => ({ series, values: `0+${by}x${MINUTES}` })),
    ];
    const { passed, output } = await runPromtool(['test', 'rules', 'test.yml'], {
      'rules.yml': { groups: bare },
      'test.yml': {
        rule_files: ['rules.yml'],
        evaluation_interval: '1m',
        tests: [{ interval: '1m', input_series, ...tests }],
      },
    });
    expect([passed, passed ? '' : output]).toEqual([true, '']);
  }

  test('requests, failures and late answers are those of clients', async () => {
    const values = {
      // of a hundred in a minute; health checks are none
      'service:requests:rate5m': 1.6667,
      'service:request_errors:ratio_rate1h': 0.1,
      'service:slow_requests:ratio_rate1h': 0.1,
      'service:requests:capacity': 1000,
      'service:latency:target_seconds': 0.1,
    };
    const bounds = [
      'service:routing_overhead:mean5m_seconds > bool 0',
      'service:routing_overhead:mean5m_seconds < bool 0.1',
      // the 95th percentile is among those that took 300 ms
      'service:latency:seconds > bool 0.25',
    ];
    const labels = `{${SELECTOR}}`;
    await evaluate({
      promql_expr_test: [
        ...Object.entries(values).map(([series, value]) => ({
          expr: `round(${series}, 0.0001)`,
          eval_time: '90m',
          exp_samples: [{ labels, value }],
        })),
        ...bounds.map((expr) => ({ expr, eval_time: '90m', exp_samples: [{ labels, value: 1 }] })),
      ],
    });
  });

  test('the alerts are on that this traffic deserves, and no others', async () => {
    const on: { readonly [alert: string]: string | undefined } = {
      ServiceErrorBudgetBurnsFast: 'critical',
      ServiceErrorBudgetBurnsSlowly: 'warning',
      ServiceLatencyBudgetBurnsFast: undefined,
      ServiceLatencyBudgetBurnsSlowly: 'warning',
      ServiceNotMeasured: undefined,
      ServiceNearCapacity: undefined,
      RoutingOverheadHigh: undefined,
    };
    await evaluate({
      alert_rule_test: Object.entries(on).map(([alertname, severity]) => ({
        alertname,
        eval_time: '110m',
        exp_alerts: severity === undefined ? [] : [{ exp_labels: { severity, ...LABELS } }],
      })),
    });
  });
});
