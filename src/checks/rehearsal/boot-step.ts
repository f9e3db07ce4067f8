import { Component } from '../../contracts/component';
import { ObjectOfGraph } from '../manifest-graph';

/** What is applied at once when an environment is applied for the first time. */
export interface BootStep {
  /** How a person finds it: `stack staging-bootstrap, release cert-manager`, `Argo CD sync wave -3`. */
  readonly name: string;
  /** Names of the steps that are done before it starts; they stand before it. */
  readonly after: readonly string[];
  /** Whether what comes after it waits until its pods are ready, so that nothing which they need may come later. */
  readonly waits: boolean;
  /**
   * Whether that holds for custom resources too, as with Argo CD, which knows the health of many.
   *
   * @default false
   */
  readonly waitsForCustomResources?: boolean;
  /** Components that it installs. */
  readonly components: readonly Component[];
  /** Objects that it applies. */
  readonly manifests: readonly ObjectOfGraph[];
}

/** The steps of a boot, and which of them are done before which. */
export class BootOrder {
  private readonly before = new Map<string, ReadonlySet<string>>();

  public constructor(public readonly steps: readonly BootStep[]) {
    for (const { name, after } of steps) {
      const all = new Set(after);
      for (const one of after) this.before.get(one)?.forEach((earlier) => all.add(earlier));
      this.before.set(name, all);
    }
  }

  /** Whether one step is done before another one starts, whatever happens. */
  public isBefore(one: BootStep, other: BootStep): boolean {
    return this.before.get(other.name)?.has(one.name) ?? false;
  }
}
