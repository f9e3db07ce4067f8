import { createHash } from 'node:crypto';
import { RunConcurrencyPolicy } from '../../../src/api/generated/shared';
import { RUN_ANNOTATION } from '../../../src/kinds/ml-workflow/pipeline-stage';
import { labelsOf } from '../../../src/kinds/ml-workflow/stage-context';
import { CONTENT_ANNOTATION, runSpec } from '../../../src/kinds/ml-workflow/ml-workflow-objects';
import { KubernetesObject } from '../runtime/protocol';
import { ArgoRun, byTime } from './argo-run';
import { observedZone } from '../ai-zone/placement';
import { ARGO, WorkflowContext, wishOf } from './workflow-context';

/** Every run that there is, oldest first: those that were asked for, those of the schedule and those of others. */
export function allRuns({ children, related }: WorkflowContext): ArgoRun[] {
  const found = new Map<string, KubernetesObject>();
  for (const object of [...related.all(ARGO, 'Workflow'), ...children.all(ARGO, 'Workflow')]) {
    if (object.metadata.deletionTimestamp === undefined) found.set(object.metadata.name, object);
  }
  return [...found.values()].map((object) => new ArgoRun(object)).sort(byTime);
}

/** How it stands with the run that the annotation asks for. */
export interface RequestedRun {
  /** What the annotation says. */
  readonly id: string;
  /** Name of the Workflow. */
  readonly name: string;
  readonly state: 'Started' | 'Starting' | 'Suspended' | 'WaitsForRun' | 'WaitsForTemplate' | 'NotAccepted';
}

/** The run that is asked for; undefined when none is. */
export function requestedRun(context: WorkflowContext): RequestedRun | undefined {
  const id = context.parent.metadata.annotations?.[RUN_ANNOTATION]?.trim();
  if (id === undefined || id === '') return undefined;
  const name = runName(context.name, id);
  return { id, name, state: stateOf(context, id, name) };
}

function stateOf(context: WorkflowContext, id: string, name: string): RequestedRun['state'] {
  const { children, namespace, spec } = context;
  if (children.find(ARGO, 'Workflow', name, namespace) || handledRun(context) === id) return 'Started';
  if (spec.suspend) return 'Suspended';
  if (!isAccepted(context)) return 'NotAccepted';
  if (!templateIsThere(context)) return 'WaitsForTemplate';
  const busy = allRuns(context).some(({ hasEnded }) => !hasEnded);
  return busy && (spec.concurrencyPolicy ?? RunConcurrencyPolicy.FORBID) === RunConcurrencyPolicy.FORBID
    ? 'WaitsForRun'
    : 'Starting';
}

/** Whether the objects of this spec are wished. */
export function isAccepted(context: WorkflowContext): boolean {
  return (
    wishOf(context).problems.isEmpty &&
    (context.spec.zone === undefined || observedZone(context.related, context.spec.zone) !== undefined)
  );
}

/** A run takes the template as it is when it starts: the one of this spec must be there before. */
function templateIsThere(context: WorkflowContext): boolean {
  const { children, name, namespace } = context;
  const wished = wishOf(context).objects;
  const template = wished.find(({ kind }) => kind === 'WorkflowTemplate');
  const observed = children.find(ARGO, 'WorkflowTemplate', name, namespace);
  const programs = wished.filter(({ kind }) => kind === 'ConfigMap');
  return (
    observed?.metadata.annotations?.[CONTENT_ANNOTATION] === template?.metadata.annotations?.[CONTENT_ANNOTATION] &&
    programs.every(({ metadata }) => children.find('v1', 'ConfigMap', metadata.name, namespace) !== undefined)
  );
}

/**
 * The request that was last acted upon. It is kept on the template, so that a run whose Workflow is gone, by hand or for its age, is
 * not started again.
 */
export function handledRun({ children, name, namespace, parent }: WorkflowContext): string | undefined {
  const id = parent.metadata.annotations?.[RUN_ANNOTATION]?.trim();
  if (id !== undefined && id !== '' && children.find(ARGO, 'Workflow', runName(name, id), namespace)) return id;
  return children.find(ARGO, 'WorkflowTemplate', name, namespace)?.metadata.annotations?.[RUN_ANNOTATION];
}

/** The Workflows that are wished: the one that is asked for now, those that run and the newest that ended. */
export function runObjects(context: WorkflowContext): KubernetesObject[] {
  const { children, name, namespace, spec } = context;
  const requested = requestedRun(context);
  const starts = requested?.state === 'Starting';
  const own = children
    .all(ARGO, 'Workflow')
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map((object) => new ArgoRun(object))
    .sort(byTime);
  const replaces = starts && spec.concurrencyPolicy === RunConcurrencyPolicy.REPLACE;
  const running = replaces ? [] : own.filter(({ hasEnded }) => !hasEnded);
  const ended = own.filter(({ hasEnded }) => hasEnded);
  const kept = ended.slice(Math.max(0, ended.length - (spec.historyLimit ?? 5)));
  const names = [...[...kept, ...running].map((run) => run.name), ...(starts ? [requested.name] : [])];
  return names.sort().map((run) => ({
    apiVersion: ARGO,
    kind: 'Workflow',
    metadata: { name: run, namespace, labels: labelsOf(name) },
    spec: runSpec(name),
  }));
}

/** The programs of former specs that runs which are under way still need. */
export function programsInUse(context: WorkflowContext, wished: readonly KubernetesObject[]): KubernetesObject[] {
  const { children } = context;
  const runs = allRuns(context);
  return children
    .all('v1', 'ConfigMap')
    .filter(
      ({ metadata }) => !wished.some((object) => object.kind === 'ConfigMap' && object.metadata.name === metadata.name),
    )
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined && runs.some((run) => run.needs(metadata.name)))
    .map(({ apiVersion, kind, metadata, immutable, data }) => ({
      apiVersion,
      kind,
      metadata: { name: metadata.name, namespace: metadata.namespace, labels: labelsOf(context.name) },
      immutable,
      data,
    }));
}

/** Name of the Workflow of a request. A CronWorkflow adds ten digits, so the two are never the same. */
function runName(workflow: string, id: string): string {
  return `${workflow}-r${createHash('sha256').update(id).digest('hex').slice(0, 9)}`;
}
