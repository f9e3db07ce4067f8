/** Who adds and removes nodes. Exactly one of them is ever installed, so that they never serve the same pods. */
export class NodeScaling {
  /**
   * The Cluster Autoscaler changes the size of the managed node groups: every pool is one, from `min` to `max` nodes.
   */
  public static readonly CLUSTER_AUTOSCALER = new NodeScaling('cluster-autoscaler');

  /**
   * Karpenter makes nodes by itself. `min` nodes of each pool are a managed node group of that fixed size (at least two
   * nodes for the first general pool, which carries Karpenter); Karpenter adds up to `max - min` nodes with the same
   * labels and taints. A pool with `min: 0` has no managed node group.
   */
  public static readonly KARPENTER = new NodeScaling('karpenter');

  /** Nobody: every pool is a managed node group that starts with `min` nodes and is resized by hand up to `max`. */
  public static readonly NONE = new NodeScaling('none');

  private constructor(
    /** Name of the choice. */
    public readonly name: string,
  ) {}
}
