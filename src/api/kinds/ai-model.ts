import { PLATFORM_GROUP } from '../../contracts/names';
import { choice, flag, integer, list, map, number, rule, struct, text } from '../schema/builders';
import {
  autoscaling,
  column,
  duration,
  fraction,
  image,
  name,
  nodeSelector,
  phase,
  priorityClassName,
  readyColumn,
  resourceRequirements,
  runAsUser,
  secretRef,
  serviceAccountName,
  status,
  version,
} from '../schema/fragments';
import { DATA, location, MODELS } from '../schema/locations';
import { plainName, urlPath, variables } from '../schema/texts';
import { KindDefinition } from '../schema/schema';

const storage = struct(
  'AIModelStorage',
  'Where the model is kept.',
  {
    location: location('Folder or file of the model.', MODELS),
    format: choice(
      'AIModelFormat',
      'How the model is written.',
      [
        'savedmodel',
        'torchscript',
        'onnx',
        'safetensors',
        'gguf',
        'pickle',
        'joblib',
        'pmml',
        'xgboost',
        'lightgbm',
        'mlflow',
        'tensorrt',
      ],
      { absent: 'what the server expects for the type' },
    ),
    secretRef: secretRef('Secret with the credentials of the store.'),
    sha256: text('Checksum of the file; the server does not start with another.', {
      maxLength: 64,
      pattern: ['^[a-f0-9]{64}$', 'must be a SHA-256 checksum: write 64 hexadecimal digits in lower case'],
      absent: 'not checked',
    }),
  },
  { required: ['location'] },
);

const serving = struct(
  'AIModelServing',
  'How the model is served.',
  {
    engine: choice('ServingEngine', 'What serves the model.', ['kserve', 'triton', 'deployment'], {
      default: 'kserve',
    }),
    zone: name('AIZone in which the model runs; its author must be allowed to use it.', {
      absent: 'the namespace of the model, as it is',
    }),
    replicas: integer('Replicas; with autoscaling only the start.', {
      default: 1,
      max: 1000,
      rules: [rule('self >= 1', 'at least 1 replica required: to stop a model, delete it')],
    }),
    resources: resourceRequirements('What each replica gets.'),
    autoscaling: autoscaling('Follow the load instead of a fixed number of replicas.'),
    image: image('Container image of the server.', { absent: 'the runtime that the engine has for the type' }),
    runAsUser: runAsUser('that of the image, which must be a number other than 0'),
    port: integer('Port on which the server listens.', { default: 8080, min: 1, max: 65535 }),
    serviceAccountName: serviceAccountName(
      'ServiceAccount of the server.',
      'that of the platform in its namespaces for models, one without permissions in others',
    ),
    priorityClassName: priorityClassName('PriorityClass of the server.', 'nstarx-production-inference'),
    nodeSelector: nodeSelector('Labels of the nodes that may run the server.'),
    environment: variables('Environment variables of the server. Nothing secret belongs here.'),
  },
  {
    required: ['resources'],
    rules: [
      rule("self.engine != 'deployment' || has(self.image)", 'must name an image for engine deployment: set image'),
      rule(
        '!has(self.autoscaling) || !self.autoscaling.enabled || self.replicas <= self.autoscaling.maxReplicas',
        'must not start with more replicas than autoscaling allows: raise autoscaling.maxReplicas or lower replicas',
        { fieldPath: '.replicas' },
      ),
    ],
  },
);

const metrics = struct(
  'AIModelMetrics',
  'Figures of the model as its author measured them. Prometheus has them as `model:declared:value`; alerts compare times and throughput with what is observed.',
  {
    accuracy: fraction('Share of right answers.'),
    precision: fraction('Share of right ones among the positive answers.'),
    recall: fraction('Share of the positive cases that were found.'),
    f1Score: fraction('Harmonic mean of precision and recall.'),
    auc: fraction('Area under the ROC curve.'),
    latencyP50: duration('Median time of an answer.'),
    latencyP95: duration('Time that 95 % of the answers take at most.'),
    latencyP99: duration('Time that 99 % of the answers take at most.'),
    throughput: number('Answers per second and replica.', { min: 0 }),
  },
);

const endpoints = list(
  'Paths under which the model answers.',
  struct(
    'AIModelEndpoint',
    'A path under which the model answers.',
    {
      name: name('Name of the endpoint, and of its rule in the route.'),
      path: urlPath('Path of the URL.'),
      method: choice('HttpMethod', 'Method of the request.', ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'], {
        default: 'POST',
      }),
    },
    { required: ['name', 'path'] },
  ),
  {
    maxItems: 16,
    keys: ['name'],
    absent: 'what the engine serves',
    rules: [
      rule(
        'self.all(one, self.exists_one(other, other.path == one.path && other.method == one.method))',
        'must not have two endpoints with the same path and method: give each its own path',
      ),
    ],
  },
);

const monitoring = struct(
  'AIModelMonitoring',
  'What is watched.',
  {
    enabled: flag('Whether metrics of the server are scraped, and alerts made of them.', { default: true }),
    drift: struct(
      'DriftDetection',
      'Compare what the model is asked with what it was trained on.',
      {
        enabled: flag('Whether drift is looked for.', { default: true }),
        method: choice(
          'DriftMethod',
          'Measure of the distance.',
          ['kolmogorov-smirnov', 'population-stability-index', 'jensen-shannon'],
          {
            default: 'population-stability-index',
          },
        ),
        threshold: fraction('Distance from which drift is reported.', { default: 0.3 }),
        baseline: location('Data that the model was trained on.', DATA),
        interval: duration('Time between two comparisons.', { default: '1h' }),
        buckets: map(
          'Upper bounds of the buckets by feature, as the histogram `model_feature` of the server has them. Only these features are compared.',
          list('Bounds, ascending.', number('A bound.'), {
            minItems: 1,
            maxItems: 64,
            rules: [rule('self.isSorted()', 'must ascend: write the bounds from small to large')],
          }),
          { maxProperties: 256, absent: 'deciles of each column of numbers in the baseline' },
        ),
        adaptive: struct(
          'AdaptiveDriftThreshold',
          'Have the threshold follow what is usual for the model; `threshold` is then the least.',
          {
            deviations: number("Standard deviations above the mean of the model's own drift.", { default: 3, min: 0 }),
            history: duration('Time that the mean is taken of.', { default: '7d' }),
            maximum: fraction('Threshold that is never exceeded.', { absent: 'none: drift that lasts becomes usual' }),
          },
          { absent: 'the threshold is fixed' },
        ),
      },
      { required: ['baseline'] },
    ),
  },
  { default: {} },
);

/** A model and how it is served. */
export const AI_MODEL: KindDefinition = {
  group: PLATFORM_GROUP,
  version: 'v1alpha1',
  kind: 'AIModel',
  plural: 'aimodels',
  shortNames: ['aim'],
  scope: 'Namespaced',
  description: 'A trained model and how it is served: replicas, resources, scaling, endpoints and monitoring.',
  rules: [
    rule(
      'size(self.metadata.name) <= 52',
      'the name must have at most 52 characters: the names of its Services and revisions are made from it',
    ),
  ],
  spec: struct(
    'AIModelSpec',
    'Desired state.',
    {
      type: choice('AIModelType', 'What the model was made with; the server is chosen by it.', [
        'tensorflow',
        'pytorch',
        'onnx',
        'sklearn',
        'xgboost',
        'lightgbm',
        'huggingface',
        'tensorrt',
        'mlflow',
        'pmml',
        'custom',
      ]),
      version: version('Version of the model. A change rolls out the new one and keeps the old one as a revision.'),
      framework: struct(
        'AIModelFramework',
        'The library that the model was made with.',
        {
          name: plainName('Name of the library.', { maxLength: 63 }),
          version: version('Version of the library.', { absent: 'any' }),
        },
        { required: ['name'], absent: 'that of the type' },
      ),
      storage,
      serving,
      metrics,
      endpoints,
      monitoring,
      revisionHistoryLimit: integer('Old versions that are kept for a rollback.', { default: 10, min: 0, max: 50 }),
      rollbackTo: version(
        'Old version that is served instead of `version`; it must be among the revisions in the status.',
        { absent: 'none' },
      ),
    },
    {
      required: ['type', 'version', 'storage', 'serving'],
      rules: [
        rule(
          "self.type != 'custom' || has(self.serving.image)",
          'must name the image of its server: set serving.image, or a type other than custom',
          {
            fieldPath: '.serving.image',
          },
        ),
        rule(
          '!has(self.rollbackTo) || self.rollbackTo != self.version',
          'must name an older version: remove rollbackTo to serve the current one',
          {
            fieldPath: '.rollbackTo',
            messageExpression:
              "'must name an older version than ' + self.version + ': to serve that one, remove rollbackTo'",
          },
        ),
      ],
    },
  ),
  status: status({
    phase: phase(['Pending', 'Deploying', 'Serving', 'Degraded', 'RollingBack', 'Failed']),
    version: text('Version that is served.', { maxLength: 63 }),
    replicas: integer('Replicas there are.', { min: 0 }),
    readyReplicas: integer('Replicas that answer.', { min: 0 }),
    selector: text('Label selector of the replicas, for scaling.', { maxLength: 1024 }),
    endpoints: list('URLs under which the model answers.', text('A URL.', { maxLength: 1024 }), {
      maxItems: 64,
      set: true,
    }),
    revisions: list('Versions that can be rolled back to.', text('A version.', { maxLength: 63 }), {
      maxItems: 51,
      set: true,
    }),
  }),
  scale: {
    specReplicasPath: '.spec.serving.replicas',
    statusReplicasPath: '.status.replicas',
    labelSelectorPath: '.status.selector',
  },
  columns: [
    column('Type', 'string', '.spec.type', 'What the model was made with.'),
    column('Version', 'string', '.spec.version', 'Desired version.'),
    column('Phase', 'string', '.status.phase', 'The state as one word.'),
    readyColumn(),
    column('Replicas', 'integer', '.status.readyReplicas', 'Replicas that answer.'),
    column('Zone', 'string', '.spec.serving.zone', 'AIZone in which the model runs.', 1),
    column('Location', 'string', '.spec.storage.location', 'Where the model is kept.', 1),
  ],
  example: `\
type: pytorch
version: "1.4.0"
storage:
  location: s3://models/churn/1.4.0
  format: torchscript
serving:
  resources:
    requests: { cpu: "1", memory: 2Gi }
    limits: { memory: 4Gi }
  autoscaling:
    minReplicas: 2
    maxReplicas: 8
    metrics:
      - type: cpu
        targetAverageUtilization: 70
`,
};
