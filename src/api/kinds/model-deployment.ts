import { choice, integer, list, number, struct, text, time } from '../schema/builders';
import {
  autoscaling,
  column,
  fraction,
  identifier,
  image,
  name,
  phase,
  readyColumn,
  resourceRequirements,
  runAsUser,
  status,
  version,
} from '../schema/fragments';
import { location, MODELS } from '../schema/locations';
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
    card: text(
      'Where the model card is: its path beside the manifest, or an address. It says what the model is for and where it fails.',
      {
        minLength: 1,
        maxLength: 1024,
        pattern: [
          '^(https://[A-Za-z0-9.-]+(:[0-9]+)?(/[!-~]*)?|[A-Za-z0-9_][A-Za-z0-9._/-]*)$',
          'must be a path such as "model-card.md" or an address with https',
        ],
        absent: 'none',
      },
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

/** A model that goes through the policy gate into production. */
export const MODEL_DEPLOYMENT: KindDefinition = {
  group: 'mlifecycle.io',
  version: 'v1',
  kind: 'ModelDeployment',
  plural: 'modeldeployments',
  shortNames: ['mdep'],
  scope: 'Namespaced',
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
        },
        { absent: 'the sizes of the environment' },
      ),
    },
    { required: ['model', 'metrics'] },
  ),
  status: status({
    phase: phase(['Validating', 'Rejected', 'Building', 'Deploying', 'Deployed', 'Failed']),
    image: text('Image that answers, by its digest where the nodes know it.', { maxLength: 1024 }),
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
model: { name: churn, version: "1.4.0", framework: xgboost }
metrics: { accuracy: 0.91, f1_score: 0.88 }
fairness: { demographic_parity: 0.04, protected_attributes: [age_group] }
drift: { score: 0.07, method: population-stability-index }
dependencies:
  - { name: xgboost, version: "2.1.4" }
`,
};
