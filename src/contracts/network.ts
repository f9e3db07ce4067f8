/**
 * One end of a network flow: pods of a namespace, or address ranges outside the cluster.
 *
 * Exactly one of `namespace` and `cidrs` is set.
 */
export interface NetworkPeer {
  /**
   * Namespace of the pods.
   *
   * @default - not pods; see cidrs
   */
  readonly namespace?: string;
  /**
   * Labels of the pods in that namespace.
   *
   * @default - all pods of the namespace
   */
  readonly podLabels?: { [key: string]: string };
  /**
   * Address ranges outside the cluster.
   *
   * @default - not addresses; see namespace
   */
  readonly cidrs?: string[];
  /**
   * TCP ports.
   *
   * @default - all ports
   */
  readonly ports?: number[];
}
