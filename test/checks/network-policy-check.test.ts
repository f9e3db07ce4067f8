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

test('scraper: where no one says which it is, some pods have to be let in', () => {
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

const GATEWAY_API = 'gateway.networking.k8s.io/v1';
const ENVOY = [
  object(GATEWAY_API, 'GatewayClass', 'envoy', {
    spec: { controllerName: 'gateway.envoyproxy.io/gatewayclass-controller' },
  }),
  object(GATEWAY_API, 'Gateway', 'platform', { spec: { gatewayClassName: 'envoy' } }, 'envoy-gateway-system'),
];
const PARENT = { name: 'platform', namespace: 'envoy-gateway-system' };
const ROUTED = object('v1', 'Service', 'api', {
  spec: { selector: { app: 'api' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
});

function route(parent: Json = PARENT, backend: Json = {}, kind = 'HTTPRoute'): Json {
  const spec = { parentRefs: [parent], rules: [{ backendRefs: [{ name: 'api', port: 80, ...backend }] }] };
  return object(GATEWAY_API, kind, 'api', { spec });
}

const FROM_GATEWAY = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'envoy-gateway-system' } } };
const fromProxies = (labels: Json) => ({ ...FROM_GATEWAY, podSelector: { matchLabels: labels } });
const CUT_OFF =
  "HTTPRoute api: leads to port 80 of Service api, but the NetworkPolicies that select the pods of Deployment api (policy) allow no ingress from the gateway's proxies in namespace envoy-gateway-system to port 8080; name the workload in the HttpRoute, or call workload.allowFrom(gateway.peer)";

test.each<[string, Json, boolean]>([
  ['no ingress at all', ingress(), false],
  ["the gateway's namespace", ingress({ from: [FROM_GATEWAY], ports: [{ port: 8080 }] }), true],
  ['the proxies', ingress({ from: [fromProxies({ 'app.kubernetes.io/name': 'envoy' })] }), true],
  [
    'the proxies of this gateway',
    ingress({ from: [fromProxies({ 'gateway.envoyproxy.io/owning-gateway-name': 'platform' })] }),
    true,
  ],
  [
    'the proxies of another gateway',
    ingress({ from: [fromProxies({ 'gateway.envoyproxy.io/owning-gateway-name': 'other' })] }),
    false,
  ],
  ['the port of the Service, not of the pods', ingress({ from: [FROM_GATEWAY], ports: [{ port: 80 }] }), false],
  ['another namespace', ingress({ from: [FROM_MONITORING] }), false],
  ['everybody', ingress({}), true],
  ['egress only', policy({ policyTypes: ['Egress'], egress: [{}] }), true],
])('route: %s', (_name, one, allowed) => {
  const found = findings(new NetworkPolicyCheck(), [TEAM, ...ENVOY, deployment('api', POD), ROUTED, route(), one]);
  expect(found).toEqual(allowed ? [] : [{ path: 'test/HTTPRoute-api', message: CUT_OFF }]);
});

test('route: a port that the Service does not have is reported', () => {
  expect(problems(...ENVOY, deployment('api', POD), ROUTED, route(PARENT, { port: 81 }))).toEqual([
    'HTTPRoute api: leads to port 81, which Service api does not have; name one of its ports',
  ]);
});

test('route: a GRPCRoute and a listener set are looked at too', () => {
  const pods = [deployment('api', POD), ROUTED, ingress()];
  expect(problems(...ENVOY, ...pods, route(PARENT, {}, 'GRPCRoute'))).toHaveLength(1);
  const set = object(GATEWAY_API, 'ListenerSet', 'zone', { spec: { parentRef: PARENT } });
  expect(problems(...ENVOY, ...pods, set, route({ kind: 'ListenerSet', name: 'zone' }))).toEqual([CUT_OFF]);
});

test.each<[string, Json[]]>([
  ['of a gateway that is not in the graph', [route()]],
  ['of a gateway that Envoy does not run', [route(), object(GATEWAY_API, 'Gateway', 'platform', {}, 'x')]],
  ['to a Service that is not in the graph', [...ENVOY, route(PARENT, { name: 'grafana' })]],
  ['to a Service of another namespace', [...ENVOY, route(PARENT, { namespace: 'other' })]],
  ['to a backend that is no Service', [...ENVOY, route(PARENT, { kind: 'Backend' })]],
])('route: nothing is said of one %s', (_name, objects) => {
  expect(problems(deployment('api', POD), ROUTED, ingress(), ...objects)).toEqual([]);
});
