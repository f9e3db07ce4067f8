import { FeatureDefinition, FeatureSourceType, FeatureStoreSpec } from '../../../src/api/generated/feature-store';
import { durationSeconds } from '../../../src/contracts/duration';
import { featureModel } from '../../../src/kinds/feature-store/feature-model';
import { ReportContext } from '../runtime/operator';
import { Computation } from './computations';
import { ServerState } from './server-state';

/** How a feature stands. */
export interface FeatureState {
  readonly name: string;
  /** Seconds since 1970 when its newest value was written. */
  readonly updated?: number;
  /** Whether it has a value that is not stale; undefined when nothing is known of its values. */
  readonly fresh?: boolean;
  /** Whether the last computation of it failed. */
  readonly failing: boolean;
}

/** How the features stand that are wished now. One that is computed on request is as good as the servers. */
export function featureStates(
  { active, spec, name, namespace, now }: ReportContext<FeatureStoreSpec>,
  computations: readonly Computation[],
  servers: ServerState,
): FeatureState[] {
  const wished = active?.spec ?? spec;
  const present = Date.parse(now) / 1000;
  const views = active ? viewsOf(`FeatureStore ${namespace}/${name}`, wished) : new Map<string, string>();
  return wished.features.map((feature): FeatureState => {
    if (feature.source.type === FeatureSourceType.REQUEST) {
      return { name: feature.name, fresh: servers.answers ? true : undefined, failing: false };
    }
    const view = views.get(feature.name) ?? feature.name;
    const involved = computations.filter(({ features }) => features.length === 0 || features.includes(feature.name));
    const streams = feature.source.type === FeatureSourceType.STREAMING;
    const failing = involved.some(
      // what is streamed is not materialized
      (one) => one.failed === true && !(streams && one.features.length === 0) && failedHere(one, view),
    );
    const updated = updatedAt(involved, view);
    return { name: feature.name, updated, fresh: isFresh(feature, updated, involved, present), failing };
  });
}

/** A stream that runs keeps its feature fresh, unless it is known that nothing came. */
function isFresh(
  { maxAge }: FeatureDefinition,
  updated: number | undefined,
  involved: readonly Computation[],
  present: number,
): boolean | undefined {
  if (updated === undefined) return involved.some(({ streams }) => streams) ? true : undefined;
  return maxAge === undefined || present - updated <= durationSeconds(maxAge);
}

/** View by feature. */
function viewsOf(where: string, spec: FeatureStoreSpec): Map<string, string> {
  const { views } = featureModel(where, spec);
  return new Map(views.flatMap((view) => view.features.map((feature) => [feature.name, view.name] as const)));
}

/** Where a program does not say which views failed, all have. */
function failedHere({ word }: Computation, view: string): boolean {
  return word?.failed === undefined || word.failed.size === 0 || word.failed.has(view);
}

function updatedAt(computations: readonly Computation[], view: string): number | undefined {
  const times = computations.flatMap(({ features, succeeded, word }) => [
    word?.updated.get(view) ?? word?.others ?? [],
    // whoever brings values online may find no new ones
    features.length > 0 ? (succeeded ?? []) : [],
  ]);
  const known = times.flat();
  return known.length > 0 ? Math.max(...known) : undefined;
}
