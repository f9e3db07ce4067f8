import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { WorkflowTriggerType } from '../../api/generated/ml-workflow';
import { RunConcurrencyPolicy } from '../../api/generated/shared';
import { ML_WORKFLOW } from '../../api/kinds/ml-workflow';
import { checkFreeForms } from '../../api/schema/free-form';
import { fail } from '../../contracts/errors';
import { RUN_TO_COMPLETION_ANNOTATIONS } from '../../contracts/names';
import {
  hashOf,
  Json,
  labelsOf,
  MLWorkflowObjectsProps,
  MLWorkflowPlan,
  mlWorkflowPlan,
  RUN_LABEL,
  runLabels,
} from './plan';
import { RUN_NAME } from './variables';
import { pushObjects } from './pushes';
import { placement, POD_SECURITY, RESOURCE_POD } from './pods';
import { StageNode, stageNode } from './stages';
import { cronSchedule } from '../../contracts/cron-schedule';
import { timeZone } from '../../contracts/time-zone';

const ARGO = 'argoproj.io/v1alpha1';
/** Runs are kept by their number, not by their age. */
const NO_EXPIRY = { secondsAfterCompletion: 10 * 365 * 86_400 };

/** Annotation of the WorkflowTemplate that changes with its content. */
export const CONTENT_ANNOTATION = 'nstarx.io/content';

/**
 * The objects that run an MLWorkflow on Argo Workflows: a WorkflowTemplate with the graph of its stages, a ConfigMap with their programs,
 * whose name changes with its content, a CronWorkflow where a schedule starts the runs, and what takes pushes where they do.
 *
 * A stage begins when all that it waits for have succeeded; those that wait for nothing run side by side. The template is copied into
 * each run when it starts, so that a change of the workflow does not touch a run that is under way.
 */
export class MLWorkflowObjects extends Construct {
  /** @throws InvalidInputError when a stage cannot run; it names the field */
  public constructor(scope: Construct, id: string, props: MLWorkflowObjectsProps) {
    super(scope, id);
    checkFreeForms(this, ML_WORKFLOW, props.spec);
    const plan = mlWorkflowPlan(this, props);
    const { name, namespace, spec, programs } = plan;
    const metadata = (own: string) => ({ name: own, namespace, labels: labelsOf(name) });
    const templateSpec = workflowSpec(plan);
    if (Object.keys(programs.files).length > 0) {
      new ApiObject(this, 'Programs', {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: metadata(programs.name),
        immutable: true,
        data: programs.files,
      });
    }
    new ApiObject(this, 'Resource', {
      apiVersion: ARGO,
      kind: 'WorkflowTemplate',
      metadata: { ...metadata(name), annotations: { [CONTENT_ANNOTATION]: hashOf(templateSpec) } },
      spec: templateSpec,
    });
    if (spec.trigger?.type === WorkflowTriggerType.SCHEDULE) {
      new ApiObject(this, 'Schedule', {
        apiVersion: ARGO,
        kind: 'CronWorkflow',
        metadata: metadata(name),
        spec: scheduleSpec(plan),
      });
    }
    for (const { apiVersion, kind, ...rest } of pushObjects(plan)) {
      new ApiObject(this, String(kind), { apiVersion: String(apiVersion), kind: String(kind), ...rest });
    }
  }
}

/** `spec` of a Workflow that runs the template. */
export function runSpec(template: string): Json {
  return { workflowTemplateRef: { name: template }, ttlStrategy: NO_EXPIRY };
}

function workflowSpec({ name, spec, settings, zone, stages }: MLWorkflowPlan): Json {
  const nodes = stages.map(stageNode);
  const release = !settings.keepFailedJobs && nodes.some(({ makes }) => makes !== undefined);
  return {
    entrypoint: 'stages',
    serviceAccountName: spec.serviceAccountName ?? settings.serviceAccountName,
    securityContext: POD_SECURITY,
    workflowMetadata: { labels: runLabels(name, spec) },
    podMetadata: { labels: runLabels(name, spec), annotations: RUN_TO_COMPLETION_ANNOTATIONS },
    ...placement(zone, []),
    ...(release ? { hooks: { exit: { template: 'release', expression: 'workflow.status != "Succeeded"' } } } : {}),
    templates: [
      { name: 'stages', dag: { tasks: nodes.map(({ task }) => task) } },
      ...nodes.map(({ template }) => template),
      ...(release ? [releaseTemplate(settings.resourceServiceAccountName, nodes, name)] : []),
    ],
  };
}

/** Gives back what a run that failed or was stopped still holds: its SparkApplications and TrainJobs. */
function releaseTemplate(serviceAccountName: string, nodes: readonly StageNode[], name: string): Json {
  const resources = new Set(nodes.flatMap(({ makes }) => makes ?? []));
  return {
    name: 'release',
    metadata: { labels: labelsOf(name) },
    serviceAccountName,
    resource: {
      action: 'delete',
      flags: [[...resources].sort().join(','), '--selector', `${RUN_LABEL}=${RUN_NAME}`, '--wait=false'],
    },
    podSpecPatch: RESOURCE_POD,
  };
}

function scheduleSpec({ scope, name, spec }: MLWorkflowPlan): Json {
  const schedule = spec.trigger?.schedule;
  if (schedule === undefined) fail(scope, 'trigger.schedule', 'must be given', undefined, 'say when runs begin');
  const limit = spec.historyLimit ?? 5;
  return {
    schedules: [cronSchedule(scope, 'trigger.schedule', schedule)],
    timezone: timeZone(scope, 'trigger.timeZone', spec.trigger?.timeZone ?? 'Etc/UTC'),
    concurrencyPolicy: spec.concurrencyPolicy ?? RunConcurrencyPolicy.FORBID,
    // a run that was due while the controller was unavailable for a short time
    startingDeadlineSeconds: 600,
    successfulJobsHistoryLimit: limit,
    failedJobsHistoryLimit: limit,
    suspend: spec.suspend ?? false,
    workflowMetadata: { labels: runLabels(name, spec) },
    workflowSpec: runSpec(name),
  };
}
