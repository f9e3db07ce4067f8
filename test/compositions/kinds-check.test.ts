import {
  AIModel,
  AIModelProps,
  AIModelType,
  AIZone,
  AIZoneType,
  DataPlatform,
  DeployedFramework,
  Environment,
  KindProvider,
  MLWorkflow,
  MLWorkflowType,
  ModelDeployment,
  ModelDeploymentProps,
  NeuralPlatform,
  NeuralPlatformProps,
  PlatformTesting,
  StageType,
} from '../../src';
import { temporaryApp } from '../support/synth';

interface Setup {
  readonly environment: Environment;
  readonly neural: NeuralPlatform;
  readonly synth: () => unknown;
}

function setUp(props: NeuralPlatformProps = {}): Setup {
  const { app } = temporaryApp();
  const environment = app.environment('local', { provider: KindProvider.local() });
  const neural = new NeuralPlatform(environment, 'neural', { domain: 'ml.acme.example', ...props });
  return { environment, neural, synth: () => PlatformTesting.synth(app) };
}

function addModel(
  { environment, neural }: Setup,
  serving: Partial<AIModelProps['serving']> = {},
  location = 's3://models/churn',
  name = 'churn',
): void {
  new AIModel(environment.addChart('models'), name, {
    namespace: neural.namespaces.models,
    type: AIModelType.SKLEARN,
    version: '1.0',
    storage: { location },
    serving: { resources: { requests: { cpu: '1', memory: '1Gi' } }, ...serving },
  });
}

test('objects that can be done pass, whatever is off that they do not need', () => {
  const setup = setUp({ engines: { spark: false, flink: false, kubeflowTrainer: false, feast: false } });
  addModel(setup);
  new MLWorkflow(setup.environment.addChart('workflows'), 'train', {
    namespace: setup.neural.namespaces.workflows,
    type: MLWorkflowType.TRAINING,
    stages: [{ name: 'train', type: StageType.PYTHON_JOB, config: { image: 'ghcr.io/acme/train:1.0.0' } }],
  });
  expect(setup.synth).not.toThrow();
});

test('a stage that makes an object of an engine that is off is refused', () => {
  const setup = setUp({ engines: { spark: false } });
  new MLWorkflow(setup.environment.addChart('workflows'), 'train', {
    namespace: setup.neural.namespaces.workflows,
    type: MLWorkflowType.TRAINING,
    stages: [
      {
        name: 'prepare',
        type: StageType.SPARK_JOB,
        config: { image: 'ghcr.io/acme/prepare:1.0.0', mainClass: 'Prepare' },
      },
    ],
  });
  expect(setup.synth).toThrow(
    'MLWorkflow train: needs a SparkApplication of sparkoperator.k8s.io/v1beta2, which no component defines; set engines.spark of NeuralPlatform to true, or leave it out',
  );
});

describe('the policy gate at synthesis', () => {
  function deploy(
    { environment, neural }: Setup,
    more: Partial<Pick<ModelDeploymentProps, 'metrics' | 'drift' | 'serving'>> = {},
  ): void {
    new ModelDeployment(environment.addChart('deployments'), 'fraud', {
      namespace: neural.namespaces.models,
      model: { name: 'fraud', version: '2.1.0', framework: DeployedFramework.ONNX },
      metrics: { accuracy: 0.94, f1Score: 0.9 },
      fairness: { demographicParity: 0.02 },
      drift: { score: 0.05 },
      ...more,
    });
  }
  const image = 'ghcr.io/acme/fraud:2.1.0';

  test.each([
    ['with an image', { serving: { image } }],
    ['before there is one', {}],
    ['whose drift was measured long ago: the API server says that it is too old', { drift: oldDrift('2001-01-01') }],
    [
      'whose drift is measured later than the synthesis, on a machine with another clock',
      { drift: oldDrift('2999-01-01') },
    ],
  ])('a manifest that keeps it passes, %s', (_, more) => {
    const setup = setUp({ operators: { modelPolicies: { driftMaxAgeDays: 30 } } });
    deploy(setup, { drift: oldDrift('2026-11-01'), ...more });
    expect(setup.synth).not.toThrow();
  });

  test.each([
    ['with an image', { serving: { image } }],
    ['before there is one', {}],
  ])('what it does not keep are findings with the path, the field and the bound, %s', (_, more) => {
    const setup = setUp();
    deploy(setup, { metrics: { accuracy: 0.84, f1Score: 0.79 }, ...more });
    const finding = (figure: string, bound: string, given: string) =>
      `[local/deployments/fraud/Resource] ModelDeployment fraud: spec.metrics.${figure} must be at least ${bound}, got ${given}: train the model further`;
    expect(setup.synth).toThrow(finding('accuracy', '0.85', '0.84'));
    expect(setup.synth).toThrow(finding('f1_score', '0.8', '0.79'));
  });

  test('the bounds are those of the environment', () => {
    const setup = setUp({ operators: { modelPolicies: { least: { accuracy: 0.95 }, driftMaxAgeDays: 30 } } });
    deploy(setup);
    expect(setup.synth).toThrow('spec.metrics.accuracy must be at least 0.95, got 0.94');
    expect(setup.synth).toThrow('spec.drift.measuredAt must be a time of RFC 3339');
  });

  function oldDrift(day: string): ModelDeploymentProps['drift'] {
    return { score: 0.05, measuredAt: `${day}T00:00:00Z` };
  }
});

test('what an operator would refuse is a finding with the path of the object and the field of its spec', () => {
  const setup = setUp();
  addModel(setup, {}, undefined, 'churn--eu');
  expect(setup.synth).toThrow(
    '[local/models/churn--eu/Resource] AIModel churn--eu: metadata.name must leave a host name of the form <name>--<namespace>',
  );
});

test.each([
  ['models/ml-models/churn', undefined],
  ['churn', 'needs s3://local-artifacts/churn/, which its pods do not reach; put it into one of models/ml-models/'],
  [
    'lake/churn',
    'needs s3://local-artifacts/lake/churn/, which its pods do not reach; put it into one of models/ml-models/',
  ],
  ['models/churn', 'needs s3://local-artifacts/models/churn/, which its pods do not reach'],
  ['models/vision/churn', 'needs s3://local-artifacts/models/vision/churn/, which its pods do not reach'],
  ['models-of-others/churn', 'needs s3://local-artifacts/models-of-others/churn/, which its pods do not reach'],
])('a model in the folder %s of the bucket is refused where model servers do not reach it', (folder, problem) => {
  const setup = setUp();
  new AIModel(setup.environment.addChart('models'), 'churn', {
    namespace: setup.neural.namespaces.models,
    type: AIModelType.SKLEARN,
    version: '1.0',
    storage: { location: `s3://local-artifacts/${folder}` },
    serving: { resources: { requests: { cpu: '1', memory: '1Gi' } } },
  });
  if (problem === undefined) expect(setup.synth).not.toThrow();
  else expect(setup.synth).toThrow(`AIModel churn: ${problem}`);
});

test('a folder that is shared with a namespace is reached there', () => {
  const setup = setUp({ sharedFolders: { 'ml-models': ['models/vision/'] } });
  addModel(setup, {}, 's3://local-artifacts/models/vision/churn');
  expect(setup.synth).not.toThrow();
});

test.each(['models', '/models/', 'models/../lake/', 'models/*/', ''])('%j is no folder to share', (folder) => {
  expect(() => setUp({ sharedFolders: { 'ml-models': [folder] } })).toThrow(
    `sharedFolders.ml-models must be folders with a slash at the end, and none at the start, got ${JSON.stringify(folder)}`,
  );
});

test('folders are shared with namespaces in which something runs', () => {
  expect(() => setUp({ sharedFolders: { vision: ['lake/data-processing/'] } })).toThrow(
    'sharedFolders.vision must be of a namespace that the engines run in: ml-models, model-serving, data-processing, ml-workflows, feature-stores, got "vision": correct the name, or add the namespace to engineNamespaces.',
  );
});

test('an AIZone is one of the program, or one that is told of', () => {
  const misspelled = setUp();
  new AIZone(misspelled.environment.addChart('zones'), 'vision', { type: AIZoneType.INFERENCE });
  addModel(misspelled, { zone: 'visoin' });
  expect(misspelled.synth).toThrow(
    'AIModel churn: refers to AIZone visoin, which nothing creates; use vision, or add it',
  );

  const known = setUp();
  known.environment.addExistingObject({ kind: 'AIZone', name: 'vision' });
  addModel(known, { zone: 'vision' });
  expect(known.synth).not.toThrow();
});

test('the engines of a namespace reach its own folders of the bucket, its own schema, and what is shared with it', () => {
  const { app } = temporaryApp();
  const environment = app.environment('local', { provider: KindProvider.local() });
  const platform = new DataPlatform(environment, 'data-platform', { domain: 'ml.acme.example' });
  const engineNamespaces = ['vision', 'fraud'].map((name) => platform.addTeam(name));
  const sharedFolders = { vision: ['lake/data-processing/orders/'] };
  new NeuralPlatform(environment, 'neural', { engineNamespaces, sharedFolders });
  const files = Object.entries(PlatformTesting.synth(app));
  const text = (suffix: string) => files.find(([file]) => file.endsWith(suffix))?.[1] ?? '';
  const actions = (namespace: string): string[] => {
    const [, list = ''] =
      new RegExp(`"name":"namespace-${namespace}",.*?"actions":\\[(.*?)\\]`).exec(
        text('externalsecret-s3-identities.yaml').replaceAll('\\"', '"'),
      ) ?? [];
    return list.split(',').map((action) => action.replace(/"|local-artifacts\//g, ''));
  };
  const areas = ['features', 'lake', 'models', 'pipelines', 'workflows'];
  const written = (namespace: string) => areas.map((area) => `Write:${area}/${namespace}/*`).sort();
  const writes = (namespace: string) =>
    actions(namespace)
      .filter((action) => action.startsWith('Write:'))
      .sort();
  expect(writes('fraud')).toEqual(written('fraud'));
  expect(writes('vision')).toEqual(written('vision'));
  const foreign = (namespace: string) => actions(namespace).filter((action) => !action.includes(`/${namespace}/`));
  expect(foreign('fraud')).toEqual([]);
  expect(foreign('vision')).toEqual(['Read:lake/data-processing/orders/*', 'List:lake/data-processing/orders/*']);
  expect(text('configmap-database-users.yaml')).toContain("('vision.spark', 'readers:vision');");
});
