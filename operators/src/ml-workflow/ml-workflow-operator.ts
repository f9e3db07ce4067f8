import { MLWorkflowSpec, StageType, WorkflowTriggerType } from '../../../src/api/generated/ml-workflow';
import { RUN_ANNOTATION } from '../../../src/api/run-annotation';
import { ML_WORKFLOW_OPERATOR } from '../../../src/kinds/ml-workflow/operator';
import { RUN_LABEL, WORKFLOW_LABEL } from '../../../src/kinds/ml-workflow/plan';
import { resolveSettings } from '../../../src/kinds/ml-workflow/settings';
import { OperatorSettings } from '../../../src/kinds/operators/operator-settings';
import { observedZone, zoneRule } from '../ai-zone/placement';
import { ConditionReport } from '../runtime/conditions';
import { Operator, Preflight, Problems } from '../runtime/operator';
import { KubernetesObject, RelatedRule } from '../runtime/protocol';
import { pushPods } from './pushes';
import { report } from './report';
import { ARGO, handledRun, isAccepted, MLWorkflowContext, programsInUse, renderedSpec, runObjects } from './runs';

/** Runs MLWorkflows: see docs/operators/ml-workflow.md. */
export const mlWorkflowOperator: Operator<MLWorkflowSpec> = {
  definition: ML_WORKFLOW_OPERATOR,
  related,
  preflight,
  desired,
  report,
};

function related({ metadata, spec }: KubernetesObject, settings: OperatorSettings): readonly RelatedRule[] {
  const { name, namespace } = metadata;
  const labelSelector = { matchLabels: { [WORKFLOW_LABEL]: name } };
  const { zone, stages = [], trigger } = (spec ?? {}) as unknown as Partial<MLWorkflowSpec>;
  const { trainingRuntimes } = resolveSettings(settings.mlWorkflow);
  const trains = stages.some(
    ({ type, config }) => type === StageType.ML_TRAINING && trainingRuntimes[config.framework ?? ''] !== undefined,
  );
  return [
    { apiVersion: 'argoproj.io/v1alpha1', resource: 'workflows', namespace, labelSelector },
    ...(trains
      ? [{ apiVersion: 'trainer.kubeflow.org/v1alpha1', resource: 'trainjobs', namespace, labelSelector }]
      : []),
    ...(makesPods(stages, trains) ? [enginePods(name, namespace)] : []),
    ...(trigger?.type === WorkflowTriggerType.GIT ? [pushPods(name, namespace)] : []),
    ...zoneRule(zone),
  ];
}

function makesPods(stages: MLWorkflowSpec['stages'], trains: boolean): boolean {
  return trains || stages.some(({ type }) => type === StageType.SPARK_JOB);
}

/** Pods that Kubeflow Trainer and Spark make for stages. Of its own pods Argo tells itself, and of executors the driver does. */
function enginePods(workflow: string, namespace: string | undefined): RelatedRule {
  const labelSelector = {
    matchLabels: { [WORKFLOW_LABEL]: workflow },
    matchExpressions: [
      { key: RUN_LABEL, operator: 'Exists' },
      // https://github.com/argoproj/argo-workflows/blob/v4.0.6/workflow/common/common.go, LabelKeyWorkflow
      { key: 'workflows.argoproj.io/workflow', operator: 'DoesNotExist' },
      { key: 'spark-role', operator: 'NotIn', values: ['executor'] },
    ],
  };
  return { apiVersion: 'v1', resource: 'pods', namespace, labelSelector };
}

/**
 * The zone must be there. What belongs to runs is desired here and not with the objects of the spec: it stays as it is when the spec
 * changes or is bad.
 */
function preflight(context: MLWorkflowContext): Preflight {
  const current = isAccepted(context) ? renderedSpec(context).objects : (context.revisions.at(-1)?.objects ?? []);
  const condition = zoneCondition(context);
  return {
    objects: [...runObjects(context), ...programsInUse(context, current)],
    passed: condition.status === true,
    condition,
  };
}

function zoneCondition(context: MLWorkflowContext): ConditionReport {
  const { zone } = context.spec;
  const type = 'ZoneAvailable';
  if (zone === undefined) return { type, status: true, reason: 'NotAsked', message: 'The spec names no zone' };
  return observedZone(context.related, zone)
    ? { type, status: true, reason: 'Found', message: `Zone ${zone} is there` }
    : {
        type,
        status: false,
        reason: 'NotFound',
        message: `spec.zone must be an AIZone that is there, got "${zone}": make it, or name another`,
      };
}

function desired(context: MLWorkflowContext, problems: Problems): readonly KubernetesObject[] {
  const rendered = renderedSpec(context);
  problems.addAll(rendered.problems);
  const handled = handledRun(context);
  const objects = rendered.objects.filter(({ kind }) => kind !== 'CronWorkflow' || canBeScheduled(context));
  if (handled === undefined) return objects;
  return objects.map((object) =>
    object.kind === 'WorkflowTemplate'
      ? {
          ...object,
          metadata: {
            ...object.metadata,
            annotations: { ...object.metadata.annotations, [RUN_ANNOTATION]: handled },
          },
        }
      : object,
  );
}

/**
 * Argo looks for the template of a schedule when the schedule is made. Where there is none yet it says nothing, and looks again after
 * 20 minutes; so the template comes first.
 *
 * Source: https://github.com/argoproj/argo-workflows/blob/v4.0.6/workflow/cron/controller.go (processNextCronItem)
 */
function canBeScheduled({ children, name, namespace }: MLWorkflowContext): boolean {
  return ['WorkflowTemplate', 'CronWorkflow'].some((kind) => children.find(ARGO, kind, name, namespace) !== undefined);
}
