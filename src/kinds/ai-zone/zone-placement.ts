/** What a workload has to know of the AIZone that it runs in. */
export interface ZonePlacement {
  /** Name of the AIZone. */
  readonly name: string;
  /**
   * Labels of the nodes of the zone.
   *
   * @default - any node
   */
  readonly nodeSelector?: { readonly [key: string]: string };
  /**
   * What all workloads of the zone may request together, as Kubernetes writes it. Only extended resources such as `nvidia.com/gpu`
   * are compared with what a workload may request; a quota bounds the others.
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

/** The taints that a pod in a zone tolerates: those of the GPUs that it asks for or is placed by, and that of the zone's own nodes. */
export function zoneTolerations(
  zone: ZonePlacement | undefined,
  gpus: readonly string[],
): { [key: string]: unknown }[] {
  // every pod of a zone with GPU nodes only is placed on such a node
  const onGpuNodes = Object.keys(zone?.nodeSelector ?? {}).some((key) => key.startsWith('nvidia.com/gpu'));
  const resources = new Set([...gpus, ...(onGpuNodes ? ['nvidia.com/gpu'] : [])]);
  return [
    ...[...resources].sort().map((key) => ({ key, operator: 'Exists', effect: 'NoSchedule' })),
    ...(zone?.ownNodes ? [{ key: 'nstarx.io/zone', operator: 'Equal', value: zone.name, effect: 'NoSchedule' }] : []),
  ];
}
