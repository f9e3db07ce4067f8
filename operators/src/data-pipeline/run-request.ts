import { RunConcurrencyPolicy } from '../../../src/api/generated/shared';
import { RUN_ANNOTATION } from '../../../src/api/run-annotation';
import { contentHash } from '../../../src/contracts/content-hash';
import { baseName } from '../../../src/kinds/data-pipeline/plan';
import { ConditionReport } from '../runtime/conditions';
import { SPARK } from '../runtime/engine-status';
import { KubernetesObject } from '../runtime/protocol';
import { DataPipelineContext, isLive, isStream, renderedSpec, stateOfRun } from './runs';

/** `status.requestedRun` has 128 characters, and `.Completed` is added. */
const VALUE_LENGTH = 118;

/** How a run that was asked for is. */
type Outcome = 'Running' | 'Completed' | 'Failed';

/** The run that the annotation asks for, and its state. */
interface RunRequest {
  /** What the annotation says. */
  readonly value: string;
  /** Name of the SparkApplication. */
  readonly name: string;
  readonly state: Outcome | 'Starting' | 'Suspended' | 'WaitsForRun' | 'NotAccepted' | 'Stream' | 'InvalidValue';
}

/** The run that is asked for; undefined when none is. */
function runRequest(context: DataPipelineContext): RunRequest | undefined {
  const value = context.parent.metadata.annotations?.[RUN_ANNOTATION]?.trim();
  if (value === undefined || value === '') return undefined;
  return { value, name: runName(context, value), state: stateOf(context, value) };
}

function stateOf(context: DataPipelineContext, value: string): RunRequest['state'] {
  if (value.length > VALUE_LENGTH) return 'InvalidValue';
  const outcome = outcomeOf(context, value);
  if (isStream(context) && (outcome === undefined || outcome === 'Failed')) return 'Stream';
  if (outcome !== undefined) return outcome;
  if (context.spec.suspend) return 'Suspended';
  if (!renderedSpec(context).problems.isEmpty) return 'NotAccepted';
  return waitsForRun(context) ? 'WaitsForRun' : 'Starting';
}

/**
 * How the run of a value is; undefined when it has not been seen yet. Until then it is desired: its name comes from the value alone, so
 * that it begins once, whatever changes meanwhile. What has been seen, and is gone before it ended, has failed: nothing else would
 * tell what waits for it.
 */
function outcomeOf(context: DataPipelineContext, value: string): Outcome | undefined {
  const { children, namespace, parent } = context;
  const found = children.find(SPARK, 'SparkApplication', runName(context, value), namespace);
  if (found) {
    const state = stateOfRun(found);
    if (state === 'Completed' || state === 'Failed') return state;
    return found.metadata.deletionTimestamp === undefined ? 'Running' : 'Failed';
  }
  const told = parent.status?.requestedRun;
  if (told === `${value}.Completed`) return 'Completed';
  return told === `${value}.Failed` || told === `${value}.Running` ? 'Failed' : undefined;
}

/** Whether runs may be under way at the same time. */
export function allowsSeveral({ spec }: DataPipelineContext): boolean {
  return spec.concurrencyPolicy === RunConcurrencyPolicy.ALLOW;
}

function waitsForRun(context: DataPipelineContext): boolean {
  if (allowsSeveral(context)) return false;
  const { children, namespace, spec } = context;
  const own = renderedSpec(context).objects.find(({ kind }) => kind === 'SparkApplication');
  const isDue = own && children.find(SPARK, own.kind, own.metadata.name, namespace) === undefined;
  const replaced = spec.concurrencyPolicy === RunConcurrencyPolicy.REPLACE ? names(requestedRuns(context)) : [];
  const live = children
    .all(SPARK, 'SparkApplication')
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined && !replaced.includes(metadata.name));
  return isDue === true || live.some(isLive);
}

/** The runs that were asked for and are there, newest first. */
export function requestedRuns({ children, name }: DataPipelineContext): KubernetesObject[] {
  const prefix = `${baseName(name)}-r`;
  const began = ({ metadata }: KubernetesObject): number => Date.parse(metadata.creationTimestamp ?? '') || 0;
  return children
    .all(SPARK, 'SparkApplication')
    .filter(({ metadata }) => metadata.name.startsWith(prefix) && metadata.deletionTimestamp === undefined)
    .filter(({ metadata }) => /^[0-9a-f]{10}$/.test(metadata.name.slice(prefix.length)))
    .sort((a, b) => began(b) - began(a) || (a.metadata.name < b.metadata.name ? 1 : -1));
}

/** Those that stay: what is under way, and the newest that ended. */
export function keptRequestedRuns(context: DataPipelineContext): KubernetesObject[] {
  const { spec } = context;
  const runs = requestedRuns(context);
  const replaces = spec.concurrencyPolicy === RunConcurrencyPolicy.REPLACE && runRequest(context)?.state === 'Starting';
  const ended = runs.filter((run) => !isLive(run)).slice(0, Math.max(1, spec.historyLimit ?? 5));
  return [...(replaces ? [] : runs.filter(isLive)), ...ended];
}

/** The run that begins now: what the pipeline does, once. */
export function startingRun(context: DataPipelineContext): KubernetesObject[] {
  const request = runRequest(context);
  const job = renderedSpec(context).objects.find(({ kind }) => kind.endsWith('SparkApplication'));
  if (request?.state !== 'Starting' || !job) return [];
  const spec = (job.kind === 'SparkApplication' ? job.spec : job.spec?.template) as KubernetesObject['spec'];
  const { namespace, labels } = job.metadata;
  const metadata = { name: request.name, namespace, labels, annotations: { [RUN_ANNOTATION]: request.value } };
  return [{ apiVersion: SPARK, kind: 'SparkApplication', metadata, spec }];
}

/** What `status.requestedRun` says. While a run waits, it is the one before, which someone may wait for. */
export function requestedRunText(context: DataPipelineContext): string | undefined {
  const request = runRequest(context);
  switch (request?.state) {
    case 'Running':
    case 'Completed':
    case 'Failed':
      return `${request.value}.${request.state}`;
    case 'Stream':
      return `${request.value}.Failed`;
  }
  const told = context.parent.status?.requestedRun;
  if (typeof told !== 'string') return undefined;
  const former = /^(.*)\.Running$/s.exec(told)?.[1];
  return former === undefined ? told : `${former}.${outcomeOf(context, former) ?? 'Failed'}`;
}

/** State of the run that is asked for. */
export function requestCondition(context: DataPipelineContext): ConditionReport[] {
  const request = runRequest(context);
  if (!request) return [];
  const { value, name, state } = request;
  const messages: Readonly<Record<RunRequest['state'], string>> = {
    Running: `Run "${value}" is SparkApplication ${name}`,
    Completed: `Run "${value}" has done its work`,
    Failed: `Run "${value}", SparkApplication ${name}, failed or was deleted before it ended`,
    Starting: `Run "${value}" starts as SparkApplication ${name}`,
    Suspended: `Run "${value}" waits: set spec.suspend to false`,
    WaitsForRun: `Run "${value}" waits until the run that is under way has ended; spec.concurrencyPolicy can change that`,
    NotAccepted: `Run "${value}" waits until the spec is accepted`,
    Stream: `Run "${value}" cannot be: a pipeline of engine flink runs without end`,
    InvalidValue: `The annotation ${RUN_ANNOTATION} must have at most ${VALUE_LENGTH} characters`,
  };
  const good = state === 'Running' || state === 'Completed';
  return [{ type: 'RunRequested', status: good, reason: state, message: messages[state] }];
}

function runName({ name }: DataPipelineContext, value: string): string {
  return `${baseName(name)}-r${contentHash(value)}`;
}

function names(objects: readonly KubernetesObject[]): string[] {
  return objects.map(({ metadata }) => metadata.name);
}
