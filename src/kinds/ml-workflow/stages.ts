import { StageType } from '../../api/generated/ml-workflow';
import { RUN_ANNOTATION } from '../../api/run-annotation';
import { evaluation, programStage, registration } from './containers';
import { Json, StagePlan } from './plan';
import { resourceTemplate, StageTemplate } from './pods';
import { sparkStage } from './spark';
import { trainingStage } from './training';

/** The Argo template of a stage, and its place in the graph. */
export interface StageNode {
  readonly template: Json;
  readonly task: Json;
  /** Resource of the objects that it makes and that may outlive its pod. @default - it makes none */
  readonly makes?: string;
}

/** Seconds that an object's own deadline is ahead of that of the pod that waits for it, so that the object says why it ended. */
const DEADLINE_AHEAD = 60;

/** What a stage is for Argo. */
export function stageNode(plan: StagePlan): StageNode {
  const { stage, settings, dependencies, deadline, retries } = plan;
  const made = templateOf(plan);
  // the prefix keeps it apart from the graph itself
  const name = `stage-${stage.name}`;
  return {
    makes: made.makes,
    template: {
      name,
      metadata: { labels: plan.labels },
      ...made.template,
      ...(settings.priorityClassName === undefined ? {} : { priorityClassName: settings.priorityClassName }),
      ...(deadline === undefined
        ? {}
        : { activeDeadlineSeconds: deadline + ('resource' in made.template ? DEADLINE_AHEAD : 0) }),
      ...(retries > 0
        ? {
            retryStrategy: {
              limit: String(retries),
              retryPolicy: 'Always',
              ...(made.retryExpression === undefined ? {} : { expression: made.retryExpression }),
              backoff: { duration: '30s', factor: 2, cap: '10m' },
            },
          }
        : {}),
    },
    task: {
      name: stage.name,
      template: name,
      ...(dependencies.length > 0 ? { dependencies } : {}),
      ...(made.arguments && Object.keys(made.arguments).length > 0 ? { arguments: made.arguments } : {}),
    },
  };
}

function templateOf(plan: StagePlan): StageTemplate {
  switch (plan.stage.type) {
    case StageType.SPARK_JOB:
      return sparkStage(plan);
    case StageType.PYTHON_JOB:
    case StageType.CONTAINER:
      return programStage(plan);
    case StageType.DATA_PIPELINE:
      return dataPipelineStage(plan);
    case StageType.ML_TRAINING:
      return trainingStage(plan);
    case StageType.EVALUATION:
      return evaluation(plan);
    case StageType.MODEL_REGISTRY:
      return registration(plan);
  }
}

/**
 * A run of a DataPipeline: the stage asks for it by an annotation and reads how it ended from `status.requestedRun`. So the run is
 * the pipeline's own, with its state, quality checks and history, on whatever engine it has; and the stage needs to be allowed nothing
 * but to read and change DataPipelines.
 */
function dataPipelineStage(plan: StagePlan): StageTemplate {
  // two stages may run one pipeline, and each attempt is a run; it must fit into a label's value with the outcome
  const attempt = plan.retries > 0 ? '{{retries}}' : '0';
  const run = `{{workflow.uid}}.${plan.index}.${attempt}`;
  return {
    template: resourceTemplate(plan, {
      action: 'patch',
      manifest: {
        apiVersion: 'nstarx.io/v1alpha1',
        kind: 'DataPipeline',
        metadata: { name: plan.stage.config.pipeline, annotations: { [RUN_ANNOTATION]: run } },
      },
      success: `status.requestedRun == ${run}.Completed`,
      failure: `status.requestedRun == ${run}.Failed`,
    }),
  };
}
