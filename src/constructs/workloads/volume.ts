import { k8s } from 'cdk8s-plus-28';
import { checked } from '../../contracts/checked';
import { fail } from '../../contracts/errors';
import { dnsLabel } from '../../contracts/names';
import { byteQuantity } from '../../contracts/quantity';

/** Options of a volume that lives as long as its pod. */
export interface EmptyDirOptions {
  /**
   * Size, as a Kubernetes quantity. A pod that writes more is evicted.
   *
   * @default '1Gi'
   */
  readonly size?: string;
  /**
   * Whether it is kept in memory. It counts towards the memory limit.
   *
   * @default false
   */
  readonly inMemory?: boolean;
}

/** Options of a mount. */
export interface MountOptions {
  /**
   * Whether nothing can be written.
   *
   * @default false
   */
  readonly readOnly?: boolean;
}

/** A folder in a workload's container. The rest of its file system is read-only. */
@checked('Volume')
export class Volume {
  /**
   * A folder that is empty when a pod starts and gone when it ends.
   *
   * @param name name of the volume, a DNS label
   * @param mountPath absolute path in the container
   */
  public static emptyDir(name: string, mountPath: string, options: EmptyDirOptions = {}): Volume {
    const size = byteQuantity('Volume.emptyDir', 'size', options.size ?? '1Gi');
    return new Volume('Volume.emptyDir', name, mountPath, false, {
      name,
      emptyDir: { sizeLimit: k8s.Quantity.fromString(size), medium: options.inMemory ? 'Memory' : undefined },
    });
  }

  /**
   * A PersistentVolumeClaim of the workload's namespace.
   *
   * @param claimName name of the claim, a DNS label
   * @param mountPath absolute path in the container
   */
  public static claim(claimName: string, mountPath: string, options: MountOptions = {}): Volume {
    const readOnly = options.readOnly ?? false;
    return new Volume('Volume.claim', claimName, mountPath, readOnly, {
      name: claimName,
      persistentVolumeClaim: { claimName, readOnly: readOnly || undefined },
    });
  }

  /**
   * The keys of a ConfigMap of the workload's namespace, as files.
   *
   * @param configMapName name of the ConfigMap, a DNS label
   * @param mountPath absolute path in the container
   */
  public static configMap(configMapName: string, mountPath: string): Volume {
    return new Volume('Volume.configMap', configMapName, mountPath, true, {
      name: configMapName,
      configMap: { name: configMapName },
    });
  }

  /**
   * The keys of a Secret of the workload's namespace, as files. They follow the Secret when it changes.
   *
   * @param secretName name of the Secret, a DNS label
   * @param mountPath absolute path in the container
   */
  public static secret(secretName: string, mountPath: string): Volume {
    return new Volume('Volume.secret', secretName, mountPath, true, { name: secretName, secret: { secretName } });
  }

  /** Whether the data outlives the pod. */
  public readonly persistent: boolean;

  private constructor(
    where: string,
    /** Name of the volume in the pod. */
    public readonly name: string,
    /** Absolute path in the container. */
    public readonly mountPath: string,
    private readonly readOnly: boolean,
    private readonly volume: k8s.Volume,
  ) {
    dnsLabel(where, 'name', name);
    if (!/^\/[^:]+$/.test(mountPath)) {
      fail(where, 'mountPath', 'must be an absolute path without a colon', mountPath, "write it like '/data'");
    }
    this.persistent = volume.persistentVolumeClaim !== undefined;
  }

  /** @internal */
  public _volume(): k8s.Volume {
    return this.volume;
  }

  /** @internal */
  public _mount(): k8s.VolumeMount {
    return { name: this.name, mountPath: this.mountPath, readOnly: this.readOnly || undefined };
  }
}
