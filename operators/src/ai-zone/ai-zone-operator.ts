import { AIZoneSpec } from '../../../src/api/generated/ai-zone';
import { AI_ZONE } from '../../../src/api/kinds/ai-zone';
import { apiVersionOf } from '../../../src/api/schema/schema';
import { AIZoneObjects } from '../../../src/kinds/ai-zone/ai-zone-objects';
import { AI_ZONE_OPERATOR, ZONE_CONTENTS, ZONE_USERS } from '../../../src/kinds/ai-zone/operator';
import { inheritanceBelow, ZoneInheritance } from '../../../src/kinds/ai-zone/plan';
import { Operator, Problems, SyncContext } from '../runtime/operator';
import { KubernetesObject, RelatedRule } from '../runtime/protocol';
import { render } from '../runtime/render';
import { blocksDeletion, isCounted, isOwned, namespaceOf } from './contents';
import { desiredModels } from './models';
import { report } from './report';

type Context = SyncContext<AIZoneSpec>;

/** Pods of model servers; their AIModels are looked at instead. */
const NO_MODEL_SERVERS = {
  matchExpressions: [{ key: 'nstarx.io/component', operator: 'NotIn', values: ['model-server'] }],
};

/** Makes the namespaces of zones, and what keeps them apart. */
export const aiZoneOperator: Operator<AIZoneSpec> = {
  definition: AI_ZONE_OPERATOR,
  related,
  namespaceOf: targetNamespace,
  desired,
  report,
  blocksDeletion,
};

function targetNamespace({ metadata, spec }: KubernetesObject): string {
  return typeof spec?.targetNamespace === 'string' ? spec.targetNamespace : metadata.name;
}

/** The selection may depend on nothing but the metadata and the spec: it is asked for once for each generation. */
function related(parent: KubernetesObject): readonly RelatedRule[] {
  const namespace = targetNamespace(parent);
  const { resources } = (parent.spec ?? {}) as unknown as AIZoneSpec;
  return [
    { apiVersion: 'v1', resource: 'namespaces', names: [namespace] },
    {
      apiVersion: 'v1',
      resource: 'pods',
      namespace,
      ...(isCounted(resources?.compute?.limits) ? { labelSelector: NO_MODEL_SERVERS } : {}),
    },
    { apiVersion: apiVersionOf(AI_ZONE), resource: AI_ZONE.plural },
    ...ZONE_CONTENTS.map((kind) => ({
      apiVersion: kind.apiVersion,
      resource: kind.resource,
      ...(ZONE_USERS.includes(kind) ? {} : { namespace }),
    })),
  ];
}

function desired(context: Context, problems: Problems): readonly KubernetesObject[] {
  const { name, spec, namespace, settings } = context;
  if (name.length > 63) {
    problems.add(
      'metadata.name',
      `must have at most 63 characters, because it is in labels, got ${name.length}: make another zone`,
    );
    return [];
  }
  const inherited = inheritedBy(context, problems);
  const there = namespaceOf(context);
  if (there && !isOwned(context, there)) {
    const fix = there.metadata.deletionTimestamp ? 'wait until it is gone' : 'choose another one, or delete it';
    problems.add(
      'spec.targetNamespace',
      `must not be a namespace of someone else, got "${namespace}", which is there already: ${fix}`,
    );
  }
  const objects = render('', problems, (chart) => {
    new AIZoneObjects(chart, 'zone', {
      name,
      spec,
      inherited,
      gateway: settings.gateway,
      scraperPods: settings.scraper,
      settings: settings.aiZone,
    });
  });
  return [...objects, ...desiredModels(context).flatMap(({ object }) => object ?? [])];
}

/** What the zone has from those above it. A zone that is not there, or that is below itself, is a problem of `spec.parent`. */
function inheritedBy({ name, spec, related }: Context, problems: Problems): ZoneInheritance {
  const above: { readonly name: string; readonly spec: AIZoneSpec }[] = [];
  const path = [name];
  for (let next = spec.parent; next !== undefined;) {
    if (path.includes(next)) {
      problems.add(
        'spec.parent',
        `must not lead back to a zone: ${[...path, next].join(' → ')}. Remove one of these parents`,
      );
      return {};
    }
    const zone = related.find(apiVersionOf(AI_ZONE), AI_ZONE.kind, next);
    if (!zone) {
      const whose = path.length > 1 ? ` (it is the parent of ${path.at(-1)})` : '';
      problems.add('spec.parent', `must be an AIZone that there is, got "${next}"${whose}: make it, or name another`);
      return {};
    }
    const zoneSpec = (zone.spec ?? {}) as unknown as AIZoneSpec;
    above.unshift({ name: next, spec: zoneSpec });
    path.push(next);
    next = zoneSpec.parent;
  }
  return above.reduce<ZoneInheritance>((inherited, zone) => inheritanceBelow(zone.name, zone.spec, inherited), {});
}
