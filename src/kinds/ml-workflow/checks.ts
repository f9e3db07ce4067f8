import { Construct } from 'constructs';
import { WorkflowStage } from '../../api/generated/ml-workflow';
import { fail } from '../../contracts/errors';
import { parseQuantity } from '../../contracts/quantity';
import { lookup } from '../../contracts/lookup';
import { ZonePlacement } from '../ai-zone/placement';

/*
 * What the API server takes of an MLWorkflow and no run could have. What one type of stage needs is checked where that stage is made.
 * All functions throw an InvalidInputError that names the field of the spec.
 */

/** The most that one ConfigMap takes. */
const PROGRAMS_BYTES = 1_000_000;

/**
 * Refuses two stages with one name, and a stage that waits for itself, directly or not, or for one that is not there.
 *
 * @param dependencies what each stage waits for
 */
export function checkGraph(
  scope: Construct,
  stages: readonly WorkflowStage[],
  dependencies: ReadonlyMap<string, readonly string[]>,
): void {
  if (stages.length === 0) fail(scope, 'stages', 'must have at least one stage', [], 'say what is done');
  const names = stages.map(({ name }) => name);
  for (const [at, { name, dependsOn }] of stages.entries()) {
    if (names.indexOf(name) !== at) fail(scope, `stages[${at}].name`, 'must be unique', name, 'rename the stage');
    for (const [entry, wanted] of (dependsOn ?? []).entries()) {
      if (names.includes(wanted)) continue;
      const prop = `stages[${at}].dependsOn[${entry}]`;
      fail(scope, prop, `must be a stage; there are ${names.join(', ')}`, wanted, 'correct the name');
    }
  }
  const cycle = cycleIn(dependencies);
  if (cycle) {
    fail(
      scope,
      `stages[${names.indexOf(cycle[0])}].dependsOn`,
      'must not lead back to the stage itself',
      cycle.join(' -> '),
      'remove one of the dependencies',
    );
  }
}

/** A cycle, from a stage back to itself; undefined when there is none. */
function cycleIn(dependencies: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name];
    if (done.has(name)) return undefined;
    for (const wanted of dependencies.get(name) ?? []) {
      const found = visit(wanted, [...path, name]);
      if (found) return found;
    }
    done.add(name);
    return undefined;
  };
  for (const name of dependencies.keys()) {
    const found = visit(name, []);
    if (found) return found;
  }
  return undefined;
}

/**
 * Refuses amounts for stages that are not there, and amounts that are no quantities.
 *
 * @param profiles `resources` of the spec
 * @param stages names of the stages
 */
export function checkProfiles(
  scope: Construct,
  profiles: { readonly [profile: string]: { readonly [resource: string]: string } },
  stages: readonly string[],
): void {
  const known = ['default', 'training', ...stages];
  for (const [profile, amounts] of Object.entries(profiles)) {
    if (!known.includes(profile)) {
      fail(scope, `resources.${profile}`, `must be named one of ${known.join(', ')}`, profile, 'correct the name');
    }
    for (const [resource, amount] of Object.entries(amounts)) {
      if (parseQuantity(amount) === undefined) {
        const prop = `resources.${profile}.${resource}`;
        fail(scope, prop, 'must be a quantity', amount, "write it like '4', '500m' or '16Gi'");
      }
    }
  }
}

/** Refuses programs that do not fit into a ConfigMap. */
export function checkPrograms(scope: Construct, files: { readonly [name: string]: string }): void {
  const bytes = Object.values(files).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (bytes > PROGRAMS_BYTES) {
    const bound = `must have scripts of at most ${PROGRAMS_BYTES} bytes together`;
    fail(scope, 'stages', bound, bytes, 'put the programs into an image');
  }
}

/**
 * Refuses a stage that never fits into its zone: its pods request more of an extended resource than the zone has.
 *
 * @param amounts what one pod of the stage gets
 * @param props the fields of the spec that the amounts are from
 * @param pods how many pods it has at a time
 */
export function checkZone(
  scope: Construct,
  zone: ZonePlacement | undefined,
  stage: string,
  amounts: { readonly [resource: string]: string },
  props: { readonly [resource: string]: string },
  pods: number,
): void {
  for (const [resource, amount] of Object.entries(amounts)) {
    const limit = resource.includes('/') ? lookup(zone?.limits, resource) : undefined;
    if (zone === undefined || limit === undefined || Number(amount) * pods <= Number(limit)) continue;
    fail(
      scope,
      lookup(props, resource) ?? 'resources',
      `must not need more than the ${limit} of zone ${zone.name}; stage ${stage} has ${pods} ${pods === 1 ? 'pod' : 'pods'} with ${amount} each`,
      amount,
      "use fewer, train with fewer workers, or raise the zone's limit",
    );
  }
}
