import { ZONE_CONTENTS } from '../../../src/kinds/ai-zone/operator';
import { ConditionReport } from '../runtime/conditions';
import { KubernetesObject } from '../runtime/protocol';
import { hasEnded } from './allocated';
import { isOwned, namespaceOf, PLATFORM_API, ZoneContext } from './zone-context';

/** Objects that are named in a message; of more, only the number is. */
const NAMED = 10;

/** Why a zone cannot be deleted yet: who would lose what runs, and does not expect it. */
export function blocksDeletion(context: ZoneContext): ConditionReport | undefined {
  const namespace = namespaceOf(context);
  // of somebody else's namespace nothing is deleted, and of one that is on its way nothing can be kept
  if (!namespace || !isOwned(context, namespace) || namespace.metadata.deletionTimestamp !== undefined)
    return undefined;
  if (context.spec.allowCascadingDeletion ?? false) return undefined;
  const found = [...contents(context), ...users(context), ...namespacesOfTenant(context)];
  if (found.length === 0) return undefined;
  const more = found.length > NAMED ? ` and ${found.length - NAMED} more` : '';
  return {
    type: 'DeletionBlocked',
    status: true,
    reason: 'InUse',
    message: `The zone still holds ${found.slice(0, NAMED).join(', ')}${more}: remove them, or set spec.allowCascadingDeletion`,
  };
}

/** What lives in the namespace, as far as the zone did not make it. */
function contents(context: ZoneContext): string[] {
  const { related, namespace } = context;
  const inside = ({ metadata }: KubernetesObject): boolean => metadata.namespace === namespace;
  const objects = ZONE_CONTENTS.flatMap(({ apiVersion, kind }) => related.all(apiVersion, kind))
    .filter((object) => inside(object) && !isOwned(context, object))
    .map(describe);
  const models = new Set((context.spec.models ?? []).map(({ name }) => name));
  const pods = related
    .all('v1', 'Pod')
    .filter((pod) => inside(pod) && !hasEnded(pod) && !models.has(pod.metadata.labels?.model_name ?? ''))
    .map(describe);
  return [...objects, ...pods];
}

/** What names the zone, in whatever namespace it is. */
function users({ related, name, namespace }: ZoneContext): string[] {
  const others = ['AIModel', 'MLWorkflow', 'DataPipeline']
    .flatMap((kind) => related.all(PLATFORM_API, kind))
    .filter(({ metadata, spec }) => metadata.namespace !== namespace && zoneIn(spec) === name);
  const below = related.all(PLATFORM_API, 'AIZone').filter(({ spec }) => spec?.parent === name);
  return [...others, ...below].map(describe);
}

function zoneIn(spec: KubernetesObject['spec']): unknown {
  return spec?.zone ?? (spec?.serving as { readonly zone?: unknown } | undefined)?.zone;
}

/** Capsule removes the namespaces of a Tenant with it. */
function namespacesOfTenant({ children, namespace }: ZoneContext): string[] {
  const tenant = children.find('capsule.clastix.io/v1beta2', 'Tenant', namespace);
  const names = tenant?.status?.namespaces;
  return Array.isArray(names) ? names.map((name) => `Namespace ${String(name)} of its tenant`) : [];
}

function describe({ kind, metadata: { namespace, name } }: KubernetesObject): string {
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}
