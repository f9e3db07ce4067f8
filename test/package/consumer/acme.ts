// What a new user writes: two environments of one platform with everything in it, through the public API only.
import * as assert from 'node:assert/strict';
import {
  AIModel,
  AIModelType,
  AlertReceiver,
  AwsProvider,
  Capture,
  Component,
  ComponentRegistry,
  Components,
  CronJobWorkload,
  DataPipeline,
  DataPlatform,
  Environment,
  FeatureSourceType,
  FeatureStore,
  FeatureValueType,
  Finding,
  GpuModel,
  GpuPool,
  HttpRoute,
  ICheck,
  JobWorkload,
  KindProvider,
  ManifestGraph,
  Match,
  NeuralPlatform,
  PipelineSinkType,
  PipelineSourceType,
  PlatformApp,
  PlatformFindings,
  PlatformTemplate,
  ServiceWorkload,
  Tier,
  TrainingJob,
} from 'ml-platform-constructs';

/** Every Namespace of a team says whose it is. */
class TeamLabelCheck implements ICheck {
  public check(graph: ManifestGraph): Finding[] {
    return graph
      .ofKind('Namespace', '')
      .filter((manifest) => !JSON.stringify(manifest.json).includes('nstarx.io/team'))
      .map(({ path, name }) => ({ path, message: `namespace ${name} has no team; add the label nstarx.io/team` }));
  }
}

function addPlatform(environment: Environment, domain: string): void {
  const platform = new DataPlatform(environment, 'data-platform', {
    domain,
    gpuPools: [GpuPool.of(GpuModel.T4, { max: 2 })],
    criticalAlertReceivers: [AlertReceiver.pagerDuty({ routingKeySecretName: 'pagerduty' })],
  });
  const neural = new NeuralPlatform(environment, 'neural');
  const vision = platform.addTeam('vision', { quota: { cpu: '32', memory: '128Gi', gpus: 2 } });
  const ranking = platform.addTeam('ranking');

  const chart = environment.addChart('acme');
  const api = new ServiceWorkload(chart, 'ranking-api', {
    namespace: ranking,
    image: 'ghcr.io/acme/ranking-api:1.4.2',
    env: { LOG_LEVEL: 'info' },
    replicas: 2,
    imagePullSecrets: ['ghcr'],
  });
  platform.database.grantReadWrite(api);
  platform.cache.grantRead(api);
  new HttpRoute(chart, 'ranking-route', { gateway: platform.gateway, workload: api, host: 'ranking' });

  const worker = new ServiceWorkload(chart, 'vision-worker', {
    namespace: vision,
    image: 'ghcr.io/acme/vision-worker:2.0.1',
    gpuModel: GpuModel.T4,
    gpus: 1,
    replicas: 1,
    memory: '4Gi',
  });
  platform.artifactBucket.grantRead(worker);
  api.connectTo(worker);

  const training = new TrainingJob(chart, 'train-vision', {
    namespace: vision,
    image: 'ghcr.io/acme/train-vision:2.0.1',
    gpuModel: GpuModel.T4,
  });
  platform.artifactBucket.grantReadWrite(training);
  new JobWorkload(chart, 'migrate', { namespace: ranking, image: 'ghcr.io/acme/migrate:1.4.2' });
  new CronJobWorkload(chart, 'report', {
    namespace: ranking,
    image: 'ghcr.io/acme/report:1.0.0',
    schedule: '30 6 * * 1',
  });

  const bucket = `s3://${platform.artifactBucket.bucketName}`;
  new DataPipeline(chart, 'orders', {
    namespace: neural.namespaces.data,
    schedule: '0 2 * * *',
    source: { type: PipelineSourceType.DATALAKE, config: { path: `${bucket}/lake/data-processing/raw/orders/` } },
    sink: { type: PipelineSinkType.DATALAKE, config: { path: `${bucket}/lake/data-processing/orders/` } },
  });
  new FeatureStore(chart, 'customers', {
    namespace: neural.namespaces.features,
    features: [
      {
        name: 'orders_per_month',
        type: FeatureValueType.FLOAT,
        source: { type: FeatureSourceType.BATCH, query: 'SELECT 1' },
      },
    ],
    serving: { online: {} },
  });
  new AIModel(chart, 'churn', {
    namespace: neural.namespaces.models,
    type: AIModelType.XGBOOST,
    version: '1.4.0',
    storage: { location: `${bucket}/models/ml-models/churn/1.4.0` },
    serving: { resources: { requests: { cpu: '1', memory: '2Gi' }, limits: { memory: '2Gi' } } },
  });

  const registry = ComponentRegistry.of(chart);
  registry.require(Components.keda());
  registry.require(
    new Component('feature-flags', {
      chart: { repository: 'https://charts.acme.example', name: 'feature-flags', version: '2.5.0' },
      namespace: 'feature-flags',
      values: { replicas: 2 },
    }),
  );
  environment.addExistingObject({ kind: 'Secret', name: 'ghcr', namespace: 'ranking' });
  environment.addCheck(new TeamLabelCheck());
}

const app = new PlatformApp();
addPlatform(
  app.environment('local', { provider: KindProvider.local({ workersPerPool: 2 }), tier: Tier.LOCAL }),
  'ml.localhost.example',
);
addPlatform(
  app.environment('production', {
    provider: AwsProvider.inRegion('eu-west-1', { stateBucket: 'acme-tf-state' }),
    tier: Tier.PRODUCTION,
  }),
  'ml.acme.example',
);
console.log(app.synth().toString());

const version = new Capture();
const template = PlatformTemplate.fromApp(app, 'production');
template.hasObject('Deployment', {
  metadata: { name: 'ranking-api' },
  spec: { replicas: 2, paused: Match.absent() },
});
template.hasResource('helm_release', { name: 'feature-flags', version });
assert.equal(version.asString(), '2.5.0');
assert.deepEqual(Object.keys(template.findObjects('AIModel')), ['ml-models/churn']);
assert.throws(() => template.objectCountIs('Deplyoment', 1), /did you mean Deployment\?/);
PlatformFindings.fromApp(app, 'production').hasNoError('*', Match.anyValue());
