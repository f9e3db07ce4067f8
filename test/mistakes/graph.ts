import { Mistake, programOf } from './mistake';

/** What is of another environment. */
const ANOTHER_ENVIRONMENT: Mistake[] = [
  {
    what: 'a workload in the namespace of another environment',
    given: `new lib.ServiceWorkload(chart, 'api', { namespace: other.teams.ml, image: 'ghcr.io/acme/api:1.0.0' });`,
    refused: ['local/team/api', 'namespace', 'staging/data-platform/tenancy/teams/app-ml-team/app-ml-team'],
  },
  {
    what: 'a namespace that was imported into another environment',
    given: `const shared = lib.Namespace.fromName(staging.addChart('shared'), 'Shared', 'shared');
new lib.VolumeClaim(chart, 'data', { namespace: shared, size: '10Gi' });`,
    refused: ['local/team/data', 'namespace', 'staging/shared/Shared'],
  },
  {
    what: 'a model in the namespace of another environment',
    given: `new lib.AIModel(chart, 'churn', {
  namespace: other.teams.ml,
  type: lib.AIModelType.SKLEARN,
  version: '1.0',
  storage: { location: 's3://models/churn' },
  serving: { resources: { requests: { cpu: '1' } } },
});`,
    refused: ['local/team/churn', 'namespace', 'staging/data-platform/tenancy/teams/app-ml-team/app-ml-team'],
  },
  {
    what: 'a bucket of another environment',
    given: `const api = new lib.ServiceWorkload(chart, 'api', { namespace: platform.teams.ml, image: 'ghcr.io/acme/api:1.0.0' });
other.artifactBucket.grantRead(api);`,
    refused: ['local/team/api', 'backing service "artifacts"', 'staging/backing-services/artifacts'],
  },
  {
    what: 'a dump of the database of another environment',
    given: `new lib.DatabaseDump(chart, 'dump', {
  database: other.database,
  store: platform.artifactBucket,
  namespace: platform.teams.data,
});`,
    refused: ['local/team/dump', 'database', 'staging/backing-services/database'],
  },
  {
    what: 'a route of the gateway of another environment',
    given: `const api = new lib.ServiceWorkload(chart, 'api', { namespace: platform.teams.ml, image: 'ghcr.io/acme/api:1.0.0' });
new lib.HttpRoute(chart, 'route', { gateway: other.gateway, workload: api, host: 'api' });`,
    refused: ['local/team/route', 'gateway', 'staging/data-platform/gateway/gateway'],
  },
].map(({ what, given, refused: [where, prop, theirs] }) => ({
  what,
  program:
    programOf(`const staging = app.environment('staging', { provider: lib.KindProvider.local({ hostPorts: [] }) });
const other = new lib.DataPlatform(staging, 'data-platform', { domain: 'staging.example' });
${given}`),
  stderr: `[${where}] ${prop} must be of its own environment local, got "${theirs} of environment staging": use the one of local, or make this in staging.`,
}));

/** Mistakes that only the graph, or what several constructs make together, can show. */
export const GRAPH_MISTAKES: Mistake[] = [...ANOTHER_ENVIRONMENT];
