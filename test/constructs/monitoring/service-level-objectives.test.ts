import {
  Monitoring,
  RequestMetrics,
  ServiceDashboard,
  ServiceLevelObjectives,
  ServiceLevelObjectivesProps,
} from '../../../src/constructs/monitoring';
import { Namespace } from '../../../src/constructs/tenancy';
import { ServiceWorkload } from '../../../src/constructs/workloads';
import { Tier } from '../../../src/contracts';
import { Json, list, manifest, TestCluster, TestEnvironment, text, validationErrors } from '../tenancy/support';

function objectives(props: Partial<ServiceLevelObjectivesProps> = {}, tier = Tier.PRODUCTION): ServiceLevelObjectives {
  const environment = new TestEnvironment(tier);
  const chart = environment.chart();
  const namespace = new Namespace(chart, 'shop');
  const service = new ServiceWorkload(chart, 'orders', { namespace, image: 'a/b:1' });
  return new ServiceLevelObjectives(chart, 'objectives', { service, ...props });
}

function rules(one: ServiceLevelObjectives, name = 'orders-objectives'): Json[] {
  return list(manifest(one, 'PrometheusRule', name).spec.groups[0].rules);
}

const alerts = (one: ServiceLevelObjectives): string[] =>
  rules(one).flatMap(({ alert }) => (alert === undefined ? [] : [text(alert)]));

const expression = (one: ServiceLevelObjectives, name: string): string =>
  text(rules(one).find(({ alert, record }) => [alert, record].map(String).includes(name))?.expr ?? {});

test('it is a PrometheusRule of the namespace of the service, whose series have its labels', () => {
  const one = objectives({ name: 'promises' });
  const rule = manifest(one, 'PrometheusRule', 'promises');
  expect(rule.metadata).toEqual({ name: 'promises', namespace: 'shop' });
  expect(rule.spec.groups).toHaveLength(1);
  for (const { record, labels } of rules(one, 'promises')) {
    if (record !== undefined) expect(labels).toEqual({ namespace: 'shop', service: 'orders' });
  }
  expect(validationErrors(one)).toEqual([]);
});

test('each objective brings its alerts', () => {
  const errors = ['ServiceErrorBudgetBurnsFast', 'ServiceErrorBudgetBurnsSlowly', 'ServiceNotMeasured'];
  const latency = ['ServiceLatencyBudgetBurnsFast', 'ServiceLatencyBudgetBurnsSlowly'];
  expect(alerts(objectives())).toEqual(errors);
  expect(alerts(objectives({ latencyMilliseconds: 500 }))).toEqual([...errors, ...latency]);
  expect(alerts(objectives({ requestsPerSecond: 10 }))).toEqual([...errors, 'ServiceNearCapacity']);
  const envoy = { requestMetrics: RequestMetrics.envoy(), routingOverheadMilliseconds: 100 };
  expect(alerts(objectives(envoy))).toEqual([...errors, 'RoutingOverheadHigh']);
});

test.each([
  [Tier.PRODUCTION, undefined, '0.999', '0.0144', '0.006'],
  [Tier.STAGING, undefined, '0.999', '0.0144', '0.006'],
  [Tier.DEVELOPMENT, undefined, '0.99', '0.144', '0.06'],
  [Tier.LOCAL, 99.95, '0.9995', '0.0072', '0.003'],
])(
  'in %s with %p, %s of the requests are answered: alerts at %s and %s',
  (tier, availabilityPercent, share, hour, six) => {
    const one = objectives({ availabilityPercent }, tier);
    expect(expression(one, 'service:availability:target_ratio')).toBe(`vector(${share})`);
    const fast = expression(one, 'ServiceErrorBudgetBurnsFast');
    expect(fast).toContain(`service:request_errors:ratio_rate1h{namespace="shop",service="orders"} > ${hour} `);
    expect(fast).toContain(`service:request_errors:ratio_rate5m{namespace="shop",service="orders"} > ${hour} `);
    expect(fast).toContain(`service:request_errors:ratio_rate6h{namespace="shop",service="orders"} > ${six} `);
    expect(fast).toContain(`service:request_errors:ratio_rate30m{namespace="shop",service="orders"} > ${six} `);
  },
);

test('whole numbers are found as Prometheus 3 writes them, and as programs do', () => {
  const slow = (milliseconds: number): string =>
    expression(objectives({ latencyMilliseconds: milliseconds }), 'service:slow_requests:rate5m');
  expect(slow(250)).toContain('le="0.25"');
  expect(slow(1000)).toContain('le=~"1([.]0)?"');
  const envoy = { requestMetrics: RequestMetrics.envoy(), latencyMilliseconds: 100 };
  expect(expression(objectives(envoy), 'service:slow_requests:rate5m')).toContain('le=~"100([.]0)?"');
});

test('the metrics may have other names and buckets', () => {
  const requestMetrics = RequestMetrics.histogram({
    duration: 'shop_duration_seconds',
    statusLabel: 'code',
    bucketsMilliseconds: [100, 200],
  });
  const one = objectives({ requestMetrics, latencyMilliseconds: 200 });
  expect(expression(one, 'service:requests:rate5m')).toBe(
    'sum(rate(shop_duration_seconds_count{namespace="shop",service="orders"}[5m]))',
  );
  expect(expression(one, 'service:request_errors:rate5m')).toContain('code=~"5..|"');
  expect(expression(one, 'service:slow_requests:rate5m')).toContain('le="0.2"');
});

describe('what is refused', () => {
  test.each<[string, Partial<ServiceLevelObjectivesProps>, string]>([
    [
      'no failure at all',
      { availabilityPercent: 100 },
      '[test/chart/objectives] availabilityPercent must be between 90 and 99.999, got 100: give less: no failure at all cannot be promised.',
    ],
    [
      'a share in place of percent',
      { availabilityPercent: 0.999 },
      '[test/chart/objectives] availabilityPercent must be between 90 and 99.999, got 0.999: give more',
    ],
    [
      'a share of late answers without a bound',
      { latencyPercent: 99 },
      '[test/chart/objectives] latencyPercent must come with latencyMilliseconds, got 99: give how long requests take at most as well.',
    ],
    [
      'a latency between two buckets',
      { latencyMilliseconds: 200 },
      '[test/chart/objectives] latencyMilliseconds must be the bound of a bucket (5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000), got 200: give one of these',
    ],
    [
      'no requests',
      { requestsPerSecond: 0 },
      '[test/chart/objectives] requestsPerSecond must be greater than 0, got 0: leave it out where it is not known.',
    ],
    [
      'routing of a service that does not',
      { routingOverheadMilliseconds: 100 },
      '[test/chart/objectives] routingOverheadMilliseconds must come with the metrics of a proxy, got 100: give requestMetrics: RequestMetrics.envoy(), or leave it out where the service does not route.',
    ],
    [
      'a multiple of the memory that no autoscaler takes',
      { memoryPercent: 1001 },
      '[test/chart/objectives] memoryPercent must be a whole number between 1 and 1000, got 1001: give percent of the memory that is reserved.',
    ],
  ])('%s', (_, props, message) => {
    expect(() => objectives(props)).toThrow(message);
  });

  test.each<[string, () => RequestMetrics, string]>([
    [
      'buckets that fall',
      () => RequestMetrics.histogram({ bucketsMilliseconds: [100, 50] }),
      '[RequestMetrics.histogram] bucketsMilliseconds must rise from above 0, got [100,50]: give the upper bounds',
    ],
    [
      'no bucket',
      () => RequestMetrics.histogram({ bucketsMilliseconds: [] }),
      '[RequestMetrics.histogram] bucketsMilliseconds must rise from above 0, got []',
    ],
    [
      'a query in place of a name',
      () => RequestMetrics.histogram({ duration: 'a{b="c"}' }),
      '[RequestMetrics.histogram] duration must be a name in PromQL',
    ],
    [
      'a label with a hyphen',
      () => RequestMetrics.histogram({ statusLabel: 'status-code' }),
      '[RequestMetrics.histogram] statusLabel must be a name in PromQL, got "status-code"',
    ],
    [
      'a prefix that ends a text',
      () => RequestMetrics.envoy({ statPrefix: 'a"} or vector(1) #' }),
      '[RequestMetrics.envoy] statPrefix must be a name in PromQL',
    ],
    [
      'clusters that end a text',
      () => RequestMetrics.envoy({ clusters: 'a\\"' }),
      '[RequestMetrics.envoy] clusters must be a name in PromQL',
    ],
  ])('%s', (_, act, message) => {
    expect(act).toThrow(message);
  });
});

describe('the dashboard', () => {
  function dashboard(id: string, namespaces: string[]): ServiceDashboard {
    const environment = new TestEnvironment();
    new TestCluster(environment);
    const chart = environment.chart();
    new Monitoring(chart, 'monitoring');
    const all = namespaces.map((name) => new Namespace(chart, name));
    return new ServiceDashboard(chart, id, { namespaces: all, title: 'Shop' });
  }

  test('is where Grafana finds it, and about its namespaces', () => {
    const { metadata, data } = manifest(dashboard('checkout', ['shop', 'data']), 'ConfigMap', 'dashboard-checkout');
    expect(metadata).toEqual({
      name: 'dashboard-checkout',
      namespace: 'data-platform-monitoring',
      labels: { grafana_dashboard: '1' },
    });
    const json = JSON.parse(text(data['checkout.json'])) as Json;
    expect([json.uid, json.title]).toEqual(['services-checkout', 'Shop']);
    const queries = list(json.panels).flatMap(({ targets }) => list(targets).map(({ expr }) => text(expr)));
    expect(queries.length).toBeGreaterThan(10);
    for (const query of queries) expect(query).toMatch(/namespace=~"data\|shop"|topic=~"\(data\|shop\)\[\.\]\.\+"/);
  });

  test.each<[string, string, string[], string]>([
    ['no namespace', 'checkout', [], '[test/chart/checkout] namespaces must have at least one, got []'],
    ['an id that is too long for Grafana', 'a'.repeat(32), ['shop'], 'id must be a DNS label of at most 31 characters'],
    ['an id with a dot', 'a.b', ['shop'], 'id must be a DNS label of at most 31 characters, got "a.b"'],
  ])('%s', (_, id, namespaces, message) => {
    expect(() => dashboard(id, namespaces)).toThrow(message);
  });

  test('needs Grafana', () => {
    const chart = new TestEnvironment().chart();
    const namespaces = [new Namespace(chart, 'shop')];
    expect(() => new ServiceDashboard(chart, 'checkout', { namespaces })).toThrow(
      'must be in an environment with Monitoring',
    );
  });
});
