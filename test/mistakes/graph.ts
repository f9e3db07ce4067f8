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

const CDKTF = `const { TerraformStack } = require('cdktf');
const { S3Bucket } = require('@cdktf/provider-aws/lib/s3-bucket');
`;
const CDK8S = `const { ApiObject, App, Chart } = require('cdk8s');
`;
const CONFIG_MAP = `{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'colors', namespace: 'app-ml-team' } }`;

/** What no file would hold. */
const IN_THE_WRONG_PLACE: Mistake[] = [
  {
    what: 'a bucket of AWS in the environment',
    program: programOf(`${CDKTF}new S3Bucket(local, 'logs', { bucket: 'logs' });`),
    stderr: `1 problem found, nothing was written:
  [local/logs] aws_s3_bucket: stands among objects of Kubernetes, which Terraform does not see; make it in environment.infrastructure, or in environment.bootstrap`,
  },
  {
    what: 'a bucket of AWS in a chart',
    program: programOf(`${CDKTF}new S3Bucket(chart, 'logs', { bucket: 'logs' });`),
    stderr: `1 problem found, nothing was written:
  [local/team/logs] aws_s3_bucket: stands among objects of Kubernetes, which Terraform does not see; make it in environment.infrastructure, or in environment.bootstrap`,
  },
  {
    what: 'a bucket of AWS in no stack',
    program: programOf(`${CDKTF}new S3Bucket(app.terraform, 'logs', { bucket: 'logs' });`),
    stderr: `1 problem found, nothing was written:
  [logs] aws_s3_bucket: stands in no environment, so that nothing writes it; make what is in it in environment.infrastructure, or write it with an App of its own`,
  },
  {
    what: 'a stack beside those of the environments',
    program: programOf(`${CDKTF}new S3Bucket(new TerraformStack(app.terraform, 'dns'), 'logs', { bucket: 'logs' });`),
    stderr: `1 problem found, nothing was written:
  [dns] TerraformStack: stands in no environment, so that nothing writes it; make what is in it in environment.infrastructure, or write it with an App of its own`,
  },
  {
    what: 'a chart outside the environments',
    program: programOf(`${CDK8S}new ApiObject(new Chart(app.kubernetes, 'shared'), 'colors', ${CONFIG_MAP});`),
    stderr: `1 problem found, nothing was written:
  [shared] Chart: stands in no environment, so that nothing writes it; make it with environment.addChart(), or below a chart of that`,
  },
  {
    what: 'a chart in a stack',
    program: programOf(`${CDK8S}new ApiObject(new Chart(local.bootstrap, 'early'), 'colors', ${CONFIG_MAP});`),
    stderr: `1 problem found, nothing was written:
  [local-bootstrap/early] Chart: stands in a stack of Terraform, which does not write it; make it with environment.addChart(), or give it to environment.addBootstrapManifest()`,
  },
  {
    what: 'an object in a stack',
    program: programOf(`${CDK8S}new ApiObject(local.infrastructure, 'colors', ${CONFIG_MAP});`),
    stderr: `[local-infrastructure/colors] scope must be a chart, or in one, got "local-infrastructure": make it in a chart of environment.addChart(id).`,
  },
  {
    what: 'a workload in the environment itself',
    program: programOf(
      `new lib.ServiceWorkload(local, 'api', { namespace: platform.teams.ml, image: 'ghcr.io/acme/api:1.0.0' });`,
    ),
    stderr: `[local/api] scope must be a chart, or in one, got "local": make it in a chart of environment.addChart(id).`,
  },
  {
    what: 'priorities in the app of Kubernetes',
    program: programOf(`new lib.PriorityClasses(app.kubernetes, 'priorities');`),
    stderr: `[priorities] scope must be a chart, or in one, got "the app": make it in a chart of environment.addChart(id).`,
  },
  {
    what: 'a claim in an app of its own',
    program: programOf(
      `${CDK8S}new lib.VolumeClaim(new Chart(new App(), 'mine'), 'data', { namespace: platform.teams.ml, size: '1Gi', storageClass: 'standard' });`,
    ),
    stderr: `[mine/data] scope must be in environment local, as its namespace is, got "mine": make it in a chart of environment.addChart(id).`,
  },
];

/** Mistakes that only the graph, or what several constructs make together, can show. */
export const GRAPH_MISTAKES: Mistake[] = [...ANOTHER_ENVIRONMENT, ...IN_THE_WRONG_PLACE];
