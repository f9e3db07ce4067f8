import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { k8s } from 'cdk8s-plus-28';
import { checked, checkedEnum } from '../../contracts/checked';
import { environmentOf } from '../../contracts/environment-scope';
import { fail } from '../../contracts/errors';
import { dnsLabel } from '../../contracts/names';
import { INamespace, namespaceNameOf } from '../../contracts/namespace';
import { byteQuantity } from '../../contracts/quantity';

/** Who may mount a volume. */
export enum VolumeAccess {
  /** The pods of one node. */
  READ_WRITE_ONCE = 'ReadWriteOnce',
  /** One pod. */
  READ_WRITE_ONCE_POD = 'ReadWriteOncePod',
  /** Pods of all nodes, reading and writing. Block storage such as EBS cannot do it. */
  READ_WRITE_MANY = 'ReadWriteMany',
  /** Pods of all nodes, reading only. */
  READ_ONLY_MANY = 'ReadOnlyMany',
}
checkedEnum('VolumeAccess', VolumeAccess);

/** Options of a volume. */
export interface VolumeClaimProps {
  /** Namespace of the claim. */
  readonly namespace: INamespace;
  /** Size, as a Kubernetes quantity such as `10Gi`. It can be raised later, but not lowered. */
  readonly size: string;
  /**
   * Name of the claim, a DNS label.
   *
   * @default - the construct's id
   */
  readonly name?: string;
  /**
   * Who may mount it.
   *
   * @default VolumeAccess.READ_WRITE_ONCE
   */
  readonly access?: VolumeAccess;
  /**
   * Name of the StorageClass.
   *
   * @default - the cluster's default
   */
  readonly storageClass?: string;
}

/**
 * A persistent volume that outlives pods.
 *
 * @example
 * const models = new VolumeClaim(chart, 'models', { namespace: platform.teams.ml, size: '50Gi' });
 * new JobWorkload(chart, 'warm-up', {
 *   namespace: platform.teams.ml,
 *   image: 'ghcr.io/acme/warm-up:1.0.0',
 *   volumes: [Volume.claim(models.claimName, '/models')],
 * });
 */
@checked('VolumeClaim')
export class VolumeClaim extends Construct {
  /** Name of the claim. */
  public readonly claimName: string;
  /** The PersistentVolumeClaim. */
  public readonly claim: ApiObject;

  /**
   * @throws InvalidInputError when the size is no quantity, or the default StorageClass cannot be mounted by many nodes
   */
  public constructor(scope: Construct, id: string, props: VolumeClaimProps) {
    super(scope, id);
    this.claimName = dnsLabel(this, 'name', props.name ?? id);
    const size = byteQuantity(this, 'size', props.size);
    // only the default class needs the cluster
    const storageClassName = props.storageClass ?? environmentOf(this).cluster.defaultStorageClass;
    const access = props.access ?? VolumeAccess.READ_WRITE_ONCE;
    const shared = access === VolumeAccess.READ_WRITE_MANY || access === VolumeAccess.READ_ONLY_MANY;
    if (shared && props.storageClass === undefined) {
      fail(
        this,
        'access',
        `must suit the cluster's default StorageClass (${storageClassName}), which one node mounts at a time`,
        access,
        'name a storageClass for shared file systems, or keep the data in a bucket',
      );
    }
    this.claim = new k8s.KubePersistentVolumeClaim(this, 'Resource', {
      metadata: { name: this.claimName, namespace: namespaceNameOf(this, props.namespace) },
      spec: {
        accessModes: [access],
        storageClassName,
        resources: { requests: { storage: k8s.Quantity.fromString(size) } },
      },
    });
  }
}
