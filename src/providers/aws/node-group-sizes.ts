import { DataAwsAutoscalingGroup } from '@cdktf/provider-aws/lib/data-aws-autoscaling-group';
import { DataAwsAutoscalingGroups } from '@cdktf/provider-aws/lib/data-aws-autoscaling-groups';
import { TerraformIterator } from 'cdktf';
import { Construct } from 'constructs';
import { GpuPool, NodePool } from '../../contracts/node-pool';
import { AwsSettings, NodeScaling } from './settings';

/** One managed node group of a pool. */
export interface NodeGroupSize {
  /** Start of its name, which no other group's name starts with. */
  readonly prefix: string;
  readonly zones: string[];
  /** Smallest number of nodes. */
  readonly min: number;
  /** Largest number of nodes. */
  readonly max: number;
}

/**
 * The managed node groups of a pool. A general pool has one in each zone, so that a pod whose volume is in a zone gets its node there; the
 * autoscaler keeps them alike. A pool with fewer nodes than zones is one group over all of them, and so is a GPU pool: its types are short in
 * one zone or the other, and the group goes where they are. The number of groups does not depend on who scales them, so that a change of
 * `nodeScaling` resizes groups in place.
 */
export function nodeGroupsOf(settings: AwsSettings, pool: NodePool, first: NodePool): NodeGroupSize[] {
  const zones = zonesOf(settings, pool);
  const total = sizeOf(settings.nodeScaling, pool, first);
  const groups = isDividedByZone(settings, pool)
    ? zones.map((zone, at) => ({
        // no pool has an underscore in its name
        prefix: `${pool.name}_${zone.slice(settings.region.length)}-`,
        zones: [zone],
        min: share(total.min, zones.length, at),
        max: share(total.max, zones.length, at),
      }))
    : [{ prefix: `${pool.name}-`, zones, ...total }];
  // EKS has no group that never has nodes
  return groups.filter(({ max }) => max > 0);
}

/** Whether a pool has a node group in each of its zones. */
export function isDividedByZone(settings: AwsSettings, pool: NodePool): boolean {
  const { length } = zonesOf(settings, pool);
  return !(pool instanceof GpuPool) && length > 1 && pool.max >= length;
}

/** The zones of a pool's nodes. */
export function zonesOf(settings: AwsSettings, pool: NodePool): string[] {
  return pool.zones.length > 0 ? [...pool.zones] : [...settings.availabilityZones];
}

/** How many nodes of a pool are managed node groups when Karpenter makes the others. */
export function managedNodes(pool: NodePool, first: NodePool): number {
  return pool === first ? Math.max(pool.min, KARPENTER_NODES) : pool.min;
}

/** Replicas of Karpenter, which never share a node and never run on nodes that Karpenter made. */
const KARPENTER_NODES = 2;

function sizeOf(scaling: NodeScaling, pool: NodePool, first: NodePool): { min: number; max: number } {
  if (scaling !== NodeScaling.KARPENTER) return { min: pool.min, max: pool.max };
  const nodes = managedNodes(pool, first);
  return { min: nodes, max: nodes };
}

/** The share of one of several parts, of which the first take what is left over. */
function share(total: number, parts: number, at: number): number {
  return Math.floor(total / parts) + (at < total % parts ? 1 : 0);
}

/**
 * How many nodes the managed node groups of a cluster have now, read before each plan.
 *
 * `desired_size` must follow the autoscaler, and yet rise with `min`: EKS refuses an update whose `min` is above `desired`, so that
 * `ignore_changes` would fail on each raise of `min`. So it is what the group has, kept between `min` and `max`.
 */
export class NodeGroupSizes extends Construct {
  private readonly groups: DataAwsAutoscalingGroup;

  public constructor(scope: Construct, id: string, clusterName: string) {
    super(scope, id);
    // nothing here depends on the cluster, so that it is known to the plan; before the first apply there are none
    const { names } = new DataAwsAutoscalingGroups(this, 'names', {
      filter: [{ name: 'tag:eks:cluster-name', values: [clusterName] }],
    });
    const each = TerraformIterator.fromList(names);
    this.groups = new DataAwsAutoscalingGroup(this, 'groups', { forEach: each, name: each.value });
  }

  /** A Terraform expression for the `desired_size` of a group. */
  public desired({ prefix, min, max }: NodeGroupSize): string {
    // EKS names the Auto Scaling group after the node group, and Terraform ends that in 26 hexadecimal digits
    const own = `can(regex("^eks-${prefix}[0-9a-f]{26}-", group.name))`;
    const now = `[for group in data.aws_autoscaling_group.${this.groups.friendlyUniqueId} : group.desired_capacity if ${own}]`;
    return `\${max(${min}, min(${max}, max(0, ${now}...)))}`;
  }
}
