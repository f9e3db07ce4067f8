import { StageType, WorkflowStage } from '../../api/generated/ml-workflow';
import { Json, RUN_NAME, StageContext } from './stage-context';
import { METRICS_FILE, WORKSPACE } from './stage-pod';

/** Stages whose programs can write figures that later stages read. */
export function givesMetrics({ type, config }: WorkflowStage): boolean {
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

/** What a container stage hands on: its figures, as a parameter; and its output folder, where the platform has a bucket. */
export function outputs(context: StageContext): Json {
  return {
    parameters: [{ name: 'metrics', valueFrom: { path: METRICS_FILE, default: '{}' } }],
    ...(context.settings.artifacts
      ? {
          artifacts: [
            {
              name: 'output',
              path: `${WORKSPACE}/output`,
              optional: true,
              archive: { tar: { compressionLevel: 1 } },
              s3: location(context),
            },
          ],
        }
      : {}),
  };
}

/** What a container stage takes: the output folders of the stages that it waits for, at `/workspace/input/<stage>`. */
export function inputs(context: StageContext): { readonly inputs?: Json; readonly arguments?: Json } {
  if (!context.settings.artifacts) return {};
  const given = context.graph.before(context.stage.name).filter(writesFiles);
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
export function writesFiles({ type, config }: WorkflowStage): boolean {
  return (
    type === StageType.PYTHON_JOB ||
    type === StageType.CONTAINER ||
    (type === StageType.EVALUATION && config.image !== undefined)
  );
}

function location({ settings: { artifacts }, workflow, stage }: StageContext): Json {
  const { bucket, endpoint, region, insecure, prefix, accessKey, secretKey } = artifacts ?? { bucket: '' };
  const key = (given: { readonly secretName: string; readonly key: string } | undefined) =>
    given && { name: given.secretName, key: given.key };
  return {
    endpoint: endpoint ?? 's3.amazonaws.com',
    bucket,
    ...(region === undefined ? {} : { region }),
    ...(insecure === undefined ? {} : { insecure }),
    ...(accessKey && secretKey
      ? { accessKeySecret: key(accessKey), secretKeySecret: key(secretKey) }
      : { useSDKCreds: true }),
    key: `${prefix ?? 'workflows'}/${workflow}/${RUN_NAME}/${stage.name}.tgz`,
  };
}
