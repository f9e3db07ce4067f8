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
  const reached = (of: Json) =>
    (of.egress as { to: Json[]; ports: Json[] }[])
      .slice(1)
      .map(({ to, ports }) => [
        to.map((peer) => at(peer, 'ipBlock', 'cidr') ?? at(peer, 'namespaceSelector', 'matchLabels')),
        ports.map(({ port }) => port),
      ]);
  const pods = (namespace: string) => [{ 'kubernetes.io/metadata.name': namespace }];
  const everywhere = ['0.0.0.0/0', '::/0'];
  expect(reached(policy)).toEqual([
    [everywhere, [80, 443, 6379]],
    [pods('feature-stores'), [80, 443, 6379]],
    // models
    [pods('feature-stores'), [8080]],
    [pods('storage'), [8333]],
    [everywhere, [8333]],
    [pods('backing-services'), [6379]],
    [everywhere, [6379]],
  ]);
  const stream = find(all, 'NetworkPolicy', 'customer-features-feature-streams').spec;
  expect(reached(stream).slice(1)).toEqual([
    [everywhere, [443]],
    [pods('kafka'), [9092]],
    [everywhere, [9092]],
    [pods('storage'), [8333]],
    [everywhere, [8333]],
  ]);
});
