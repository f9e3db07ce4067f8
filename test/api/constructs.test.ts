import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

import { ApiObject, App, Chart, JsonPatch, Testing } from 'cdk8s';
import { Construct } from 'constructs';

import {
  ABTest,
  ABTestGoal,
  AIModel,
  AIModelProps,
  AIModelType,
  AIZone,
  AIZoneType,
  DataPipeline,
  DeployedFramework,
  FeatureSourceType,
  FeatureStore,
  FeatureValueType,
  MLWorkflow,
  MLWorkflowType,
  ModelDeployment,
  PipelineSinkType,
  PipelineSourceType,
  PlatformCrds,
  PlatformManifest,
  ScalingMetricType,
  StageType,
} from '../../src/api';
import * as generated from '../../src/api/generated';
import { KINDS } from '../../src/api/kinds';
import { withDefaults } from '../../src/api/schema/validate';
import { Namespace } from '../../src/constructs/tenancy';
import { INamespace } from '../../src/contracts';
import { validObject } from './support/corpus';

function chart(): Chart {
  return new Chart(Testing.app(), 'chart');
}

function namespaceOf(scope: Construct): INamespace {
  return Namespace.fromName(scope, 'Namespace', 'ml-models');
}

const MODEL = {
  type: AIModelType.PYTORCH,
  version: '1.4.0',
  storage: { location: 's3://models/churn/1.4.0' },
  serving: { resources: { requests: { memory: '2Gi' } } },
};

test('a typed construct makes the object that its props say, and nothing more', () => {
  const scope = chart();
  const model = new AIModel(scope, 'churn', {
    ...MODEL,
    namespace: namespaceOf(scope),
    labels: { team: 'growth' },
    annotations: { note: 'x' },
  });
  expect(model.name).toBe('churn');
  expect(Testing.synth(scope)).toEqual([
    {
      apiVersion: 'nstarx.io/v1alpha1',
      kind: 'AIModel',
      metadata: { name: 'churn', namespace: 'ml-models', labels: { team: 'growth' }, annotations: { note: 'x' } },
      spec: {
        type: 'pytorch',
        version: '1.4.0',
        storage: { location: 's3://models/churn/1.4.0' },
        serving: { resources: { requests: { memory: '2Gi' } } },
      },
    },
  ]);
});

test('the object is the default child, so that escape hatches reach it', () => {
  const scope = chart();
  const model = new AIModel(scope, 'churn', { ...MODEL, namespace: namespaceOf(scope) });
  expect(model.node.defaultChild).toBe(model.resource);
  (model.node.defaultChild as ApiObject).addJsonPatch(JsonPatch.add('/metadata/annotations', { patched: 'true' }));
  expect(Testing.synth(scope)[0]).toMatchObject({ metadata: { annotations: { patched: 'true' } } });
});

test('what an escape hatch breaks is found at synthesis', () => {
  const app = new App({ outdir: fs.mkdtempSync(path.join(os.tmpdir(), 'api-')) });
  const scope = new Chart(app, 'chart');
  const model = new AIModel(scope, 'churn', { ...MODEL, namespace: namespaceOf(scope) });
  model.resource.addJsonPatch(JsonPatch.replace('/spec/type', 'keras'));
  expect(() => app.synth()).toThrow('[chart/churn/Resource] spec.type: must be one of "tensorflow"');
});

test('the name is the id unless the props have another, and cluster-scoped kinds have no namespace', () => {
  const scope = chart();
  const namespace = namespaceOf(scope);
  const named = new AIModel(scope, 'Second', { ...MODEL, namespace, name: 'churn-2' });
  expect(named.resource.metadata).toMatchObject({ name: 'churn-2', namespace: 'ml-models' });
  const zone = new AIZone(scope, 'training', { type: AIZoneType.TRAINING });
  expect(zone.name).toBe('training');
  expect(zone.resource.metadata.namespace).toBeUndefined();
});

test.each<[unknown, string]>([
  [
    undefined,
    'must be given, got nothing: pass the namespace of a team such as platform.teams.ml, or one that is imported with Namespace.fromName(scope, id, name).',
  ],
  ['ml-models', `must be an INamespace, got "ml-models": import it with Namespace.fromName(scope, id, 'ml-models').`],
  [
    new Chart(Testing.app(), 'other'),
    'must be an INamespace, got "Chart other": pass the namespace of a team such as platform.teams.ml, or one that is imported with Namespace.fromName(scope, id, name).',
  ],
])('plain JavaScript that gives %p for a namespace is told what to give', (namespace, message) => {
  const props = { ...MODEL, namespace } as unknown as AIModelProps;
  expect(() => new AIModel(chart(), 'churn', props)).toThrow(`[chart/churn] namespace ${message}`);
});

test('every wrong field is named at once, with the path of the construct', () => {
  const scope = chart();
  const bad = {
    ...MODEL,
    namespace: namespaceOf(scope),
    name: 'Churn',
    version: '1 4',
    serving: { ...MODEL.serving, replicas: 0 },
  };
  expect(() => new AIModel(scope, 'Churn', bad)).toThrow(
    [
      '[chart/Churn] metadata.name: must be the name of an object: use lower-case letters, digits, hyphens and dots',
      '[chart/Churn] spec.version: must be a version that fits in a label: use letters, digits, dots, underscores and hyphens, such as "2.0" or "v3-rc1"',
      '[chart/Churn] spec.serving.replicas: at least 1 replica required: to stop a model, delete it',
    ].join('\n'),
  );
});

test('each kind has a construct that takes its least', () => {
  const scope = chart();
  const namespace = namespaceOf(scope);
  const memory = { resources: { requests: { memory: '1Gi' } } };
  new AIModel(scope, 'churn', {
    ...MODEL,
    namespace,
    serving: {
      ...memory,
      autoscaling: { maxReplicas: 2, metrics: [{ type: ScalingMetricType.CPU, targetAverageUtilization: 70 }] },
    },
  });
  new DataPipeline(scope, 'orders', {
    namespace,
    source: { type: PipelineSourceType.KAFKA, config: { topic: 'orders' } },
    sink: { type: PipelineSinkType.DATALAKE, config: { path: 's3://lake/orders/' } },
  });
  new MLWorkflow(scope, 'train', {
    namespace,
    type: MLWorkflowType.TRAINING,
    stages: [
      {
        name: 'train',
        type: StageType.ML_TRAINING,
        config: { image: 'example/train:1', hyperparameters: { lr: 0.1 } },
      },
    ],
  });
  new AIZone(scope, 'inference', { type: AIZoneType.INFERENCE });
  new FeatureStore(scope, 'customers', {
    namespace,
    features: [
      { name: 'orders', type: FeatureValueType.INT64, source: { type: FeatureSourceType.STREAMING, topic: 'orders' } },
    ],
  });
  new ABTest(scope, 'fraud', {
    namespace,
    variants: [
      { name: 'a', modelRef: { name: 'fraud', version: '1' }, weight: 90, control: true },
      { name: 'b', modelRef: { name: 'fraud', version: '2' }, weight: 10 },
    ],
    metric: { name: 'caught_total', goal: ABTestGoal.MAXIMIZE },
  });
  new ModelDeployment(scope, 'churn-2', {
    namespace,
    model: { name: 'churn', version: '1', framework: DeployedFramework.PYTORCH },
    metrics: { accuracy: 0.9, f1Score: 0.9 },
    drift: { score: 0.1, measuredAt: '2024-01-15T10:00:00Z' },
  });
  const objects = Testing.synth(scope) as { kind: string; spec: Record<string, unknown> }[];
  expect(objects.map(({ kind }) => kind).sort()).toEqual(KINDS.map(({ kind }) => kind).sort());
  const deployment = objects.find(({ kind }) => kind === 'ModelDeployment');
  expect(deployment?.spec).toMatchObject({
    metrics: { accuracy: 0.9, f1_score: 0.9 },
    drift: { score: 0.1, measuredAt: '2024-01-15T10:00:00Z' },
  });
  expect(objects.find(({ kind }) => kind === 'MLWorkflow')?.spec).toMatchObject({
    stages: [{ config: { hyperparameters: { lr: 0.1 } } }],
  });
});

type KindConstruct = new (scope: Construct, id: string, props: object) => { readonly resource: ApiObject };

test.each(KINDS.map((kind) => [kind.kind, kind] as const))(
  '%s: props give back every field of the sample',
  (name, kind) => {
    const { spec } = validObject(kind);
    const Kind = (generated as unknown as Record<string, KindConstruct>)[name];
    const scope = chart();
    const place = kind.scope === 'Namespaced' ? { namespace: namespaceOf(scope) } : {};
    const { resource } = new Kind(scope, 'sample', { ...place, ...camelCased(spec) });
    expect(resource.toJson().spec).toEqual(spec);
  },
);

/** The snake_case fields of ModelDeployment are camelCase in the props. */
function camelCased(spec: Record<string, unknown>): Record<string, unknown> {
  const groups = ['metrics', 'fairness'].filter((group) => group in spec && !Array.isArray(spec[group]));
  const rename = (fields: unknown): unknown =>
    Object.fromEntries(
      Object.entries(fields as object).map(([key, value]) => [
        key.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
        value as unknown,
      ]),
    );
  return { ...spec, ...Object.fromEntries(groups.map((group) => [group, rename(spec[group])])) };
}

test('all definitions are in one construct', () => {
  const scope = chart();
  const crds = new PlatformCrds(scope, 'Crds');
  const objects = Testing.synth(scope) as { kind: string; metadata: { name: string } }[];
  expect(objects.map(({ metadata }) => metadata.name).sort()).toEqual([
    'abtests.nstarx.io',
    'aimodels.nstarx.io',
    'aizones.nstarx.io',
    'datapipelines.nstarx.io',
    'featurestores.nstarx.io',
    'mlworkflows.nstarx.io',
    'modeldeployments.mlifecycle.io',
  ]);
  expect(crds.definitions.AIModel.name).toBe('aimodels.nstarx.io');
  expect(JSON.stringify(objects)).not.toContain('"$');
});

test('definitions can be of some kinds only', () => {
  const scope = chart();
  const { definitions } = new PlatformCrds(scope, 'Crds', { kinds: ['ModelDeployment'] });
  expect(Object.keys(definitions)).toEqual(['ModelDeployment']);
  expect(Testing.synth(scope)).toHaveLength(1);
});

test.each([['ModelDeploiment'], []])('definitions of %p are refused', (...kinds: string[]) => {
  expect(() => new PlatformCrds(chart(), 'Crds', { kinds })).toThrow(
    /kinds must name some of AIModel, .*ModelDeployment, got .*: correct the name, or leave kinds out for all/,
  );
});

test('YAML is loaded with the same checks, and without its status', () => {
  const scope = chart();
  const file = path.resolve(__dirname, '../fixtures/samples/aimodel.yaml');
  const { resources } = new PlatformManifest(scope, 'Sample', { file });
  expect(resources).toHaveLength(1);
  expect(resources[0].metadata.name).toBe('sentiment-analyzer-v2');
  const [object] = Testing.synth(scope) as { status?: unknown; spec: unknown }[];
  expect(object.status).toBeUndefined();
  expect(object.spec).toMatchObject({ type: 'tensorflow', metrics: { accuracy: 0.95, latencyP95: '50ms' } });
});

test.each([
  [
    'kind: AIModel\napiVersion: nstarx.io/v1\n',
    '[chart/Sample] file, document 1 must be one of nstarx.io/v1alpha1 AIModel',
  ],
  [
    'apiVersion: mlifecycle.io/v1\nkind: ModelDeployment\nspec: {}\n',
    '[chart/Sample] metadata.name: must be the name of an object',
  ],
  ['just text\n', '[chart/Sample] file, document 1 must be one of nstarx.io/v1alpha1 AIModel'],
])('YAML that is no object of ours is refused: %j', (text, message) => {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'api-')), 'manifest.yaml');
  fs.writeFileSync(file, text);
  expect(() => new PlatformManifest(chart(), 'Sample', { file })).toThrow(message);
});

test('a file that is not there is refused', () => {
  expect(() => new PlatformManifest(chart(), 'Sample', { file: 'nowhere.yaml' })).toThrow(
    '[chart/Sample] file must be a file, got "nowhere.yaml": give a path that exists.',
  );
});

test('defaults below an object apply only where the object is there or has one', () => {
  const schema = KINDS[0].spec;
  const { serving, storage, type, version } = MODEL;
  const complete = withDefaults(schema, { serving, storage, type, version }) as Record<string, unknown>;
  expect(complete).toMatchObject({
    revisionHistoryLimit: 10,
    monitoring: { enabled: true },
    serving: { replicas: 1, port: 8080 },
  });
  expect(complete.monitoring).toEqual({ enabled: true });
});
