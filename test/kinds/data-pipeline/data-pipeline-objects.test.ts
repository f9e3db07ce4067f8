import { DATABASE, LAKE, objects } from './support';

const spec = { source: DATABASE, sink: LAKE };
const topic = { type: 'kafka', config: { topic: 'orders' } };

test('a pipeline reaches the ports of its stores, and is reached by what scrapes', () => {
  const scraper = { namespace: 'monitoring', podLabels: { app: 'prometheus' } };
  const { spec: policy } = objects(
    { ...spec, sink: topic },
    { bootstrapServers: 'a:9094,b:9095', scraper },
  ).NetworkPolicy;
  const { ingress, egress } = policy as { ingress: { ports?: object }[]; egress: { ports?: { port: number }[] }[] };
  expect(egress.at(-1)?.ports?.map(({ port }) => port)).toEqual([80, 443, 5432, 9092, 9093, 9094, 9095]);
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
