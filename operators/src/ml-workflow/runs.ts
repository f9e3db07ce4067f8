import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { MLWorkflowSpec } from '../../../src/api/generated/ml-workflow';
import { RunConcurrencyPolicy } from '../../../src/api/generated/shared';
import { RUN_ANNOTATION } from '../../../src/api/run-annotation';
import { CONTENT_ANNOTATION, MLWorkflowObjects, runSpec } from '../../../src/kinds/ml-workflow/ml-workflow-objects';
import { labelsOf } from '../../../src/kinds/ml-workflow/plan';
import { mlWorkflowSettings } from '../../../src/kinds/operators/kind-settings';
import { observedZone, placementIn } from '../ai-zone/placement';
import { SyncContext } from '../runtime/operator';
import { KubernetesObject } from '../runtime/protocol';
import { withoutSecrets } from '../runtime/redaction';
import { renderedOnce } from '../runtime/render';

/** What the operator knows of an MLWorkflow. */
export type MLWorkflowContext = SyncContext<MLWorkflowSpec>;

export const ARGO = 'argoproj.io/v1alpha1';

/** The objects that the spec means. */
export const renderedSpec = renderedOnce<MLWorkflowSpec>((chart, { name, namespace, related, spec, settings }) => {
  const zone = observedZone(related, spec.zone);
  new MLWorkflowObjects(chart, 'workflow', {
    name,
    namespace,
    spec,
    zone: zone && placementIn(zone),
    settings: mlWorkflowSettings(settings),
  });
});

/** Every run that there is, oldest first: those that were asked for, those of the schedule and those of others. */
export function allRuns({ children, related }: MLWorkflowContext): ArgoRun[] {
  const found = new Map<string, KubernetesObject>();
  for (const object of [...related.all(ARGO, 'Workflow'), ...children.all(ARGO, 'Workflow')]) {
    if (object.metadata.deletionTimestamp === undefined) found.set(object.metadata.name, object);
  }
  return [...found.values()].map((object) => new ArgoRun(object)).sort(byTime);
}

/** State of the run that the annotation asks for. */
export interface RequestedRun {
  /** What the annotation says. */
  readonly id: string;
  /** Name of the Workflow. */
  readonly name: string;
  readonly state: 'Started' | 'Starting' | 'Suspended' | 'WaitsForRun' | 'WaitsForTemplate' | 'NotAccepted';
}

/** The run that is asked for; undefined when none is. */
export function requestedRun(context: MLWorkflowContext): RequestedRun | undefined {
  const id = context.parent.metadata.annotations?.[RUN_ANNOTATION]?.trim();
  if (id === undefined || id === '') return undefined;
  const name = runName(context.name, id);
  return { id, name, state: stateOf(context, id, name) };
}

function stateOf(context: MLWorkflowContext, id: string, name: string): RequestedRun['state'] {
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

/** Whether the objects of this spec are desired. */
export function isAccepted(context: MLWorkflowContext): boolean {
  return (
    renderedSpec(context).problems.isEmpty &&
    (context.spec.zone === undefined || observedZone(context.related, context.spec.zone) !== undefined)
  );
}

/** A run takes the template as it is when it starts: the one of this spec must be there before. */
function templateIsThere(context: MLWorkflowContext): boolean {
  const { children, name, namespace } = context;
  const { objects } = renderedSpec(context);
  const template = objects.find(({ kind }) => kind === 'WorkflowTemplate');
  const observed = children.find(ARGO, 'WorkflowTemplate', name, namespace);
  const programs = objects.filter(({ kind }) => kind === 'ConfigMap');
  return (
    observed?.metadata.annotations?.[CONTENT_ANNOTATION] === template?.metadata.annotations?.[CONTENT_ANNOTATION] &&
    programs.every(({ metadata }) => children.find('v1', 'ConfigMap', metadata.name, namespace) !== undefined)
  );
}

/**
 * The request that was last acted upon. It is kept on the template, so that a run whose Workflow is gone, by hand or for its age, is
 * not started again.
 */
export function handledRun({ children, name, namespace, parent }: MLWorkflowContext): string | undefined {
  const id = parent.metadata.annotations?.[RUN_ANNOTATION]?.trim();
  if (id !== undefined && id !== '' && children.find(ARGO, 'Workflow', runName(name, id), namespace)) return id;
  return children.find(ARGO, 'WorkflowTemplate', name, namespace)?.metadata.annotations?.[RUN_ANNOTATION];
}

/** The Workflows that are desired: the one that is asked for now, those that run and the newest that ended. */
export function runObjects(context: MLWorkflowContext): KubernetesObject[] {
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

/** The programs of previous specs that runs which are under way still need. */
export function programsInUse(context: MLWorkflowContext, desired: readonly KubernetesObject[]): KubernetesObject[] {
  const { children } = context;
  const runs = allRuns(context);
  return children
    .all('v1', 'ConfigMap')
    .filter(
      ({ metadata }) =>
        !desired.some((object) => object.kind === 'ConfigMap' && object.metadata.name === metadata.name),
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

/** A node of an Argo Workflow's status, as far as it is read. */
export interface ArgoNode {
  readonly id: string;
  readonly name: string;
  readonly type?: string;
  readonly phase?: string;
  readonly message?: string;
  readonly startedAt?: string | null;
  readonly finishedAt?: string | null;
  readonly progress?: string;
  readonly children?: readonly string[];
}

interface ArgoStatus {
  readonly phase?: string;
  readonly message?: string;
  readonly startedAt?: string | null;
  readonly finishedAt?: string | null;
  readonly nodes?: Readonly<Record<string, ArgoNode>>;
  readonly compressedNodes?: string;
  readonly offloadNodeStatusVersion?: string;
  readonly storedWorkflowTemplateSpec?: {
    readonly templates?: readonly {
      readonly name?: string;
      readonly dag?: { readonly tasks?: readonly { readonly name: string }[] };
    }[];
  };
}

/** The most that a status of a workflow may unfold to; the API server takes 3 MiB of an object. */
const MAX_NODES_BYTES = 64 * 1024 * 1024;

/** A run: an Argo Workflow, as it was observed. */
export class ArgoRun {
  private readonly status: ArgoStatus;

  public constructor(public readonly object: KubernetesObject) {
    this.status = object.status ?? {};
  }

  public get name(): string {
    return this.object.metadata.name;
  }

  /** Argo's phase; `Pending` before its controller has seen the run. */
  public get phase(): string {
    return this.status.phase === undefined || this.status.phase === '' ? 'Pending' : this.status.phase;
  }

  public get hasEnded(): boolean {
    return ['Succeeded', 'Failed', 'Error'].includes(this.phase);
  }

  public get message(): string {
    return this.status.message ?? '';
  }

  public get startedAt(): string | undefined {
    return this.status.startedAt ?? undefined;
  }

  public get finishedAt(): string | undefined {
    return this.status.finishedAt ?? undefined;
  }

  /** When it was asked for, to compare runs. */
  public get time(): string {
    return this.startedAt ?? this.object.metadata.creationTimestamp ?? '';
  }

  /** The stages that it has, when its template has been copied into it. */
  public get stages(): readonly string[] | undefined {
    const templates = this.status.storedWorkflowTemplateSpec?.templates;
    return templates?.find(({ name }) => name === 'stages')?.dag?.tasks?.map(({ name }) => name);
  }

  /** Whether Argo has begun with a stage: the graph is the root, and a stage is named after it. */
  public hasBegun(stage: string): boolean {
    return (this.nodes() ?? []).some(({ name }) => name === `${this.name}.${stage}`);
  }

  /** Whether it may still ask for a ConfigMap. */
  public needs(configMap: string): boolean {
    const stored = this.status.storedWorkflowTemplateSpec;
    return !this.hasEnded && (stored === undefined || JSON.stringify(stored).includes(`"${configMap}"`));
  }

  /** The nodes; undefined when Argo keeps them where they cannot be read. */
  public nodes(): readonly ArgoNode[] | undefined {
    const { nodes, compressedNodes, offloadNodeStatusVersion } = this.status;
    if (nodes && Object.keys(nodes).length > 0) return Object.values(nodes);
    if (compressedNodes !== undefined && compressedNodes !== '') return unfold(compressedNodes);
    return offloadNodeStatusVersion === undefined || offloadNodeStatusVersion === '' ? [] : undefined;
  }
}

/** Whether a run came after another, for sorting. */
function byTime(a: ArgoRun, b: ArgoRun): number {
  const [first, second] = [a, b].map(({ time }) => Date.parse(time) || 0);
  return first - second || (a.name < b.name ? -1 : 1);
}

/**
 * Nodes as Argo folds them when they are many: JSON, by gzip, in base64.
 *
 * Source: https://github.com/argoproj/argo-workflows/blob/v4.1.2/workflow/packer/packer.go
 */
function unfold(compressed: string): readonly ArgoNode[] | undefined {
  try {
    const text = gunzipSync(Buffer.from(compressed, 'base64'), { maxOutputLength: MAX_NODES_BYTES }).toString('utf8');
    return Object.values(withoutSecrets(JSON.parse(text) as Readonly<Record<string, ArgoNode>>));
  } catch {
    return undefined;
  }
}
