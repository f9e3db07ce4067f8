import { gunzipSync } from 'node:zlib';
import { KubernetesObject } from '../runtime/protocol';

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

/** Whether a run came after another. */
export function byTime(a: ArgoRun, b: ArgoRun): number {
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
    return Object.values(JSON.parse(text) as Readonly<Record<string, ArgoNode>>);
  } catch {
    return undefined;
  }
}
