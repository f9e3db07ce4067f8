import { IConstruct } from 'constructs';
import { AIModelSpec } from '../../api/generated/ai-model';
import { fail } from '../../contracts/errors';
import { RUN_TO_COMPLETION_ANNOTATIONS } from '../../contracts/names';
import { programFiles } from '../../contracts/programs';
import { jobNetworkPolicy } from './network';
import { CHILD, contentName } from '../child-names';
import { DriftBaseline, DriftFeature, isMonitored, jobLabels, Json, ModelPlan } from './plan';
import { AIModelSettings, MODEL_IMAGES } from './settings';
import { environment, RESTRICTED_CONTAINER, TMP_MOUNT } from './storage';

/** Whether the spec wants drift to be looked for. */
export function watchesDrift(spec: AIModelSpec): boolean {
  const drift = spec.monitoring?.drift;
  return isMonitored(spec) && drift !== undefined && (drift.enabled ?? true);
}

/** The value of the label `nstarx.io/component` of the pods that read training data. */
export const DRIFT_BASELINE = 'drift-baseline';

const JOB = { component: DRIFT_BASELINE, ending: CHILD.MODEL_BASELINE };

const BASELINE_PROGRAM = 'drift_baseline.py';

/** Key of the ConfigMap that keeps a baseline. */
export const BASELINE_KEY = 'baseline.json';

/** Name of the Job that reads the training data and of the ConfigMap that keeps what it found. */
export function baselineName(name: string, spec: AIModelSpec, settings: AIModelSettings): string {
  const { baselineImage = MODEL_IMAGES.baseline, storage } = settings;
  const secret = spec.storage.secretRef?.name;
  const { baseline, buckets } = spec.monitoring?.drift ?? {};
  return contentName(name, CHILD.MODEL_BASELINE, [baseline, buckets, baselineImage, secret, storage?.env]);
}

/** The program of the job that reads the training data. */
export function baselineProgram({ name, namespace, labels, spec }: ModelPlan): Json | undefined {
  if (!watchesDrift(spec)) return undefined;
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: programName(name), namespace, labels },
    data: { [BASELINE_PROGRAM]: programFiles('model-jobs')[BASELINE_PROGRAM] },
  };
}

function programName(model: string): string {
  return contentName(model, 'model-program', [programFiles('model-jobs')[BASELINE_PROGRAM]]);
}

/** What that job may connect to. */
export function baselinePolicy({ name, namespace, spec, settings }: ModelPlan): Json | undefined {
  return watchesDrift(spec) ? jobNetworkPolicy(name, namespace, JOB, settings) : undefined;
}

/** Reads the training data once and tells its histograms in the termination message. */
export function baselineJob({
  name,
  namespace,
  labels,
  spec,
  settings,
  serviceAccountName,
}: ModelPlan): Json | undefined {
  const drift = spec.monitoring?.drift;
  if (!drift || !watchesDrift(spec)) return undefined;
  const { baseline, buckets } = drift;
  const bounds = buckets && Object.keys(buckets).length > 0 ? ['--bounds', JSON.stringify(buckets)] : [];
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: baselineName(name, spec, settings), namespace, labels },
    spec: {
      backoffLimit: 4,
      template: {
        metadata: {
          labels: { ...labels, ...jobLabels(name, DRIFT_BASELINE) },
          annotations: RUN_TO_COMPLETION_ANNOTATIONS,
        },
        spec: {
          restartPolicy: 'Never',
          serviceAccountName,
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
          containers: [
            {
              name: 'baseline',
              image: settings.baselineImage ?? MODEL_IMAGES.baseline,
              imagePullPolicy: 'IfNotPresent',
              command: ['python3', `/program/${BASELINE_PROGRAM}`, baseline, ...bounds],
              ...environment(spec.storage, settings.storage ?? {}),
              resources: { requests: { cpu: '500m', memory: '1Gi' }, limits: { memory: '2Gi' } },
              securityContext: RESTRICTED_CONTAINER,
              volumeMounts: [TMP_MOUNT, { name: 'program', mountPath: '/program', readOnly: true }],
            },
          ],
          volumes: [
            { name: 'tmp', emptyDir: { sizeLimit: '2Gi' } },
            { name: 'program', configMap: { name: programName(name) } },
          ],
        },
      },
    },
  };
}

/** Keeps the baseline beside the model, in the form of the job's message: the Pod that told it goes some day. */
export function baselineConfigMap({
  name,
  namespace,
  labels,
  spec,
  settings,
  driftBaseline,
}: ModelPlan): Json | undefined {
  if (!driftBaseline || !watchesDrift(spec)) return undefined;
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: baselineName(name, spec, settings), namespace, labels },
    immutable: true,
    data: { [BASELINE_KEY]: JSON.stringify({ format: 1, ...driftBaseline }) },
  };
}

/** What is in the termination message of a baseline job: a baseline, or why there is none. */
export interface BaselineReading {
  /**
   * The baseline.
   *
   * @default - there is none, see reason
   */
  readonly baseline?: DriftBaseline;
  /**
   * Why there is no baseline, as the end of a sentence.
   *
   * @default - there is one
   */
  readonly reason?: string;
}

/** Form of the message; `FORMAT` in programs/model-jobs/src/drift_baseline.py. */
const FORMAT = 1;
const MOST_FEATURES = 256;
const MOST_BOUNDS = 64;
const LONGEST_NAME = 128;

/**
 * Reads what `drift_baseline.py` wrote, or the JSON of a DriftBaseline with `"format": 1`. Throws nothing, whatever the text is.
 */
export function parseBaseline(text: string): BaselineReading {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    return { reason: text === '' ? 'the message is empty' : 'the message is not JSON: it may have been cut off' };
  }
  if (!isRecord(given)) return { reason: 'the message is no JSON object' };
  if (typeof given.error === 'string') return { reason: given.error.slice(0, 512) };
  if (given.format !== FORMAT) return { reason: `the message is not of format ${FORMAT}` };
  const { rows, features, dropped } = given;
  if (!isCount(rows)) return { reason: 'rows is no whole number' };
  if (!Array.isArray(features)) return { reason: 'features is no list' };
  const read: DriftFeature[] = [];
  for (const [index, one] of (features as unknown[]).entries()) {
    if (!Array.isArray(one) && !isRecord(one)) return { reason: `features[${index}] is no list` };
    const [name, bounds, counts] = Array.isArray(one) ? (one as unknown[]) : [one.name, one.bounds, one.counts];
    const feature = { name, bounds, counts } as DriftFeature;
    const problem = problemOfFeature(feature);
    if (problem) return { reason: `features[${index}].${problem.prop} ${problem.rule}` };
    read.push(feature);
  }
  const problem = problemOfList(read);
  if (problem) return { reason: `features ${problem}` };
  const names = Array.isArray(dropped) ? dropped.filter((name) => typeof name === 'string') : [];
  return { baseline: { rows, features: read, ...(names.length > 0 ? { dropped: names } : {}) } };
}

/**
 * @param prop where its features are
 * @throws InvalidInputError when the baseline cannot be made rules of
 */
export function checkBaseline(
  where: IConstruct | string,
  baseline: DriftBaseline,
  prop: string = 'baseline.features',
): void {
  baseline.features.forEach((feature, index) => {
    const problem = problemOfFeature(feature);
    if (problem) fail(where, `${prop}[${index}].${problem.prop}`, problem.rule, problem.given, problem.fix);
  });
  const problem = problemOfList(baseline.features);
  const names = baseline.features.map(({ name }) => name);
  if (problem) fail(where, prop, problem, names, 'give the features of one histogram each');
}

interface Problem {
  readonly prop: string;
  readonly rule: string;
  readonly given: unknown;
  readonly fix: string;
}

/** What is wrong with a feature, which may have come from a file. */
function problemOfFeature({ name, bounds, counts }: DriftFeature): Problem | undefined {
  if (typeof name !== 'string' || name === '' || name.length > LONGEST_NAME) {
    const rule = `must be a text of at most ${LONGEST_NAME} characters`;
    return { prop: 'name', rule, given: name, fix: 'use the name in the label feature' };
  }
  const ascending = (bound: unknown, index: number): boolean =>
    Number.isFinite(bound) && (index === 0 || bounds[index - 1] < (bound as number));
  if (!Array.isArray(bounds) || bounds.length < 1 || bounds.length > MOST_BOUNDS || !bounds.every(ascending)) {
    const rule = `must be 1 to ${MOST_BOUNDS} ascending numbers`;
    return { prop: 'bounds', rule, given: bounds, fix: 'give the upper bounds of the buckets' };
  }
  if (!Array.isArray(counts) || counts.length !== bounds.length + 1 || !counts.every(isCount)) {
    const rule = `must be ${bounds.length + 1} whole numbers`;
    return { prop: 'counts', rule, given: counts, fix: 'give one for each bound, and one for what is above the last' };
  }
  if (counts.every((count) => count === 0)) {
    return { prop: 'counts', rule: 'must not all be 0', given: counts, fix: 'leave out a feature that has no values' };
  }
  return undefined;
}

function problemOfList(features: readonly DriftFeature[]): string | undefined {
  if (features.length < 1 || features.length > MOST_FEATURES) return `must be 1 to ${MOST_FEATURES}`;
  return new Set(features.map(({ name }) => name)).size === features.length ? undefined : 'must have different names';
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
