import { ApiObject } from 'cdk8s';
import {
  Component,
  ComponentRegistry,
  Components,
  DataPlatform,
  Environment,
  KindProvider,
  PlatformApp,
  Tier,
} from '../../src';

function environment(tier: Tier): Environment {
  return new PlatformApp().environment('env', { provider: KindProvider.local(), tier });
}

function objects(of: Environment, kind: string): { readonly [name: string]: { [field: string]: unknown } } {
  of._prepare();
  const made = of
    ._manifests()
    .manifests.filter((one) => one.kind === kind && ApiObject.isApiObject(one.source))
    .filter(({ path }) => path.includes('component-objects'));
  return Object.fromEntries(
    made.map(({ namespace, name, json }) => [`${namespace}/${name}`, json.spec as { [field: string]: unknown }]),
  );
}

test('what runs several times has a budget where its chart has none', () => {
  const budgets = (tier: Tier): string[] => {
    const of = environment(tier);
    of.addCluster();
    ComponentRegistry.of(of).require(Components.cloudnativePg());
    ComponentRegistry.of(of).require(Components.jobset());
    return Object.keys(objects(of, 'PodDisruptionBudget'));
  };
  expect(budgets(Tier.DEVELOPMENT)).toEqual([]);
  // the chart of JobSet has one
  expect(budgets(Tier.STAGING)).toEqual(['cnpg-system/cloudnative-pg']);
});

test('a component is monitored where something scrapes, however early it is installed', () => {
  const of = environment(Tier.LOCAL);
  new DataPlatform(of, 'platform', { domain: 'ml.acme.example' });
  const monitors = objects(of, 'PodMonitor');
  expect(Object.keys(monitors)).toEqual(
    expect.arrayContaining(['external-secrets/external-secrets', 'cert-manager/cert-manager']),
  );
  expect(monitors['cert-manager/cert-manager']).toEqual({
    selector: {
      matchLabels: { 'app.kubernetes.io/name': 'cert-manager', 'app.kubernetes.io/component': 'controller' },
    },
    podMetricsEndpoints: [{ portNumber: 9402, path: '/metrics', interval: '30s' }],
  });
});

test('without anything that scrapes there are no monitors, and values switch them off', () => {
  const alone = environment(Tier.LOCAL);
  alone.addCluster();
  ComponentRegistry.of(alone).require(Components.certManager());
  expect(objects(alone, 'PodMonitor')).toEqual({});

  const off = environment(Tier.LOCAL);
  new DataPlatform(off, 'platform', { domain: 'ml.acme.example' });
  off.components.override('cert-manager', { values: { prometheus: { enabled: false } } });
  expect(Object.keys(objects(off, 'PodMonitor'))).not.toContain('cert-manager/cert-manager');
});

test('a component of a user says what is scraped of it', () => {
  const of = environment(Tier.LOCAL);
  new DataPlatform(of, 'platform', { domain: 'ml.acme.example' });
  const kafka = new Component('strimzi', {
    chart: { repository: 'oci://quay.io/strimzi-helm', name: 'strimzi-kafka-operator', version: '1.0.0' },
    namespace: 'kafka',
    footprint: {
      workloads: [],
      metrics: [{ name: 'strimzi', podLabels: { name: 'strimzi-cluster-operator' }, port: 8080, path: '/prometheus' }],
    },
  });
  ComponentRegistry.of(of).require(kafka);
  expect(objects(of, 'PodMonitor')['kafka/strimzi']).toMatchObject({
    podMetricsEndpoints: [{ portNumber: 8080, path: '/prometheus' }],
  });
});

/** Values with which charts make monitors of their own, which then depend on what is installed first. */
test('no chart makes a monitor, unless it comes after Prometheus', () => {
  const of = environment(Tier.PRODUCTION);
  new DataPlatform(of, 'platform', { domain: 'ml.acme.example' });
  const early = of.components
    .sorted()
    .filter((one) => JSON.stringify(one.values).match(/"(service|pod)Monitor":\{"enabled":true/i))
    .filter((one) => !requires(one).includes('kube-prometheus-stack'));
  expect(early.map(({ name }) => name)).toEqual([]);
});

function requires(component: Component): string[] {
  return component.requires.flatMap((one) => [one.name, ...requires(one)]);
}
