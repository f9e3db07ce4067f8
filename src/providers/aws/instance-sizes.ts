import data from './instance-sizes.json';

/** vCPUs, MiB of memory, and pods that the network interfaces have addresses for, by EC2 instance type; scripts/instance-sizes.ts writes it. */
const SIZES: { readonly [instanceType: string]: number[] | undefined } = data.types;

const MIB = 2 ** 20;

/** What a node of an instance type has for pods. */
export interface Allocatable {
  /** Cores. */
  readonly cpu: number;
  /** Bytes. */
  readonly memory: number;
  /** Pods. */
  readonly pods: number;
}

/**
 * What a node has for pods, after what the hypervisor, the kernel, kubelet and its eviction threshold keep: by the formula of the AMI of
 * EKS, and by the share that Karpenter takes for the hypervisor. DaemonSets are not counted.
 *
 * @returns undefined for an instance type that is not known
 */
export function allocatableOf(instanceType: string): Allocatable | undefined {
  const [vcpu, memoryMiB, maxPods] = SIZES[instanceType] ?? [];
  if (vcpu === undefined) return undefined;
  const visible = memoryMiB * (1 - HYPERVISOR_SHARE);
  return {
    cpu: vcpu - reservedCores(vcpu),
    memory: Math.floor(visible - (255 + 11 * maxPods) - EVICTION_MIB) * MIB,
    pods: podsOf(instanceType, vcpu, maxPods),
  };
}

const HYPERVISOR_SHARE = 0.075;
const EVICTION_MIB = 100;

/** 6 % of the first core, 1 % of the second, 0.5 % of the next two, 0.25 % of the others. */
function reservedCores(vcpu: number): number {
  const shares = [0.06, 0.01, 0.005, 0.005];
  return shares.slice(0, vcpu).reduce((sum, share) => sum + share, 0) + Math.max(0, vcpu - shares.length) * 0.0025;
}

/** Families without the Nitro system, whose interfaces take single addresses only. */
const XEN = /^(c[134]|cc2|cr1|d2|f1|g[23]|g3s|h1|i[23]|m[1234]|p[23]|r[34]|t[12]|x1|x1e)\.(?!metal)/;

/**
 * Pods that kubelet takes, with addresses a /28 at a time as the network add-on is configured here: EKS never sets more than 110 on nodes
 * with fewer than 30 vCPUs, nor more than 250 on others.
 */
function podsOf(instanceType: string, vcpu: number, maxPods: number): number {
  if (XEN.test(instanceType)) return maxPods;
  return Math.min((maxPods - 2) * 16 + 2, vcpu < 30 ? 110 : 250);
}
