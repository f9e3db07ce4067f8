import { Construct, RootConstruct } from 'constructs';
import { Component, ComponentRegistry } from '../../src';

const chart = { repository: 'https://charts.example.org', name: 'chart', version: '1.2.3' };

function component(name: string, requires: Component[] = []): Component {
  return new Component(name, { chart, namespace: 'example', requires });
}

function names(registry: ComponentRegistry): string[] {
  return registry.sorted().map((one) => one.name);
}

test('a component comes after everything it requires, in any order of requests', () => {
  const registry = ComponentRegistry.attachTo(new RootConstruct());
  const base = component('z-base');
  registry.require(component('a', [component('m', [base]), base]));
  registry.require(component('b'));
  expect(names(registry)).toEqual(['z-base', 'm', 'a', 'b']);
});

test('the order does not depend on the order of the calls', () => {
  const first = ComponentRegistry.attachTo(new RootConstruct());
  const second = ComponentRegistry.attachTo(new RootConstruct());
  ['c', 'a', 'b'].forEach((name) => first.require(component(name)));
  ['b', 'c', 'a'].forEach((name) => second.require(component(name)));
  expect(names(first)).toEqual(names(second));
});

test('a cycle is refused by the names of its members', () => {
  const registry = ComponentRegistry.attachTo(new RootConstruct('app'));
  const a = component('a');
  const b = component('b', [a]);
  const c = component('c', [b]);
  a.addDependency(c);
  registry.require(c);
  expect(() => registry.sorted()).toThrow(
    '[app] component.requires must not form a cycle, got "a -> c -> b -> a": remove one of these dependencies.',
  );
});

test('a component for which nothing waits is no precondition', () => {
  const registry = ComponentRegistry.attachTo(new RootConstruct('app'));
  const cache = new Component('cache', { chart, namespace: 'cache', needsManifests: true });
  registry.require(component('shop', [cache]));
  expect(() => registry.sorted()).toThrow(
    '[app] component "shop".requires must not name a component with needsManifests, for which nothing waits, got "cache": leave it out and have shop try again until cache answers; or deliver the objects that cache needs before it, without needsManifests.',
  );
});

test('an override with an amount that is no quantity is refused', () => {
  const registry = ComponentRegistry.attachTo(new RootConstruct('app'));
  const containers = [{ name: 'a', resourcesAt: 'resources' }];
  const footprint = { workloads: [{ kind: 'Deployment', name: 'shop', containers }] };
  registry.require(new Component('shop', { chart, namespace: 'shop', footprint }));
  registry.override('shop', { values: { resources: { requests: { memory: '2 Gi' } } } });
  expect(() => registry.sorted()).toThrow(
    '[component "shop"] values.resources.requests.memory must be a Kubernetes quantity of at least 1Mi, got "2 Gi"',
  );
});

test('a dependency added after the component was required is installed too', () => {
  const registry = ComponentRegistry.attachTo(new RootConstruct());
  const a = component('a');
  registry.require(a);
  a.addDependency(component('late'));
  expect(names(registry)).toEqual(['late', 'a']);
});

test('two components of one name are refused unless they say the same', () => {
  const registry = ComponentRegistry.attachTo(new RootConstruct());
  registry.require(component('a'));
  registry.require(component('a'));
  expect(() => registry.require(new Component('a', { chart, namespace: 'other' }))).toThrow(
    '[] component must have a name of its own, got "a": share one object, or use override(); a component of that name was required with other settings.',
  );
});

test('a construct finds the registry of the nearest construct above it', () => {
  const root = new RootConstruct();
  const left = new Construct(root, 'left');
  const right = new Construct(root, 'right');
  const registry = ComponentRegistry.attachTo(left);
  expect(ComponentRegistry.of(new Construct(left, 'below'))).toBe(registry);
  expect(ComponentRegistry.of(right)).not.toBe(registry);
  expect(ComponentRegistry.of(right)).toBe(ComponentRegistry.of(root));
});

test('an override changes the version and merges values, before or after the component is required', () => {
  const registry = ComponentRegistry.attachTo(new RootConstruct());
  registry.override('a', { version: '2.0.0' });
  registry.require(new Component('a', { chart, namespace: 'example', values: { x: { y: 1, z: 2 }, list: [1, 2] } }));
  registry.override('a', { values: { x: { y: 3 }, list: [4] } });
  const [only] = registry.sorted();
  expect(only.chart?.version).toBe('2.0.0');
  expect(only.values).toEqual({ x: { y: 3, z: 2 }, list: [4] });
});

test('an override of a component that is not installed is refused', () => {
  const registry = ComponentRegistry.attachTo(new RootConstruct());
  registry.require(component('a'));
  registry.override('b', { version: '2.0.0' });
  expect(() => registry.sorted()).toThrow(
    '[] override must name a component that is installed, got "b": name one of those that are: a.',
  );
});

const kustomize = { repository: 'https://git.example.org/a', path: 'config', revision: 'v1.0.0' };
const first = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'first' } };
const second = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'second' } };

test('an override of a folder changes the revision and adds patches', () => {
  const registry = ComponentRegistry.attachTo(new RootConstruct());
  registry.require(new Component('a', { kustomize: { ...kustomize, patches: [first] }, namespace: 'example' }));
  registry.override('a', { version: 'v1.0.1', patches: [second] });
  registry.override('a', { patches: [first] });
  const [only] = registry.sorted();
  expect(only.chart).toBeUndefined();
  expect(only.kustomize).toEqual({ ...kustomize, revision: 'v1.0.1', patches: [first, second, first] });
});

test('a chart has no patches, and a folder no values', () => {
  const registry = ComponentRegistry.attachTo(new RootConstruct('app'));
  registry.require(new Component('folder', { kustomize, namespace: 'example' }));
  registry.override('folder', { values: { replicas: 2 } });
  expect(() => registry.sorted()).toThrow(
    '[app] override.values must be left out for a component that a folder installs, got "folder": use patches.',
  );
  const other = ComponentRegistry.attachTo(new RootConstruct('app'));
  other.require(component('helm'));
  other.override('helm', { patches: [first] });
  expect(() => other.sorted()).toThrow(
    '[app] override.patches must be left out for a component that a chart installs, got "helm": use values.',
  );
});

test('the same name with another folder is another component', () => {
  const registry = ComponentRegistry.attachTo(new RootConstruct());
  registry.require(new Component('a', { kustomize, namespace: 'example' }));
  expect(() => {
    registry.require(new Component('a', { kustomize: { ...kustomize, path: 'other' }, namespace: 'example' }));
  }).toThrow('component must have a name of its own');
});
