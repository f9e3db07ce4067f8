import { AIZoneSpec } from '../../../src/api/generated/ai-zone';
import { inheritanceBelow, ZoneInheritance } from '../../../src/kinds/ai-zone/zone-inheritance';
import { Problems } from '../runtime/operator';
import { PLATFORM_API, ZoneContext } from './zone-context';

/** What the zone has from those above it. A zone that is not there, or that is below itself, is a problem of `spec.parent`. */
export function inheritedBy({ name, spec, related }: ZoneContext, problems: Problems): ZoneInheritance {
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
    const zone = related.find(PLATFORM_API, 'AIZone', next);
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
