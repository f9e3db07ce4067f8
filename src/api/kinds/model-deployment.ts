import { choice, flag, integer, list, number, rule, struct, text, time } from '../schema/builders';
import {
  autoscaling,
  column,
  duration,
  fraction,
  identifier,
  image,
  name,
  nodeSelector,
  phase,
  readyColumn,
  resourceRequirements,
  runAsUser,
  status,
  version,
} from '../schema/fragments';
import { location, MODELS, page } from '../schema/locations';
import { KindDefinition } from '../schema/schema';

const sha256 = text('Checksum of what is there; the service is told of it.', {
  maxLength: 64,
  pattern: ['^[a-f0-9]{64}$', 'must be a SHA-256 checksum: write 64 hexadecimal digits in lower case'],
  absent: 'not checked',
});

const model = struct(
  'DeployedModel',
  'The model.',
  {
    name: name('Name of the model.'),
    version: version('Version of the model.'),
    framework: choice('DeployedFramework', 'Library that the model was made with.', [
      'pytorch',
      'tensorflow',
      'sklearn',
      'xgboost',
      'lightgbm',
      'onnx',
      'huggingface',
    ]),
    description: text('What the model does.', { maxLength: 1024, absent: 'none' }),
    owner: text('Team or person who answers for it.', { minLength: 1, maxLength: 253, absent: 'none' }),
    card: page(
      'Where the model card is: its path beside the manifest, or an address. It says what the model is for and where it fails.',
      { absent: 'none' },
    ),
    artifact: struct(
      'ModelArtifact',
      'The trained model.',
      { uri: location('Where it is.', MODELS), sha256 },
      { required: ['uri'], absent: 'what the repository has beside the manifest' },
    ),
  },
  { required: ['name', 'version', 'framework'] },
);

const metrics = struct(
  'DeploymentMetrics',
  'Figures of the model as its author measured them; the policy gate has bounds for them.',
  {
    accuracy: fraction('Share of right answers.'),
    f1_score: fraction('Harmonic mean of precision and recall.'),
    precision: fraction('Share of right ones among the positive answers.'),
    recall: fraction('Share of the positive cases that were found.'),
    auc_roc: fraction('Area under the ROC curve.'),
    latency_p95_ms: number('Milliseconds that 95 % of the answers take at most.', { min: 0 }),
  },
  { required: ['accuracy', 'f1_score'] },
);

const fairness = struct(
  'FairnessMetrics',
  'Differences between groups of persons; 0 is none.',
  {
    demographic_parity: fraction('Difference of the shares of positive answers.'),
    equalized_odds: fraction('Greatest difference of the true or false positive rates.'),
    equal_opportunity: fraction('Difference of the true positive rates.'),
    disparate_impact: number('Ratio of the shares of positive answers; 1 is none.', { min: 0, max: 10 }),
    protected_attributes: list('Columns that tell the groups apart.', identifier('A column.'), {
      maxItems: 32,
      set: true,
    }),
  },
  { minProperties: 1, absent: 'none, which the policy gate refuses' },
);

const baseline = list(
  'Histograms of the data that the model was trained on, as its training found them; requests are compared with them.',
  struct(
    'BaselineFeature',
    'How the values of a feature are spread over the buckets of a histogram.',
    {
      name: text('Name of the feature, as in requests.', {
        minLength: 1,
        maxLength: 128,
        pattern: [
          '^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?$',
          'must be the name of a feature: use letters, digits, underscores, dots and hyphens',
        ],
      }),
      bounds: list('Upper bounds of the buckets, ascending, without the infinite one.', number('A bound.'), {
        minItems: 1,
        maxItems: 64,
      }),
      counts: list(
        'Values in each bucket; one more than bounds, for what is above the last.',
        integer('A number of values.', { min: 0 }),
        { minItems: 2, maxItems: 65 },
      ),
    },
    {
      required: ['name', 'bounds', 'counts'],
      rules: [
        rule('size(self.counts) == size(self.bounds) + 1', 'must have one count more than bounds: add the last bucket'),
      ],
    },
  ),
  { maxItems: 256, keys: ['name'], absent: 'none: drift is not measured while the model is served' },
);

const batching = struct(
  'InferenceBatching',
  'How requests wait for each other.',
  {
    maxSize: integer('Rows that the model is asked with at once, at most.', {
      min: 1,
      max: 65_536,
      absent: 'as the service has it',
    }),
    waitMilliseconds: integer('How long a request waits for others.', {
      min: 0,
      max: 1000,
      absent: 'as the service has it',
    }),
    maxQueue: integer('Requests that wait in a replica; what is above is refused with 429.', {
      min: 1,
      max: 100_000,
      absent: 'as the service has it',
    }),
  },
  { absent: 'as the service has it' },
);

/** A model that goes through the policy gate into production. */
export const MODEL_DEPLOYMENT: KindDefinition = {
  group: 'mlifecycle.io',
  version: 'v1',
  kind: 'ModelDeployment',
  plural: 'modeldeployments',
  shortNames: ['mdep'],
  scope: 'Namespaced',
  derivedName: true,
  description:
    'A trained model with the evidence that the policy gate asks for, before it is built, scanned, signed, registered and deployed.',
  spec: struct(
    'ModelDeploymentSpec',
    'Desired state.',
    {
      model,
      metrics,
      fairness,
      drift: struct(
        'DriftEvidence',
        'How far the data has moved since the training.',
        {
          score: fraction('Distance; 0 is none.'),
          method: choice(
            'DriftMethod',
            'Measure of the distance.',
            ['kolmogorov-smirnov', 'population-stability-index', 'jensen-shannon'],
            { absent: 'not said' },
          ),
          measuredAt: time('When it was measured.'),
          baseline,
        },
        { required: ['score'], absent: 'none, which the policy gate refuses' },
      ),
      dependencies: list(
        'Libraries that the service has; the policy gate has a list of those allowed.',
        struct(
          'ModelDependency',
          'A library.',
          {
            name: text('Name in its package index.', {
              minLength: 1,
              maxLength: 214,
              pattern: [
                '^[A-Za-z0-9@]([A-Za-z0-9._/-]*[A-Za-z0-9])?$',
                'must be the name of a package: leave out versions and extras',
              ],
            }),
            version: text('The version, exactly.', {
              minLength: 1,
              maxLength: 64,
              pattern: [
                '^[0-9A-Za-z][0-9A-Za-z.+!_-]*$',
                'must be one version, such as "2.1.0": ranges cannot be checked',
              ],
            }),
          },
          { required: ['name', 'version'] },
        ),
        { maxItems: 512, keys: ['name'], absent: 'those of the lock file' },
      ),
      serving: struct(
        'DeploymentServing',
        'How the model is served.',
        {
          image: image('Container image of the service.', { absent: 'the one that the workflow builds' }),
          runAsUser: runAsUser('that of the image, which must be a number other than 0'),
          replicas: integer('Replicas; with autoscaling only the start.', {
            min: 1,
            max: 1000,
            absent: 'as many as the environment has',
          }),
          resources: resourceRequirements('What each replica gets.'),
          autoscaling: autoscaling('Follow the load instead of a fixed number of replicas.'),
          strategy: choice(
            'DeploymentStrategy',
            'How a new version comes: beside the old one, or after it, where there are no nodes, GPUs or quota for one pod more.',
            ['RollingUpdate', 'Recreate'],
            { default: 'RollingUpdate' },
          ),
          nodeSelector: nodeSelector('Labels of the nodes that may run the service.'),
          modelInImage: flag('Whether the image has the model, so that nothing is fetched from its artifact.', {
            default: false,
          }),
          timeoutSeconds: integer('Longest time of an answer.', { default: 10, min: 1, max: 600 }),
          startupSeconds: integer('Longest time from the start of the container until the model is loaded.', {
            min: 10,
            max: 7200,
            absent: '600, and 1800 with a GPU',
          }),
          batching,
          rollback: struct(
            'DeploymentRollback',
            'When the version that was served before comes back by itself.',
            {
              enabled: flag('Whether it does.', { default: true }),
              windowSeconds: integer('Seconds after a roll-out in which the bounds decide; later they are only told.', {
                min: 60,
                max: 86_400,
                absent: 'as the platform has it',
              }),
              maxErrorRatio: fraction('Greatest share of requests that end with an error.', {
                absent: 'as the platform has it',
              }),
              maxLatencyMs: number('Milliseconds that 95 % of the answers take at most.', {
                min: 1,
                absent: 'as the platform has it',
              }),
            },
            { absent: 'as the platform has it' },
          ),
        },
        { absent: 'the sizes of the environment' },
      ),
      monitoring: struct(
        'DeploymentMonitoring',
        'What is scraped, and what is promised; alerts hold the service to it.',
        {
          enabled: flag('Whether metrics are scraped and alerts watch them.', { default: true }),
          latencyP99: duration('Time that 99 % of the answers take at most.', { default: '1s' }),
          errorRatio: number('Largest share of requests that the service may fail.', {
            min: 0,
            max: 1,
            above: true,
            default: 0.05,
          }),
        },
        { absent: 'scraped, with the defaults' },
      ),
      rollbackTo: version(
        'Former version that is served in place of this one; it is among the revisions in the status.',
        {
          absent: 'none',
        },
      ),
    },
    { required: ['model', 'metrics'] },
  ),
  status: status({
    phase: phase([
      'Validating',
      'Rejected',
      'Scanning',
      'Registering',
      'Deploying',
      'Serving',
      'Degraded',
      'RollingBack',
    ]),
    version: text('Version of the model that answers.', { maxLength: 63 }),
    image: text('Image that answers, by its digest where the nodes know it.', { maxLength: 1024 }),
    revisions: list('Former versions that `spec.rollbackTo` may name.', text('A version.', { maxLength: 63 }), {
      maxItems: 64,
      set: true,
    }),
    registration: struct('', 'The model in the registry.', {
      name: text('Name of the registered model.', { maxLength: 253 }),
      version: text('Its version there, which counts up.', { maxLength: 63 }),
      run: text('The run that has the evidence.', { maxLength: 64 }),
      url: text('Where it is shown.', { maxLength: 1024 }),
    }),
    policies: list(
      'What the policy gate said.',
      struct(
        '',
        'A policy.',
        {
          name: text('Name of the policy.', { maxLength: 63 }),
          passed: { type: 'boolean', description: 'Whether the manifest keeps it.' },
          message: text('Why not.', { maxLength: 1024 }),
        },
        { required: ['name', 'passed'] },
      ),
      { maxItems: 64, keys: ['name'] },
    ),
  }),
  columns: [
    column('Model', 'string', '.spec.model.name', 'Name of the model.'),
    column('Version', 'string', '.spec.model.version', 'Version of the model.'),
    column('Framework', 'string', '.spec.model.framework', 'Library that the model was made with.'),
    column('Phase', 'string', '.status.phase', 'The state as one word.'),
    readyColumn(),
    column('Accuracy', 'number', '.spec.metrics.accuracy', 'Share of right answers.', 1),
    column('Drift', 'number', '.spec.drift.score', 'How far the data has moved.', 1),
  ],
  example: `\
model: { name: churn, version: "1.4.0", framework: xgboost, owner: growth-ml, card: MODEL_CARD.md }
metrics: { accuracy: 0.91, f1_score: 0.88 }
fairness: { demographic_parity: 0.04, protected_attributes: [age_group] }
drift: { score: 0.07, method: population-stability-index, measuredAt: "2026-11-28T09:00:00Z" }
dependencies:
  - { name: xgboost, version: "2.1.4" }
`,
};
