import { AI_MODEL } from '../api/kinds/ai-model';
import { DATA_PIPELINE } from '../api/kinds/data-pipeline';
import { FEATURE_STORE } from '../api/kinds/feature-store';
import { ML_WORKFLOW } from '../api/kinds/ml-workflow';
import { MODEL_DEPLOYMENT } from '../api/kinds/model-deployment';
import { KindDefinition } from '../api/schema/schema';

/** The parts of the bucket for models and data. In each of them, a namespace has a folder of its own. */
export enum LakeArea {
  /** Tables and files that pipelines write. */
  DATA = 'lake',
  /** Values of features. */
  FEATURES = 'features',
  /** Models, as the servers load them. */
  MODELS = 'models',
  /** Checkpoints of pipelines. */
  PIPELINES = 'pipelines',
  /** Artifacts of workflows. */
  WORKFLOWS = 'workflows',
}

/** The folder of a namespace in an area. No namespace's is within another's, since a namespace has no slash. */
export function lakeFolder(area: LakeArea, namespace: string): string {
  return `${area}/${namespace}/`;
}

/** Folders of the bucket that somebody reaches, each with a slash at its end. */
export interface LakeReach {
  /** Those that are written, and read. */
  readonly writes: readonly string[];
  /** Those that are read only. */
  readonly reads: readonly string[];
}

/** What the pods of a kind's objects reach. */
interface KindReach {
  readonly writes: readonly LakeArea[];
  readonly reads: readonly LakeArea[];
}

/** By kind: a pipeline does not write models, and a model server reads nothing else. */
const KIND_REACH: ReadonlyMap<KindDefinition, KindReach> = new Map([
  [AI_MODEL, { writes: [], reads: [LakeArea.MODELS] }],
  [MODEL_DEPLOYMENT, { writes: [], reads: [LakeArea.MODELS] }],
  [DATA_PIPELINE, { writes: [LakeArea.PIPELINES, LakeArea.DATA], reads: [] }],
  [FEATURE_STORE, { writes: [LakeArea.FEATURES], reads: [LakeArea.DATA] }],
  [ML_WORKFLOW, { writes: [LakeArea.WORKFLOWS, LakeArea.MODELS], reads: [LakeArea.DATA, LakeArea.FEATURES] }],
]);

/** The kinds whose objects name places in the bucket. */
export const LAKE_KINDS: readonly KindDefinition[] = [...KIND_REACH.keys()];

/** Folders beside its own that a namespace reaches, by namespace. */
export interface LakeShares {
  readonly [namespace: string]: LakeReach;
}

/**
 * Who reaches which folder of the bucket for models and data: each namespace its own ones, and those that are shared with it. The grants of
 * the accounts, the admission policies and the check at synthesis all ask here.
 */
export class LakeFolders {
  /**
   * @param bucketName name of the bucket
   * @param shares what namespaces reach beside their own folders
   */
  public constructor(
    public readonly bucketName: string,
    private readonly shares: LakeShares,
  ) {}

  /** What the pods of kinds reach in a namespace, all of them together. */
  public reachOf(namespace: string, ...kinds: readonly KindDefinition[]): LakeReach {
    const own = (areas: readonly LakeArea[]) => areas.map((area) => lakeFolder(area, namespace));
    const shared = this.shares[namespace] as LakeReach | undefined;
    const reaches = kinds.flatMap((kind) => KIND_REACH.get(kind) ?? []);
    const writes = new Set([...reaches.flatMap((reach) => own(reach.writes)), ...(shared?.writes ?? [])]);
    const reads = new Set([...reaches.flatMap((reach) => own(reach.reads)), ...(shared?.reads ?? [])]);
    return { writes: [...writes], reads: [...reads].filter((folder) => !writes.has(folder)) };
  }

  /** The areas in which objects of a kind have folders. */
  public static areasOf(kind: KindDefinition): readonly LakeArea[] {
    const { writes = [], reads = [] } = KIND_REACH.get(kind) ?? {};
    return [...writes, ...reads];
  }

  /** The folders that are shared with namespaces, by namespace. */
  public get shared(): { readonly [namespace: string]: readonly string[] } {
    const entries = Object.entries(this.shares).map(
      ([namespace, { writes, reads }]) => [namespace, [...writes, ...reads]] as const,
    );
    return Object.fromEntries(entries.filter(([, folders]) => folders.length > 0).sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** The keys of the bucket that a text names, and that lie in none of the folders. */
  public outside(text: string, { writes, reads }: LakeReach): string[] {
    const name = this.bucketName.replaceAll('.', '\\.');
    const inBucket = new RegExp(`\\b[sS]3[aAnN]?://${name}(?:/([^"'\\\\\\s,;)}]*))?(?![a-z0-9.-])`, 'g');
    const reached = [...writes, ...reads];
    const keys = [...text.matchAll(inBucket)].map(([, key]) => (key as string | undefined) ?? '');
    return [...new Set(keys)].filter((key) => !isWithin(key, reached));
  }
}

/** Whether a key is in one of the folders. Some file systems resolve `..`, which would lead out of it. */
function isWithin(key: string, folders: readonly string[]): boolean {
  return !/(^|\/)\.\.?(\/|$)/.test(key) && folders.some((folder) => `${key}/`.startsWith(folder));
}
