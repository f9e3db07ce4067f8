import { Component } from '../../contracts/component';
import { ResolvedFootprint, resolveFootprint } from '../../contracts/resolved-footprint';

/** The footprint of a component with its values; undefined where it is not known. */
export type FootprintOf = (component: Component) => ResolvedFootprint | undefined;

/** Resolves each component once. */
export function footprints(): FootprintOf {
  const known = new Map<Component, ResolvedFootprint | undefined>();
  return (component) => {
    if (!known.has(component)) known.set(component, resolveFootprint(component));
    return known.get(component);
  };
}
