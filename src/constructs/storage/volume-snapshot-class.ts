import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { checked } from '../../contracts/checked';
import { environmentOf } from '../../contracts/environment-scope';
import { fail } from '../../contracts/errors';
import { dnsLabel } from '../../contracts/names';

/** Options of a class of snapshots. */
export interface VolumeSnapshotClassProps {
  /** The CSI driver that makes the volumes, such as `ebs.csi.aws.com`. */
  readonly driver: string;
  /**
   * Name of the class.
   *
   * @default - the construct's id
   */
  readonly name?: string;
  /**
   * Whether the snapshot is kept in the storage system when its object is deleted, as backups need it.
   *
   * @default true
   */
  readonly retain?: boolean;
  /**
   * Whether it is the driver's default, for snapshots and for backups.
   *
   * @default true
   */
  readonly isDefault?: boolean;
}

/**
 * How snapshots of volumes are made; only where the environment's cluster can make them. Backups use the default class of each driver, of
 * which there is one: on AWS it is `ebs`, which is there already.
 *
 * @example
 * if (cluster.capabilities.volumeSnapshots) {
 *   new VolumeSnapshotClass(chart, 'scratch', { driver: 'ebs.csi.aws.com', retain: false, isDefault: false });
 * }
 */
@checked('VolumeSnapshotClass')
export class VolumeSnapshotClass extends Construct {
  /** Name of the class. */
  public readonly className: string;
  /** The VolumeSnapshotClass. */
  public readonly snapshotClass: ApiObject;

  /** @throws InvalidInputError when the cluster cannot make snapshots, or the driver is none */
  public constructor(scope: Construct, id: string, props: VolumeSnapshotClassProps) {
    super(scope, id);
    this.className = dnsLabel(this, 'name', props.name ?? id);
    const { cluster } = environmentOf(this);
    if (!cluster.capabilities.volumeSnapshots) {
      fail(
        this,
        'cluster',
        'must be able to make volume snapshots',
        cluster.clusterName,
        'make none here: ask cluster.capabilities.volumeSnapshots first, and rely on logical backups such as DatabaseDump',
      );
    }
    if (!/^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/.test(props.driver)) {
      fail(this, 'driver', 'must be the name of a CSI driver', props.driver, "give one such as 'ebs.csi.aws.com'");
    }
    const isDefault = props.isDefault ?? true;
    this.snapshotClass = new ApiObject(this, 'Resource', {
      apiVersion: 'snapshot.storage.k8s.io/v1',
      kind: 'VolumeSnapshotClass',
      metadata: {
        name: this.className,
        ...(isDefault
          ? {
              annotations: { 'snapshot.storage.kubernetes.io/is-default-class': 'true' },
              // by this label Velero knows the class to use
              labels: { 'velero.io/csi-volumesnapshot-class': 'true' },
            }
          : {}),
      },
      driver: props.driver,
      deletionPolicy: (props.retain ?? true) ? 'Retain' : 'Delete',
    });
  }
}
