import {
  AIModel,
  AIModelType,
  AIZone,
  AIZoneType,
  CollectiveBackend,
  CronJobWorkload,
  DataPipeline,
  DataProcessingCronJob,
  DeployedFramework,
  DriftMethod,
  Environment,
  FeatureSourceType,
  FeatureStore,
  FeatureValueType,
  GpuModel,
  GpuPool,
  INamespace,
  JobWorkload,
  KindProvider,
  MlBackend,
  MLWorkflow,
  MLWorkflowType,
  ModelDeployment,
  Namespace,
  NamespaceQuota,
  NeuralPlatform,
  PipelineSinkType,
  PipelineSourceType,
  PlatformTesting,
  ServiceWorkload,
  StageType,
  TrainingFramework,
  TrainingJob,
  VolumeClaim,
} from '../../src';
import { SynthesisError } from '../../src/contracts/errors';
import { temporaryApp } from '../support/synth';

const image = 'ghcr.io/acme/any:1.0.0';
const GPU = { gpuModel: GpuModel.T4 };
const S3 = 's3://local-artifacts/lake';
const requests = { cpu: '1', memory: '1Gi' };
const lake = {
  source: { type: PipelineSourceType.DATALAKE, config: { path: `${S3}/in/` } },
  sink: { type: PipelineSinkType.DATALAKE, config: { path: `${S3}/out/` } },
};
const model = { type: AIModelType.SKLEARN, version: '1.0', storage: { location: 's3://local-artifacts/models/churn' } };

type Add = (chart: ReturnType<Environment['addChart']>, id: string, namespace: INamespace, gpu: boolean) => void;

/** Everything that makes pods, with or without a GPU. */
const MAKERS: { readonly [what: string]: { readonly add: Add; readonly gpus?: boolean } } = {
  service: {
    gpus: true,
    add: (chart, id, namespace, gpu) => new ServiceWorkload(chart, id, { namespace, image, ...(gpu ? GPU : {}) }),
  },
  backend: {
    gpus: true,
    add: (chart, id, namespace, gpu) => new MlBackend(chart, id, { namespace, image, ...(gpu ? GPU : {}) }),
  },
  job: {
    gpus: true,
    add: (chart, id, namespace, gpu) => new JobWorkload(chart, id, { namespace, image, ...(gpu ? GPU : {}) }),
  },
  training: { gpus: true, add: (chart, id, namespace) => new TrainingJob(chart, id, { namespace, image, ...GPU }) },
  nightly: {
    gpus: true,
    add: (chart, id, namespace, gpu) =>
      new CronJobWorkload(chart, id, { namespace, image, schedule: '0 2 * * *', ...(gpu ? GPU : {}) }),
  },
  processing: {
    gpus: true,
    add: (chart, id, namespace, gpu) =>
      new DataProcessingCronJob(chart, id, { namespace, image, schedule: '0 2 * * *', ...(gpu ? GPU : {}) }),
  },
  aimodel: {
    gpus: true,
    add: (chart, id, namespace, gpu) =>
      new AIModel(chart, id, {
        namespace,
        ...model,
        serving: { resources: { requests, ...(gpu ? { limits: { 'nvidia.com/gpu': '1' } } : {}) } },
      }),
  },
  deployment: {
    gpus: true,
    add: (chart, id, namespace, gpu) =>
      new ModelDeployment(chart, id, {
        namespace,
        model: { name: 'churn', version: '1.0.0', framework: DeployedFramework.SKLEARN },
        metrics: { accuracy: 0.9, f1Score: 0.9 },
        fairness: { demographicParity: 0.01, protectedAttributes: ['age'] },
        drift: { score: 0.01, method: DriftMethod.POPULATION_STABILITY_INDEX },
        dependencies: [{ name: 'scikit-learn', version: '1.7.0' }],
        serving: { image, resources: { requests, ...(gpu ? { limits: { 'nvidia.com/gpu': '1' } } : {}) } },
      }),
  },
  workflow: {
    gpus: true,
    add: (chart, id, namespace, gpu) =>
      new MLWorkflow(chart, id, {
        namespace,
        type: MLWorkflowType.TRAINING,
        resources: gpu ? { training: { cpu: '2', memory: '8Gi', 'nvidia.com/gpu': '1' } } : undefined,
        stages: [
          {
            name: 'train',
            type: StageType.ML_TRAINING,
            config: {
              image,
              framework: TrainingFramework.PYTORCH,
              distributedTraining: { workers: 2, backend: CollectiveBackend.GLOO },
            },
          },
        ],
      }),
  },
  pipeline: {
    add: (chart, id, namespace) => new DataPipeline(chart, id, { namespace, ...lake, schedule: '0 2 * * *' }),
  },
  features: {
    add: (chart, id, namespace) =>
      new FeatureStore(chart, id, {
        namespace,
        features: [
          {
            name: 'orders_per_hour',
            type: FeatureValueType.FLOAT,
            source: { type: FeatureSourceType.STREAMING, topic: 'orders' },
          },
        ],
        serving: { online: {} },
      }),
  },
};

const TINY = { cpu: '10m', memory: '8Mi', gpus: 4 };
const LARGE = { cpu: '64', memory: '256Gi', gpus: 4 };
/** As a namespace has it by default, with enough of all but GPUs. */
const NO_GPUS = { cpu: '64', memory: '256Gi' };

/** What a synthesis finds of quotas with each maker in a namespace of its own. */
function found(quota: NamespaceQuota, gpu: boolean): { readonly [what: string]: string[] } {
  const { app } = temporaryApp();
  const environment = app.environment('local', { provider: KindProvider.local({ workersPerPool: 10 }) });
  new NeuralPlatform(environment, 'neural', {
    domain: 'ml.acme.example',
    gpuPools: [GpuPool.of(GpuModel.T4, { max: 10 })],
    operators: { kafkaBootstrapServers: 'kafka.kafka:9092', flinkImage: 'ghcr.io/acme/flink:2.1.0' },
  });
  const chart = environment.addChart('quotas');
  const makers = Object.entries(MAKERS).filter(([, { gpus }]) => gpus === true || !gpu);
  for (const [what, { add }] of makers) {
    const namespace = new Namespace(chart, `in-${what}`, { quota });
    add(chart, what, namespace, gpu);
  }
  let findings: readonly string[] = [];
  try {
    PlatformTesting.synth(app);
  } catch (error) {
    if (!(error instanceof SynthesisError)) throw error;
    ({ findings } = error);
  }
  const ofQuotas = findings.filter((finding) => finding.includes('ResourceQuota'));
  return Object.fromEntries(
    makers.map(([what]) => [what, ofQuotas.filter((finding) => finding.startsWith(`[local/quotas/${what}/`))]),
  );
}

test('whatever makes pods is refused in a namespace whose quota is too small', () => {
  const tiny = found(TINY, false);
  for (const [what, findings] of Object.entries(tiny)) {
    for (const key of ['requests.cpu', 'requests.memory', 'limits.memory']) {
      expect([what, key, findings.filter((finding) => finding.includes(`(${key})`)).length]).toEqual([what, key, 1]);
    }
  }
});

test('whatever asks for GPUs is refused in a namespace whose quota has none', () => {
  for (const [what, findings] of Object.entries(found(NO_GPUS, true))) {
    expect([what, findings]).toEqual([
      what,
      [
        expect.stringMatching(
          /nvidia.com\/gpu, with which namespace in-\w+ has \d nvidia.com\/gpu in use, and its ResourceQuota tenant allows 0 nvidia.com\/gpu \(requests.nvidia.com\/gpu\); raise gpus in the quota of the namespace, or ask for less$/,
        ),
      ],
    ]);
  }
});

test('all of it is taken where there is enough', () => {
  for (const gpu of [false, true]) {
    expect(Object.values(found(LARGE, gpu)).flat()).toEqual([]);
  }
});

test('claims are held against the storage of the quota', () => {
  const { app } = temporaryApp();
  const environment = app.environment('local', { provider: KindProvider.local() });
  environment.addCluster();
  const chart = environment.addChart('quotas');
  new VolumeClaim(chart, 'data', { namespace: new Namespace(chart, 'team'), size: '200Gi' });
  expect(() => PlatformTesting.synth(app)).toThrow(
    'PersistentVolumeClaim data (kubectl apply -k dist/local): asks for 204800Mi storage, with which namespace team has 204800Mi storage in use, and its ResourceQuota tenant allows 102400Mi storage (requests.storage); raise storage in the quota of the namespace, or ask for less',
  );
});

test('a model that a zone takes over is held against the quota of the zone', () => {
  const { app } = temporaryApp();
  const environment = app.environment('local', { provider: KindProvider.local() });
  const neural = new NeuralPlatform(environment, 'neural', { domain: 'ml.acme.example' });
  const chart = environment.addChart('zones');
  new AIModel(chart, 'churn', { namespace: neural.namespaces.models, ...model, serving: { resources: { requests } } });
  new AIZone(chart, 'inference', {
    type: AIZoneType.INFERENCE,
    resources: { compute: { limits: { cpu: '2', memory: '8Gi' } } },
    models: [{ name: 'churn', replicas: 3 }],
  });
  expect(() => PlatformTesting.synth(app)).toThrow(
    'AIZone inference (kubectl apply -k dist/local): the pods of InferenceService churn ask for 3000m cpu, with which namespace inference has 3000m cpu in use, and its ResourceQuota zone allows 2000m cpu (requests.cpu); raise requests.cpu in the resources of AIZone inference, or ask for less',
  );
});
