import { IConstruct } from 'constructs';
import { checked } from './checked';
import { Component } from './component';
import { findEnvironment } from './environment-scope';
import { fail } from './errors';
import { nearest } from './scope';
import { isHighlyAvailable } from './tier';

const REGISTRY = Symbol.for('ml-platform-constructs.ComponentRegistry');

/** Changes to a component that its author did not foresee. */
export interface ComponentOverride {
  /**
   * Another version of the chart, or another revision of the folder.
   *
   * @default - the component's own
   */
  readonly version?: string;
  /**
   * Values that are laid over the component's own: objects are merged, everything else is replaced.
   *
   * @default - none
   */
  readonly values?: { [key: string]: unknown };
  /**
   * Patches that come after the folder's own (see `KustomizeFolder.patches`), for a component without a chart.
   *
   * @default - none
   */
  readonly patches?: { [key: string]: unknown }[];
}

/**
 * The components that one environment installs. A construct says what it needs with
 * `ComponentRegistry.of(this).require(component)`; the environment installs each once, in order.
 */
@checked('ComponentRegistry')
export class ComponentRegistry {
  /**
   * The registry of the environment that a construct is in; outside an environment, of the construct's root.
   */
  public static of(scope: IConstruct): ComponentRegistry {
    const found = nearest(scope, REGISTRY) as ComponentRegistry | undefined;
    return found ?? ComponentRegistry.attachTo(scope.node.root);
  }

  /** Gives a construct a registry of its own, which everything below it uses. */
  public static attachTo(scope: IConstruct): ComponentRegistry {
    const registry = new ComponentRegistry(scope);
    Object.defineProperty(scope, REGISTRY, { value: registry });
    return registry;
  }

  private readonly components = new Map<string, Component>();
  private readonly overrides = new Map<string, ComponentOverride>();

  private constructor(private readonly owner: IConstruct) {}

  /**
   * Has the environment install a component and everything it requires. Requiring the same object twice is fine.
   *
   * @throws InvalidInputError when another component of the same name was required
   */
  public require(component: Component): void {
    const known = this.components.get(component.name);
    if (known === component) return;
    if (known && !sameDefinition(known, component)) {
      fail(
        this.owner,
        'component',
        'must have a name of its own',
        component.name,
        'share one object, or use override(); a component of that name was required with other settings',
      );
    }
    if (known) return;
    this.components.set(component.name, component);
    component.requires.forEach((dependency) => this.require(dependency));
  }

  /** Lays changes over a component, whether it was required already or will be. Later calls win. */
  public override(name: string, override: ComponentOverride): void {
    const before = this.overrides.get(name);
    this.overrides.set(name, {
      version: override.version ?? before?.version,
      values: mergeValues(before?.values ?? {}, override.values ?? {}),
      patches: [...(before?.patches ?? []), ...(override.patches ?? [])],
    });
  }

  /** Whether a component of that name is installed. */
  public has(name: string): boolean {
    return this.components.has(name);
  }

  /**
   * The components with their overrides, in staging and production over their values for high availability, each after those it requires; among equals by name, so that the order does not
   * depend on who asked first.
   *
   * @throws InvalidInputError when components require each other in a cycle or one for which nothing waits, or an override names none of them
   */
  public sorted(): Component[] {
    for (const name of this.overrides.keys()) {
      if (!this.components.has(name)) {
        fail(
          this.owner,
          'override',
          'must name a component that is installed',
          name,
          `name one of those that are: ${[...this.components.keys()].sort().join(', ') || 'none'}`,
        );
      }
    }
    const done = new Map<string, Component>();
    const path: string[] = [];
    const visit = (component: Component): Component => {
      const finished = done.get(component.name);
      if (finished) return finished;
      if (path.includes(component.name)) {
        const cycle = [...path.slice(path.indexOf(component.name)), component.name].join(' -> ');
        fail(this.owner, 'component.requires', 'must not form a cycle', cycle, 'remove one of these dependencies');
      }
      path.push(component.name);
      // addDependency may have named a component after it was required, so the registry may not know it yet
      const requires = [...component.requires].sort(byName).map((one) => visit(this.components.get(one.name) ?? one));
      path.pop();
      this.refuseUnawaited(component, requires);
      const result = this.overridden(component, requires);
      done.set(component.name, result);
      return result;
    };
    [...this.components.values()].sort(byName).forEach(visit);
    return [...done.values()];
  }

  /** What needs manifests comes with them, after all other components, and nothing waits until it is ready. */
  private refuseUnawaited({ name }: Component, requires: Component[]): void {
    const unawaited = requires.find(({ needsManifests }) => needsManifests);
    if (!unawaited) return;
    fail(
      this.owner,
      `component "${name}".requires`,
      'must not name a component with needsManifests, for which nothing waits',
      unawaited.name,
      `leave it out and have ${name} try again until ${unawaited.name} answers; or deliver the objects that ${unawaited.name} needs before it, without needsManifests`,
    );
  }

  private overridden(component: Component, requires: Component[]): Component {
    const { version, values = {}, patches = [] } = this.overrides.get(component.name) ?? {};
    const { chart, kustomize } = component;
    const environment = findEnvironment(this.owner);
    const available = environment && isHighlyAvailable(environment.tier) ? component.highAvailabilityValues : undefined;
    const misplaced = chart ? patches.length > 0 && 'patches' : Object.keys(values).length > 0 && 'values';
    if (misplaced) {
      fail(
        this.owner,
        `override.${misplaced}`,
        `must be left out for a component that ${chart ? 'a chart' : 'a folder'} installs`,
        component.name,
        `use ${chart ? 'values' : 'patches'}`,
      );
    }
    return new Component(component.name, {
      chart: chart && { ...chart, version: version ?? chart.version },
      kustomize: kustomize && {
        ...kustomize,
        revision: version ?? kustomize.revision,
        patches: [...(kustomize.patches ?? []), ...patches],
      },
      namespace: component.namespace,
      values: chart && mergeValues(mergeValues(component.values, available ?? {}), values),
      customResources: component.customResources,
      clusterScopedResources: component.clusterScopedResources,
      podSecurity: component.podSecurity,
      bootstrap: component.bootstrap,
      footprint: component.footprint,
      timeoutSeconds: component.timeoutSeconds,
      needsManifests: component.needsManifests,
      requires,
    });
  }
}

type Values = { [key: string]: unknown };

function byName(a: Component, b: Component): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

function isValues(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function mergeValues(base: Values, over: Values): Values {
  const merged: Values = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const before = merged[key];
    merged[key] = isValues(before) && isValues(value) ? mergeValues(before, value) : value;
  }
  return merged;
}

function sameDefinition(a: Component, b: Component): boolean {
  const shape = (one: Component) =>
    JSON.stringify([
      one.chart,
      one.kustomize,
      one.namespace,
      one.values,
      one.highAvailabilityValues,
      one.podSecurity,
      one.bootstrap,
      one.needsManifests,
      one.requires.map((dependency) => dependency.name),
    ]);
  return shape(a) === shape(b);
}
