import { DataPipelineSpec, PipelineEngine } from '../../../src/api/generated/data-pipeline';
import { DATA_PIPELINE_OPERATOR } from '../../../src/kinds/data-pipeline/operator';
import { podSelector } from '../../../src/kinds/data-pipeline/plan';
import { zoneRule } from '../ai-zone/placement';
import { ConditionReport } from '../runtime/conditions';
import { DRIVER_LABELS, SPARK } from '../runtime/engine-status';
import { Operator, Preflight, Problems } from '../runtime/operator';
import { KubernetesObject, RelatedRule } from '../runtime/protocol';
import { report } from './report';
import { allowsSeveral, keptRequestedRuns, requestedRuns, startingRun } from './run-request';
import { DataPipelineContext, isLive, isStream, observedSchedule, renderedSpec, scheduledRuns } from './runs';

/** Runs DataPipelines: see docs/operators/data-pipeline.md. */
export const dataPipelineOperator: Operator<DataPipelineSpec> = {
  definition: DATA_PIPELINE_OPERATOR,
  related,
  preflight: keptRuns,
  desired,
  report,
};

function related({ metadata, spec }: KubernetesObject): readonly RelatedRule[] {
  const { name, namespace } = metadata;
  const { zone, engine } = (spec ?? {}) as unknown as Partial<DataPipelineSpec>;
  // executors may be many, and Spark's operator tells how they are; a stream has few pods, which run without end
  const drivers = engine === PipelineEngine.FLINK ? {} : DRIVER_LABELS;
  const matchLabels = { ...podSelector({ name }), ...drivers };
  return [...zoneRule(zone), { apiVersion: 'v1', resource: 'pods', namespace, labelSelector: { matchLabels } }];
}

/** The objects that run the pipeline. */
function desired(context: DataPipelineContext, problems: Problems): readonly KubernetesObject[] {
  const { namespace, spec, children } = context;
  const { objects, problems: found } = renderedSpec(context);
  problems.addAll(found);
  // a run that has begun goes on
  const begins = ({ kind, metadata }: KubernetesObject): boolean =>
    kind === 'SparkApplication' && children.find(SPARK, kind, metadata.name, namespace) === undefined;
  const waits = spec.suspend || (!allowsSeveral(context) && requestedRuns(context).some(isLive));
  return waits ? objects.filter((object) => !begins(object)) : objects;
}

/**
 * What is kept beside the objects of the spec, and how the schedule stands. Nothing has to hold before the objects are made.
 *
 * Spark's operator gives the labels of a ScheduledSparkApplication to the runs that it makes of it, and no controller. So the engine
 * takes them for children of the pipeline, and would delete those that are not desired. A run that was asked for goes on and stays when
 * the spec changes. And a run that is tried again needs the program that it was started with.
 */
function keptRuns(context: DataPipelineContext): Preflight {
  const runs = observedSchedule(context) ? scheduledRuns(context) : [];
  return {
    objects: [
      ...[...runs, ...keptRequestedRuns(context)].map(asItIs),
      ...startingRun(context),
      ...programsInUse(context),
    ],
    passed: true,
    condition: scheduled(context),
  };
}

/** The run is in the hands of Spark's operator: nothing of it is ours. */
function asItIs({ apiVersion, kind, metadata }: KubernetesObject): KubernetesObject {
  return { apiVersion, kind, metadata: { name: metadata.name, namespace: metadata.namespace } };
}

function programsInUse(context: DataPipelineContext): KubernetesObject[] {
  const { children, namespace, revisions } = context;
  const live = children.all(SPARK, 'SparkApplication').filter(isLive);
  if (live.length === 0) return [];
  const { objects, problems } = renderedSpec(context);
  const desired = (problems.isEmpty ? objects : (revisions.at(-1)?.objects ?? [])).map(({ metadata }) => metadata.name);
  const names = new Set(live.flatMap(programOf).filter((name) => !desired.includes(name)));
  return [...names].sort().flatMap((name) => {
    const found = children.find('v1', 'ConfigMap', name, namespace);
    if (!found) return [];
    const { apiVersion, kind, metadata, data } = found;
    const own = Object.entries(metadata.labels ?? {}).filter(([label]) => label !== 'controller-uid');
    return [
      { apiVersion, kind, metadata: { name, namespace, labels: Object.fromEntries(own) }, immutable: true, data },
    ];
  });
}

function programOf({ spec }: KubernetesObject): string[] {
  const { volumes = [] } = (spec ?? {}) as {
    readonly volumes?: readonly { readonly name: string; readonly configMap?: { readonly name: string } }[];
  };
  return volumes.flatMap(({ name, configMap }) => (name === 'program' && configMap ? [configMap.name] : []));
}

function scheduled(context: DataPipelineContext): ConditionReport {
  const { spec } = context;
  const say = (status: boolean, reason: string, message: string): ConditionReport => ({
    type: 'Scheduled',
    status,
    reason,
    message,
  });
  if (spec.suspend) return say(false, 'Suspended', 'No further run begins: spec.suspend is true');
  if (isStream(context)) return say(true, 'Stream', 'Runs without end');
  if (spec.schedule === undefined) return say(true, 'OnChange', 'Runs once for each change of the spec');
  const { scheduleState, reason, nextRun } = (observedSchedule(context)?.status ?? {}) as {
    readonly scheduleState?: string;
    readonly reason?: string;
    readonly nextRun?: string | null;
  };
  if (scheduleState === 'FailedValidation') {
    const message = `spec.schedule or spec.timeZone is refused by Spark's operator: ${reason ?? 'no reason given'}`;
    return say(false, 'FailedValidation', message);
  }
  return nextRun
    ? say(true, 'OnSchedule', `The next run begins at ${nextRun}`)
    : say(false, 'NotYet', "Spark's operator has not taken up the schedule yet");
}
