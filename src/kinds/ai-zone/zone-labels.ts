import { PLATFORM_GROUP } from '../../contracts/names';

/** Label of a zone's namespace, and of what belongs to the zone; its value is the zone's name. */
export const ZONE_LABEL = `${PLATFORM_GROUP}/zone`;
/** Label of namespaces whose routes and listeners the platform's Gateway accepts. */
export const GATEWAY_ACCESS_LABEL = `${PLATFORM_GROUP}/gateway-access`;
/** Label of namespaces whose Pods are in the mesh. */
export const MESH_LABEL = 'istio.io/dataplane-mode';

/**
 * Labels of the objects of a zone.
 *
 * @internal
 */
export function zoneLabels(zone: string, component: string): { [key: string]: string } {
  return {
    'app.kubernetes.io/name': 'zone',
    'app.kubernetes.io/component': component,
    'app.kubernetes.io/part-of': 'ml-platform',
    [ZONE_LABEL]: zone,
  };
}
