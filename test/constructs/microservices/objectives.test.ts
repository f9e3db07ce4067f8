import { Microservice, MicroserviceProps, Microservices, RequestMetrics, ServiceScaling } from 'ml-platform-constructs';
import { field, render, setUp, TestNamespace } from '../workloads/support';

const QUICK = { latencyMilliseconds: 250, requestsPerSecond: 500, metricsPort: 8080 };

function orders(props: Partial<MicroserviceProps> = {}, isScraped = true): Microservice {
  const { chart, namespace } = setUp();
  const quiet = new TestNamespace(chart, 'quiet');
  const shop = new Microservices(chart, 'shop', { namespace: isScraped ? namespace : quiet });
  return new Microservice(shop, 'orders', { image: 'example/orders:1.0', ...props });
}

/** The expressions of the rules, by what they record or alert of. */
function rules({ objectives }: Microservice): { readonly [name: string]: string } {
  const all = field(render(objectives?.rule), 'spec.groups.0.rules') as {
    [key in 'record' | 'alert' | 'expr']: string;
  }[];
  return Object.fromEntries(all.map(({ record, alert, expr }) => [record ?? alert, expr]));
}

test('what a service promises is a rule of its own, about the metrics that are scraped', () => {
  const service = orders({ ...QUICK, latencyPercent: 99, availabilityPercent: 99.5 });
  expect(render(service.objectives?.rule)).toMatchObject({
    kind: 'PrometheusRule',
    metadata: {
      name: 'orders-objectives',
      namespace: 'team',
      labels: { 'app.kubernetes.io/name': 'orders' },
    },
  });
  expect(render(service.monitor).kind).toBe('ServiceMonitor');
  expect(rules(service)).toMatchObject({
    'service:availability:target_ratio': 'vector(0.995)',
    'service:latency:target_seconds': 'vector(0.25)',
    'service:latency:target_ratio': 'vector(0.99)',
    'service:requests:capacity': 'vector(500)',
    ServiceNearCapacity: 'service:requests:rate5m{namespace="team",service="orders"} > 400',
  });
});

test('what is meant to be in use is the target of the autoscaler', () => {
  const targets = (props: Partial<MicroserviceProps>) => {
    const all = rules(orders({ ...QUICK, ...props }));
    return [all['service:cpu:target_ratio'], all['service:memory:target_ratio']];
  };
  expect(targets({ scaling: ServiceScaling.HIGH_LOAD })).toEqual(['vector(0.65)', 'vector(0.75)']);
  expect(targets({ maxReplicas: 4, cpuPercent: 150, memoryPercent: 90 })).toEqual(['vector(1.5)', 'vector(0.9)']);
  expect(targets({})).toEqual(['vector(0.7)', 'vector(0.8)']);
});

test('a service may count by buckets of its own', () => {
  const requestMetrics = RequestMetrics.histogram({ bucketsMilliseconds: [100, 200] });
  const service = orders({ ...QUICK, latencyMilliseconds: 200, requestMetrics });
  expect(rules(service)['service:slow_requests:rate5m']).toContain('le="0.2"');
});

test.each<[string, Partial<MicroserviceProps>, boolean]>([
  ['without an objective', { metricsPort: 8080 }, true],
  ['in a namespace that nothing scrapes', QUICK, false],
])('a service %s has no rules', (_, props, isScraped) => {
  expect(orders(props, isScraped).objectives).toBeUndefined();
});

test('an objective that cannot be told is refused where nothing scrapes, too', () => {
  const message = '[test/shop/orders] latencyMilliseconds must be the bound of a bucket';
  expect(() => orders({ ...QUICK, latencyMilliseconds: 300 }, true)).toThrow(message);
  expect(() => orders({ ...QUICK, latencyMilliseconds: 300 }, false)).toThrow(message);
});
