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
  [local/logs] aws_s3_bucket: is among Kubernetes objects, which Terraform does not see; make it in environment.infrastructure, or in environment.bootstrap`,
  },
  {
    what: 'a bucket of AWS in a chart',
    program: programOf(`${CDKTF}new S3Bucket(chart, 'logs', { bucket: 'logs' });`),
    stderr: `1 problem found, nothing was written:
  [local/team/logs] aws_s3_bucket: is among Kubernetes objects, which Terraform does not see; make it in environment.infrastructure, or in environment.bootstrap`,
  },
  {
    what: 'a bucket of AWS in no stack',
    program: programOf(`${CDKTF}new S3Bucket(app.terraform, 'logs', { bucket: 'logs' });`),
    stderr: `1 problem found, nothing was written:
  [logs] aws_s3_bucket: is in no environment, so that nothing writes it; make what is in it in environment.infrastructure, or write it with an App of its own`,
  },
  {
    what: 'a stack beside those of the environments',
    program: programOf(`${CDKTF}new S3Bucket(new TerraformStack(app.terraform, 'dns'), 'logs', { bucket: 'logs' });`),
    stderr: `1 problem found, nothing was written:
  [dns] TerraformStack: is in no environment, so that nothing writes it; make what is in it in environment.infrastructure, or write it with an App of its own`,
  },
  {
    what: 'a chart outside the environments',
    program: programOf(`${CDK8S}new ApiObject(new Chart(app.kubernetes, 'shared'), 'colors', ${CONFIG_MAP});`),
    stderr: `1 problem found, nothing was written:
  [shared] Chart: is in no environment, so that nothing writes it; make it with environment.addChart(), or below a chart of that`,
  },
  {
    what: 'a chart in a stack',
    program: programOf(`${CDK8S}new ApiObject(new Chart(local.bootstrap, 'early'), 'colors', ${CONFIG_MAP});`),
    stderr: `1 problem found, nothing was written:
  [local-bootstrap/early] Chart: is in a Terraform stack, which does not write it; make it with environment.addChart(), or give it to environment.addBootstrapManifest()`,
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

const NEURAL = `const neural = new lib.NeuralPlatform(local, 'neural');
`;
/** A Pod that is right but for its GPUs. */
const podWith = (gpus: string, more: string) => `new ApiObject(chart, 'pod', {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'train', namespace: 'app-ml-team' },
  spec: {
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    ${more}
    containers: [
      {
        name: 'main',
        image: 'ghcr.io/acme/train:1.0.0',
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        resources: { requests: { cpu: '1', memory: '1Gi' }, limits: { memory: '1Gi', 'nvidia.com/gpu': '${gpus}' } },
      },
    ],
  },
});`;
const NO_MORE_THAN_ONE =
  'and no node that it may run on has more than 1; ask for fewer and run more pods, or add a pool of larger machines (gpusPerNode)';

/** GPUs that no node has. */
const GPUS: Mistake[] = [
  {
    what: 'a model with GPUs that no pool has',
    given: `${NEURAL}new lib.AIModel(chart, 'churn', {
  namespace: neural.namespaces.models,
  type: lib.AIModelType.PYTORCH,
  version: '1.0',
  storage: { location: 's3://local-artifacts/models/ml-models/churn' },
  serving: {
    resources: { requests: { cpu: '1', memory: '2Gi' }, limits: { memory: '2Gi', 'nvidia.com/gpu': '1' } },
    nodeSelector: { 'nvidia.com/gpu.product': 'NVIDIA-A100-SXM4-40GB' },
  },
});`,
    finding:
      '[local/team/churn/Resource] AIModel churn: spec.serving.resources asks for 1 nvidia.com/gpu on nodes with NVIDIA-A100-SXM4-40GB, of which the cluster has none; add a GpuPool of that model, or select one of: Tesla-T4 (pool gpu-t4)',
  },
  {
    what: 'a workflow with more GPUs than a node has',
    given: `${NEURAL}new lib.MLWorkflow(chart, 'train', {
  namespace: neural.namespaces.workflows,
  type: lib.MLWorkflowType.TRAINING,
  stages: [{ name: 'train', type: lib.StageType.PYTHON_JOB, config: { image: 'ghcr.io/acme/train:1.0.0' } }],
  resources: { train: { cpu: '1', memory: '1Gi', 'nvidia.com/gpu': '2' } },
});`,
    finding: `[local/team/train/Resource] MLWorkflow train: spec.resources.train asks for 2 nvidia.com/gpu, ${NO_MORE_THAN_ONE}`,
  },
  {
    what: 'a pod with more GPUs than a node has',
    given: CDK8S + podWith('3', `tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists' }],`),
    finding: `[local/team/pod] Pod train: spec.containers[0].resources asks for 3 nvidia.com/gpu, ${NO_MORE_THAN_ONE}`,
  },
  {
    what: 'a pod with GPUs that the taint of their nodes keeps away',
    given: CDK8S + podWith('1', ''),
    finding: `[local/team/pod] Pod train: its pods ask for nvidia.com/gpu and do not tolerate the taint nvidia.com/gpu of such nodes; add { key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' } to the tolerations`,
  },
  {
    what: 'a model with GPUs in a cluster without any',
    given: `const staging = app.environment('staging', { provider: lib.KindProvider.local({ hostPorts: [] }) });
const neural = new lib.NeuralPlatform(staging, 'neural', { domain: 'staging.example' });
new lib.AIModel(staging.addChart('models'), 'churn', {
  namespace: neural.namespaces.models,
  type: lib.AIModelType.PYTORCH,
  version: '1.0',
  storage: { location: 's3://staging-artifacts/models/ml-models/churn' },
  serving: { resources: { requests: { cpu: '1', memory: '2Gi' }, limits: { memory: '2Gi', 'nvidia.com/gpu': '1' } } },
});`,
    finding:
      '[staging/models/churn/Resource] AIModel churn: spec.serving.resources asks for 1 nvidia.com/gpu, and no node of the cluster has any; add a GpuPool to the cluster, such as gpuPools: [GpuPool.of(GpuModel.T4)] of DataPlatform',
  },
].map(({ what, given, finding }) => ({
  what,
  program: programOf(given),
  stderr: `1 problem found, nothing was written:\n  ${finding}`,
}));

const EMPTY = `const lib = require('ml-platform-constructs');
const app = new lib.PlatformApp();
const local = app.environment('local', { provider: lib.KindProvider.local(), tier: lib.Tier.LOCAL });
`;

/** Compositions twice, in the wrong place or in the wrong order. */
const COMPOSITIONS: Mistake[] = [
  {
    what: 'a second NeuralPlatform',
    program: programOf(`${NEURAL}new lib.NeuralPlatform(local, 'second');`),
    stderr: `[local/second] scope must have no NeuralPlatform yet, since an environment has one, got "local/neural": use that one, and remove this.`,
  },
  {
    what: 'a second DataPlatform',
    program: programOf(`new lib.DataPlatform(local, 'second', { domain: 'second.example' });`),
    stderr: `[local/second] scope must have no DataPlatform yet, since an environment has one, got "local/data-platform": use that one, and remove this; a NeuralPlatform makes one where there is none, so make this before it.`,
  },
  {
    what: 'a DataPlatform after the NeuralPlatform, which made one',
    program: `${EMPTY}new lib.NeuralPlatform(local, 'neural', { domain: 'ml.localhost.example' });
new lib.DataPlatform(local, 'data', { domain: 'ml.localhost.example' });
app.synth();
`,
    stderr: `[local/data] scope must have no DataPlatform yet, since an environment has one, got "local/data-platform": use that one, and remove this; a NeuralPlatform makes one where there is none, so make this before it.`,
  },
  {
    what: 'a DataPlatform after the cluster',
    program: `${EMPTY}local.addCluster();
new lib.DataPlatform(local, 'data-platform', { domain: 'ml.localhost.example' });
app.synth();
`,
    stderr: `[local/data-platform] environment must have no cluster yet, got "local": leave addCluster() out; this makes the cluster, of generalPools and gpuPools.`,
  },
  {
    what: 'a NeuralPlatform in a cluster without a DataPlatform',
    program: `${EMPTY}local.addCluster();
new lib.NeuralPlatform(local, 'neural', { domain: 'ml.localhost.example' });
app.synth();
`,
    stderr: `[local/neural] environment must have a DataPlatform where it has a cluster already, got "local": make the DataPlatform before, or leave the cluster to this composition.`,
  },
  {
    what: 'a NeuralPlatform without a DataPlatform or a domain',
    program: `${EMPTY}new lib.NeuralPlatform(local, 'neural');
app.synth();
`,
    stderr: `[local/neural] domain must be given where the environment has no DataPlatform, got nothing: give one such as 'ml.acme.example'.`,
  },
  {
    what: 'a second gateway',
    program: programOf(
      `new lib.PlatformGateway(chart, 'gateway', { domain: 'second.example', issuerName: 'platform-ca' });`,
    ),
    stderr: `[local/team/gateway] scope must have no PlatformGateway yet, since an environment has one, got "local/data-platform/gateway/gateway": use that one, and remove this.`,
  },
  {
    what: 'the standard teams again',
    program: programOf(`new lib.StandardTeams(chart, 'teams');`),
    stderr: `1 problem found, nothing was written:
  [local/team/teams] makes 48 objects that local/data-platform/tenancy/teams makes too, such as Namespace app-core-team; remove one of the two, or give what it makes other names`,
  },
];

const workloadWith = (props: string, before = '') =>
  programOf(`${before}new lib.ServiceWorkload(chart, 'api', {
  namespace: platform.teams.ml,
  image: 'ghcr.io/acme/api:1.0.0',
  ${props},
});`);
const DEPLOYMENT = `1 problem found, nothing was written:
  [local/team/api/Resource] Deployment api: refers to`;
const OBJECTS = `new lib.VolumeClaim(chart, 'data', { namespace: platform.teams.ml, size: '1Gi' });
const { ApiObject } = require('cdk8s');
for (const kind of ['ConfigMap', 'Secret']) {
  new ApiObject(chart, kind, { apiVersion: 'v1', kind, metadata: { name: 'settings', namespace: 'app-ml-team' } });
}
`;

const workloadBeside = (props: string) => workloadWith(props, OBJECTS);

/** Names of what there is not. */
const REFERENCES: Mistake[] = [
  {
    what: 'a PriorityClass with a typing error',
    program: workloadWith(`priorityClassName: 'prodution-serving'`),
    stderr: `${DEPLOYMENT} PriorityClass prodution-serving, which nothing creates; use production-serving, or add it`,
  },
  {
    what: 'a PriorityClass that nobody makes',
    program: workloadWith(`priorityClassName: 'urgent'`),
    stderr: `${DEPLOYMENT} PriorityClass urgent, which nothing creates; use one of: batch, platform-critical, production-serving, system-node-critical, system-cluster-critical, or add it`,
  },
  {
    what: 'a ConfigMap with a typing error',
    program: workloadBeside(`volumes: [lib.Volume.configMap('setings', '/etc/settings')]`),
    stderr: `${DEPLOYMENT} ConfigMap setings in namespace app-ml-team, which nothing creates; use settings, or add it, or mark the reference optional`,
  },
  {
    what: 'a Secret with a typing error',
    program: workloadBeside(`secretEnv: [{ name: 'TOKEN', secretName: 'setings', key: 'token' }]`),
    stderr: `${DEPLOYMENT} Secret setings in namespace app-ml-team, which nothing creates; use settings, or deliver it with an ExternalSecret or a Certificate, name it to environment.addExistingObject() where it is made by hand, or mark the reference optional`,
  },
  {
    what: 'a claim with a typing error',
    program: workloadBeside(`volumes: [lib.Volume.claim('dta', '/data')]`),
    stderr: `${DEPLOYMENT} PersistentVolumeClaim dta in namespace app-ml-team, which nothing creates; use data, or add it`,
  },
  {
    what: 'a StorageClass that nobody makes',
    program: programOf(
      `new lib.VolumeClaim(chart, 'data', { namespace: platform.teams.ml, size: '1Gi', storageClass: 'standart' });`,
    ),
    stderr: `1 problem found, nothing was written:
  [local/team/data/Resource] PersistentVolumeClaim data: refers to StorageClass standart, which nothing creates; use standard, or add it`,
  },
  {
    what: 'a model with a PriorityClass and a ServiceAccount that nobody makes',
    program: programOf(`${NEURAL}new lib.AIModel(chart, 'churn', {
  namespace: neural.namespaces.models,
  type: lib.AIModelType.SKLEARN,
  version: '1.0',
  storage: { location: 's3://local-artifacts/models/ml-models/churn' },
  serving: {
    priorityClassName: 'nstarx-production',
    serviceAccountName: 'modelserver',
    resources: { requests: { cpu: '1', memory: '1Gi' } },
  },
});`),
    stderr: `2 problems found, nothing was written:
  [local/team/churn/Resource] AIModel churn: refers to PriorityClass nstarx-production, which nothing creates; use nstarx-production-inference, or add it
  [local/team/churn/Resource] AIModel churn: refers to ServiceAccount modelserver in namespace ml-models, which nothing creates; use model-server, or add it, or leave the name out for the account named default`,
  },
  {
    what: 'a model without the platform of its kind',
    program: programOf(`new lib.AIModel(chart, 'churn', {
  namespace: platform.teams.ml,
  type: lib.AIModelType.SKLEARN,
  version: '1.0',
  storage: { location: 's3://local-artifacts/models/churn' },
  serving: { resources: { requests: { cpu: '1', memory: '1Gi' } } },
});`),
    stderr: `1 problem found, nothing was written:
  [local/team/churn/Resource] AIModel churn: no component defines the kind AIModel.nstarx.io; make a NeuralPlatform in the environment, which does`,
  },
];

const DEFAULT_CLASSES: Mistake[] = [
  {
    what: 'a second default StorageClass',
    program: programOf(`${CDK8S}new ApiObject(chart, 'fast', {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'fast', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
  provisioner: 'rancher.io/local-path',
  volumeBindingMode: 'WaitForFirstConsumer',
});`),
    stderr: `1 problem found, nothing was written:
  [local/team/fast] StorageClass fast: is the default of the cluster beside standard, which the cluster has, so that a claim that names no class gets the newest of the two; leave the annotation storageclass.kubernetes.io/is-default-class out of one of them`,
  },
];

/** Mistakes that only the graph, or what several constructs make together, can show. */
export const GRAPH_MISTAKES: Mistake[] = [
  ...ANOTHER_ENVIRONMENT,
  ...IN_THE_WRONG_PLACE,
  ...GPUS,
  ...COMPOSITIONS,
  ...REFERENCES,
  ...DEFAULT_CLASSES,
  {
    what: 'a ConfigMap that is too large',
    program: programOf(`${CDK8S}new ApiObject(chart, 'colors', {
  apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'colors', namespace: 'app-ml-team' }, data: { a: 'x'.repeat(2 ** 20), b: 'y' },
});`),
    stderr: `1 problem found, nothing was written:
  [local/team/colors] ConfigMap colors: data has 1048577 bytes together, and a ConfigMap or a Secret takes 1048576; divide it, or keep the content in an image or a bucket`,
  },
  {
    what: 'variables that name each other',
    program: programOf(
      `new lib.ServiceWorkload(chart, 'api', { namespace: platform.teams.ml, image: 'ghcr.io/acme/api:1.0.0', env: { A: '$(B)', B: '$(A)' } });`,
    ),
    stderr: `[local/team/api] env must not name each other in a circle, got "B with $(A)": take $(A) out of B, or write it as $$(A) where the text is meant.`,
  },
  {
    what: 'a variable before the one that it names',
    program: programOf(
      CDK8S +
        podWith('0', '')
          .replace("'nvidia.com/gpu': '0'", '')
          .replace(
            "name: 'main',",
            "name: 'main', env: [{ name: 'URL', value: 'http://$(HOST)' }, { name: 'HOST', value: 'db' }],",
          ),
    ),
    stderr: `1 problem found, nothing was written:
  [local/team/pod] Pod train: spec.containers[0].env.URL names $(HOST), which comes after it and is not known yet; move URL behind HOST, or write $$(HOST) where the text is meant`,
  },
  {
    what: 'two routes that take the same requests',
    program:
      programOf(`const workload = new lib.ServiceWorkload(chart, 'shop', { namespace: platform.teams.ml, image: 'ghcr.io/acme/shop:1.0.0' });
new lib.HttpRoute(chart, 'all', { gateway: platform.gateway, workload, host: 'shop', pathPrefix: '/cart' });
new lib.HttpRoute(chart, 'cart', { gateway: platform.gateway, workload, host: 'shop', pathPrefix: '/cart/' });`),
    stderr: `1 problem found, nothing was written:
  [local/team/cart/Resource] HTTPRoute cart: takes shop.ml.localhost.example/cart as local/team/all/Resource does, which alone would get the requests; give one of them another host or pathPrefix, or remove it`,
  },
  {
    what: 'monitoring that comes after what it monitors',
    program: `const lib = require('ml-platform-constructs');
const app = new lib.PlatformApp();
const local = app.environment('local', { provider: lib.KindProvider.local(), tier: lib.Tier.LOCAL });
local.addCluster();
const chart = local.addChart('team');
const namespace = new lib.Namespace(chart, 'shop');
new lib.ServiceWorkload(chart, 'api', { namespace, image: 'ghcr.io/acme/api:1.4.2', metricsPort: 8080 });
new lib.Backup(chart, 'backup', { store: local.addObjectStore('backups') });
new lib.Monitoring(chart, 'monitoring', {});
app.synth();
`,
    stderr: `2 problems found, nothing was written:
  [local/team/api] has no monitor, since Monitoring was made after it; make Monitoring, or the DataPlatform that has it, before
  [local/team/backup] has no alerts, since Monitoring was made after it; make Monitoring, or the DataPlatform that has it, before`,
  },
];
