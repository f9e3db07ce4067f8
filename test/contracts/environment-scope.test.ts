import { ApiObject, App, Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { checkReferences } from '../../src/contracts/environment-scope';
import {
  AlertRules,
  AwsProvider,
  Backup,
  DataPlatform,
  DatabaseDump,
  DisruptionBudget,
  Environment,
  HttpRoute,
  KindProvider,
  Namespace,
  NeuralPlatform,
  Personas,
  PlatformApp,
  ServiceWorkload,
  TenantPersonas,
  UserPreferences,
  VolumeClaim,
  WorkloadMonitor,
} from '../../src';
import { temporaryApp } from '../support/synth';

interface Side {
  readonly environment: Environment;
  readonly platform: DataPlatform;
  readonly chart: Chart;
  readonly api: ServiceWorkload;
}

function side(app: PlatformApp, name: string): Side {
  const provider =
    name === 'ours' ? KindProvider.local() : AwsProvider.inRegion('eu-west-1', { account: '123456789012' });
  const environment = app.environment(name, { provider });
  const platform = new DataPlatform(environment, 'data-platform', { domain: 'ml.acme.example', createBackup: false });
  const chart = environment.addChart('team');
  const api = new ServiceWorkload(chart, 'api', { namespace: platform.teams.ml, image: 'ghcr.io/acme/api:1.0.0' });
  return { environment, platform, chart, api };
}

/** Everything in which a construct meets another that a user gives it. */
const REFERENCES: [string, string, (ours: Side, theirs: Side) => unknown][] = [
  ['a grant to read', 'backing service "database"', (ours, theirs) => theirs.platform.database.grantRead(ours.api)],
  ['a grant to write', 'backing service "cache"', (ours, theirs) => theirs.platform.cache.grantReadWrite(ours.api)],
  [
    'a workload',
    'namespace',
    ({ chart }, { platform }) =>
      new ServiceWorkload(chart, 'x', { namespace: platform.teams.ml, image: 'ghcr.io/acme/x:1.0.0' }),
  ],
  ['a connection', 'workload', (ours, theirs) => ours.api.connectTo(theirs.api)],
  [
    'a claim',
    'namespace',
    ({ chart }, { platform }) => new VolumeClaim(chart, 'x', { namespace: platform.teams.ml, size: '1Gi' }),
  ],
  [
    'preferences',
    'namespace',
    ({ chart }, { platform }) => new UserPreferences(chart, 'x', { namespace: platform.teams.ml, userId: 'x' }),
  ],
  ['alerts', 'namespace', ({ chart }, { platform }) => new AlertRules(chart, 'x', { namespace: platform.teams.ml })],
  ['a monitor', 'workload', ({ chart }, { api }) => new WorkloadMonitor(chart, 'x', { workload: api })],
  ['a budget', 'workload', ({ chart }, { api }) => new DisruptionBudget(chart, 'x', { workload: api, replicas: 2 })],
  [
    'the workload of a route',
    'workload',
    ({ chart, platform: { gateway } }, { api }) => new HttpRoute(chart, 'x', { gateway, workload: api, host: 'x' }),
  ],
  [
    'the gateway of a route',
    'gateway',
    ({ chart, api }, { platform: { gateway } }) => new HttpRoute(chart, 'x', { gateway, workload: api, host: 'x' }),
  ],
  [
    'the namespace of a route',
    'namespace',
    ({ chart, platform: { gateway } }, { platform }) =>
      new HttpRoute(chart, 'x', {
        gateway,
        namespace: platform.teams.ml,
        serviceName: 'x',
        servicePort: 80,
        host: 'x',
      }),
  ],
  ['a gateway', 'namespace', (ours, theirs) => ours.platform.gateway.admit(theirs.platform.teams.ml)],
  [
    'the bucket of a backup',
    'store',
    ({ chart }, { platform }) => new Backup(chart, 'x', { store: platform.artifactBucket }),
  ],
  [
    'the database of a dump',
    'database',
    ({ chart, platform }, theirs) =>
      new DatabaseDump(chart, 'x', {
        database: theirs.platform.database,
        store: platform.artifactBucket,
        namespace: platform.teams.data,
      }),
  ],
  [
    'the bucket of a dump',
    'store',
    ({ chart, platform }, theirs) =>
      new DatabaseDump(chart, 'x', {
        database: platform.database,
        store: theirs.platform.artifactBucket,
        namespace: platform.teams.data,
      }),
  ],
  [
    'the roles of a tenant',
    'personas',
    ({ chart, platform }, theirs) =>
      new TenantPersonas(chart, 'x', { personas: new Personas(theirs.chart, 'p'), namespaces: [platform.teams.ml] }),
  ],
  [
    'a namespace of a tenant',
    'namespaces[1]',
    ({ chart, platform }, theirs) =>
      new TenantPersonas(chart, 'x', {
        personas: new Personas(chart, 'p'),
        namespaces: [platform.teams.ml, theirs.platform.teams.ml],
      }),
  ],
  [
    'a namespace of engines',
    'engineNamespaces[0]',
    ({ environment }, { platform }) =>
      new NeuralPlatform(environment, 'neural', { engineNamespaces: [platform.teams.ml] }),
  ],
];

test.each(REFERENCES)('%s of another environment is refused', (_what, prop, act) => {
  const { app } = temporaryApp();
  const [ours, theirs] = [side(app, 'ours'), side(app, 'theirs')];
  const before = theirs.environment.node.findAll().length;
  const refused = `\\] ${prop.replace(/[[\]]/g, '\\$&')} must be of its own environment ours, got "theirs[^"]* of environment theirs": use the one of ours, or make this in theirs\\.$`;
  expect(() => act(ours, theirs)).toThrow(new RegExp(`^\\[ours/[^\\]]+${refused}`));
  // the personas are made there
  expect(theirs.environment.node.findAll().length - before).toBeLessThan(30);
});

test('references are found in lists and nested props, and cycles in props do no harm', () => {
  const { app } = temporaryApp();
  const ours = app.environment('ours', { provider: KindProvider.local() });
  const theirs = app.environment('theirs', { provider: KindProvider.local() });
  const namespace = Namespace.fromName(theirs.addChart('a'), 'Shared', 'shared');
  const cycle: { [key: string]: unknown } = { text: 'x', none: undefined, nothing: null };
  cycle.self = cycle;
  expect(() => checkReferences(ours, { cycle, date: new Date(), of: { teams: [cycle, { namespace }] } })).toThrow(
    '[ours] of.teams[1].namespace must be of its own environment ours',
  );
});

test('what is in no environment may be used in all of them, but uses none itself', () => {
  const { app } = temporaryApp();
  const ours = app.environment('ours', { provider: KindProvider.local() });
  const outside = new Construct(new Chart(new App(), 'chart'), 'x');
  const object = new ApiObject(outside, 'y', { apiVersion: 'v1', kind: 'ConfigMap' });
  expect(() => checkReferences(ours, { object })).not.toThrow();
  expect(() => checkReferences(outside, { object })).not.toThrow();
  expect(() => checkReferences(outside, { of: [ours] })).toThrow(
    '[chart/x] scope must be in environment ours, as its of[0] is, got "chart": make it in a chart of environment.addChart(id).',
  );
});
