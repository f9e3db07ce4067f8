import { PLATFORM_GROUP } from '../../contracts/names';
import { choice, fieldsByType, flag, freeForm, integer, list, map, rule, struct, text, time } from '../schema/builders';
import {
  column,
  cron,
  duration,
  fraction,
  identifier,
  image,
  name,
  objectName,
  phase,
  readyColumn,
  resourceList,
  runAsUser,
  serviceAccountName,
  status,
  timeZone,
  version,
} from '../schema/fragments';
import { DATA, location, repository, server, STORES } from '../schema/locations';
import { NO_EXPRESSION, plainName, variables } from '../schema/texts';
import { KindDefinition, Schema } from '../schema/schema';

const trigger = struct(
  'WorkflowTrigger',
  'What starts a run.',
  {
    type: choice('WorkflowTriggerType', 'Kind of trigger.', ['manual', 'schedule', 'git']),
    schedule: cron('schedule: when runs begin.', { absent: 'none' }),
    timeZone: timeZone(),
    repository: repository('git: repository whose pushes start runs, on GitHub, GitHub Enterprise, Gitea or Forgejo.', {
      absent: 'none',
    }),
    branch: plainName('git: branch that is watched.', { maxLength: 255, absent: 'main' }),
    filter: map('git: fields that the message of a push must have.', plainName('Value.'), {
      maxProperties: 16,
      rules: [
        rule(
          "self.all(key, key.matches('^[A-Za-z_][A-Za-z0-9_-]*([.][A-Za-z0-9_][A-Za-z0-9_-]*)*$'))",
          'must have names of fields: use letters, digits, underscores and hyphens, with a dot before a field of a field',
        ),
      ],
      absent: 'every push to the branch',
    }),
    secretName: objectName(
      'git: Secret in the namespace of the workflow whose key `secret` is that of the webhook: pushes are signed with it.',
      { absent: '`<name of the workflow>-push`' },
    ),
  },
  {
    required: ['type'],
    rules: [
      rule(
        "(self.type == 'schedule') == has(self.schedule)",
        'must have a schedule with type schedule, and with no other type',
      ),
      rule(
        "(self.type == 'git') == has(self.repository)",
        'must have a repository with type git, and with no other type',
      ),
      ...['branch', 'filter', 'secretName'].map((field) =>
        rule(`self.type == 'git' || !has(self.${field})`, `must have a ${field} with type git only`, {
          fieldPath: `.${field}`,
        }),
      ),
    ],
  },
);

const stageConfig = struct('StageConfig', 'How the work is done.', {
  mainClass: text('spark-job: class with the main method.', {
    maxLength: 512,
    pattern: [
      '^[A-Za-z_$][A-Za-z0-9_$]*(\\.[A-Za-z_$][A-Za-z0-9_$]*)*$',
      'must be the name of a class: write it with its package',
    ],
    absent: 'none',
  }),
  jar: location('spark-job: archive with the class.', [...DATA, 'file'], { absent: 'what the image has' }),
  arguments: list('Arguments of the program.', text('An argument.', { maxLength: 4096, rules: [NO_EXPRESSION] }), {
    maxItems: 64,
  }),
  image: image('Container image.', { absent: 'the image of the platform for the type and framework' }),
  runAsUser: runAsUser('1000, and 185 for spark-job'),
  command: list('Program that the container runs.', text('A word.', { maxLength: 4096, rules: [NO_EXPRESSION] }), {
    maxItems: 32,
    absent: 'that of the image',
  }),
  script: text('python-job: body of the job; runs in a Pod of the tenant, never in the operator.', {
    minLength: 1,
    maxLength: 65536,
    absent: 'none',
  }),
  environment: variables('Environment variables. Nothing secret belongs here.', [NO_EXPRESSION]),
  framework: choice(
    'TrainingFramework',
    'ml-training: library.',
    ['pytorch', 'tensorflow', 'xgboost', 'lightgbm', 'sklearn', 'jax', 'huggingface'],
    { absent: 'none' },
  ),
  distributedTraining: struct(
    'DistributedTraining',
    'ml-training: several workers train together.',
    {
      workers: integer('Number of workers.', { min: 1, max: 1024 }),
      backend: choice('CollectiveBackend', 'How they exchange gradients.', ['nccl', 'gloo', 'mpi'], {
        default: 'nccl',
      }),
    },
    { required: ['workers'], absent: 'one worker' },
  ),
  hyperparameters: freeForm('ml-training: settings of the training by name, passed on unchanged.', {
    absent: 'those of the program',
  }),
  metrics: list('evaluation: figures that are computed.', identifier('A figure.'), { maxItems: 64, set: true }),
  threshold: fraction('evaluation: least value of every figure; a run below it fails.', { absent: 'no bound' }),
  dataset: location('evaluation, ml-training: data.', [...DATA, 'hf'], { absent: 'what the program reads' }),
  name: name('model-registry: name under which the model is registered.', { absent: 'none' }),
  version: version('model-registry: version of the model.', { absent: 'the next number' }),
  tags: list('model-registry: tags of the model.', plainName('A tag.', { maxLength: 63 }), {
    maxItems: 32,
    set: true,
  }),
  pipeline: name('data-pipeline: DataPipeline that is run.', { absent: 'none' }),
});

const stage = struct(
  'WorkflowStage',
  'A piece of work.',
  {
    name: name('Name of the stage.'),
    type: choice('StageType', 'Kind of work.', [
      'spark-job',
      'python-job',
      'container',
      'data-pipeline',
      'ml-training',
      'evaluation',
      'model-registry',
    ]),
    config: stageConfig,
    dependsOn: list(
      'Stages that must have succeeded before; they stand before this one in the list.',
      name('Name of a stage.'),
      {
        maxItems: 16,
        set: true,
        absent: 'the stage before this one',
      },
    ),
    retries: integer('Times that the stage is tried again.', { default: 1, min: 0, max: 10 }),
    timeout: duration('Time after which the stage is stopped.', { absent: 'none' }),
  },
  {
    required: ['name', 'type', 'config'],
    rules: [
      rule(
        "self.type != 'spark-job' || has(self.config.mainClass) || has(self.config.image)",
        'must have a program: set config.mainClass or config.image',
      ),
      rule(
        "self.type != 'python-job' || has(self.config.script) || has(self.config.image)",
        'must have a program: set config.script or config.image',
      ),
      rule("self.type != 'container' || has(self.config.image)", 'must have an image: set config.image'),
      rule(
        "self.type != 'ml-training' || has(self.config.framework) || has(self.config.image)",
        'must say what trains: set config.framework or config.image',
      ),
      rule("self.type != 'evaluation' || has(self.config.metrics)", 'must say what is computed: set config.metrics'),
      rule(
        "self.type != 'model-registry' || has(self.config.name)",
        'must say under which name the model is registered: set config.name',
      ),
      rule(
        "self.type != 'data-pipeline' || has(self.config.pipeline)",
        'must say which DataPipeline runs: set config.pipeline',
      ),
      ...fieldsByType({
        mainClass: ['spark-job'],
        jar: ['spark-job'],
        script: ['python-job'],
        framework: ['ml-training'],
        distributedTraining: ['ml-training'],
        hyperparameters: ['ml-training'],
        metrics: ['evaluation'],
        threshold: ['evaluation'],
        dataset: ['evaluation', 'ml-training'],
        name: ['model-registry'],
        version: ['model-registry'],
        tags: ['model-registry'],
        pipeline: ['data-pipeline'],
      }),
    ],
  },
);

const stages = list('Work, in its order.', stage, {
  minItems: 1,
  maxItems: 64,
  keys: ['name'],
  rules: [
    rule(
      'self.all(stage, !has(stage.dependsOn) || stage.dependsOn.all(wanted, self.exists(other, other.name == wanted)))',
      'must depend on stages that exist: correct dependsOn',
    ),
    rule(
      // The names are made once, outside the loops: within them the estimated cost is above the limit.
      '[self.map(stage, stage.name)].all(names, self.all(stage, !has(stage.dependsOn) || ' +
        'stage.dependsOn.all(wanted, names.indexOf(wanted) < names.indexOf(stage.name))))',
      'must depend on stages before it in the list, so that there is no cycle: reorder the stages',
    ),
  ],
});

/** Amounts by profile; `default` is for stages that have none. */
function resources(): Schema {
  return map(
    'What Pods get: `default`, `training` for stages of type ml-training, or the name of a stage.',
    resourceList('Amounts by resource.'),
    {
      maxProperties: 32,
      absent: 'those of the namespace',
    },
  );
}

/** Stages from data to a registered model. */
export const ML_WORKFLOW: KindDefinition = {
  group: PLATFORM_GROUP,
  version: 'v1alpha1',
  kind: 'MLWorkflow',
  plural: 'mlworkflows',
  shortNames: ['mlwf'],
  scope: 'Namespaced',
  description: 'Stages of work, from data to a registered model, that run in the order of their dependencies.',
  rules: [
    rule(
      'size(self.metadata.name) <= 52',
      'the name must have at most 52 characters: the names of its runs are made from it',
    ),
  ],
  spec: struct(
    'MLWorkflowSpec',
    'Desired state.',
    {
      type: choice('MLWorkflowType', 'What the workflow is for.', [
        'training',
        'batch-inference',
        'evaluation',
        'data-preparation',
      ]),
      trigger: { ...trigger, default: { type: 'manual' } },
      suspend: flag('Start no further runs.', { default: false }),
      zone: name('AIZone in which the stages run; its author must be allowed to use it.', {
        absent: 'the namespace of the workflow, as it is',
      }),
      stages,
      resources: resources(),
      checkpoints: struct(
        'WorkflowCheckpoints',
        'Training state that is kept, so that a run goes on where it was interrupted.',
        {
          enabled: flag('Whether it is kept.', { default: true }),
          path: location('Folder.', STORES),
          interval: duration('Time between two.', { default: '30m' }),
        },
        { required: ['path'] },
      ),
      tracking: struct(
        'ExperimentTracking',
        'Where parameters and figures of runs are recorded.',
        {
          enabled: flag('Whether they are recorded.', { default: true }),
          experiment: plainName('Name of the experiment.', {
            absent: 'the name of the workflow',
          }),
          uri: server('Server.', { absent: 'that of the platform' }),
        },
        { default: {} },
      ),
      serviceAccountName: serviceAccountName(
        'ServiceAccount of stages that run a container. It must be able to report to Argo Workflows.',
        'argo-workflow, whose Role allows nothing else',
      ),
      concurrencyPolicy: choice(
        'RunConcurrencyPolicy',
        'What happens when a run is due while one is under way.',
        ['Allow', 'Forbid', 'Replace'],
        {
          default: 'Forbid',
        },
      ),
      historyLimit: integer('Finished runs that are kept.', { default: 5, min: 0, max: 100 }),
    },
    {
      required: ['type', 'stages'],
      rules: [
        rule(
          "!has(self.resources) || self.resources.all(key, key in ['default', 'training'] || self.stages.exists(stage, stage.name == key))",
          'must be named default, training or like a stage: correct the keys of resources',
          { fieldPath: '.resources' },
        ),
      ],
    },
  ),
  status: status({
    phase: phase(['Pending', 'Waiting', 'Running', 'Succeeded', 'Failed', 'Suspended']),
    currentStage: text('Stage that runs.', { maxLength: 63 }),
    startTime: time('When the last run began.'),
    completionTime: time('When the last run ended.'),
    nextRun: time('When the next run begins.'),
    stages: list(
      'The last run by stage.',
      struct(
        '',
        'A stage in the last run.',
        {
          name: text('Name of the stage.', { maxLength: 63 }),
          status: choice('', 'How far it is.', ['Pending', 'Running', 'Completed', 'Failed', 'Skipped']),
          duration: text('How long it took.', { maxLength: 32 }),
          progress: integer('Percentage that is done.', { min: 0, max: 100 }),
          message: text('What there is to say.', { maxLength: 1024 }),
        },
        { required: ['name', 'status'] },
      ),
      { maxItems: 64, keys: ['name'] },
    ),
  }),
  columns: [
    column('Type', 'string', '.spec.type', 'What the workflow is for.'),
    column('Trigger', 'string', '.spec.trigger.type', 'What starts a run.'),
    column('Phase', 'string', '.status.phase', 'The state as one word.'),
    column('Stage', 'string', '.status.currentStage', 'Stage that runs.'),
    readyColumn(),
    column('Started', 'date', '.status.startTime', 'When the last run began.', 1),
  ],
  example: `\
type: training
stages:
  - name: prepare
    type: python-job
    config: { image: "registry.example.com/prepare:1.2.0" }
  - name: train
    type: ml-training
    config:
      framework: pytorch
      distributedTraining: { workers: 2 }
      hyperparameters: { learning_rate: 0.001, layers: [64, 64] }
resources:
  default: { cpu: "2", memory: 8Gi }
  training: { nvidia.com/gpu: "1", memory: 12Gi }
`,
};
