import { StageType } from '../../api/generated/ml-workflow';
import { resourceProp, resourcesOf } from './stage-resources';
import { evaluation, programStage, registration } from './container-stages';
import { pipelineStage } from './pipeline-stage';
import { DEADLINE_AHEAD, deadlineOf } from './resource-stage';
import { sparkStage } from './spark-stage';
import { Json, StageContext, stageLabels, StageTemplate } from './stage-context';
import { trainingStage } from './training-stage';
import { checkZone } from './zone-limits';

/** The Argo template of a stage, and its place in the graph. */
export interface StageNode {
  readonly template: Json;
  readonly task: Json;
  /** Whether it makes an object that outlives its pod. */
  readonly makesObjects: boolean;
}

/** Argo's word for a stage. */
export function stageNode(context: StageContext): StageNode {
  const { stage, settings, graph, spec, zone, scope } = context;
  if (stage.type !== StageType.ML_TRAINING) {
    const amounts = resourcesOf(spec, stage);
    // a Spark driver and its executors are counted by the quota: how many there are is not known before
    checkZone(scope, zone, stage.name, amounts, (resource) => resourceProp(spec, stage, resource), 1);
  }
  const made = templateOf(context);
  const name = templateName(stage.name);
  const isResource = 'resource' in made.template;
  const retries = stage.retries ?? 1;
  const deadline = deadlineOf(context);
  const before = graph.dependencies(stage.name);
  return {
    makesObjects: stage.type === StageType.SPARK_JOB || (stage.type === StageType.ML_TRAINING && isResource),
    template: {
      name,
      metadata: { labels: stageLabels(context) },
      ...made.template,
      ...(settings.priorityClassName === undefined ? {} : { priorityClassName: settings.priorityClassName }),
      ...(deadline === undefined ? {} : { activeDeadlineSeconds: deadline + (isResource ? DEADLINE_AHEAD : 0) }),
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
      ...(before.length > 0 ? { dependencies: before } : {}),
      ...(made.arguments && Object.keys(made.arguments).length > 0 ? { arguments: made.arguments } : {}),
    },
  };
}

/** Name of the Argo template of a stage. The prefix keeps it apart from the graph itself. */
export function templateName(stage: string): string {
  return `stage-${stage}`;
}

function templateOf(context: StageContext): StageTemplate {
  switch (context.stage.type) {
    case StageType.SPARK_JOB:
      return sparkStage(context);
    case StageType.PYTHON_JOB:
    case StageType.CONTAINER:
      return programStage(context);
    case StageType.DATA_PIPELINE:
      return pipelineStage(context);
    case StageType.ML_TRAINING:
      return trainingStage(context);
    case StageType.EVALUATION:
      return evaluation(context);
    case StageType.MODEL_REGISTRY:
      return registration(context);
  }
}
