import {
  AwsProvider,
  Component,
  ComponentRegistry,
  Components,
  DataPlatform,
  Delivery,
  Environment,
  GpuModel,
  GpuPool,
  IProvider,
  KindProvider,
  NeuralPlatform,
  NodeScaling,
  PlatformApp,
  Tier,
} from '../../src';
import { resolveFootprint } from '../../src/contracts/resolved-footprint';

function platform(tier: Tier, provider: IProvider): { readonly app: PlatformApp; readonly environment: Environment } {
  const app = new PlatformApp();
  const delivery = Delivery.argoCd({ repository: 'https://git.example/platform.git' });
  const environment = app.environment('env', { provider, tier, delivery });
  new DataPlatform(environment, 'platform', { domain: 'ml.acme.example', gpuPools: [GpuPool.of(GpuModel.T4)] });
  new NeuralPlatform(environment, 'neural', { serviceMesh: true, selfServiceGroups: ['owners'] });
  return { app, environment };
}

interface Budget {
  readonly selector: { readonly matchLabels: { readonly [label: string]: string } };
}

function keyOf(namespace: string | undefined, labels: { readonly [label: string]: string }): string {
  return JSON.stringify([namespace, Object.entries(labels).sort()]);
}

const PLATFORMS = [
  { name: 'AWS', provider: () => AwsProvider.inRegion('eu-west-1', { account: '123456789012' }) },
  {
    name: 'AWS with Karpenter',
    provider: () => AwsProvider.inRegion('eu-west-1', { account: '123456789012', nodeScaling: NodeScaling.KARPENTER }),
  },
  { name: 'Kind', provider: () => KindProvider.local() },
].flatMap(({ name, provider }) => [Tier.STAGING, Tier.PRODUCTION].map((tier) => ({ name, provider, tier })));

test.each(PLATFORMS)('$name, $tier: what answers a webhook that fails closed runs twice, with a budget', (one) => {
  const { environment } = platform(one.tier, one.provider());
  environment._prepare();
  const budgets = environment
    ._manifests()
    .ofKind('PodDisruptionBudget', 'policy')
    .map(({ namespace, json }) => keyOf(namespace, (json.spec as Budget).selector.matchLabels));
  const single = environment.components.sorted().flatMap((component) => {
    const { workloads = [], webhooks = [] } = resolveFootprint(component) ?? {};
    const closed = new Set(
      webhooks.flatMap(({ failurePolicy, servedBy }) => (failurePolicy === 'Fail' ? servedBy : [])),
    );
    return workloads
      .filter(({ name, kind }) => closed.has(name) && kind !== 'DaemonSet')
      .filter(({ replicas = 0, disruptionBudget, podLabels }) => {
        return replicas < 2 || !(disruptionBudget || budgets.includes(keyOf(component.namespace, podLabels)));
      })
      .map(({ name, replicas }) => `${component.name}: ${name} × ${replicas}`);
  });
  expect(single).toEqual([]);
});

test.each(PLATFORMS)('$name, $tier: no budget stands in the way of a drain', (one) => {
  const { environment } = platform(one.tier, one.provider());
  const blocked = environment.components
    .sorted()
    .flatMap((component) => resolveFootprint(component)?.workloads ?? [])
    .filter(({ replicas = 2, disruptionBudget }) => replicas < 2 && disruptionBudget);
  expect(blocked.map(({ name }) => name)).toEqual([]);
});

/** A component of its own, required in an environment of a tier. */
function installed(tier: Tier | undefined, component: Component, values = {}): Component {
  const app = new PlatformApp();
  const environment = app.environment('env', { provider: KindProvider.local(), tier });
  ComponentRegistry.of(environment).require(component);
  environment.components.override(component.name, { values });
  return environment.components.sorted().find(({ name }) => name === component.name)!;
}

test('values for high availability are laid over in staging and production, and below those of an override', () => {
  const component = () =>
    new Component('some', {
      chart: { repository: 'https://charts.example', name: 'some', version: '1.0.0' },
      namespace: 'some',
      values: { a: { replicas: 1, other: true } },
      highAvailabilityValues: { a: { replicas: 2 } },
    });
  expect(installed(undefined, component()).values).toEqual({ a: { replicas: 1, other: true } });
  expect(installed(Tier.LOCAL, component()).values).toEqual({ a: { replicas: 1, other: true } });
  expect(installed(Tier.STAGING, component()).values).toEqual({ a: { replicas: 2, other: true } });
  expect(installed(Tier.PRODUCTION, component(), { a: { replicas: 5 } }).values).toEqual({
    a: { replicas: 5, other: true },
  });
});

test('a program that requires a component of the platform asks for the same, whatever the tier', () => {
  const { environment } = platform(Tier.PRODUCTION, KindProvider.local());
  const registry = ComponentRegistry.of(environment);
  const ours = Object.values(Object.getOwnPropertyDescriptors(Components)).flatMap(({ value }) =>
    typeof value === 'function' ? [(value as () => Component)()] : [],
  );
  expect(ours.length).toBeGreaterThan(10);
  expect(() => ours.forEach((component) => registry.require(component))).not.toThrow();
});
