import { AIModelSpec } from '../../../src/api/generated/ai-model';
import { BaselineReading, parseBaseline } from '../../../src/kinds/ai-model/drift-baseline';
import { BASELINE_KEY, baselineName, watchesDrift } from '../../../src/kinds/ai-model/model-monitoring';
import { ConditionReport } from '../runtime/conditions';
import { memoized } from '../runtime/observed';
import { KubernetesObject } from '../runtime/protocol';
import { lastWordOf, stateOf } from './jobs';
import { ModelContext, servingSettings } from './model-context';

/**
 * The histograms of the training data, if they are known: from the ConfigMap that keeps them (beside the model or in one of its
 * revisions), else from the message of the Pod that has just read the data. A Pod goes some day, a ConfigMap stays. Undefined when
 * the spec does not want drift to be looked for.
 */
export function readBaseline(context: ModelContext, spec: AIModelSpec = context.spec): BaselineReading | undefined {
  if (!watchesDrift(spec)) return undefined;
  const name = baselineName(context.name, spec, servingSettings(context.settings));
  const configMap = context.children.find('v1', 'ConfigMap', name, context.namespace);
  const beside = configMap && readingOf(configMap);
  if (beside) return beside;
  // the newest first; the others are not unpacked once it is found
  for (const { objects } of [...context.revisions].reverse()) {
    const kept = objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name);
    const reading = kept && readingOf(kept);
    if (reading) return reading;
  }
  const said = lastWordOf(context, name);
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
    const dropped = baseline.dropped ? `; there was no room for ${baseline.dropped.join(', ')}` : '';
    const message = `${baseline.features.length} features of ${baseline.rows} rows are compared with the requests${dropped}`;
    return { type, status: true, reason: 'Read', message };
  }
  const location = spec.monitoring?.drift?.baseline ?? '';
  if (!reason) return { type, status: 'Unknown', reason: 'Reading', message: `${location} is being read` };
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
