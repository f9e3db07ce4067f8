import { Mistake, programOf } from './mistake';

/** A program with a cluster on AWS to make. */
const onAws = (body: string): string => `const lib = require('ml-platform-constructs');
const app = new lib.PlatformApp();
const provider = lib.AwsProvider.inRegion('eu-west-1', { stateBucket: 'acme-tf-state' });
const production = app.environment('production', { provider, tier: lib.Tier.PRODUCTION });
${body}
app.synth();
`;

/** What a type checker would have found: props, arguments and members of enums. */
export const PROPS_MISTAKES: Mistake[] = [
  {
    what: 'a prop that there is not',
    program: programOf(
      `new lib.ServiceWorkload(chart, 'api', { namespace: platform.teams.core, image: 'registry.example/api:1.2.3', uses: [] });`,
    ),
    stderr:
      '[local/team/api] uses must be a prop of ServiceWorkloadProps, got []: use one of: args, gpus, cpu, egress, env, labels, name, volumes, port, image, ingress, fsGroup, gpuModel, memory, partOf and 26 more.',
  },
  {
    what: 'a misspelled prop',
    program: programOf(
      `new lib.ServiceWorkload(chart, 'api', { namespace: platform.teams.core, imag: 'registry.example/api:1.2.3' });`,
    ),
    stderr:
      '[local/team/api] imag must be a prop of ServiceWorkloadProps, got "registry.example/api:1.2.3": use image.',
  },
  {
    what: 'a workload without an image',
    program: programOf(`new lib.ServiceWorkload(chart, 'api', { namespace: platform.teams.core });`),
    stderr:
      '[local/team/api] image must be given, got nothing: pass a string, the container image, with a digest or a tag other than `latest`.',
  },
  {
    what: 'a workload without props',
    program: programOf(`new lib.MlBackend(chart, 'api');`),
    stderr: '[local/team/api] props must be given, got nothing: pass an object with image, namespace.',
  },
  {
    what: 'a construct without an id',
    program: programOf('new lib.MlBackend(chart);'),
    stderr: `[local/team] MlBackend: id must be given, got nothing: pass a string, its name in the scope, such as 'api'.`,
  },
  {
    what: 'a construct without a scope',
    program: programOf(
      `new lib.MlBackend(undefined, 'api', { namespace: platform.teams.core, image: 'registry.example/api:1.2.3' });`,
    ),
    stderr: `[MlBackend] scope must be given, got nothing: pass the construct that it belongs to, such as environment.addChart('apps').`,
  },
  {
    what: 'the props in the place of the id',
    program: programOf(
      `new lib.MlBackend(chart, { namespace: platform.teams.core, image: 'registry.example/api:1.2.3' });`,
    ),
    stderr:
      '[local/team] MlBackend: id must be a string, got {"namespace":"Namespace local/data-platform/tenancy/teams/app-core-team/app-core-team","image":"registry.example/api:1.2.3"}: give one text.',
  },
  {
    what: 'an id that is taken',
    program:
      programOf(`new lib.ServiceWorkload(chart, 'api', { namespace: platform.teams.core, image: 'registry.example/api:1.2.3',  });
new lib.ServiceWorkload(chart, 'api', { namespace: platform.teams.core, image: 'registry.example/api:1.2.3',  });`),
    stderr:
      '[local/team] ServiceWorkload: id must be unique in its scope, got "api": choose another; there are already: api.',
  },
  {
    what: 'a number for a quantity of CPU',
    program: programOf(
      `new lib.ServiceWorkload(chart, 'api', { namespace: platform.teams.core, image: 'registry.example/api:1.2.3', cpu: 16 });`,
    ),
    stderr: `[local/team/api] cpu must be a string, got 16: write '16'.`,
  },
  {
    what: 'text for a number',
    program: programOf(
      `new lib.ServiceWorkload(chart, 'api', { namespace: platform.teams.core, image: 'registry.example/api:1.2.3', replicas: '3' });`,
    ),
    stderr: '[local/team/api] replicas must be a number, got "3": write 3, without quotes.',
  },
  {
    what: 'a number that is none',
    program: programOf(
      `new lib.ServiceWorkload(chart, 'api', { namespace: platform.teams.core, image: 'registry.example/api:1.2.3', replicas: 6 / undefined });`,
    ),
    stderr: '[local/team/api] replicas must be a number, got NaN: give a finite number.',
  },
  {
    what: 'text for a truth value',
    program: programOf(`local.addDatabase('features', { highlyAvailable: 'true' });`),
    stderr: '[local] addDatabase: highlyAvailable must be true or false, got "true": write true, without quotes.',
  },
  {
    what: 'null for a prop',
    program: programOf(
      `new lib.ServiceWorkload(chart, 'api', { namespace: platform.teams.core, image: 'registry.example/api:1.2.3', cpuLimit: null });`,
    ),
    stderr: '[local/team/api] cpuLimit must have a value, got null: leave it out, or pass a string.',
  },
  {
    what: 'a number in the environment variables',
    program: programOf(
      `new lib.ServiceWorkload(chart, 'api', { namespace: platform.teams.core, image: 'registry.example/api:1.2.3', env: { PORT: 8080 } });`,
    ),
    stderr: `[local/team/api] env.PORT must be a string, got 8080: write '8080'.`,
  },
  {
    what: 'a list for the environment variables',
    program: programOf(
      `new lib.ServiceWorkload(chart, 'api', { namespace: platform.teams.core, image: 'registry.example/api:1.2.3', env: ['PORT=8080'] });`,
    ),
    stderr: `[local/team/api] env must be an object with a value for each key, got ["PORT=8080"]: write it like { key: 'value' }.`,
  },
  {
    what: 'text for a list of arguments',
    program: programOf(
      `new lib.ServiceWorkload(chart, 'api', { namespace: platform.teams.core, image: 'registry.example/api:1.2.3', args: '--verbose' });`,
    ),
    stderr: '[local/team/api] args must be a list, got "--verbose": write it in brackets.',
  },
  {
    what: 'a volume that is a path',
    program: programOf(
      `new lib.ServiceWorkload(chart, 'api', { namespace: platform.teams.core, image: 'registry.example/api:1.2.3', volumes: ['/data'] });`,
    ),
    stderr:
      '[local/team/api] volumes[0] must be a Volume, got "/data": pass one of: Volume.claim(), Volume.configMap(), Volume.emptyDir(), Volume.secret().',
  },
  {
    what: 'a GPU model by name',
    program: programOf(
      `new lib.TrainingJob(chart, 'api', { namespace: platform.teams.core, image: 'registry.example/api:1.2.3', gpuModel: 'T4' });`,
    ),
    stderr:
      '[local/team/api] gpuModel must be a GpuModel, got "T4": pass one of: GpuModel.A100_40GB, GpuModel.A100_80GB, GpuModel.A10G, GpuModel.B200, GpuModel.GB200, GpuModel.H100, GpuModel.H200, GpuModel.L4, GpuModel.L40S, GpuModel.T4, GpuModel.T4G, GpuModel.V100_16GB, GpuModel.V100_32GB, GpuModel.of().',
  },
  {
    what: 'a GPU model that there is not',
    program: programOf(
      `new lib.TrainingJob(chart, 'api', { namespace: platform.teams.core, image: 'registry.example/api:1.2.3', gpuModel: lib.GpuModel.T5 });`,
    ),
    stderr: '[GpuModel] GpuModel.T5 must be a member of GpuModel, got nothing: use GpuModel.T4.',
  },
  {
    what: 'a namespace that is undefined',
    program: programOf(
      `new lib.ServiceWorkload(chart, 'api', { namespace: undefined, image: 'registry.example/api:1.2.3' });`,
    ),
    stderr:
      '[local/team/api] namespace must be given, got nothing: pass the namespace of a team such as platform.teams.ml, or one that is imported with Namespace.fromName(scope, id, name).',
  },
  {
    what: 'a namespace by name',
    program: programOf(
      `new lib.ServiceWorkload(chart, 'api', { namespace: 'app', image: 'registry.example/api:1.2.3' });`,
    ),
    stderr: `[local/team/api] namespace must be an INamespace, got "app": import it with Namespace.fromName(scope, id, 'app').`,
  },
  {
    what: 'a namespace that is the whole platform',
    program: programOf(
      `new lib.ServiceWorkload(chart, 'api', { namespace: platform, image: 'registry.example/api:1.2.3' });`,
    ),
    stderr:
      '[local/team/api] namespace must be an INamespace, got "DataPlatform local/data-platform": pass the namespace of a team such as platform.teams.ml, or one that is imported with Namespace.fromName(scope, id, name).',
  },
  {
    what: 'a misspelled team',
    program: programOf(
      `new lib.ServiceWorkload(chart, 'api', { namespace: platform.teams.mll, image: 'registry.example/api:1.2.3' });`,
    ),
    stderr:
      '[local/team/api] namespace must be given, got nothing: pass the namespace of a team such as platform.teams.ml, or one that is imported with Namespace.fromName(scope, id, name).',
  },
  {
    what: 'a tier by the start of its name',
    program: programOf(`app.environment('production', { provider: lib.KindProvider.local(), tier: 'prod' });`),
    stderr:
      '[PlatformApp.environment] tier must be a Tier, got "prod": use one of: Tier.LOCAL, Tier.DEVELOPMENT, Tier.STAGING, Tier.PRODUCTION.',
  },
  {
    what: 'a tier that there is not',
    program: programOf(`app.environment('production', { provider: lib.KindProvider.local(), tier: lib.Tier.PROD });`),
    stderr: '[Tier] Tier.PROD must be a member of Tier, got nothing: use Tier.PRODUCTION.',
  },
  {
    what: 'a tier in lower case',
    program: programOf(
      `app.environment('production', { provider: lib.KindProvider.local(), tier: lib.Tier.production });`,
    ),
    stderr: '[Tier] Tier.production must be a member of Tier, got nothing: use Tier.PRODUCTION.',
  },
  {
    what: 'an environment without props',
    program: programOf(`app.environment('production');`),
    stderr: '[PlatformApp.environment] props must be given, got nothing: pass an object with provider.',
  },
  {
    what: 'an environment without a provider',
    program: programOf(`app.environment('production', { tier: lib.Tier.PRODUCTION });`),
    stderr:
      '[PlatformApp.environment] provider must be given, got nothing: pass one of: AwsProvider.inRegion(), ExistingClusterProvider.fromKubeconfig(), KindProvider.local().',
  },
  {
    what: 'a provider by name',
    program: programOf(`app.environment('production', { provider: 'aws' });`),
    stderr:
      '[PlatformApp.environment] provider must be an IProvider, got "aws": pass one of: AwsProvider.inRegion(), ExistingClusterProvider.fromKubeconfig(), KindProvider.local().',
  },
  {
    what: 'a provider without a region',
    program: programOf(`app.environment('production', { provider: lib.AwsProvider.inRegion() });`),
    stderr: '[AwsProvider.inRegion] region must be given, got nothing: pass a string.',
  },
  {
    what: 'a platform in a chart',
    program: programOf(`new lib.DataPlatform(chart, 'second', { domain: 'second.localhost.example' });`),
    stderr: `[DataPlatform] scope must be an Environment, got "Chart local/team": pass an environment, such as app.environment('local', { provider: KindProvider.local() }).`,
  },
  {
    what: 'pools that are numbers',
    program: programOf(
      `new lib.DataPlatform(app.environment('second', { provider: lib.KindProvider.local() }), 'platform', { domain: 'second.localhost.example', gpuPools: [lib.GpuPool.of(lib.GpuModel.T4), 2] });`,
    ),
    stderr: '[second/platform] gpuPools[1] must be a GpuPool, got 2: pass GpuPool.of().',
  },
  {
    what: 'a misspelled option of a pool',
    program: programOf('lib.GpuPool.of(lib.GpuModel.T4, { maximum: 4 });'),
    stderr:
      '[GpuPool.of] maximum must be a prop of GpuPoolOptions, got 4: use one of: max, min, name, labels, spot, zones, multiNode, instanceType, capacityBlock, gpusPerNode, instanceTypes, capacityReservationId.',
  },
  {
    what: 'a node label of Kubernetes',
    program: programOf(`lib.GeneralPool.of('general', { labels: { 'node-role.kubernetes.io/ml': '' } });`),
    stderr:
      '[node pool "general"] labels must not be in the domain kubernetes.io, got "node-role.kubernetes.io/ml": use a domain of your own; these belong to Kubernetes, to what makes nodes, or to the platform.',
  },
  {
    what: 'a GPU that the region does not have',
    program: onAws(`production.addCluster({ nodePools: [lib.GpuPool.of(lib.GpuModel.L40S, { max: 2 })] });`),
    stderr:
      '[node pool "gpu-l40s"] model must be one that eu-west-1 has, got "NVIDIA-L40S": choose Tesla-T4, NVIDIA-A10G, Tesla-V100-SXM2-16GB, Tesla-V100-SXM2-32GB, NVIDIA-A100-SXM4-40GB, or another region (ap-northeast-1, ap-northeast-2, ap-northeast-3, ap-south-1, ap-south-2, eu-central-1, eu-north-1, eu-south-2, me-central-1, us-east-1, us-east-2, us-west-2); where the region has it by now, name it in additionalInstanceTypes of the provider.',
  },
  {
    what: 'distributed training in no certain zone',
    program: onAws(
      `production.addCluster({ nodePools: [lib.GpuPool.of(lib.GpuModel.A100_40GB, { multiNode: true })] });`,
    ),
    stderr:
      '[node pool "gpu-a100-40gb"] zones must name one zone with multiNode, got []: name the zone that has the capacity; neither a reservation nor a placement group spans zones.',
  },
  {
    what: 'an unknown key in the quota of a team',
    program: programOf(`platform.addTeam('vision', { quota: { cpu: '16', memory: '64Gi', disk: '1Ti' } });`),
    stderr:
      '[local/data-platform] addTeam: quota.disk must be a prop of NamespaceQuota, got "1Ti": use one of: cpu, gpus, pods, extra, memory, storage, nodePorts, loadBalancers, objectCounts.',
  },
  {
    what: 'a quota of a team in numbers',
    program: programOf(`platform.addTeam('vision', { quota: { cpu: 16, memory: '64Gi' } });`),
    stderr: `[local/data-platform] addTeam: quota.cpu must be a string, got 16: write '16'.`,
  },
  {
    what: 'a grant to nobody',
    program: programOf('platform.database.grantReadWrite(undefined);'),
    stderr:
      '[local/backing-services/database] grantReadWrite: grantee must be given, got nothing: pass one of: ApiGateway, CronJobWorkload, DataProcessingCronJob, JobTemplate, JobWorkload, Microservice, MlBackend, MlflowServer, ServiceWorkload, TrainingJob.',
  },
  {
    what: 'a grant to a namespace',
    program: programOf('platform.database.grantReadWrite(platform.teams.core);'),
    stderr:
      '[local/backing-services/database] grantReadWrite: grantee must be an IGrantable, got "Namespace local/data-platform/tenancy/teams/app-core-team/app-core-team": pass one of: ApiGateway, CronJobWorkload, DataProcessingCronJob, JobTemplate, JobWorkload, Microservice, MlBackend, MlflowServer, ServiceWorkload, TrainingJob.',
  },
  {
    what: 'a database that is given by name',
    program: programOf(
      `new lib.DatabaseDump(chart, 'dump', { namespace: platform.teams.data, database: 'features', store: platform.artifactBucket, schedule: '0 3 * * *' });`,
    ),
    stderr: `[local/team/dump] database must be an IDatabase, got "features": pass a database, such as environment.addDatabase('database').`,
  },
  {
    what: 'an MLflow with the URL of a database',
    program: programOf(
      `new lib.MlflowServer(chart, 'mlflow', { namespace: platform.teams.ml, database: 'postgresql://db/mlflow', store: platform.artifactBucket });`,
    ),
    stderr: `[local/team/mlflow] database must be an IDatabase, got "postgresql://db/mlflow": pass a database, such as environment.addDatabase('database').`,
  },
  {
    what: 'a misspelled field of a model',
    program: programOf(
      `new lib.AIModel(chart, 'churn', { namespace: platform.teams.ml, type: lib.AIModelType.PYTORCH, version: '1.4.0', storage: { locaton: 's3://models/churn/1.4.0' }, serving: { resources: { requests: { memory: '2Gi' } } } });`,
    ),
    stderr:
      '[local/team/churn] storage.locaton must be a prop of AIModelStorage, got "s3://models/churn/1.4.0": use location.',
  },
  {
    what: 'a model of an unknown type',
    program: programOf(
      `new lib.AIModel(chart, 'churn', { namespace: platform.teams.ml, type: 'keras', version: '1.4.0', storage: { location: 's3://models/churn/1.4.0' }, serving: { resources: { requests: { memory: '2Gi' } } } });`,
    ),
    stderr:
      '[local/team/churn] type must be an AIModelType, got "keras": use one of: AIModelType.TENSORFLOW, AIModelType.PYTORCH, AIModelType.ONNX, AIModelType.SKLEARN, AIModelType.XGBOOST, AIModelType.LIGHTGBM, AIModelType.HUGGINGFACE, AIModelType.TENSORRT, AIModelType.MLFLOW, AIModelType.PMML, AIModelType.CUSTOM.',
  },
  {
    what: 'a version of a model that is a number',
    program: programOf(
      `new lib.AIModel(chart, 'churn', { namespace: platform.teams.ml, type: lib.AIModelType.PYTORCH, version: 1.4, storage: { location: 's3://models/churn/1.4.0' }, serving: { resources: { requests: { memory: '2Gi' } } } });`,
    ),
    stderr: `[local/team/churn] version must be a string, got 1.4: write '1.4'.`,
  },
  {
    what: 'stages of a workflow that are no list',
    program: programOf(
      `new lib.MLWorkflow(chart, 'train', { namespace: platform.teams.ml, type: lib.MLWorkflowType.TRAINING, stages: { name: 'train' } });`,
    ),
    stderr: '[local/team/train] stages must be a list, got {"name":"train"}: write it in brackets.',
  },
  {
    what: 'a volume without its mount path',
    program: programOf(
      `new lib.ServiceWorkload(chart, 'api', { namespace: platform.teams.core, image: 'registry.example/api:1.2.3', volumes: [lib.Volume.emptyDir('scratch')] });`,
    ),
    stderr: '[Volume.emptyDir] mountPath must be given, got nothing: pass a string.',
  },
  {
    what: 'a check that is a function',
    program: programOf('local.addCheck((graph) => []);'),
    stderr: '[local] addCheck: check must be an ICheck, got a function: pass an ICheck.',
  },
  {
    what: 'a peer with a misspelled key',
    program: programOf(
      `new lib.ServiceWorkload(chart, 'api', { namespace: platform.teams.core, image: 'registry.example/api:1.2.3', egress: [{ cidr: '10.0.0.0/8' }] });`,
    ),
    stderr: '[local/team/api] egress[0].cidr must be a prop of NetworkPeer, got "10.0.0.0/8": use cidrs.',
  },
  {
    what: 'a delivery by name',
    program: programOf(`app.environment('production', { provider: lib.KindProvider.local(), delivery: 'argocd' });`),
    stderr:
      '[PlatformApp.environment] delivery must be a Delivery, got "argocd": pass one of: Delivery.argoCd(), Delivery.files(), Delivery.terraform().',
  },
  {
    what: 'an app whose folder is no text',
    program: programOf('new lib.PlatformApp({ manifestsOutdir: 1 });'),
    stderr: `[PlatformApp] manifestsOutdir must be a string, got 1: write '1'.`,
  },
  {
    what: 'a negative number of nodes',
    program: programOf('lib.GpuPool.of(lib.GpuModel.T4, { max: -1 });'),
    stderr:
      '[node pool "gpu-t4"] max must be a whole number between 1 and 450, got -1: give the largest number of nodes; 450 is the quota of an EKS managed node group.',
  },
  {
    what: 'fewer nodes at most than at least',
    program: programOf('lib.GpuPool.of(lib.GpuModel.T4, { min: 4, max: 2 });'),
    stderr: '[node pool "gpu-t4"] max must be at least min (4), got 2: raise max or lower min.',
  },
  {
    what: 'a severity that no one is told of',
    program: programOf(
      `new lib.AlertRules(chart, 'rules', { namespace: platform.teams.ml }).add({ name: 'A', expression: 'up == 0', summary: 'down', severity: 'page' });`,
    ),
    stderr:
      '[local/team/rules] add: severity must be an AlertSeverity, got "page": use one of: AlertSeverity.CRITICAL, AlertSeverity.WARNING.',
  },
  {
    what: 'a receiver that is only named',
    program: programOf(
      `new lib.AlertRouting(chart, 'alerts', { namespace: platform.teams.ml, criticalReceivers: ['pagerduty'] });`,
    ),
    stderr:
      '[local/team/alerts] criticalReceivers[0] must be an AlertReceiver, got "pagerduty": pass one of: AlertReceiver.email(), AlertReceiver.pagerDuty(), AlertReceiver.slack(), AlertReceiver.webhook().',
  },
];
