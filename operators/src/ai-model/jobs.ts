import { AIModelSpec } from '../../../src/api/generated/ai-model';
import { PLATFORM_GROUP } from '../../../src/contracts/names';
import {
  BASELINE_KEY,
  baselineName,
  BaselineReading,
  DRIFT_BASELINE,
  parseBaseline,
  watchesDrift,
} from '../../../src/kinds/ai-model/drift-baseline';
import { MODEL_SERVER } from '../../../src/kinds/ai-model/plan';
import { ownLabel } from '../../../src/kinds/child-names';
import { ARTIFACT_CHECK, ModelArtifactCheck } from '../../../src/kinds/ai-model/storage';
import { aiModelSettings } from '../../../src/kinds/operators/kind-settings';
import { ConditionReport, conditionOf } from '../runtime/conditions';
import { lastTermination, memoized, Termination } from '../runtime/observed';
import { Preflight, Problems } from '../runtime/operator';
import { livePods, troubleOf } from '../runtime/pods';
import { KubernetesObject, RelatedRule } from '../runtime/protocol';
import { render } from '../runtime/render';
import { ModelContext } from './context';

/** The Pods of a model: of its jobs, whose containers say something when they end, and of its server, which say why they do not run. */
export function modelPods(model: string, namespace: string | undefined): RelatedRule {
  const labelSelector = {
    // servers have it under KServe, too
    matchLabels: ownLabel('ai-model', model),
    matchExpressions: [
      { key: `${PLATFORM_GROUP}/component`, operator: 'In', values: [ARTIFACT_CHECK, DRIFT_BASELINE, MODEL_SERVER] },
    ],
  };
  return { apiVersion: 'v1', resource: 'pods', namespace, labelSelector };
}

/** How the container of the check ends when there is nothing: see `ModelArtifactCheck`. */
const NOTHING_THERE = 3;
/** How it ends when its pod is taken away; another one follows. */
const STOPPED = 143;

/**
 * Looks whether the model is where the spec says, before the objects of a new spec are made. A Job does it, since a hook reaches
 * nothing and the operator may read none of the tenant's buckets.
 */
export function checkArtifact(context: ModelContext): Preflight {
  const { name, namespace, spec, settings } = context;
  const { location } = spec.storage;
  const own = aiModelSettings(settings);
  const unchecked = (reason: string, message: string): Preflight => ({
    objects: [],
    passed: true,
    condition: artifactCondition('Unknown', reason, message),
  });
  if (spec.rollbackTo !== undefined) {
    return unchecked('RolledBack', 'The location of the spec is not looked at while an older version is served');
  }
  if (!(own.storage?.checkArtifacts ?? true)) {
    return unchecked('ChecksAreOff', 'The platform does not look whether models are there before it serves them');
  }
  if (!ModelArtifactCheck.canCheck(location)) {
    return unchecked('CannotBeChecked', `Whether there is something at ${location} shows when the server starts`);
  }
  let job = '';
  // a name that makes no objects is a problem of the spec, which is told by its own objects
  const objects = render(namespace, new Problems(), (chart) => {
    job = new ModelArtifactCheck(chart, 'check', { name, namespace, spec, settings: own }).jobName;
  });
  const said = lastTerminationOf(context, job);
  const message = said?.message ? ` (${said.message})` : '';
  const state = stateOf(context.children.find('batch/v1', 'Job', job, namespace));
  if (state === 'Complete') {
    return {
      objects,
      passed: true,
      condition: artifactCondition('True', 'Found', `There is something at ${location}`),
    };
  }
  const again = state === 'Failed' ? `delete the Job ${job} to look again` : 'it is looked for again every few minutes';
  if (said?.exitCode === NOTHING_THERE) {
    const text = `There is nothing at ${location}: upload the model or correct spec.storage.location; ${again}`;
    return { objects, passed: false, condition: artifactCondition('False', 'NotFound', text) };
  }
  if (state === 'Failed' || (said?.exitCode !== undefined && said.exitCode !== 0 && said.exitCode !== STOPPED)) {
    const text = `${location} cannot be read${message}: see that the bucket exists and that the ServiceAccount or spec.storage.secretRef may read it; ${again}`;
    return { objects, passed: false, condition: artifactCondition('False', 'CannotBeRead', text) };
  }
  const trouble = troubleOf(livePods(context, isPodOf(job)));
  if (trouble && trouble.reason !== 'CrashLoopBackOff') {
    const text = `The Job ${job} cannot look whether there is something at ${location}: ${trouble.message}`;
    return { objects, passed: false, condition: artifactCondition('Unknown', trouble.reason, text) };
  }
  const text = `The Job ${job} looks whether there is something at ${location}`;
  return { objects, passed: false, condition: artifactCondition('Unknown', 'Checking', text) };
}

function artifactCondition(status: ConditionReport['status'], reason: string, message: string): ConditionReport {
  return { type: 'ArtifactAvailable', status, reason, message };
}

/**
 * The histograms of the training data, if they are known: from the ConfigMap that keeps them (beside the model or in one of its
 * revisions), else from the message of the Pod that has just read the data. A Pod goes some day, a ConfigMap stays. Undefined when
 * the spec does not want drift to be looked for.
 */
export function readBaseline(context: ModelContext, spec: AIModelSpec = context.spec): BaselineReading | undefined {
  if (!watchesDrift(spec)) return undefined;
  const name = baselineName(context.name, spec, aiModelSettings(context.settings));
  const configMap = context.children.find('v1', 'ConfigMap', name, context.namespace);
  const beside = configMap && readingOf(configMap);
  if (beside) return beside;
  // the newest first; the others are not unpacked once it is found
  for (const { objects } of [...context.revisions].reverse()) {
    const kept = objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name);
    const reading = kept && readingOf(kept);
    if (reading) return reading;
  }
  const said = lastTerminationOf(context, name);
  if (said?.message) return parseBaseline(said.message);
  const state = stateOf(context.children.find('batch/v1', 'Job', name, context.namespace));
  return { reason: state === 'Failed' ? `the Job ${name} failed` : '' };
}

/** What is known of the baseline. */
export function baselineCondition(context: ModelContext, spec: AIModelSpec): ConditionReport | undefined {
  const reading = readBaseline(context, spec);
  if (!reading) return undefined;
  const type = 'DriftBaseline';
  const { baseline, reason } = reading;
  if (baseline) {
    const dropped = baseline.dropped ? `; no space was left for ${baseline.dropped.join(', ')}` : '';
    const message = `${baseline.features.length} features of ${baseline.rows} rows are compared with the requests${dropped}`;
    return { type, status: true, reason: 'Read', message };
  }
  const location = spec.monitoring?.drift?.baseline ?? '';
  if (!reason) {
    const job = baselineName(context.name, spec, aiModelSettings(context.settings));
    const trouble = troubleOf(livePods(context, isPodOf(job)));
    return trouble
      ? { type, status: 'Unknown', reason: trouble.reason, message: `${location} cannot be read: ${trouble.message}` }
      : { type, status: 'Unknown', reason: 'Reading', message: `${location} is being read` };
  }
  const message = `${location} is no baseline (${reason}), so drift is not measured: correct spec.monitoring.drift.baseline`;
  return { type, status: false, reason: 'CannotBeRead', message };
}

/** What a ConfigMap keeps, if it is a baseline. */
const readingOf = memoized(
  ({ data }: KubernetesObject): BaselineReading | undefined => {
    const text = (data as { readonly [key: string]: string } | undefined)?.[BASELINE_KEY];
    const reading = text === undefined ? undefined : parseBaseline(text);
    return reading?.baseline ? reading : undefined;
  },
  (object) => object,
);

/** How a Job stands. */
type JobState = 'Missing' | 'Running' | 'Complete' | 'Failed';

/** The state of a Job, as it was observed. */
function stateOf(job: KubernetesObject | undefined): JobState {
  if (!job) return 'Missing';
  if (conditionOf(job, 'Complete')?.status === 'True') return 'Complete';
  if (conditionOf(job, 'Failed')?.status === 'True') return 'Failed';
  return 'Running';
}

/** What the last container of a Job that ended said of itself, in its termination message. */
function lastTerminationOf(context: ModelContext, job: string): Termination | undefined {
  return lastTermination(context, isPodOf(job));
}

function isPodOf(job: string): (pod: KubernetesObject) => boolean {
  return ({ metadata }) => metadata.labels?.['batch.kubernetes.io/job-name'] === job;
}
