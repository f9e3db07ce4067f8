import { FeatureServerRuntime } from '../../../src/kinds/feature-store/settings';
import { at, DOCUMENTED, find, items, Json, SETTINGS } from './support';

test("with Feast's operator: network policies select its pods, which carry its label only", () => {
  const settings = { ...SETTINGS, runtime: FeatureServerRuntime.FEAST_OPERATOR };
  const all = items({ settings });
  const own = find(all, 'NetworkPolicy', 'customer-features-features').spec;
  const servers = find(all, 'NetworkPolicy', 'customer-features-feature-servers').spec;
  const pods = { matchLabels: { 'feast.dev/name': 'customer-features-features' } };

  expect(servers.podSelector).toEqual(pods);
  expect({ ...servers, podSelector: own.podSelector }).toEqual(own);
  // Flink pushes values to the servers
  const stream = find(all, 'NetworkPolicy', 'customer-features-feature-streams').spec;
  expect(at(stream, 'egress', 1, 'to', 0, 'podSelector')).toEqual(pods);

  const offline = { path: 's3://a/' };
  const withoutServers = items({ settings, spec: { features: [DOCUMENTED.features[0]], serving: { offline } } });
  expect(withoutServers.filter(({ kind }) => kind === 'NetworkPolicy').map(({ metadata }) => metadata.name)).toEqual([
    'customer-features-features',
  ]);
});

test('network: clients and the namespace reach the servers, pods reach stores and DNS', () => {
  const all = items({
    settings: {
      ...SETTINGS,
      s3Endpoint: 'http://s3.storage:8333',
      prometheusNamespace: 'monitoring',
      clients: [{ namespace: 'ml-models' }],
    },
  });
  const policy = find(all, 'NetworkPolicy', 'customer-features-features').spec;

  expect(policy.podSelector).toEqual({
    matchLabels: { 'nstarx.io/component': 'feature-server', 'nstarx.io/feature-store': 'customer-features' },
  });
  expect(at(policy, 'ingress', 0, 'from')).toEqual([
    { podSelector: {} },
    { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ml-models' } } },
  ]);
  expect(at(policy, 'ingress', 1, 'ports')).toEqual([{ port: 8000, protocol: 'TCP' }]);
  expect((at(policy, 'egress', 1, 'ports') as Json[]).map(({ port }) => port)).toEqual([80, 443, 6379, 8080, 8333]);
  const stream = find(all, 'NetworkPolicy', 'customer-features-feature-streams').spec;
  expect((at(stream, 'egress', 2, 'ports') as Json[]).map(({ port }) => port)).toEqual([9092, 443, 8333]);
});
