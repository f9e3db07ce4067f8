import { IConstruct } from 'constructs';
import { IGrantable, IObjectStore } from '../../contracts/backing-service';
import { fail } from '../../contracts/errors';
import { KindDefinition } from '../../api/schema/schema';
import { LakeArea, lakeFolder, LakeFolders, LakeReach, LakeShares } from '../../kinds/lake-folders';
import { NeuralNamespaces } from './neural-namespaces';

/** What the bucket for models and data is divided into, and with whom folders are shared. */
export class Lake {
  /** Who reaches which folder. */
  public readonly folders: LakeFolders;

  /**
   * @param others namespaces beside the platform's own in which objects of the kinds live
   * @param sharedFolders folders that namespaces read beside their own
   * @throws InvalidInputError when a folder is malformed, or shared with a namespace in which nothing runs
   */
  public constructor(
    where: IConstruct,
    private readonly bucket: IObjectStore,
    private readonly namespaces: NeuralNamespaces,
    others: readonly string[],
    sharedFolders: { readonly [namespace: string]: readonly string[] } = {},
  ) {
    const { models, serving, data, workflows, features } = namespaces;
    const known = [models, serving, data, workflows, features].map(({ namespaceName }) => namespaceName).concat(others);
    for (const [namespace, folders] of Object.entries(sharedFolders)) {
      const prop = `sharedFolders.${namespace}`;
      if (!known.includes(namespace)) {
        const rule = `must be of a namespace that the engines run in: ${known.join(', ')}`;
        fail(where, prop, rule, namespace, 'correct the name, or add the namespace to engineNamespaces');
      }
      for (const folder of folders) {
        if (/^([A-Za-z0-9_.=-]+\/)+$/.test(folder) && !/(^|\/)\.+\//.test(folder)) continue;
        const fix = "write it like 'lake/data-processing/orders/'";
        fail(where, prop, 'must be folders with a slash at the end, and none at the start', folder, fix);
      }
    }
    this.folders = new LakeFolders(bucket.bucketName, this.shares(sharedFolders));
  }

  /** Name of the bucket. */
  public get bucketName(): string {
    return this.bucket.bucketName;
  }

  /** Lets the pods of an account reach what those of kinds reach in its namespace. */
  public grant(account: IGrantable, namespace: string, ...kinds: readonly KindDefinition[]): void {
    const { writes, reads } = this.folders.reachOf(namespace, ...kinds);
    if (reads.length > 0) this.bucket.grantRead(account, { prefixes: [...reads] });
    if (writes.length > 0) this.bucket.grantReadWrite(account, { prefixes: [...writes] });
  }

  /** The folder with the tables of the namespace in which the platform's own features are. */
  public get tablesOfFeatures(): string {
    return lakeFolder(LakeArea.DATA, this.namespaces.data.namespaceName);
  }

  /** Between the platform's own namespaces, which are one team's: from data over features to models that are served. */
  private shares(sharedFolders: { readonly [namespace: string]: readonly string[] }): LakeShares {
    const { models, serving, workflows, features } = this.namespaces;
    const served = lakeFolder(LakeArea.MODELS, models.namespaceName);
    const computed = lakeFolder(LakeArea.FEATURES, features.namespaceName);
    const own: { readonly [namespace: string]: LakeReach } = {
      [features.namespaceName]: { writes: [], reads: [this.tablesOfFeatures] },
      [workflows.namespaceName]: { writes: [served], reads: [this.tablesOfFeatures, computed] },
      [serving.namespaceName]: { writes: [], reads: [served] },
    };
    const namespaces = [...new Set([...Object.keys(own), ...Object.keys(sharedFolders)])];
    return Object.fromEntries(
      namespaces.map((namespace) => {
        const { writes, reads } = own[namespace] ?? { writes: [], reads: [] };
        return [namespace, { writes, reads: [...reads, ...(sharedFolders[namespace] ?? [])] }];
      }),
    );
  }
}
