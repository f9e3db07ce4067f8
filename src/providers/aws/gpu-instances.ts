import { GpuModel } from '../../contracts/gpu';

/** An EC2 instance type with GPUs. */
export interface GpuInstanceType {
  readonly name: string;
  readonly model: GpuModel;
  readonly gpus: number;
  /** EFA interfaces, one for each network card that has one; 0 where there are none. */
  readonly efa: number;
}

/**
 * EC2 instance types with GPUs, the smallest first. Sizes are `size:gpus`, with `:efa` behind where there are EFA interfaces. Source of both:
 * aws/karpenter-provider-aws 1d927085d of 2026-08-21, website/content/en/docs/reference/instance-types.md. GB200 (p6e-gb200) is in no list of it.
 */
const FAMILIES: readonly (readonly [family: string, model: GpuModel, sizes: string])[] = [
  ['g4dn', GpuModel.T4, 'xlarge:1 2xlarge:1 4xlarge:1 8xlarge:1:1 16xlarge:1:1 12xlarge:4:1 metal:8:1'],
  ['g5g', GpuModel.T4G, 'xlarge:1 2xlarge:1 4xlarge:1 8xlarge:1 16xlarge:2 metal:2'],
  ['g5', GpuModel.A10G, 'xlarge:1 2xlarge:1 4xlarge:1 8xlarge:1:1 16xlarge:1:1 12xlarge:4:1 24xlarge:4:1 48xlarge:8:1'],
  ['g6', GpuModel.L4, 'xlarge:1 2xlarge:1 4xlarge:1 8xlarge:1:1 16xlarge:1:1 12xlarge:4:1 24xlarge:4:1 48xlarge:8:1'],
  ['gr6', GpuModel.L4, '4xlarge:1 8xlarge:1:1'],
  [
    'g6e',
    GpuModel.L40S,
    'xlarge:1 2xlarge:1 4xlarge:1 8xlarge:1:1 16xlarge:1:1 12xlarge:4:1 24xlarge:4:2 48xlarge:8:4',
  ],
  ['p3', GpuModel.V100_16GB, '2xlarge:1 8xlarge:4 16xlarge:8'],
  ['p3dn', GpuModel.V100_32GB, '24xlarge:8:1'],
  ['p4d', GpuModel.A100_40GB, '24xlarge:8:4'],
  ['p4de', GpuModel.A100_80GB, '24xlarge:8:4'],
  ['p5', GpuModel.H100, '4xlarge:1:1 48xlarge:8:32'],
  ['p5en', GpuModel.H200, '48xlarge:8:16'],
  ['p5e', GpuModel.H200, '48xlarge:8:32'],
  ['p6-b200', GpuModel.B200, '48xlarge:8:8'],
  ['p6e-gb200', GpuModel.GB200, '36xlarge:4'],
];

/** All of them. */
export const GPU_INSTANCE_TYPES: readonly GpuInstanceType[] = FAMILIES.flatMap(([family, model, sizes]) =>
  sizes.split(' ').map((one) => {
    const [size, gpus, efa = '0'] = one.split(':');
    return { name: `${family}.${size}`, model, gpus: Number(gpus), efa: Number(efa) };
  }),
);
