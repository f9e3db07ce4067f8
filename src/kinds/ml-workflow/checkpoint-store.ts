import { Construct } from 'constructs';
import { WorkflowCheckpoints } from '../../api/generated/ml-workflow';
import { fail } from '../../contracts/errors';

const FOLDER = '/checkpoints';
const STORES = ['s3:', 's3a:', 'gs:', 'abfs:', 'abfss:', 'hdfs:'];

/** Where stages keep their state: a folder of a volume, or a place in an object store. */
export interface CheckpointStore {
  /** Path or URL below which each run has a folder. */
  readonly root: string;
  /** The claim, and the folder in it, that is mounted; undefined for object stores. */
  readonly claim?: { readonly name: string; readonly folder?: string };
  /** How often state is written. */
  readonly interval: string;
}

/**
 * What the spec says of checkpoints; undefined when there are none. `pvc://claim/folder` is a PersistentVolumeClaim in the
 * namespace of the workflow, which must exist.
 *
 * @throws InvalidInputError when a container cannot keep anything at the path
 */
export function checkpointStore(scope: Construct, given: WorkflowCheckpoints | undefined): CheckpointStore | undefined {
  if (!given || given.enabled === false) return undefined;
  const interval = given.interval ?? '30m';
  const path = given.path.replace(/\/+$/, '');
  const scheme = path.slice(0, path.indexOf('//'));
  if (STORES.includes(scheme)) return { root: path, interval };
  const claim = /^pvc:\/\/([a-z0-9]([-a-z0-9.]*[a-z0-9])?)(?:\/(.+))?$/.exec(path);
  if (!claim || claim[3]?.split('/').includes('..')) {
    fail(
      scope,
      'checkpoints.path',
      'must be a volume or an object store',
      given.path,
      'write pvc://claim/folder, or s3://, gs://, abfss:// or hdfs:// with a folder',
    );
  }
  return { root: FOLDER, claim: { name: claim[1], folder: claim[3] }, interval };
}

/** The volume, for pods whose stages keep state in it. */
export function checkpointVolumes(store: CheckpointStore | undefined): object[] {
  return store?.claim ? [{ name: 'checkpoints', persistentVolumeClaim: { claimName: store.claim.name } }] : [];
}

/** Its mount. */
export function checkpointMounts(store: CheckpointStore | undefined): object[] {
  if (!store?.claim) return [];
  const { folder } = store.claim;
  return [{ name: 'checkpoints', mountPath: FOLDER, ...(folder === undefined ? {} : { subPath: folder }) }];
}
