import { AIZoneSpec } from '../../../src/api/generated/ai-zone';
import { AIZoneSettings } from '../../../src/kinds/ai-zone/ai-zone-settings';
import { SyncContext } from '../runtime/operator';
import { KubernetesObject } from '../runtime/protocol';

/** What the functions of this operator work on. */
export type ZoneContext = SyncContext<AIZoneSpec>;

/** `nstarx.io/v1alpha1`, the version of all kinds of the platform but ModelDeployment. */
export const PLATFORM_API = 'nstarx.io/v1alpha1';

/** What the zone knows of the platform. */
export function settingsOf({ settings }: ZoneContext): AIZoneSettings {
  return settings.zones ?? {};
}

/** Whether the zone made an object. */
export function isOwned({ parent }: ZoneContext, object: KubernetesObject): boolean {
  const owners = object.metadata.ownerReferences as readonly { readonly uid?: string }[] | undefined;
  return owners?.some(({ uid }) => uid === parent.metadata.uid) ?? false;
}

/** The namespace of the zone as it is, whoever made it. */
export function namespaceOf({ related, namespace }: ZoneContext): KubernetesObject | undefined {
  return related.find('v1', 'Namespace', namespace);
}
