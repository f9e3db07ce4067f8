import * as fs from 'fs';
import * as path from 'path';
import { parse } from 'yaml';
import { EngineLookup, EnginePods, enginePodsOf } from '../../../src/checks/rehearsal/engine-pods';
import { podResources } from '../../../src/checks/rehearsal/pod-amounts';
import { objectFrom } from '../../../src/checks/manifest-graph';
import { crdFolder } from '../../cluster/crds';
import { Json, object } from '../graph';

const GIB = 2 ** 30;
const GPU = { 'nvidia.com/gpu': 8 };
const TOLERATIONS = [{ key: 'nvidia.com/gpu', operator: 'Exists' }];
const PLACE = { nodeSelector: { disk: 'fast' }, tolerations: TOLERATIONS, affinity: {} };
const resources = (cpu: string, memory: string, limits: Json = {}) => ({ requests: { cpu, memory }, limits });

/** A runtime of the program, which says what the TrainJob does not. */
const RUNTIME = {
  spec: {
    mlPolicy: { numNodes: 3 },
    template: {
      spec: {
        replicatedJobs: [
          {
            name: 'node',
            template: { spec: { template: { spec: { containers: [{ resources: resources('1', '1Gi') }] } } } },
          },
        ],
      },
    },
  },
};

const LOOKUP: EngineLookup = {
  leastReplicas: (namespace, deployment) => (`${namespace}/${deployment}` === 'team/scaled-predictor' ? 4 : undefined),
  trainingRuntime: (_kind, _namespace, name) => (name === 'torch-three' ? RUNTIME : undefined),
  argoExecutor: resources('10m', '64Mi'),
};

const TRAIN_JOB = {
  runtimeRef: { apiGroup: 'trainer.kubeflow.org', kind: 'ClusterTrainingRuntime', name: 'torch-distributed' },
  trainer: { numNodes: 4, resourcesPerNode: resources('8', '32Gi', GPU) },
  runtimePatches: [
    {
      manager: 'example.org/me',
      trainingRuntimeSpec: {
        template: { spec: { replicatedJobs: [{ name: 'node', template: { spec: { template: { spec: PLACE } } } }] } },
      },
    },
  ],
};
const SPARK = {
  type: 'Python',
  mode: 'cluster',
  nodeSelector: { disk: 'fast' },
  memoryOverheadFactor: '0.5',
  dynamicAllocation: { enabled: true, minExecutors: 3, maxExecutors: 9 },
  driver: { cores: 2, coreLimit: '3', memory: '2g', template: { spec: PLACE }, ...PLACE, initContainers: [] },
  executor: {
    coreRequest: '1500m',
    memory: '1024m',
    memoryOverhead: '1g',
    instances: 7,
    gpu: { name: 'nvidia.com/gpu', quantity: 1 },
    sidecars: [{ name: 'log', resources: resources('100m', '256Mi') }],
  },
};
const TEMPLATES = [
  { name: 'graph', dag: { tasks: [{ name: 'a', template: 'a' }] } },
  { name: 'a', container: { image: 'a', resources: resources('1', '2Gi', GPU) }, ...PLACE },
  { name: 'b', script: { image: 'b', source: '', resources: resources('2', '1Gi') }, sidecars: [], initContainers: [] },
  {
    name: 'c',
    containerSet: {
      containers: [
        { name: 'x', resources: resources('1', '1Gi') },
        { name: 'y', resources: resources('1', '1Gi') },
      ],
    },
  },
  {
    name: 'train',
    resource: {
      action: 'create',
      manifest: JSON.stringify(object('trainer.kubeflow.org/v1alpha1', 'TrainJob', 'x', { spec: TRAIN_JOB })),
    },
  },
  { name: 'gone', resource: { action: 'delete', flags: ['trainjobs'] } },
];
const WORKFLOW = { entrypoint: 'graph', templates: TEMPLATES, ...PLACE, suspend: false };
const STEPS = [
  ['pod of step a', 1, 1.01, 2 + 1 / 16, 8, 'a'],
  ['pod of step b', 1, 2.01, 1 + 1 / 16, 0, 'b'],
  ['pod of step c', 1, 2.01, 2 + 1 / 16, 0, 'c'],
  ['pod of step train', 1, 0.01, 1 / 16, 0, 'train'],
  ['training nodes of step train', 4, 8, 32, 8, 'train'],
  ['pod of step gone', 1, 0.01, 1 / 16, 0, 'gone'],
];
const SPARK_PODS = [
  ['driver', 1, 2, 3, 0, 'run'],
  ['executors', 3, 1.6, 2.25, 1, 'run'],
];

/** What is made: what it is, how many, cores, GiB, GPUs, run. */
const CASES: [string, string, string, Json, unknown[][]][] = [
  [
    'a served model',
    'serving.kserve.io/v1beta1',
    'InferenceService',
    {
      predictor: { minReplicas: 2, model: { resources: resources('1', '4Gi', GPU) }, ...PLACE },
      transformer: { containers: [{ resources: resources('1', '1Gi') }] },
    },
    [
      ['pods', 2, 1, 4, 8, undefined],
      ['transformers', 1, 1, 1, 0, undefined],
    ],
  ],
  [
    'a served model over several nodes',
    'serving.kserve.io/v1beta1',
    'InferenceService',
    {
      predictor: {
        huggingface: { resources: resources('1', '4Gi', GPU) },
        workerSpec: { pipelineParallelSize: 3, containers: [{ resources: resources('2', '4Gi', GPU) }] },
      },
    },
    [
      ['pods', 1, 1, 4, 8, undefined],
      ['workers', 2, 2, 4, 8, undefined],
    ],
  ],
  [
    'a served model that is scaled to zero',
    'serving.kserve.io/v1beta1',
    'InferenceService',
    { predictor: { minReplicas: 0, sklearn: { resources: resources('1', '4Gi') } } },
    [],
  ],
  ['a Spark application', 'sparkoperator.k8s.io/v1beta2', 'SparkApplication', SPARK, SPARK_PODS],
  [
    'a Spark application without amounts',
    'sparkoperator.k8s.io/v1beta2',
    'SparkApplication',
    { type: 'Scala', driver: {}, executor: { instances: 2 } },
    [
      ['driver', 1, 1, 1.375, 0, 'run'],
      ['executors', 2, 1, 1.375, 0, 'run'],
    ],
  ],
  [
    'a scheduled Spark application',
    'sparkoperator.k8s.io/v1beta2',
    'ScheduledSparkApplication',
    { schedule: '@daily', suspend: false, template: SPARK },
    SPARK_PODS,
  ],
  ['a training', 'trainer.kubeflow.org/v1alpha1', 'TrainJob', TRAIN_JOB, [['training nodes', 4, 8, 32, 8, 'run']]],
  [
    'a training as its runtime says',
    'trainer.kubeflow.org/v1alpha1',
    'TrainJob',
    { runtimeRef: { name: 'torch-three' } },
    [['training nodes', 3, 1, 1, 0, 'run']],
  ],
  ['a workflow', 'argoproj.io/v1alpha1', 'Workflow', WORKFLOW, STEPS],
  ['a template of workflows', 'argoproj.io/v1alpha1', 'WorkflowTemplate', WORKFLOW, STEPS],
  ['a cluster-wide template', 'argoproj.io/v1alpha1', 'ClusterWorkflowTemplate', WORKFLOW, STEPS],
  ['a scheduled workflow', 'argoproj.io/v1alpha1', 'CronWorkflow', { suspend: false, workflowSpec: WORKFLOW }, STEPS],
  [
    'a run of a template, whose pods the template has',
    'argoproj.io/v1alpha1',
    'Workflow',
    { workflowTemplateRef: { name: 'train' } },
    [],
  ],
  [
    'a stream on Flink',
    'flink.apache.org/v1beta1',
    'FlinkDeployment',
    {
      flinkConfiguration: { 'taskmanager.numberOfTaskSlots': '2' },
      podTemplate: { spec: { ...PLACE, containers: [{ name: 'flink-main-container' }] } },
      jobManager: { resource: { cpu: 1, memory: '2048m' }, podTemplate: { spec: PLACE } },
      taskManager: { resource: { cpu: 2, memory: '4g' } },
      job: { parallelism: 5, state: 'running' },
    },
    [
      ['job managers', 1, 1, 2, 0, undefined],
      ['task managers', 3, 2, 4, 0, undefined],
    ],
  ],
  [
    'servers of features',
    'feast.dev/v1',
    'FeatureStore',
    {
      replicas: 2,
      services: {
        onlineStore: { server: { resources: resources('500m', '1Gi'), nodeSelector: { disk: 'fast' } } },
        offlineStore: { server: { resources: resources('500m', '2Gi') } },
        registry: { local: { server: { resources: resources('250m', '1Gi') } } },
        ui: { resources: resources('250m', '1Gi') },
        ...PLACE,
      },
    },
    [['pods', 2, 1.5, 5, 0, undefined]],
  ],
  [
    'servers of features that scale',
    'feast.dev/v1',
    'FeatureStore',
    { services: { onlineStore: {}, scaling: { autoscaling: { minReplicas: 3, maxReplicas: 9 } } } },
    [['pods', 3, 0, 0, 0, undefined]],
  ],
  [
    'a bus of events',
    'argoproj.io/v1alpha1',
    'EventBus',
    {
      jetstream: {
        replicas: 3,
        containerTemplate: { resources: resources('10m', '1Gi') },
        reloaderContainerTemplate: { resources: resources('10m', '0.5Gi') },
        metricsContainerTemplate: { resources: resources('10m', '0.5Gi') },
        ...PLACE,
      },
    },
    [['pods of the bus', 3, 0.03, 2, 0, undefined]],
  ],
  ['a bus of events that is elsewhere', 'argoproj.io/v1alpha1', 'EventBus', { kafka: { url: 'a:9092' } }, []],
  ...['EventSource', 'Sensor'].map((kind): (typeof CASES)[0] => [
    `what takes events, a ${kind}`,
    'argoproj.io/v1alpha1',
    kind,
    { template: { container: { resources: resources('10m', '1Gi') }, ...PLACE } },
    [['pods', 1, 0.01, 1, 0, undefined]],
  ]),
  [
    'a database',
    'postgresql.cnpg.io/v1',
    'Cluster',
    { instances: 3, resources: resources('1', '2Gi'), affinity: { nodeSelector: {}, tolerations: [] } },
    [['pods', 3, 1, 2, 0, undefined]],
  ],
  ...(
    [
      ['SparkApplication', 'sparkoperator.k8s.io/v1beta2', { ...SPARK, suspend: true }],
      ['ScheduledSparkApplication', 'sparkoperator.k8s.io/v1beta2', { suspend: true, template: SPARK }],
      ['TrainJob', 'trainer.kubeflow.org/v1alpha1', { ...TRAIN_JOB, suspend: true }],
      ['Workflow', 'argoproj.io/v1alpha1', { ...WORKFLOW, suspend: true }],
      ['CronWorkflow', 'argoproj.io/v1alpha1', { suspend: true, workflowSpec: WORKFLOW }],
      ['FlinkDeployment', 'flink.apache.org/v1beta1', { job: { state: 'suspended' } }],
    ] as const
  ).map(([kind, apiVersion, spec]): (typeof CASES)[0] => [`a ${kind} that is suspended`, apiVersion, kind, spec, []]),
];

const read = (apiVersion: string, kind: string, spec: Json, name = 'x'): EnginePods[] =>
  enginePodsOf(objectFrom('test', object(apiVersion, kind, name, { spec })), LOOKUP) ?? [];

test.each(CASES)('%s has the pods that its operator makes', (_what, apiVersion, kind, spec, expected) => {
  const made = read(apiVersion, kind, spec).map(({ what, count, spec: pod, run }) => {
    const { requests } = podResources(pod);
    const { cpu = 0, memory = 0, 'nvidia.com/gpu': gpus = 0 } = requests;
    return [what, count, Math.round(cpu * 1000) / 1000, memory / GIB, gpus, run];
  });
  expect(made).toEqual(expected);
});

test('pods run where their object says', () => {
  const placed = CASES.filter(([, , , spec]) => JSON.stringify(spec).includes('"disk":"fast"'));
  expect(placed.length).toBeGreaterThan(8);
  for (const [what, apiVersion, kind, spec] of placed) {
    const first = read(apiVersion, kind, spec).at(0);
    if (first) expect([what, first.spec.nodeSelector]).toEqual([what, { disk: 'fast' }]);
  }
});

test('an autoscaler of the program says how many pods a served model has at least', () => {
  const served = (name: string) =>
    read('serving.kserve.io/v1beta1', 'InferenceService', { predictor: { model: {} } }, name).map(({ count }) => count);
  expect(served('scaled')).toEqual([4]);
  expect(served('other')).toEqual([1]);
});

test('of other kinds nothing is known', () => {
  expect(enginePodsOf(objectFrom('test', object('example.org/v1', 'Workflow', 'x')), LOOKUP)).toBeUndefined();
});

const root = crdFolder();

(root === undefined ? test.skip : test)('each field that is read is one of the CRD', () => {
  const schemas = new Map<string, Schema>();
  for (const [what, apiVersion, kind, spec] of CASES) {
    const schema = schemas.get(kind) ?? schemaOf(kind, apiVersion);
    schemas.set(kind, schema);
    const paths = new Set<string>();
    read(apiVersion, kind, recorded(spec, '', paths) as Json);
    const unknown = [...paths].filter((one) => !isField(schema, one.split('.').slice(1)));
    expect([what, unknown]).toEqual([what, []]);
    expect(paths.size).toBeGreaterThan(0);
  }
});

interface Schema {
  readonly properties?: { readonly [field: string]: Schema };
  readonly items?: Schema;
  readonly additionalProperties?: unknown;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
}

interface Crd {
  readonly spec: {
    readonly versions: readonly { readonly name: string; readonly schema: { readonly openAPIV3Schema: Schema } }[];
  };
}

function schemaOf(kind: string, apiVersion: string): Schema {
  const [group, version] = apiVersion.split('/');
  const folder = root ?? '';
  const file = fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .find((one) => [`${kind}s`, kind].some((plural) => path.basename(one) === `${plural.toLowerCase()}.${group}.yaml`));
  const crd = parse(fs.readFileSync(path.join(folder, file ?? kind), 'utf8')) as Crd;
  const schema = crd.spec.versions.find(({ name }) => name === version)?.schema.openAPIV3Schema.properties?.spec;
  if (schema === undefined) throw new Error(`no CRD of ${kind} in ${apiVersion}`);
  return schema;
}

/** A value that remembers which of its fields were asked for. */
function recorded(value: unknown, where: string, paths: Set<string>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return new Proxy(value, {
    get: (target, key): unknown => {
      const inner = Reflect.get(target, key) as unknown;
      if (typeof key !== 'string' || typeof inner === 'function') return inner;
      if (Array.isArray(target)) return /^\d+$/.test(key) ? recorded(inner, where, paths) : inner;
      // keys of a map of Flink have dots
      const at = `${where}.${key.replaceAll('.', '-')}`;
      if (!['toJSON', 'length'].includes(key)) paths.add(at);
      return recorded(inner, at, paths);
    },
  });
}

function isField(schema: Schema, [key, ...rest]: readonly string[]): boolean {
  const here = schema.items ?? schema;
  const open = here.additionalProperties !== undefined || here['x-kubernetes-preserve-unknown-fields'] === true;
  if (key === undefined || (open && here.properties === undefined)) return true;
  const field = here.properties?.[key];
  return field === undefined ? open : isField(field, rest);
}
