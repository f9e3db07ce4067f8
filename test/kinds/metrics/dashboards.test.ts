import { PlatformApp } from '../../../src/app';
import { NeuralPlatform } from '../../../src/compositions';
import { GpuModel, GpuPool, Tier } from '../../../src/contracts';
import { dashboardJson, NAMESPACED_DASHBOARDS, PlatformDashboards } from '../../../src/kinds/metrics/dashboards';
import { DASHBOARDS } from '../../../src/kinds/metrics/panels';
import { AwsProvider } from '../../../src/providers/aws';
import { PlatformTemplate } from '../../../src/testing';
import { Json, list, manifest, TestEnvironment, text } from '../../constructs/tenancy/support';
import { isInProgram, metricsOf, recordedSeries, SOURCES, wordsOf } from './metric-sources';

const QUERIES = Object.entries(DASHBOARDS).flatMap(([name, { panels }]) =>
  panels.flatMap(({ title, targets }) => targets.map(({ query }) => [`${name}: ${title}`, query] as const)),
);
const ASKED = [...new Set(QUERIES.flatMap(([, query]) => metricsOf(query)))].sort();

/** Words of PromQL that the panels use. */
const WORDS = [
  ...['sum', 'avg', 'min', 'max', 'count', 'topk', 'rate', 'increase', 'max_over_time', 'histogram_quantile'],
  ...['time', 'clamp_min', 'by', 'on', 'group_left', 'and', 'or'],
];

test('each dashboard has enough to see where something is wrong', () => {
  const few = Object.entries(DASHBOARDS).filter(([, { panels }]) => panels.length < 4);
  expect(few.map(([name]) => name)).toEqual([]);
});

test.each(QUERIES)('%s names its metrics with braces, so that they are found', (_, query) => {
  expect(wordsOf(query).filter((word) => !WORDS.includes(word))).toEqual([]);
  expect(metricsOf(query).length).toBeGreaterThan(0);
});

test('the table of sources has every metric that is asked for, and no others', () => {
  expect(Object.keys(SOURCES).sort()).toEqual(ASKED);
});

test('each metric is in the program that exposes it, is recorded by a rule, or is documented by who has it', () => {
  const recorded = recordedSeries();
  const missing = Object.entries(SOURCES).filter(([metric, source]) => {
    if (source.recorded) return !recorded.includes(metric);
    if (source.file !== undefined) return !isInProgram(source.file, metric);
    return !/^(https:\/\/|docs\/)/.test(source.documented ?? '');
  });
  expect(missing.map(([metric]) => metric)).toEqual([]);
});

test('each metric that is scraped has a monitor on a platform', () => {
  const app = new PlatformApp();
  const provider = AwsProvider.inRegion('eu-west-1', { account: '123456789012' });
  const environment = app.environment('cloud', { provider, tier: Tier.DEVELOPMENT });
  new NeuralPlatform(environment, 'neural', {
    domain: 'ml.acme.example',
    gpuPools: [GpuPool.of(GpuModel.T4, { max: 1 })],
  });
  const template = PlatformTemplate.fromApp(app, 'cloud');
  const monitors = ['PodMonitor', 'ServiceMonitor'].flatMap((kind) =>
    Object.keys(template.findObjects(kind)).map((name) => `${kind} ${name}`),
  );
  const charts = environment.components.sorted().map(({ name }) => `chart ${name}`);
  const wanted = new Set(Object.values(SOURCES).flatMap(({ scrapedBy }) => scrapedBy ?? []));
  expect([...wanted].filter((one) => ![...monitors, ...charts].includes(one))).toEqual([]);
});

test('dashboards are JSON that the sidecar finds', () => {
  const chart = new TestEnvironment().chart();
  const { dashboards } = new PlatformDashboards(chart, 'dashboards', { cpuHourPrice: 0.04, gpuHourPrice: 1.2 });
  expect(Object.keys(dashboards)).toEqual(Object.keys(DASHBOARDS));
  for (const name of Object.keys(dashboards)) {
    const { metadata, data } = manifest(chart, 'ConfigMap', `dashboard-${name}`, 'data-platform-monitoring');
    expect(metadata.labels).toEqual({ grafana_dashboard: '1' });
    const json = JSON.parse(text(data[`${name}.json`])) as Json;
    expect(json.uid).toBe(`nstarx-${name}`);
    const panels = list(json.panels);
    expect(new Set(panels.map(({ gridPos }) => JSON.stringify(gridPos))).size).toBe(panels.length);
    // each variable that a query has is one of the dashboard's
    const variables = list(json.templating.list).map((variable) => text(variable.name));
    const used = [...JSON.stringify(panels).matchAll(/\$\{?(\w+)/g)].map(([, variable]) => variable);
    expect(new Set(used)).toEqual(new Set(variables));
  }
  const cost = JSON.parse(text(manifest(chart, 'ConfigMap', 'dashboard-cost').data['cost.json'])) as Json;
  expect(Object.fromEntries(list(cost.templating.list).map(({ name, query }) => [text(name), query]))).toMatchObject({
    cpu_price: '0.04',
    memory_price: '0',
    gpu_price: '1.2',
  });
});

test('the dashboard of a namespace shows no other', () => {
  for (const name of NAMESPACED_DASHBOARDS) {
    const json = JSON.parse(dashboardJson(name, 'x', 'vision')) as Json;
    const variables = list(json.templating.list);
    expect(variables[1]).toEqual({ name: 'namespace', type: 'constant', query: 'vision', hide: 2, skipUrlSync: true });
  }
  expect(NAMESPACED_DASHBOARDS).not.toContain('nodes');
});

test.each([
  [{ gpuHourPrice: -1 }, '[test/chart/d] gpuHourPrice must be at least 0, got -1: give what an hour costs.'],
  [{ cpuHourPrice: NaN }, '[test/chart/d] cpuHourPrice must be at least 0, got NaN: give what an hour costs.'],
])('refuses %j', (props, message) => {
  expect(() => new PlatformDashboards(new TestEnvironment().chart(), 'd', props)).toThrow(message);
});
