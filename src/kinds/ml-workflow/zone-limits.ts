import { Construct } from 'constructs';
import { fail } from '../../contracts/errors';
import { ZonePlacement } from '../ai-zone/placement';

/**
 * Refuses a stage that never fits into its zone.
 *
 * @param prop the field with the amount of one pod
 * @throws InvalidInputError when the pods of the stage request more of an extended resource than the zone has
 */
export function checkZone(
  scope: Construct,
  zone: ZonePlacement | undefined,
  stage: string,
  amounts: { readonly [resource: string]: string },
  prop: (resource: string) => string,
  pods: number,
): void {
  for (const [resource, amount] of Object.entries(amounts)) {
    const limit = resource.includes('/') ? zone?.limits?.[resource] : undefined;
    if (zone === undefined || limit === undefined || Number(amount) * pods <= Number(limit)) continue;
    fail(
      scope,
      prop(resource),
      `must not need more than the ${limit} of zone ${zone.name}; stage ${stage} has ${pods} ${pods === 1 ? 'pod' : 'pods'} with ${amount} each`,
      amount,
      "use fewer, train with fewer workers, or raise the zone's limit",
    );
  }
}
