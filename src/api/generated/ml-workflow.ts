// Generated from src/api/kinds by scripts/generate-api.ts. Do not edit.

import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { checked, checkedEnum } from '../../contracts/checked';
import { INamespace } from '../../contracts/namespace';
import { ML_WORKFLOW } from '../kinds/ml-workflow';
import { addTypedObject } from '../platform-resource';
import { Condition, RunConcurrencyPolicy } from './shared';

/** The name and place of the object, and its spec. */
export interface MLWorkflowProps extends MLWorkflowSpec {
  /**
   * Name of the object.
   *
   * @default - the construct's id
   */
  readonly name?: string;
  /** Namespace of the object. */
  readonly namespace: INamespace;
  /**
   * Labels of the object.
   *
   * @default - those of the chart
   */
  readonly labels?: { readonly [key: string]: string };
  /**
   * Annotations of the object.
   *
   * @default - none
   */
  readonly annotations?: { readonly [key: string]: string };
}

/**
 * Stages of work, from data to a registered model, that run in the order of their dependencies.
 *
 * The object is nstarx.io/v1alpha1 MLWorkflow. It takes at least type, stages.
 *
 * @example
 * new MLWorkflow(chart, 'example', {
 *   namespace: platform.teams.ml,
 *   type: MLWorkflowType.TRAINING,
 *   stages: [
 *     { name: 'prepare', type: StageType.PYTHON_JOB, config: { image: 'registry.example.com/prepare:1.2.0' } },
 *     {
 *       name: 'train',
 *       type: StageType.ML_TRAINING,
 *       config: {
 *         framework: TrainingFramework.PYTORCH,
 *         distributedTraining: { workers: 2 },
 *         hyperparameters: { learning_rate: 0.001, layers: [64, 64] },
 *       },
 *     },
 *   ],
 *   resources: { default: { cpu: '2', memory: '8Gi' }, training: { 'nvidia.com/gpu': '1', memory: '12Gi' } },
 * });
 */
@checked('MLWorkflow')
export class MLWorkflow extends Construct {
  /** The object. */
  public readonly resource: ApiObject;
  /** Name of the object. */
  public readonly name: string;

  /** @throws InvalidInputError when the API server would refuse the object; it names every field that is wrong */
  public constructor(scope: Construct, id: string, props: MLWorkflowProps) {
    super(scope, id);
    this.resource = addTypedObject(this, ML_WORKFLOW, props, toJson_MLWorkflowSpec(props));
    this.name = this.resource.name;
  }
}

/**
 * Desired state.
 */
export interface MLWorkflowSpec {
  /**
   * What the workflow is for.
   */
  readonly type: MLWorkflowType;

  /**
   * What starts a run.
   *
   * @default {"type":"manual"}
   */
  readonly trigger?: WorkflowTrigger;

  /**
   * Start no further runs.
   *
   * @default false
   */
  readonly suspend?: boolean;

  /**
   * AIZone in which the stages run; its author must be allowed to use it.
   *
   * @default - the namespace of the workflow, as it is
   */
  readonly zone?: string;

  /**
   * Work, in its order.
   */
  readonly stages: WorkflowStage[];

  /**
   * What Pods get: `default`, `training` for stages of type ml-training, or the name of a stage.
   *
   * @default - those of the namespace
   */
  readonly resources?: { readonly [key: string]: { readonly [key: string]: string } };

  /**
   * Training state that is kept, so that a run goes on where it was interrupted.
   *
   * @default - none
   */
  readonly checkpoints?: WorkflowCheckpoints;

  /**
   * Where parameters and figures of runs are recorded.
   *
   * @default - the defaults of its fields
   */
  readonly tracking?: ExperimentTracking;

  /**
   * ServiceAccount of stages that run a container. It must be able to report to Argo Workflows.
   *
   * @default - argo-workflow, whose Role allows nothing else
   */
  readonly serviceAccountName?: string;

  /**
   * What happens when a run is due while one is under way.
   *
   * @default 'Forbid'
   */
  readonly concurrencyPolicy?: RunConcurrencyPolicy;

  /**
   * Finished runs that are kept.
   * At least 0, at most 100.
   *
   * @default 5
   */
  readonly historyLimit?: number;
}

/**
 * Converts an object of type 'MLWorkflowSpec' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_MLWorkflowSpec(obj: MLWorkflowSpec | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    type: obj.type,
    trigger: toJson_WorkflowTrigger(obj.trigger),
    suspend: obj.suspend,
    zone: obj.zone,
    stages: obj.stages?.map((y) => toJson_WorkflowStage(y)),
    resources:
      obj.resources === undefined
        ? undefined
        : Object.entries(obj.resources).reduce(
            (r, i) =>
              i[1] === undefined
                ? r
                : {
                    ...r,
                    [i[0]]:
                      i[1] === undefined
                        ? undefined
                        : Object.entries(i[1]).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {}),
                  },
            {},
          ),
    checkpoints: toJson_WorkflowCheckpoints(obj.checkpoints),
    tracking: toJson_ExperimentTracking(obj.tracking),
    serviceAccountName: obj.serviceAccountName,
    concurrencyPolicy: obj.concurrencyPolicy,
    historyLimit: obj.historyLimit,
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * What the workflow is for.
 */
export enum MLWorkflowType {
  /** training */
  TRAINING = 'training',
  /** batch-inference */
  BATCH_INFERENCE = 'batch-inference',
  /** evaluation */
  EVALUATION = 'evaluation',
  /** data-preparation */
  DATA_PREPARATION = 'data-preparation',
}
checkedEnum('MLWorkflowType', MLWorkflowType);

/**
 * What starts a run.
 */
export interface WorkflowTrigger {
  /**
   * Kind of trigger.
   */
  readonly type: WorkflowTriggerType;

  /**
   * schedule: when runs begin.
   *
   * @default - none
   */
  readonly schedule?: string;

  /**
   * Time zone of the schedule, a name of the IANA database.
   *
   * @default 'Etc/UTC'
   */
  readonly timeZone?: string;

  /**
   * git: repository whose pushes start runs, on GitHub, GitHub Enterprise, Gitea or Forgejo.
   *
   * @default - none
   */
  readonly repository?: string;

  /**
   * git: branch that is watched.
   *
   * @default - main
   */
  readonly branch?: string;

  /**
   * git: fields that the message of a push must have.
   *
   * @default - every push to the branch
   */
  readonly filter?: { readonly [key: string]: string };

  /**
   * git: Secret in the namespace of the workflow whose key `secret` is that of the webhook: pushes are signed with it.
   *
   * @default - `<name of the workflow>-push`
   */
  readonly secretName?: string;
}

/**
 * Converts an object of type 'WorkflowTrigger' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_WorkflowTrigger(obj: WorkflowTrigger | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    type: obj.type,
    schedule: obj.schedule,
    timeZone: obj.timeZone,
    repository: obj.repository,
    branch: obj.branch,
    filter:
      obj.filter === undefined
        ? undefined
        : Object.entries(obj.filter).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {}),
    secretName: obj.secretName,
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * A piece of work.
 */
export interface WorkflowStage {
  /**
   * Name of the stage.
   */
  readonly name: string;

  /**
   * Kind of work.
   */
  readonly type: StageType;

  /**
   * How the work is done.
   */
  readonly config: StageConfig;

  /**
   * Stages that must have succeeded before; they stand before this one in the list.
   *
   * @default - the stage before this one
   */
  readonly dependsOn?: string[];

  /**
   * Times that the stage is tried again.
   * At least 0, at most 10.
   *
   * @default 1
   */
  readonly retries?: number;

  /**
   * Time after which the stage is stopped.
   *
   * @default - none
   */
  readonly timeout?: string;
}

/**
 * Converts an object of type 'WorkflowStage' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_WorkflowStage(obj: WorkflowStage | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    name: obj.name,
    type: obj.type,
    config: toJson_StageConfig(obj.config),
    dependsOn: obj.dependsOn?.map((y) => y),
    retries: obj.retries,
    timeout: obj.timeout,
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * Training state that is kept, so that a run goes on where it was interrupted.
 */
export interface WorkflowCheckpoints {
  /**
   * Whether it is kept.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * Folder.
   */
  readonly path: string;

  /**
   * Time between two.
   *
   * @default '30m'
   */
  readonly interval?: string;
}

/**
 * Converts an object of type 'WorkflowCheckpoints' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_WorkflowCheckpoints(obj: WorkflowCheckpoints | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    enabled: obj.enabled,
    path: obj.path,
    interval: obj.interval,
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * Where parameters and figures of runs are recorded.
 */
export interface ExperimentTracking {
  /**
   * Whether they are recorded.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * Name of the experiment.
   *
   * @default - the name of the workflow
   */
  readonly experiment?: string;

  /**
   * Server.
   *
   * @default - that of the platform
   */
  readonly uri?: string;
}

/**
 * Converts an object of type 'ExperimentTracking' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_ExperimentTracking(obj: ExperimentTracking | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    enabled: obj.enabled,
    experiment: obj.experiment,
    uri: obj.uri,
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * Kind of trigger.
 */
export enum WorkflowTriggerType {
  /** manual */
  MANUAL = 'manual',
  /** schedule */
  SCHEDULE = 'schedule',
  /** git */
  GIT = 'git',
}
checkedEnum('WorkflowTriggerType', WorkflowTriggerType);

/**
 * Kind of work.
 */
export enum StageType {
  /** spark-job */
  SPARK_JOB = 'spark-job',
  /** python-job */
  PYTHON_JOB = 'python-job',
  /** container */
  CONTAINER = 'container',
  /** data-pipeline */
  DATA_PIPELINE = 'data-pipeline',
  /** ml-training */
  ML_TRAINING = 'ml-training',
  /** evaluation */
  EVALUATION = 'evaluation',
  /** model-registry */
  MODEL_REGISTRY = 'model-registry',
}
checkedEnum('StageType', StageType);

/**
 * How the work is done.
 */
export interface StageConfig {
  /**
   * spark-job: class with the main method.
   *
   * @default - none
   */
  readonly mainClass?: string;

  /**
   * spark-job: archive with the class.
   *
   * @default - what the image has
   */
  readonly jar?: string;

  /**
   * Arguments of the program.
   *
   * @default - none
   */
  readonly arguments?: string[];

  /**
   * Container image.
   *
   * @default - the image of the platform for the type and framework
   */
  readonly image?: string;

  /**
   * User (UID) that the image runs as, for one whose own user is root or has a name.
   * At least 1, at most 2147483647.
   *
   * @default - 1000, and 185 for spark-job
   */
  readonly runAsUser?: number;

  /**
   * Program that the container runs.
   *
   * @default - that of the image
   */
  readonly command?: string[];

  /**
   * python-job: body of the job; runs in a Pod of the tenant, never in the operator.
   *
   * @default - none
   */
  readonly script?: string;

  /**
   * Environment variables. Nothing secret belongs here.
   *
   * @default - none
   */
  readonly environment?: { readonly [key: string]: string };

  /**
   * ml-training: library.
   *
   * @default - none
   */
  readonly framework?: TrainingFramework;

  /**
   * ml-training: several workers train together.
   *
   * @default - one worker
   */
  readonly distributedTraining?: DistributedTraining;

  /**
   * ml-training: settings of the training by name, passed on unchanged.
   *
   * @default - those of the program
   */
  readonly hyperparameters?: any;

  /**
   * evaluation: figures that are computed.
   *
   * @default - none
   */
  readonly metrics?: string[];

  /**
   * evaluation: least value of every figure; a run below it fails.
   * At least 0, at most 1.
   *
   * @default - no bound
   */
  readonly threshold?: number;

  /**
   * evaluation, ml-training: data.
   *
   * @default - what the program reads
   */
  readonly dataset?: string;

  /**
   * model-registry: name under which the model is registered.
   *
   * @default - none
   */
  readonly name?: string;

  /**
   * model-registry: version of the model.
   *
   * @default - the next number
   */
  readonly version?: string;

  /**
   * model-registry: tags of the model.
   *
   * @default - none
   */
  readonly tags?: string[];

  /**
   * data-pipeline: DataPipeline that is run.
   *
   * @default - none
   */
  readonly pipeline?: string;
}

/**
 * Converts an object of type 'StageConfig' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_StageConfig(obj: StageConfig | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    mainClass: obj.mainClass,
    jar: obj.jar,
    arguments: obj.arguments?.map((y) => y),
    image: obj.image,
    runAsUser: obj.runAsUser,
    command: obj.command?.map((y) => y),
    script: obj.script,
    environment:
      obj.environment === undefined
        ? undefined
        : Object.entries(obj.environment).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {}),
    framework: obj.framework,
    distributedTraining: toJson_DistributedTraining(obj.distributedTraining),
    hyperparameters: obj.hyperparameters,
    metrics: obj.metrics?.map((y) => y),
    threshold: obj.threshold,
    dataset: obj.dataset,
    name: obj.name,
    version: obj.version,
    tags: obj.tags?.map((y) => y),
    pipeline: obj.pipeline,
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * ml-training: library.
 */
export enum TrainingFramework {
  /** pytorch */
  PYTORCH = 'pytorch',
  /** tensorflow */
  TENSORFLOW = 'tensorflow',
  /** xgboost */
  XGBOOST = 'xgboost',
  /** lightgbm */
  LIGHTGBM = 'lightgbm',
  /** sklearn */
  SKLEARN = 'sklearn',
  /** jax */
  JAX = 'jax',
  /** huggingface */
  HUGGINGFACE = 'huggingface',
}
checkedEnum('TrainingFramework', TrainingFramework);

/**
 * ml-training: several workers train together.
 */
export interface DistributedTraining {
  /**
   * Number of workers.
   * At least 1, at most 1024.
   */
  readonly workers: number;

  /**
   * How they exchange gradients.
   *
   * @default 'nccl'
   */
  readonly backend?: CollectiveBackend;
}

/**
 * Converts an object of type 'DistributedTraining' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_DistributedTraining(obj: DistributedTraining | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    workers: obj.workers,
    backend: obj.backend,
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * How they exchange gradients.
 */
export enum CollectiveBackend {
  /** nccl */
  NCCL = 'nccl',
  /** gloo */
  GLOO = 'gloo',
  /** mpi */
  MPI = 'mpi',
}
checkedEnum('CollectiveBackend', CollectiveBackend);

/**
 * What was observed.
 */
export interface MLWorkflowStatus {
  /**
   * Generation of the object that this status refers to.
   * At least 0.
   *
   * @default - none
   */
  readonly observedGeneration?: number;

  /**
   * The state as one word; the conditions say more.
   *
   * @default - none
   */
  readonly phase?: MLWorkflowStatusPhase;

  /**
   * Stage that runs.
   *
   * @default - none
   */
  readonly currentStage?: string;

  /**
   * When the last run began.
   *
   * @default - none
   */
  readonly startTime?: string;

  /**
   * When the last run ended.
   *
   * @default - none
   */
  readonly completionTime?: string;

  /**
   * When the next run begins.
   *
   * @default - none
   */
  readonly nextRun?: string;

  /**
   * The last run by stage.
   *
   * @default - none
   */
  readonly stages?: MLWorkflowStatusStages[];

  /**
   * What is known about the object, one entry per aspect.
   *
   * @default - none
   */
  readonly conditions?: Condition[];
}

/**
 * The state as one word; the conditions say more.
 */
export enum MLWorkflowStatusPhase {
  /** Pending */
  PENDING = 'Pending',
  /** Waiting */
  WAITING = 'Waiting',
  /** Running */
  RUNNING = 'Running',
  /** Succeeded */
  SUCCEEDED = 'Succeeded',
  /** Failed */
  FAILED = 'Failed',
  /** Suspended */
  SUSPENDED = 'Suspended',
}

/**
 * A stage in the last run.
 */
export interface MLWorkflowStatusStages {
  /**
   * Name of the stage.
   */
  readonly name: string;

  /**
   * How far it is.
   */
  readonly status: MLWorkflowStatusStagesStatus;

  /**
   * How long it took.
   *
   * @default - none
   */
  readonly duration?: string;

  /**
   * Percentage that is done.
   * At least 0, at most 100.
   *
   * @default - none
   */
  readonly progress?: number;

  /**
   * What there is to say.
   *
   * @default - none
   */
  readonly message?: string;
}

/**
 * How far it is.
 */
export enum MLWorkflowStatusStagesStatus {
  /** Pending */
  PENDING = 'Pending',
  /** Running */
  RUNNING = 'Running',
  /** Completed */
  COMPLETED = 'Completed',
  /** Failed */
  FAILED = 'Failed',
  /** Skipped */
  SKIPPED = 'Skipped',
}
