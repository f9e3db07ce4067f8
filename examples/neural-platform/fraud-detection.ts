import { ApiObject, Chart } from 'cdk8s';
import {
  AIModel,
  AIModelType,
  AIZone,
  AIZoneType,
  DataPipeline,
  Environment,
  FeatureSourceType,
  FeatureStore,
  FeatureValueType,
  GpuModel,
  GpuPlacement,
  MLWorkflow,
  MLWorkflowType,
  NeuralPlatform,
  NotificationChannel,
  PipelineSinkType,
  PipelineSourceType,
  StageType,
  Theme,
  UserPreferences,
} from 'ml-platform-constructs';

/** A model from its data to its users, as objects of the platform's kinds, and one that KServe serves without them. */
export function addFraudDetection(environment: Environment, platform: NeuralPlatform): void {
  const chart = environment.addChart('fraud-detection');
  const { namespaces, dataPlatform } = platform;
  const bucket = `s3://${dataPlatform.artifactBucket.bucketName}`;

  new DataPipeline(chart, 'transactions', {
    namespace: namespaces.data,
    schedule: '0 2 * * *',
    source: { type: PipelineSourceType.KAFKA, config: { topic: 'transactions' } },
    sink: { type: PipelineSinkType.DATALAKE, config: { path: `${bucket}/lake/data-processing/transactions/` } },
  });
  new FeatureStore(chart, 'cards', {
    namespace: namespaces.features,
    features: [
      {
        name: 'payments_per_hour',
        type: FeatureValueType.FLOAT,
        // with a dot, it says whose it is: that of the pipelines
        source: { type: FeatureSourceType.STREAMING, topic: 'data-processing.transactions' },
      },
    ],
    serving: { online: {} },
  });
  new MLWorkflow(chart, 'train-fraud-detector', {
    namespace: namespaces.workflows,
    type: MLWorkflowType.TRAINING,
    stages: [
      {
        name: 'train',
        type: StageType.ML_TRAINING,
        config: { image: 'ghcr.io/acme/train-fraud:1.4.0', hyperparameters: { epochs: 10 } },
      },
    ],
  });
  new AIZone(chart, 'production-inference', { type: AIZoneType.INFERENCE });
  new AIModel(chart, 'fraud-detector', {
    namespace: namespaces.models,
    type: AIModelType.SKLEARN,
    version: '3.0',
    storage: { location: `${bucket}/models/ml-models/fraud-detector/3.0` },
    serving: { replicas: 3, resources: { requests: { cpu: '1', memory: '2Gi' } } },
  });
  addServerByHand(chart, platform, bucket);
  new UserPreferences(chart, 'john-doe', {
    namespace: namespaces.users,
    userId: '12345',
    theme: Theme.DARK,
    notifications: [NotificationChannel.EMAIL, NotificationChannel.SLACK],
    dashboards: [
      { name: 'ML Monitoring', widgets: ['model-performance', 'data-drift', 'resource-usage'] },
      { name: 'Cost Analysis', widgets: ['gpu-costs', 'storage-costs', 'compute-trends'] },
    ],
  });
}

/** A server that is no AIModel: what KServe offers beyond the kind is written as KServe has it. */
function addServerByHand(chart: Chart, { namespaces, priorities }: NeuralPlatform, bucket: string): void {
  const placement = GpuPlacement.on(GpuModel.T4, GpuModel.A100_80GB, GpuModel.V100_32GB);
  placement.checkCluster(chart);
  new ApiObject(chart, 'fraud-baseline', {
    apiVersion: 'serving.kserve.io/v1beta1',
    kind: 'InferenceService',
    metadata: { name: 'fraud-baseline', namespace: namespaces.serving.namespaceName },
    spec: {
      predictor: {
        serviceAccountName: NeuralPlatform.MODEL_SERVER_ACCOUNT,
        automountServiceAccountToken: false,
        priorityClassName: priorities.productionInference,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        affinity: placement.affinity,
        tolerations: placement.tolerations,
        minReplicas: 1,
        maxReplicas: 3,
        labels: { model_name: 'fraud-baseline', model_version: '1.0' },
        model: {
          modelFormat: { name: 'triton' },
          storageUri: `${bucket}/models/model-serving/fraud-baseline/1.0`,
          resources: { requests: { cpu: '1', memory: '4Gi' }, limits: { memory: '4Gi', ...placement.limits(1) } },
        },
      },
    },
  });
}
