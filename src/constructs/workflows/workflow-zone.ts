/** What a workflow has to know of the AIZone that it runs in. */
export interface WorkflowZone {
  /** Name of the AIZone. */
  readonly name: string;
  /**
   * Labels of the nodes of the zone.
   *
   * @default - any node
   */
  readonly nodeSelector?: { readonly [key: string]: string };
  /**
   * What all workloads of the zone may request together. Only extended resources such as `nvidia.com/gpu` are compared with what
   * a stage requests; a quota bounds the others.
   *
   * @default - no bounds
   */
  readonly limits?: { readonly [resource: string]: string };
  /**
   * Whether nobody else runs on the nodes of the zone. They have the taint `nstarx.io/zone` with the zone's name.
   *
   * @default false
   */
  readonly ownNodes?: boolean;
}
