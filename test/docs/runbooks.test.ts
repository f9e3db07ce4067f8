import * as fs from 'node:fs';
import * as path from 'node:path';
import { veleroAlerts } from '../../src/components/velero';
import { DatabaseDump } from '../../src/constructs/database';
import { AlertRules, RequestMetrics, ServiceLevelObjectives } from '../../src/constructs/monitoring';
import { Namespace } from '../../src/constructs/tenancy';
import { JobTemplate, ServiceWorkload } from '../../src/constructs/workloads';
import { runbookUrl } from '../../src/contracts/runbooks';
import { BreakGlassAlert } from '../../src/kinds/governance/break-glass-alert';
import { modelAlertRules } from '../../src/kinds/ai-model/monitoring';
import { JsonObject } from '../../operators/src/runtime/protocol';
import { manifest, TestDatabase, TestEnvironment, TestStore } from '../constructs/tenancy/support';
import { DATABASE, LAKE, objects } from '../kinds/data-pipeline/support';
import { objects as deploymentObjects } from '../kinds/model-deployment/support';
import { synthesizedObjects } from '../support/synthesized-objects';

interface Rule {
  readonly alert?: string;
  readonly labels?: { readonly [name: string]: string };
  readonly annotations?: { readonly [name: string]: string };
}

const SOURCE = path.resolve(__dirname, '../../src');
const PAGE = fs.readFileSync(path.resolve(__dirname, '../../docs/runbooks.md'), 'utf8');

/** The alerts of any service, by what they are called on the page. */
const SERVICE = 'Service';

function alertsOf(spec: unknown): Rule[] {
  const { groups } = spec as { groups: readonly { readonly rules: readonly Rule[] }[] };
  return groups.flatMap(({ rules }) => rules).filter(({ alert }) => alert !== undefined);
}

/** Every alert that the library makes: in its examples, in all children of samples, and in what these have not. */
function allAlerts(): Rule[] {
  const synthesized = synthesizedObjects()
    .filter(({ kind }) => kind === 'PrometheusRule')
    .flatMap(({ spec }: JsonObject) => alertsOf(spec));
  const chart = new TestEnvironment().chart();
  const service = new AlertRules(chart, 'service', { namespace: new Namespace(chart, 'team') });
  service.forService(SERVICE, { selector: 'job="a"', minimumRate: 1 });
  const workload = new ServiceWorkload(chart, 'gateway', { namespace: new Namespace(chart, 'shop'), image: 'a/b:1' });
  const objectives = new ServiceLevelObjectives(chart, 'objectives', {
    service: workload,
    requestMetrics: RequestMetrics.envoy(),
    latencyMilliseconds: 250,
    requestsPerSecond: 1000,
    routingOverheadMilliseconds: 100,
  });
  const scraped = new TestEnvironment();
  scraped.useScraper({ namespace: 'monitoring', podLabels: { app: 'prometheus' } });
  const dumps = scraped.chart();
  const [database, store] = [new TestDatabase(scraped), new TestStore(scraped, true)];
  const namespace = new Namespace(dumps, 'team');
  const dump = new DatabaseDump(dumps, 'dump', { namespace, database, store });
  const jobs = new JobTemplate(dumps, 'jobs', { namespace, image: 'registry.example/jobs:1.0.0', maxJobs: 1 });
  const glass = new BreakGlassAlert(chart, 'glass', { namespaceName: 'monitoring' });
  const model = { name: 'a', namespace: 'b', modelName: 'c', modelVersion: '1' };
  const baseline = { rows: 60, features: [{ name: 'age', bounds: [1, 2], counts: [10, 20, 30] }] };
  const batch = { source: DATABASE, sink: LAKE, schedule: '0 2 * * *' };
  const quality = [{ name: 'a', type: 'not-null', column: 'id', onFailure: 'warn' }];
  const topic = { type: 'kafka', config: { topic: 'a', options: { schema: 'id BIGINT' } } };
  const settings = { flinkImage: 'registry.example.com/flink:1', bootstrapServers: 'kafka:9092', folder: 's3://a/b' };
  return [
    ...synthesized,
    ...alertsOf(manifest(service, 'PrometheusRule', 'service').spec),
    ...alertsOf(manifest(objectives, 'PrometheusRule', 'gateway-objectives').spec),
    ...alertsOf(modelAlertRules('a', { ...model, latencyP95Seconds: 1, throughput: 5, drift: { baseline } }).spec),
    ...alertsOf(deploymentObjects({ metrics: { latency_p95_ms: 20 } }).PrometheusRule.spec),
    ...alertsOf(objects({ ...batch, quality }).PrometheusRule.spec),
    ...alertsOf(objects({ source: topic, sink: LAKE, engine: 'flink' }, settings).PrometheusRule.spec),
    ...alertsOf(manifest(dump, 'PrometheusRule', 'dump').spec),
    ...alertsOf(manifest(jobs, 'PrometheusRule', 'jobs').spec),
    ...alertsOf(manifest(glass, 'PrometheusRule', 'break-glass').spec),
    ...(veleroAlerts(13) as Rule[]),
  ];
}

const ALERTS = [...new Map(allAlerts().map((rule) => [rule.alert, rule])).values()];

test('there are many alerts', () => {
  expect(ALERTS.length).toBeGreaterThan(30);
});

test.each(ALERTS.map((rule) => [rule.alert ?? '', rule] as const))(
  '%s has what routes and readers need',
  (name, { labels, annotations }) => {
    expect(['critical', 'warning']).toContain(labels?.severity);
    // of one namespace, or that of the series, and where it has none that of the rules
    expect(labels?.namespace).toMatch(/^([a-z0-9-]+|\{\{ or \$labels\.namespace "[a-z0-9-]+" \}\})$/);
    expect(annotations?.summary).toMatch(/\S/);
    expect(annotations?.runbook_url).toBe(runbookUrl(name));
  },
);

test('no alert is forgotten here that the source has', () => {
  const source = fs
    .readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.includes('generated'))
    .map((file) => fs.readFileSync(path.join(SOURCE, file), 'utf8'))
    .join('\n');
  const written = [...source.matchAll(/\balert: '([A-Z]\w+)'|\brunbookUrl\('([A-Z]\w+)'\)/g)];
  const names = new Set(written.map(([, alert, runbook]) => alert ?? runbook));
  expect(names.size).toBeGreaterThan(25);
  expect([...names].filter((name) => !ALERTS.some(({ alert }) => alert === name))).toEqual([]);
});

test('the page has a section for each, and no others', () => {
  const sections = [...PAGE.matchAll(/^### (\S+)$/gm)].map(([, name]) => name).sort();
  expect(sections).toEqual(ALERTS.map(({ alert }) => alert).sort());
});
