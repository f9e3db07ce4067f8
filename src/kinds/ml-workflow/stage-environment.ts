import { StageType } from '../../api/generated/ml-workflow';
import { inOrder } from '../../contracts/canonical-json';
import { RUN_LABEL, RUN_NAME, StageContext, STAGE_LABEL, wholeSeconds, WORKFLOW_LABEL } from './stage-context';

/** An environment variable of a container. */
export interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: object;
}

/** Stages whose programs keep state. */
const WITH_STATE: readonly StageType[] = [StageType.ML_TRAINING, StageType.PYTHON_JOB, StageType.CONTAINER];

/**
 * The environment of a stage's program. What the stage sets itself wins over what the platform sets, but for the names of the run.
 *
 * @param own variables of this type of stage
 */
export function environment(context: StageContext, own: Readonly<Record<string, string>> = {}): Variable[] {
  const { stage, settings, checkpoints } = context;
  const state: Record<string, string> =
    checkpoints && WITH_STATE.includes(stage.type)
      ? {
          CHECKPOINT_PATH: `${checkpoints.root}/${RUN_NAME}/${stage.name}`,
          CHECKPOINT_INTERVAL_SECONDS: String(wholeSeconds(checkpoints.interval)),
        }
      : {};
  const plain = {
    HOME: '/tmp',
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONUNBUFFERED: '1',
    ...inOrder(settings.variables),
    ...trackingVariables(context),
    ...artifactVariables(context),
    ...state,
    ...inOrder(stage.config.environment ?? {}),
    ...own,
    WORKFLOW_NAME: context.workflow,
    WORKFLOW_RUN: RUN_NAME,
    WORKFLOW_STAGE: stage.name,
  };
  const secrets = settings.secretVariables.filter(({ name }) => !(name in (stage.config.environment ?? {})));
  return [
    ...Object.entries(plain)
      .filter(([name]) => !secrets.some((secret) => secret.name === name))
      .map(([name, value]) => ({ name, value })),
    ...secrets.map(({ name, secretName, key, optional }) => ({
      name,
      valueFrom: { secretKeyRef: { name: secretName, key, ...(optional === undefined ? {} : { optional }) } },
    })),
  ];
}

/**
 * What MLflow's client reads. Each run in MLflow gets its tags and its name from MLFLOW_RUN_CONTEXT, so that a program needs to know
 * of nothing but MLflow.
 *
 * Source: https://github.com/mlflow/mlflow/blob/master/mlflow/tracking/context/system_environment_context.py
 */
export function trackingVariables({ tracking, workflow, stage }: StageContext): Record<string, string> {
  if (!tracking) return {};
  return {
    MLFLOW_TRACKING_URI: tracking.uri,
    MLFLOW_EXPERIMENT_NAME: tracking.experiment,
    MLFLOW_RUN_CONTEXT: JSON.stringify({
      [RUN_LABEL]: RUN_NAME,
      [WORKFLOW_LABEL]: workflow,
      [STAGE_LABEL]: stage.name,
      'mlflow.runName': `${RUN_NAME}.${stage.name}`,
    }),
  };
}

function artifactVariables({ settings: { artifacts }, workflow }: StageContext): Record<string, string> {
  if (!artifacts) return {};
  return { ARTIFACTS_URI: `s3://${artifacts.bucket}/${artifacts.prefix ?? 'workflows'}/${workflow}/${RUN_NAME}/files` };
}
