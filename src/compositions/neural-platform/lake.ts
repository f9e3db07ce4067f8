import { IConstruct } from 'constructs';
import { IGrantable, IObjectStore } from '../../contracts/backing-service';
import { fail } from '../../contracts/errors';

/** What pods reach of the bucket for models and data. */
export interface LakeReach {
  /** Folders that they write. */
  readonly writes: readonly string[];
  /** Further folders that they only read. */
  readonly reads: readonly string[];
}

/**
 * The folders of the bucket for models and data, and who reaches which: a pipeline does not write models, and a model server reads
 * nothing else.
 */
export class Lake {
  /** Tables and files that pipelines write. */
  public readonly data: readonly string[];
  /** Models, as the servers load them. */
  public readonly models = 'models/';
  /** Values of features. */
  public readonly features = 'features/';
  /** Checkpoints of pipelines. */
  public readonly pipelines = 'pipelines/';
  /** Artifacts of workflows. */
  public readonly workflows = 'workflows/';

  /** @throws InvalidInputError when a folder of data is one of the others */
  public constructor(
    where: IConstruct,
    private readonly bucket: IObjectStore,
    dataFolders: readonly string[] = [],
  ) {
    const own = [this.models, this.features, this.pipelines, this.workflows];
    for (const folder of dataFolders) {
      const other = own.find((one) => one.startsWith(folder) || folder.startsWith(one));
      if (other !== undefined) {
        fail(where, 'dataFolders', `must be outside of ${own.join(', ')}`, folder, 'choose another folder for data');
      }
    }
    this.data = [...new Set(['lake/', ...dataFolders])];
  }

  /** Name of the bucket. */
  public get bucketName(): string {
    return this.bucket.bucketName;
  }

  /** Of pipelines: their checkpoints and the data. */
  public get ofPipelines(): LakeReach {
    return { writes: [this.pipelines, ...this.data], reads: [] };
  }

  /** Of features: their values, computed from the data. */
  public get ofFeatures(): LakeReach {
    return { writes: [this.features], reads: this.data };
  }

  /** Of workflows: artifacts and models, made from data and features. */
  public get ofWorkflows(): LakeReach {
    return { writes: [this.workflows, this.models], reads: [...this.data, this.features] };
  }

  /** Of model servers. */
  public get ofModels(): LakeReach {
    return { writes: [], reads: [this.models] };
  }

  /** Of a namespace in which everything may run. */
  public get ofEverything(): LakeReach {
    const { pipelines, features, workflows, models, data } = this;
    return { writes: [pipelines, features, workflows, models, ...data], reads: [] };
  }

  /** Lets the pods of an account reach folders. */
  public grant(account: IGrantable, { writes, reads }: LakeReach): void {
    if (reads.length > 0) this.bucket.grantRead(account, { prefixes: [...reads] });
    if (writes.length > 0) this.bucket.grantReadWrite(account, { prefixes: [...writes] });
  }

  /** The locations in a text that lie in the bucket, but in no folder that is reached. */
  public outside(text: string, { writes, reads }: LakeReach): string[] {
    const inBucket = new RegExp(`\\bs3a?://${this.bucketName}/([^"'\\\\\\s,;)}]*)`, 'g');
    const reached = [...writes, ...reads];
    const keys = [...text.matchAll(inBucket)].map(([, key]) => key);
    return [...new Set(keys)].filter((key) => !reached.some((folder) => `${key}/`.startsWith(folder)));
  }
}
