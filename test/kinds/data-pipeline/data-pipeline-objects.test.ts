import { DATABASE, LAKE, objects } from './support';

const spec = { source: DATABASE, sink: LAKE };
const topic = { type: 'kafka', config: { topic: 'orders' } };

test('a pipeline reaches the ports of its stores, and is reached by what scrapes', () => {
  const scraper = { namespace: 'monitoring', podLabels: { app: 'prometheus' } };
  const { spec: policy } = objects(
    { ...spec, sink: topic },
    { bootstrapServers: 'a.kafka.svc:9094,b.kafka.svc:9095', scraper },
  ).NetworkPolicy;
  const { ingress, egress } = policy as { ingress: { ports?: object }[]; egress: { to: object[]; ports: object[] }[] };
  const kafka = [9092, 9093, 9094, 9096, 9098, 9194, 9196, 9198];
  const tcp = (...ports: number[]) => ports.map((port) => ({ port, protocol: 'TCP' }));
  const pods = (namespace: string) => [
    { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } },
  ];
  const stores = egress.slice(3);
  expect(stores.map(({ ports }) => ports)).toEqual([
    tcp(80, 443, 5432, ...kafka),
    tcp(80, 443, 5432, ...kafka),
    tcp(9094),
    tcp(9095),
  ]);
  expect(stores.slice(1).map(({ to }) => to)).toEqual([pods('shop'), pods('kafka'), pods('kafka')]);
  expect(stores[0].to).toEqual([
    {
      ipBlock: {
        cidr: '0.0.0.0/0',
        except: ['10.0.0.0/8', '100.64.0.0/10', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16', '198.18.0.0/15'],
      },
    },
    { ipBlock: { cidr: '::/0', except: ['fc00::/7', 'fe80::/10'] } },
  ]);
  expect(ingress).toContainEqual({
    from: [
      {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } },
        podSelector: { matchLabels: { app: 'prometheus' } },
      },
    ],
    ports: [{ port: 8090, protocol: 'TCP' }],
  });
});

test('ports in a spec open nothing', () => {
  const config = { topic: 'orders', bootstrapServers: 'a:22,a:10250,169.254.169.254:80' };
  const source = { type: 'kafka', config };
  const made = (given: object) =>
    objects({ ...spec, schedule: '@daily', source: { ...source, config: given } }).NetworkPolicy;
  expect(made(config)).toEqual(made({ ...config, bootstrapServers: 'kafka.acme.example:9092' }));
});

test.each(['kafka.group.id', 'groupIdPrefix', 'kafka.Group.Id'])(
  'a pipeline does not join another group by %s',
  (option) => {
    const config = {
      topic: 'orders',
      bootstrapServers: 'kafka.acme.example:9092',
      options: { [option]: 'fraud.orders' },
    };
    expect(() => objects({ ...spec, schedule: '@daily', source: { type: 'kafka', config } })).toThrow(
      `source.config.options must not have ${option}: the group is shop.orders, got "fraud.orders": remove it.`,
    );
  },
);

test('a run is late an hour after the longest time between two', () => {
  const alerts = (given: object): string => JSON.stringify(objects({ ...spec, ...given }).PrometheusRule);
  expect(alerts({ schedule: '0 2 * * *' })).toContain(`> ${24 * 3600 + 3600}"`);
  expect(alerts({})).not.toContain('PipelineRunLate');
  expect(objects(spec, { alerts: false })).not.toHaveProperty('PrometheusRule');
});

test('names of runs have at most 63 characters, whatever the name of the pipeline', () => {
  const name = 'a'.repeat(52);
  const { ScheduledSparkApplication } = objects({ ...spec, schedule: '@daily' }, {}, name);
  // Spark's operator adds a hyphen and 19 digits
  expect(ScheduledSparkApplication.metadata.name.length).toBeLessThanOrEqual(43);
  expect(
    objects({ ...spec, schedule: '@daily' }, {}, `${'a'.repeat(51)}b`).ScheduledSparkApplication.metadata.name,
  ).not.toBe(ScheduledSparkApplication.metadata.name);
});
