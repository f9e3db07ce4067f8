import { DataPlatform, Environment, KindProvider, NeuralPlatform, NeuralPlatformProps, Tier } from '../../src';
import { ManifestGraph } from '../../src/checks';
import { KubernetesObject } from '../../operators/src/runtime/protocol';
import { platformObjects, platformSettings } from '../support/platform-settings';
import { reaches } from '../support/who-reaches';
import { temporaryApp } from '../support/synth';

function platformWith(props: (platform: DataPlatform) => NeuralPlatformProps, tier = Tier.LOCAL): Environment {
  const environment = temporaryApp().app.environment('local', { provider: KindProvider.local(), tier });
  const platform = new DataPlatform(environment, 'platform', { domain: 'ml.example.com' });
  new NeuralPlatform(environment, 'neural', props(platform));
  return environment;
}

const named = (environment: Environment, kind: string, name: string): string[] =>
  ManifestGraph.of(environment)
    .manifests.filter((one) => one.kind === kind && one.name === name)
    .map(({ namespace = '' }) => namespace)
    .sort();

test('without Argo Events there is nothing of it', () => {
  const environment = platformWith(() => ({}));
  expect(named(environment, 'EventBus', 'default')).toEqual([]);
  expect(named(environment, 'ServiceAccount', 'run-requester')).toEqual([]);
  expect(platformSettings().mlWorkflow).not.toHaveProperty('pushNamespaces');
});

test('each namespace with workflows has a bus and accounts of its own, and no other', () => {
  const environment = platformWith((platform) => ({
    engines: { argoEvents: true },
    engineNamespaces: [platform.addTeam('research')],
  }));
  const namespaces = ['ml-workflows', 'research'];
  expect(named(environment, 'EventBus', 'default')).toEqual(namespaces);
  for (const account of ['event-source', 'run-requester']) {
    expect(named(environment, 'ServiceAccount', account)).toEqual(namespaces);
  }
  // what takes pushes has no rights at all
  expect(named(environment, 'Role', 'event-source')).toEqual([]);
  const role = ManifestGraph.of(environment).manifests.find(
    ({ kind, name, namespace }) => kind === 'Role' && name === 'run-requester' && namespace === 'research',
  );
  expect(role?.json.rules).toEqual([{ apiGroups: ['nstarx.io'], resources: ['mlworkflows'], verbs: ['get', 'patch'] }]);
});

test('workflows learn in which namespaces pushes are taken', () => {
  expect(platformSettings({ engines: { argoEvents: true } }).mlWorkflow?.pushNamespaces).toEqual(['ml-workflows']);
  const none = platformSettings({ engines: { argoEvents: true, argoWorkflows: false } });
  expect(none.mlWorkflow).not.toHaveProperty('pushNamespaces');
});

test.each([
  [Tier.LOCAL, 1, 0],
  [Tier.PRODUCTION, 3, 1],
])('in %s a bus has %d pods', (tier, replicas, budgets) => {
  const environment = platformWith(() => ({ engines: { argoEvents: true } }), tier);
  const bus = ManifestGraph.of(environment).manifests.find(({ kind }) => kind === 'EventBus');
  expect(bus?.json.spec).toMatchObject({ jetstream: { replicas, persistence: {} } });
  expect(named(environment, 'PodDisruptionBudget', 'event-bus')).toHaveLength(budgets);
});

describe('connections', () => {
  const objects = platformObjects({ engines: { argoEvents: true } }) as unknown as KubernetesObject[];
  const inside = (labels: Record<string, string>, namespace = 'ml-workflows') => ({ namespace, labels });
  const bus = inside({ 'eventbus-name': 'default' });
  const source = inside({ 'eventsource-name': 'churn-workflow-pushes' });
  const sensor = inside({ 'sensor-name': 'churn-workflow-pushes' });
  const proxy = inside(
    {
      'app.kubernetes.io/name': 'envoy',
      'app.kubernetes.io/component': 'proxy',
      'app.kubernetes.io/managed-by': 'envoy-gateway',
    },
    'envoy-gateway-system',
  );

  test('the Gateway reaches what takes pushes; that and the Sensors reach the bus', () => {
    const gateway = platformSettings().gateway;
    const from = { namespace: gateway?.podNamespace ?? '', labels: gateway?.podLabels };
    expect(reaches(objects, from, source, 12_000)).toBe(true);
    expect(reaches(objects, source, bus, 4222)).toBe(true);
    expect(reaches(objects, sensor, bus, 4222)).toBe(true);
    expect(reaches(objects, bus, bus, 6222)).toBe(true);
  });

  test.each([
    ['a stage of a workflow', inside({ 'workflows.argoproj.io/workflow': 'churn' })],
    ['a pod of the namespace', inside({ app: 'any' })],
    ['what takes pushes elsewhere', inside({ 'eventsource-name': 'a' }, 'research')],
    ['the Gateway', proxy],
  ])('%s does not reach the bus', (_what, from) => {
    expect(reaches(objects, from, bus, 4222)).toBe(false);
    expect(reaches(objects, from, bus, 6222)).toBe(false);
  });

  test('nobody inside the cluster sends a push past the Gateway', () => {
    expect(reaches(objects, inside({ app: 'any' }), source, 12_000)).toBe(false);
    expect(reaches(objects, inside({ app: 'any' }, 'research'), source, 12_000)).toBe(false);
  });
});
