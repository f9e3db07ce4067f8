import { checked } from './checked';
import { DEVICE_EXAMPLES, isDevice } from './devices';
import { fail } from './errors';
import { byteQuantity } from './quantity';

/** Properties of a GPU model. */
export interface GpuModelProps {
  /** Memory of one GPU, as a Kubernetes quantity such as `16Gi`. */
  readonly memory: string;

  /**
   * The extended resource that a container asks for.
   *
   * @default 'nvidia.com/gpu'
   */
  readonly resourceName?: string;
}

/**
 * A GPU model, named as the NVIDIA device plugin's feature discovery labels it (`nvidia.com/gpu.product`).
 *
 * Which instance type has it is up to the provider: the same model is a `g4dn.xlarge` on AWS and a simulated
 * resource on a Kind worker.
 */
@checked('GpuModel')
export class GpuModel {
  /** NVIDIA T4, 16 GiB. */
  public static readonly T4 = GpuModel.of('Tesla-T4', { memory: '16Gi' });
  /** NVIDIA T4G, 16 GiB: a T4 in machines with ARM processors. */
  public static readonly T4G = GpuModel.of('NVIDIA-T4G', { memory: '16Gi' });
  /** NVIDIA A10G, 24 GiB. */
  public static readonly A10G = GpuModel.of('NVIDIA-A10G', { memory: '24Gi' });
  /** NVIDIA L4, 24 GiB. */
  public static readonly L4 = GpuModel.of('NVIDIA-L4', { memory: '24Gi' });
  /** NVIDIA L40S, 48 GiB. */
  public static readonly L40S = GpuModel.of('NVIDIA-L40S', { memory: '48Gi' });
  /** NVIDIA V100 (SXM2), 16 GiB. R580 is the last driver branch that supports it. */
  public static readonly V100_16GB = GpuModel.of('Tesla-V100-SXM2-16GB', { memory: '16Gi' });
  /** NVIDIA V100 (SXM2), 32 GiB. R580 is the last driver branch that supports it. */
  public static readonly V100_32GB = GpuModel.of('Tesla-V100-SXM2-32GB', { memory: '32Gi' });
  /** NVIDIA A100 (SXM4), 40 GiB. */
  public static readonly A100_40GB = GpuModel.of('NVIDIA-A100-SXM4-40GB', { memory: '40Gi' });
  /** NVIDIA A100 (SXM4), 80 GiB. */
  public static readonly A100_80GB = GpuModel.of('NVIDIA-A100-SXM4-80GB', { memory: '80Gi' });
  /** NVIDIA H100 (SXM5), 80 GiB. */
  public static readonly H100 = GpuModel.of('NVIDIA-H100-80GB-HBM3', { memory: '80Gi' });
  /** NVIDIA H200 (SXM5), 141 GB. */
  public static readonly H200 = GpuModel.of('NVIDIA-H200', { memory: '141G' });
  /** NVIDIA B200 (SXM6), 180 GB. */
  public static readonly B200 = GpuModel.of('NVIDIA-B200', { memory: '180G' });
  /** NVIDIA GB200, 186 GB, in machines with ARM processors. */
  public static readonly GB200 = GpuModel.of('NVIDIA-GB200', { memory: '186G' });

  /**
   * A model that is not in the list above.
   *
   * @param productLabel the value of the node label `nvidia.com/gpu.product`
   */
  public static of(productLabel: string, props: GpuModelProps): GpuModel {
    if (!/^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/.test(productLabel)) {
      fail(
        'GpuModel.of',
        'productLabel',
        'must be a valid Kubernetes label value',
        productLabel,
        'use the value of the node label nvidia.com/gpu.product',
      );
    }
    byteQuantity('GpuModel.of', 'memory', props.memory);
    if (props.resourceName !== undefined && !isDevice(props.resourceName)) {
      const fix = `use ${DEVICE_EXAMPLES}`;
      fail('GpuModel.of', 'resourceName', 'must be the name of a device', props.resourceName, fix);
    }
    return new GpuModel(productLabel, props.memory, props.resourceName ?? 'nvidia.com/gpu');
  }

  private constructor(
    /** Value of the node label `nvidia.com/gpu.product`. */
    public readonly productLabel: string,
    /** Memory of one GPU, as a Kubernetes quantity. */
    public readonly memory: string,
    /** The extended resource that a container asks for. */
    public readonly resourceName: string,
  ) {}
}
