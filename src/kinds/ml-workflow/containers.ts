import { StageType, WorkflowStage } from '../../api/generated/ml-workflow';
import { fail } from '../../contracts/errors';
import { ArtifactStore, configProp, Json, StagePlan } from './plan';
import {
  container,
  environment,
  METRICS_FILE,
  podOf,
  PROGRAMS,
  StageContainer,
  StageTemplate,
  WORKSPACE,
} from './pods';
import { MLWorkflowSecretKey } from './settings';
import { figuresOf } from './variables';

/** With this exit code a program of the platform says that another attempt does not help. */
const NO_RETRY = 'lastRetry.exitCode != "3"';

/** Where programs find their files. */
export const FILES = {
  METRICS_OUTPUT: METRICS_FILE,
  INPUT_PATH: `${WORKSPACE}/input`,
  OUTPUT_PATH: `${WORKSPACE}/output`,
} as const;

/** A script in Python, or a program in an image. The script is a file: neither a shell nor Argo reads it. */
export function programStage(plan: StagePlan): StageTemplate {
  const { settings, script } = plan;
  const { config } = plan.stage;
  if (script === undefined && config.image === undefined) {
    fail(plan.scope, configProp(plan, 'image'), 'must be given', undefined, 'name the image of the program');
  }
  return containerTemplate(plan, {
    image: config.image ?? settings.pythonImage,
    runAsUser: config.runAsUser,
    command: script === undefined ? config.command : (config.command ?? ['python3']),
    args: [...(script === undefined ? [] : [`${PROGRAMS}/${script}`]), ...(config.arguments ?? [])],
    env: environment(plan, FILES),
    amounts: plan.amounts,
    ...(script === undefined ? {} : { programs: [script] }),
  });
}

/** The gate: figures are good enough, or the run ends. With an image, that program computes the figures before. */
export function evaluation(plan: StagePlan): StageTemplate {
  const { settings } = plan;
  const { config } = plan.stage;
  const before = plan.before.filter(givesMetrics);
  const asked = {
    EVALUATION_METRICS: JSON.stringify(config.metrics ?? []),
    ...(config.threshold === undefined ? {} : { EVALUATION_THRESHOLD: String(config.threshold) }),
    ...(config.dataset === undefined ? {} : { EVALUATION_DATASET: config.dataset }),
  };
  const own = config.image !== undefined;
  const gate: StageContainer = {
    image: settings.pythonImage,
    command: ['python3', `${PROGRAMS}/evaluation_gate.py`],
    env: environment(plan, {
      ...asked,
      METRICS_OUTPUT: METRICS_FILE,
      METRICS_INPUTS: String(before.length),
      ...Object.fromEntries(
        before.map(({ name }, at) => [`METRICS_INPUT_${at}`, `{{inputs.parameters.metrics-${name}}}`]),
      ),
      ...(own ? { METRICS_FILE } : {}),
      TERMINATION_LOG: '/dev/termination-log',
    }),
    amounts: plan.programAmounts,
    programs: ['evaluation_gate.py', 'redaction.py'],
  };
  const program: StageContainer = {
    image: config.image ?? '',
    runAsUser: config.runAsUser,
    command: config.command,
    args: config.arguments,
    env: environment(plan, { ...FILES, ...asked }),
    amounts: plan.amounts,
  };
  const main = container(plan, gate);
  const files = own ? inputs(plan) : {};
  const parameters = before.map(({ name }) => `metrics-${name}`);
  return {
    retryExpression: NO_RETRY,
    template: {
      ...withParameters(
        files.inputs,
        parameters.map((name) => ({ name })),
      ),
      outputs: own ? outputs(plan) : { parameters: [metricsParameter()] },
      ...(own ? { initContainers: [evaluator(container(plan, program), main)] } : {}),
      container: main,
      ...podOf(plan, own ? { ...program, programs: gate.programs } : gate),
    },
    arguments: {
      ...files.arguments,
      parameters: before.map(({ name }) => ({
        name: `metrics-${name}`,
        value: figuresOf(name),
      })),
    },
  };
}

/** The model that the run made becomes a version in MLflow. */
export function registration(plan: StagePlan): StageTemplate {
  const { stage, settings, tracking } = plan;
  const { config } = stage;
  if (!tracking) {
    fail(
      plan.scope,
      'tracking.uri',
      `must be given, since stage ${stage.name} registers a model and the platform has no MLflow`,
      undefined,
      'name the server, and leave tracking enabled',
    );
  }
  const input: StageContainer = {
    image: config.image ?? settings.registryImage,
    runAsUser: config.runAsUser,
    command: ['python3', `${PROGRAMS}/register_model.py`],
    env: environment(plan, {
      // MLflow takes no slash in the name of a model; a namespace has no dot
      MODEL_NAME: config.name === undefined ? '' : `${plan.namespace}.${config.name}`,
      MODEL_TAGS: JSON.stringify(config.tags ?? []),
      ...(config.version === undefined ? {} : { MODEL_VERSION: config.version }),
      TERMINATION_LOG: '/dev/termination-log',
    }),
    amounts: plan.programAmounts,
    programs: ['redaction.py', 'register_model.py'],
  };
  return {
    retryExpression: NO_RETRY,
    template: { container: container(plan, input), ...podOf(plan, input) },
  };
}

/** A program in a container, with what it takes from the stages before and what it passes on. */
export function containerTemplate(plan: StagePlan, input: StageContainer): StageTemplate {
  const files = inputs(plan);
  return {
    template: {
      ...(files.inputs ? { inputs: files.inputs } : {}),
      outputs: outputs(plan),
      container: container(plan, input),
      ...podOf(plan, input),
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

/** Stages whose programs can write figures that later stages read. */
function givesMetrics({ type, config }: WorkflowStage): boolean {
  switch (type) {
    case StageType.PYTHON_JOB:
    case StageType.CONTAINER:
    case StageType.ML_TRAINING:
      return true;
    case StageType.EVALUATION:
      return config.image !== undefined;
    default:
      return false;
  }
}

/** What a container stage passes on: its figures, as a parameter; and its output folder, where the platform has a bucket. */
function outputs({ artifacts, stage }: StagePlan): Json {
  return {
    parameters: [metricsParameter()],
    ...(artifacts
      ? {
          artifacts: [
            {
              name: 'output',
              path: `${WORKSPACE}/output`,
              optional: true,
              archive: { tar: { compressionLevel: 1 } },
              s3: location(artifacts, stage.name),
            },
          ],
        }
      : {}),
  };
}

/** What a container stage takes: the output folders of the stages that it waits for, at `/workspace/input/<stage>`. */
function inputs(plan: StagePlan): { readonly inputs?: Json; readonly arguments?: Json } {
  if (!plan.artifacts) return {};
  const given = plan.before.filter(writesFiles);
  if (given.length === 0) return {};
  return {
    inputs: {
      artifacts: given.map(({ name }) => ({ name, path: `${WORKSPACE}/input/${name}`, optional: true })),
    },
    arguments: {
      artifacts: given.map(({ name }) => ({
        name,
        from: `{{tasks.${name}.outputs.artifacts.output}}`,
        optional: true,
      })),
    },
  };
}

/** Stages that run as a container of their own, in which Argo keeps the output folder. */
function writesFiles({ type, config }: WorkflowStage): boolean {
  return (
    type === StageType.PYTHON_JOB ||
    type === StageType.CONTAINER ||
    (type === StageType.EVALUATION && config.image !== undefined)
  );
}

/** Where the output folder of a stage is kept. */
function location(artifacts: ArtifactStore, stage: string): Json {
  const { bucket, endpoint, region, insecure, accessKey, secretKey } = artifacts;
  const selector = ({ secretName, key }: MLWorkflowSecretKey): Json => ({ name: secretName, key });
  return {
    endpoint: endpoint ?? 's3.amazonaws.com',
    bucket,
    ...(region === undefined ? {} : { region }),
    ...(insecure === undefined ? {} : { insecure }),
    ...(accessKey && secretKey
      ? { accessKeySecret: selector(accessKey), secretKeySecret: selector(secretKey) }
      : { useSDKCreds: true }),
    key: `${artifacts.folder}/${stage}.tgz`,
  };
}
