import { StageType } from '../../api/generated/ml-workflow';
import { fail } from '../../contracts/errors';
import { givesMetrics, inputs, outputs } from './stage-artifacts';
import { configProp, Json, StageContext, StageTemplate } from './stage-context';
import { environment } from './stage-environment';
import { container, METRICS_FILE, podOf, PROGRAMS, StageContainer, WORKSPACE } from './stage-pod';
import { ownResourcesOf, resourcesOf } from './stage-resources';

/** With this exit code a program of the platform says that another attempt does not help. */
const NO_RETRY = 'lastRetry.exitCode != "3"';

/** Name of a stage's script in the ConfigMap. */
export function scriptName(stage: string): string {
  return `${stage}.script.py`;
}

/** Where programs find their files. */
const FILES = {
  METRICS_OUTPUT: METRICS_FILE,
  INPUT_PATH: `${WORKSPACE}/input`,
  OUTPUT_PATH: `${WORKSPACE}/output`,
} as const;

/** A script in Python, or a program in an image. The script is a file: neither a shell nor Argo reads it. */
export function programStage(context: StageContext): StageTemplate {
  const { stage, settings, spec } = context;
  const { config } = stage;
  const script = stage.type === StageType.PYTHON_JOB && config.script !== undefined;
  if (!script && config.image === undefined) {
    fail(context.scope, configProp(context, 'image'), 'must be given', undefined, 'name the image of the program');
  }
  return run(context, {
    image: config.image ?? settings.pythonImage,
    command: script ? (config.command ?? ['python3']) : config.command,
    args: [...(script ? [`${PROGRAMS}/${scriptName(stage.name)}`] : []), ...(config.arguments ?? [])],
    env: environment(context, FILES),
    resources: resourcesOf(spec, stage),
    ...(script ? { programs: [scriptName(stage.name)] } : {}),
  });
}

/** A training in one container, of a framework that the platform has no runtime for. */
export function singleTraining(context: StageContext, variables: Readonly<Record<string, string>>): StageTemplate {
  const { stage, settings, spec } = context;
  const { config } = stage;
  const image = config.image ?? settings.trainingImages[config.framework ?? ''];
  if (image === undefined) {
    const known = Object.keys(settings.trainingRuntimes).join(', ');
    fail(
      context.scope,
      configProp(context, 'image'),
      `must be given, since the platform has training runtimes for ${known} only`,
      undefined,
      'name the image of the training',
    );
  }
  return run(context, {
    image,
    command: config.command,
    args: config.arguments,
    env: environment(context, { ...FILES, ...variables }),
    resources: resourcesOf(spec, stage),
  });
}

/** The gate: figures are good enough, or the run ends. With an image, that program computes the figures before. */
export function evaluation(context: StageContext): StageTemplate {
  const { stage, settings, spec, graph } = context;
  const { config } = stage;
  const before = graph.before(stage.name).filter(givesMetrics);
  const asked = {
    EVALUATION_METRICS: JSON.stringify(config.metrics ?? []),
    ...(config.threshold === undefined ? {} : { EVALUATION_THRESHOLD: String(config.threshold) }),
    ...(config.dataset === undefined ? {} : { EVALUATION_DATASET: config.dataset }),
  };
  const own = config.image !== undefined;
  const gate: StageContainer = {
    image: settings.pythonImage,
    command: ['python3', `${PROGRAMS}/evaluation_gate.py`],
    env: environment(context, {
      ...asked,
      METRICS_OUTPUT: METRICS_FILE,
      METRICS_INPUTS: String(before.length),
      ...Object.fromEntries(
        before.map(({ name }, at) => [`METRICS_INPUT_${at}`, `{{inputs.parameters.metrics-${name}}}`]),
      ),
      ...(own ? { METRICS_FILE } : {}),
      TERMINATION_LOG: '/dev/termination-log',
    }),
    resources: ownResourcesOf(spec, stage),
    programs: ['evaluation_gate.py'],
  };
  const program: StageContainer = {
    image: config.image ?? '',
    command: config.command,
    args: config.arguments,
    env: environment(context, { ...FILES, ...asked }),
    resources: resourcesOf(spec, stage),
  };
  const main = container(context, gate);
  const files = own ? inputs(context) : {};
  const parameters = before.map(({ name }) => `metrics-${name}`);
  return {
    retryExpression: NO_RETRY,
    template: {
      ...withParameters(
        files.inputs,
        parameters.map((name) => ({ name })),
      ),
      outputs: own ? outputs(context) : { parameters: [metricsParameter()] },
      ...(own ? { initContainers: [evaluator(container(context, program), main)] } : {}),
      container: main,
      ...podOf(context, own ? { ...program, programs: gate.programs } : gate),
    },
    arguments: {
      ...files.arguments,
      parameters: before.map(({ name }) => ({
        name: `metrics-${name}`,
        value: `{{tasks.${name}.outputs.parameters.metrics}}`,
      })),
    },
  };
}

/** The model that the run made becomes a version in MLflow. */
export function registration(context: StageContext): StageTemplate {
  const { stage, settings, spec, tracking } = context;
  const { config } = stage;
  if (!tracking) {
    fail(
      context.scope,
      'tracking.uri',
      `must be given, since stage ${stage.name} registers a model and the platform has no MLflow`,
      undefined,
      'name the server, and leave tracking enabled',
    );
  }
  const input: StageContainer = {
    image: config.image ?? settings.registryImage,
    command: ['python3', `${PROGRAMS}/register_model.py`],
    env: environment(context, {
      MODEL_NAME: config.name ?? '',
      MODEL_TAGS: JSON.stringify(config.tags ?? []),
      ...(config.version === undefined ? {} : { MODEL_VERSION: config.version }),
      TERMINATION_LOG: '/dev/termination-log',
    }),
    resources: ownResourcesOf(spec, stage),
    programs: ['register_model.py'],
  };
  return {
    retryExpression: NO_RETRY,
    template: { container: container(context, input), ...podOf(context, input) },
  };
}

function run(context: StageContext, input: StageContainer): StageTemplate {
  const files = inputs(context);
  return {
    template: {
      ...(files.inputs ? { inputs: files.inputs } : {}),
      outputs: outputs(context),
      container: container(context, input),
      ...podOf(context, input),
    },
    arguments: files.arguments,
  };
}

/** The program that computes the figures before the gate. Argo gives it the mounts of the gate, artifacts included, beside its own. */
function evaluator(program: Json, gate: Json): Json {
  const mounts = ({ volumeMounts }: Json) => volumeMounts as readonly { readonly mountPath: string }[];
  const given = mounts(gate).map(({ mountPath }) => mountPath);
  return {
    ...program,
    name: 'evaluate',
    volumeMounts: mounts(program).filter(({ mountPath }) => !given.includes(mountPath)),
    mirrorVolumeMounts: true,
  };
}

function withParameters(given: Json | undefined, parameters: readonly object[]): Json {
  if (!given && parameters.length === 0) return {};
  return { inputs: { ...given, ...(parameters.length > 0 ? { parameters } : {}) } };
}

function metricsParameter(): Json {
  return { name: 'metrics', valueFrom: { path: METRICS_FILE, default: '{}' } };
}
