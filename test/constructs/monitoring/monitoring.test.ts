import { Monitoring, MonitoringProps } from '../../../src/constructs/monitoring';
import { Namespace } from '../../../src/constructs/tenancy';
import { Tier } from '../../../src/contracts';
import { Json, list, manifest, manifests, TestCluster, TestEnvironment, text } from '../tenancy/support';

function monitoring(
  props: MonitoringProps = {},
  tier = Tier.PRODUCTION,
): {
  values: Json;
  construct: Monitoring;
  installed: string[];
} {
  const environment = new TestEnvironment(tier);
  new TestCluster(environment);
  const construct = new Monitoring(environment.chart(), 'monitoring', props);
  const components = environment.components.sorted();
  const stack = components.find((one) => one.name === 'kube-prometheus-stack');
  return { construct, values: stack?.values as unknown as Json, installed: components.map((one) => one.name) };
}

/** The rule without which pods that a policy selects cannot resolve names. */
const DNS = {
  to: [
    {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
      podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
    },
  ],
  ports: ['UDP', 'TCP'].map((protocol) => ({ port: 53, protocol })),
};

test('sizes follow the tier, and each can be set', () => {
  expect(monitoring().values.prometheus.prometheusSpec).toMatchObject({
    replicas: 2,
    retention: '30d',
    retentionSize: '170GiB',
    storageSpec: {
      volumeClaimTemplate: {
        spec: { storageClassName: 'fast', resources: { requests: { storage: '200Gi' } } },
      },
    },
  });
  expect(monitoring({}, Tier.LOCAL).values.prometheus.prometheusSpec).toMatchObject({
    replicas: 1,
    retention: '2d',
    retentionSize: '4GiB',
  });
  const set = monitoring({ retentionDays: 3, storage: '10Gi', memory: '2Gi', replicas: 1 }).values.prometheus;
  expect(set.prometheusSpec).toMatchObject({
    replicas: 1,
    retention: '3d',
    retentionSize: '8GiB',
    resources: { requests: { memory: '2Gi' }, limits: { memory: '4Gi' } },
  });
  expect(set.podDisruptionBudget).toEqual({ enabled: false });
});

test('it needs cert-manager and External Secrets, which come first', () => {
  expect(monitoring().installed).toEqual(['cert-manager', 'external-secrets', 'kube-prometheus-stack']);
});

test('only the Prometheus pods scrape, and every namespace of the environment knows them from then on', () => {
  const environment = new TestEnvironment();
  new TestCluster(environment);
  const chart = environment.chart();
  const namespace = new Namespace(chart, 'team');
  expect(namespace.scraper).toBeUndefined();
  new Monitoring(chart, 'monitoring');
  expect(namespace.scraper).toEqual({
    namespace: 'data-platform-monitoring',
    podLabels: { 'app.kubernetes.io/name': 'prometheus' },
  });
  expect(environment.namespaces['data-platform-monitoring']).toEqual({
    podSecurity: 'privileged',
    // by which the checks find them
    labels: { 'nstarx.io/scraper': 'true' },
  });
});

test('there is one in an environment, which others find', () => {
  const { construct } = monitoring();
  const [chart] = construct.node.scopes.slice(-2);
  expect(Monitoring.of(chart)).toBe(construct);
  const bare = new TestEnvironment().chart();
  expect(() => Monitoring.of(bare)).toThrow(
    '[test/chart] scope must be in an environment with Monitoring, got nothing: make the Monitoring before it.',
  );
});

test('Prometheus may connect to every pod, to the kubelets and to the node exporters', () => {
  expect(manifest(monitoring().construct, 'NetworkPolicy', 'prometheus-scrape').spec).toEqual({
    podSelector: { matchLabels: { 'app.kubernetes.io/name': 'prometheus' } },
    policyTypes: ['Egress'],
    egress: [
      { to: [{ namespaceSelector: {} }] },
      {
        ports: [
          { port: 10250, protocol: 'TCP' },
          { port: 9100, protocol: 'TCP' },
        ],
      },
      DNS,
    ],
  });
});

test('what talks to the API server may, and nothing else', () => {
  const policies = manifests(monitoring().construct).filter((one) => text(one.metadata.name).endsWith('-api-server'));
  expect(policies.map((one) => one.spec.podSelector.matchLabels['app.kubernetes.io/name'])).toEqual([
    'prometheus',
    'kube-prometheus-stack-prometheus-operator',
    'kube-state-metrics',
    'grafana',
  ]);
});

test('Grafana and Prometheus let in only whom they are told to', () => {
  const closed = monitoring().construct;
  expect(manifests(closed).map((one) => one.metadata.name)).not.toContain('grafana-clients');
  const queries = manifest(closed, 'NetworkPolicy', 'prometheus-clients').spec.ingress[0];
  expect(queries.from).toHaveLength(1);
  expect(queries.from[0].podSelector.matchLabels).toEqual({ 'app.kubernetes.io/name': 'grafana' });
  const gateway = { namespace: 'gateway', podLabels: { app: 'proxy' } };
  const open = monitoring({ grafanaClients: [gateway], queryClients: [{ namespace: 'keda' }] }).construct;
  expect(manifest(open, 'NetworkPolicy', 'grafana-clients').spec.ingress).toEqual([
    {
      from: [
        {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'gateway' } },
          podSelector: { matchLabels: { app: 'proxy' } },
        },
      ],
      ports: [{ port: 3000, protocol: 'TCP' }],
    },
  ]);
  expect(manifest(open, 'NetworkPolicy', 'prometheus-clients').spec.ingress[0].from[1]).toEqual({
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'keda' } },
  });
});

test('every policy is in the monitoring namespace and has a direction', () => {
  for (const one of manifests(monitoring().construct)) {
    expect(one.metadata.namespace).toBe('data-platform-monitoring');
    const types = list(one.spec.policyTypes).map(text);
    expect(types.length).toBeGreaterThan(0);
    expect(types.includes('Ingress')).toBe(one.spec.ingress !== undefined);
    expect(types.includes('Egress')).toBe(one.spec.egress !== undefined);
  }
});

test('alerts go to where they are told to, over HTTPS', () => {
  const anywhere = manifest(monitoring().construct, 'NetworkPolicy', 'alertmanager').spec.egress[1];
  expect(anywhere).toEqual({ ports: [{ port: 443, protocol: 'TCP' }] });
  const narrow = monitoring({ receiverCidrs: ['192.0.2.0/24'] }).construct;
  expect(manifest(narrow, 'NetworkPolicy', 'alertmanager').spec.egress[1].to).toEqual([
    { ipBlock: { cidr: '192.0.2.0/24' } },
  ]);
});

test('a policy that restricts what pods connect to leaves them DNS', () => {
  const policies = manifests(monitoring().construct).filter(
    ({ kind, spec }) => text(kind) === 'NetworkPolicy' && list(spec.policyTypes).map(text).includes('Egress'),
  );
  expect(policies.length).toBeGreaterThan(5);
  for (const { spec } of policies) expect(spec.egress).toContainEqual(DNS);
});

test.each<[string, Partial<MonitoringProps>, string]>([
  [
    'no retention',
    { retentionDays: 0 },
    '[test/chart/monitoring] retentionDays must be a whole number between 1 and 3650, got 0: give days.',
  ],
  [
    'half a GiB',
    { storage: '512Mi' },
    '[test/chart/monitoring] storage must be a whole number of Gi between 1Gi and 16384Gi, got "512Mi": write it like \'1Gi\'.',
  ],
  [
    'too many replicas',
    { replicas: 9 },
    '[test/chart/monitoring] replicas must be a whole number between 1 and 5, got 9: run 2 to survive the loss of one; more only cost.',
  ],
  [
    'a receiver that is no range',
    { receiverCidrs: ['hooks.slack.com'] },
    '[test/chart/monitoring] receiverCidrs.cidrs must be CIDR blocks, got "hooks.slack.com": write an address range such as \'10.0.0.0/16\'.',
  ],
])('refuses %s', (_, props, message) => {
  expect(() => monitoring(props)).toThrow(message);
});
