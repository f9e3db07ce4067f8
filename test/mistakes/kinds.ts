import { Mistake, programOf } from './mistake';

const NO_BUS = `const neural = new lib.NeuralPlatform(local, 'neural', { createMessageBus: false });
`;
const neuralWith = (
  engines: string,
) => `const neural = new lib.NeuralPlatform(local, 'neural', { engines: { ${engines} } });
`;
const pipelineWith = (
  props: string,
  source = `type: lib.PipelineSourceType.DATALAKE, config: { path: 's3://local-artifacts/lake/data-processing/in/' }`,
) =>
  `new lib.DataPipeline(chart, 'orders', {
  namespace: neural.namespaces.data,
  source: { ${source} },
  sink: { type: lib.PipelineSinkType.DATALAKE, config: { path: 's3://local-artifacts/lake/data-processing/out/' } },
  ${props},
});`;
const workflowWith = (type: string, config: string, more = '') => `new lib.MLWorkflow(chart, 'train', {
  namespace: neural.namespaces.workflows,
  type: lib.MLWorkflowType.TRAINING,
  stages: [{ name: 'train', type: lib.StageType.${type}, config: { image: 'ghcr.io/acme/train:1.0.0', ${config} } }],
  ${more}
});`;
const on = (engine: string) => `set engines.${engine} of NeuralPlatform to true, or leave it out`;

/** Objects of the platform's kinds that their operators would not accept. */
export const KIND_MISTAKES: Mistake[] = [
  {
    what: 'a pipeline on Spark, which is off',
    given: neuralWith('spark: false') + pipelineWith(`schedule: '0 2 * * *'`),
    finding: `DataPipeline orders: needs a ScheduledSparkApplication of sparkoperator.k8s.io/v1beta2, which no component defines; ${on('spark')}`,
  },
  {
    what: 'a pipeline from Kafka without a broker',
    given:
      NO_BUS +
      pipelineWith(
        `engine: lib.PipelineEngine.SPARK, schedule: '0 2 * * *'`,
        `type: lib.PipelineSourceType.KAFKA, config: { topic: 'orders', format: lib.DataFormat.JSON }`,
      ),
    finding: `DataPipeline orders: spec.source.config.bootstrapServers must be given, since the platform has no Kafka, got nothing: set config.bootstrapServers, a connection whose Secret has a url, or createMessageBus of NeuralPlatform`,
  },
  {
    what: 'a model that the policy gate refuses',
    given: `const neural = new lib.NeuralPlatform(local, 'neural');
new lib.ModelDeployment(chart, 'fraud', {
  namespace: neural.namespaces.models,
  model: { name: 'fraud', version: '2.1.0', framework: lib.DeployedFramework.ONNX },
  metrics: { accuracy: 0.84, f1Score: 0.9 },
  fairness: { demographicParity: 0.02 },
  drift: { score: 0.05 },
});`,
    finding: `ModelDeployment fraud: spec.metrics.accuracy must be at least 0.85, got 0.84: train the model further, or have the platform's reviewers change the bound`,
  },
  {
    what: 'a workflow without Argo Workflows, which is off',
    given: neuralWith('argoWorkflows: false') + workflowWith('PYTHON_JOB', ''),
    finding: `MLWorkflow train: needs a WorkflowTemplate of argoproj.io/v1alpha1, which no component defines; ${on('argoWorkflows')}`,
  },
  {
    what: 'a workflow that pushes start, without Argo Events',
    given:
      neuralWith('argoEvents: false') +
      workflowWith(
        'CONTAINER',
        '',
        `trigger: { type: lib.WorkflowTriggerType.GIT, repository: 'https://github.com/acme/fraud' },`,
      ),
    finding: `MLWorkflow train: spec.trigger.type git must be one that the platform has, got "git in ml-workflows": set engines.argoEvents of NeuralPlatform to true`,
  },
  {
    what: 'a distributed training without the Trainer, which is off',
    given:
      neuralWith('kubeflowTrainer: false') +
      workflowWith(
        'ML_TRAINING',
        `framework: lib.TrainingFramework.PYTORCH, distributedTraining: { workers: 2, backend: lib.CollectiveBackend.GLOO }`,
      ),
    finding: `MLWorkflow train: needs a TrainJob of trainer.kubeflow.org/v1alpha1, which no component defines; ${on('kubeflowTrainer')}`,
  },
  {
    what: 'a streaming feature without a broker',
    given: `${NO_BUS}new lib.FeatureStore(chart, 'growth', {
  namespace: neural.namespaces.features,
  entities: [{ name: 'customer', joinKey: 'customer_id', type: lib.EntityKeyType.INT64 }],
  features: [
    {
      name: 'orders_30d',
      type: lib.FeatureValueType.INT64,
      entity: 'customer',
      source: { type: lib.FeatureSourceType.STREAMING, topic: 'orders', transformation: 'def f(x): return x' },
    },
  ],
});`,
    finding: `FeatureStore growth: spec.features[0].source.type must not be streaming: the platform knows no Kafka, got "streaming": compute it by a query, or give the platform a message bus: createMessageBus of NeuralPlatform`,
  },
].map(({ what, given, finding }) => ({
  what,
  program: programOf(given),
  stderr: `1 problem found, nothing was written:\n  [local/team/${finding.split(/[ :]/)[1]}/Resource] ${finding}`,
}));
