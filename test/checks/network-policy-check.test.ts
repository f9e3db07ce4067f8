import { NetworkPolicyCheck } from '../../src/checks/network-policy-check';
import { deployment, findings, Json, namespace, object } from './graph';

const TEAM = namespace('team');
const MONITORING = namespace('monitoring', { 'nstarx.io/scraper': 'true' });
const POD = {
  containers: [
    {
      name: 'main',
      ports: [
        { name: 'http', containerPort: 8080 },
        { name: 'metrics', containerPort: 9090 },
      ],
    },
  ],
};
const KUBE_SYSTEM = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } };

function policy(spec: Json, name = 'policy'): Json {
  return object('networking.k8s.io/v1', 'NetworkPolicy', name, { spec: { podSelector: {}, ...spec } });
}

function problems(...objects: Json[]): string[] {
  return findings(new NetworkPolicyCheck(), [TEAM, MONITORING, ...objects]).map(({ message }) => message);
}

const egress = (...rules: Json[]) => policy({ policyTypes: ['Egress'], egress: rules });

test.each<[string, Json, boolean]>([
  ['no egress at all', egress(), false],
  ['DNS in kube-system', egress({ to: [KUBE_SYSTEM], ports: [{ protocol: 'UDP', port: 53 }] }), true],
  [
    'CoreDNS only',
    egress({
      to: [{ ...KUBE_SYSTEM, podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } }],
      ports: [{ protocol: 'UDP', port: 53 }],
    }),
    true,
  ],
  ['its named port', egress({ to: [KUBE_SYSTEM], ports: [{ protocol: 'UDP', port: 'dns' }] }), true],
  ['a range of ports', egress({ to: [KUBE_SYSTEM], ports: [{ protocol: 'UDP', port: 50, endPort: 60 }] }), true],
  ['everything', egress({}), true],
  ['every namespace', egress({ to: [{ namespaceSelector: {} }] }), true],
  ['all pods of the own namespace', egress({ to: [{ podSelector: {} }] }), false],
  ['TCP only', egress({ to: [KUBE_SYSTEM], ports: [{ port: 53 }] }), false],
  ['another port', egress({ to: [KUBE_SYSTEM], ports: [{ protocol: 'UDP', port: 5353 }] }), false],
  [
    'other pods of kube-system',
    egress({ to: [{ ...KUBE_SYSTEM, podSelector: { matchLabels: { app: 'x' } } }] }),
    false,
  ],
  ['addresses only', egress({ to: [{ ipBlock: { cidr: '0.0.0.0/0' } }] }), false],
  ['an egress rule without policyTypes', policy({ egress: [{ to: [{ podSelector: {} }] }] }), false],
  ['ingress only', policy({ ingress: [] }), true],
  ['other pods selected', policy({ podSelector: { matchLabels: { app: 'other' } }, policyTypes: ['Egress'] }), true],
])('DNS: %s', (_name, one, allowed) => {
  expect(findings(new NetworkPolicyCheck(), [TEAM, deployment('api', POD), one])).toEqual(
    allowed
      ? []
      : [
          {
            path: 'test/Deployment-api',
            message:
              'Deployment api: cannot reach DNS, since the NetworkPolicies that select its pods (policy) allow no egress to port 53 of k8s-app=kube-dns in namespace kube-system; allow it over UDP and TCP',
          },
        ],
  );
});

test('DNS: the policies that select a pod add up', () => {
  const deny = policy({ policyTypes: ['Egress'] }, 'deny');
  const dns = policy(
    { policyTypes: ['Egress'], egress: [{ to: [KUBE_SYSTEM], ports: [{ protocol: 'UDP', port: 53 }] }] },
    'dns',
  );
  expect(problems(deployment('api', POD), deny, dns)).toEqual([]);
  expect(problems(deployment('api', POD), deny)).toHaveLength(1);
});

test('DNS: pods in the network of their node are not restricted', () => {
  expect(problems(deployment('api', { ...POD, hostNetwork: true }), egress())).toEqual([]);
});

const SERVICE = {
  ...object('v1', 'Service', 'api', {
    spec: { selector: { app: 'api' }, ports: [{ name: 'metrics', port: 9090, targetPort: 'metrics' }] },
  }),
  metadata: { name: 'api', namespace: 'team', labels: { app: 'api' } },
};
const SERVICE_MONITOR = object('monitoring.coreos.com/v1', 'ServiceMonitor', 'api', {
  spec: { selector: { matchLabels: { app: 'api' } }, endpoints: [{ port: 'metrics' }] },
});
const POD_MONITOR = object('monitoring.coreos.com/v1', 'PodMonitor', 'api', {
  spec: { selector: { matchLabels: { app: 'api' } }, podMetricsEndpoints: [{ port: 'metrics' }] },
});
const FROM_MONITORING = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } };
const ingress = (...rules: Json[]) => policy({ ingress: rules });

test.each<[string, Json, boolean]>([
  ['no ingress at all', ingress(), false],
  ['the port by number', ingress({ from: [FROM_MONITORING], ports: [{ port: 9090 }] }), true],
  ['the port by name', ingress({ from: [FROM_MONITORING], ports: [{ port: 'metrics' }] }), true],
  ['the port of the service, not of the pods', ingress({ from: [FROM_MONITORING], ports: [{ port: 8080 }] }), false],
  [
    'some pods of the scraper',
    ingress({ from: [{ ...FROM_MONITORING, podSelector: { matchLabels: { app: 'prometheus' } } }] }),
    true,
  ],
  ['the own namespace only', ingress({ from: [{ podSelector: {} }] }), false],
  ['everybody', ingress({ ports: [{ port: 9090 }] }), true],
  ['egress only', policy({ policyTypes: ['Egress'], egress: [{}] }), true],
])('scraper: %s', (_name, one, allowed) => {
  const cutOff = (kind: string) =>
    allowed
      ? []
      : [
          {
            path: `test/${kind}-api`,
            message: `${kind} api: scrapes port 9090 of Deployment api, but the NetworkPolicies that select its pods (policy) allow no ingress from namespace monitoring to it; allow it`,
          },
        ];
  const graph = [TEAM, MONITORING, deployment('api', POD), one];
  expect(findings(new NetworkPolicyCheck(), [...graph, SERVICE, SERVICE_MONITOR])).toEqual(cutOff('ServiceMonitor'));
  expect(findings(new NetworkPolicyCheck(), [...graph, POD_MONITOR])).toEqual(cutOff('PodMonitor'));
});

test('scraper: the context names its namespace', () => {
  const graph = [TEAM, deployment('api', POD), SERVICE, SERVICE_MONITOR, ingress({ from: [FROM_MONITORING] })];
  expect(findings(new NetworkPolicyCheck(), graph, { scraperNamespaces: ['monitoring'] })).toEqual([]);
  expect(findings(new NetworkPolicyCheck(), graph, { scraperNamespaces: ['observability'] })).toHaveLength(1);
});

test('scraper: where nobody says which it is, some pods have to be let in', () => {
  const graph = [TEAM, deployment('api', POD), SERVICE, SERVICE_MONITOR];
  expect(findings(new NetworkPolicyCheck(), [...graph, ingress({ from: [FROM_MONITORING] })])).toEqual([]);
  expect(findings(new NetworkPolicyCheck(), [...graph, ingress()]).map(({ message }) => message)).toEqual([
    'ServiceMonitor api: scrapes port 9090 of Deployment api, but the NetworkPolicies that select its pods (policy) allow no ingress from any pod to it; allow it',
  ]);
});

test('scraper: a monitor of other namespaces finds their services', () => {
  const elsewhere = {
    ...SERVICE_MONITOR,
    metadata: { name: 'all', namespace: 'monitoring' },
    spec: { ...(SERVICE_MONITOR.spec as Json), namespaceSelector: { any: true } },
  };
  const pods = [deployment('api', POD), SERVICE, ingress()];
  expect(problems(elsewhere, ...pods)).toHaveLength(1);
  expect(problems({ ...elsewhere, spec: SERVICE_MONITOR.spec }, ...pods)).toEqual([]);
});

test('scraper: a port that is not there is reported', () => {
  const monitor = (kind: string, list: string): Json =>
    object('monitoring.coreos.com/v1', kind, 'bad', {
      spec: { selector: { matchLabels: { app: 'api' } }, [list]: [{ port: 'nope' }] },
    });
  expect(
    problems(
      deployment('api', POD),
      SERVICE,
      monitor('ServiceMonitor', 'endpoints'),
      monitor('PodMonitor', 'podMetricsEndpoints'),
    ),
  ).toEqual([
    'ServiceMonitor bad: scrapes the port nope, which Service api does not have; name one of its ports',
    'PodMonitor bad: scrapes the port nope, which Deployment api does not have; name one of its container ports',
  ]);
});
