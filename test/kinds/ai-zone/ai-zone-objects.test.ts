import { App, Chart } from 'cdk8s';

import { AIZoneSpec, AIZoneType, ZoneIsolation } from '../../../src/api/generated/ai-zone';
import { AIZoneObjects, AIZoneObjectsProps } from '../../../src/kinds/ai-zone/ai-zone-objects';
import { AI_ZONE } from '../../../src/api/kinds/ai-zone';
import { objectSchema } from '../../../src/api/schema/crd';
import { validate } from '../../../src/api/schema/validate';
import { RESERVED_LABELS as RESERVED_PATTERN } from '../../../src/contracts/names';
import { KubernetesObject } from '../../../operators/src/runtime/protocol';

const GATEWAY = {
  name: 'platform',
  namespace: 'gateway-system',
  domain: 'ml.example.com',
  podNamespace: 'gateway-system',
  podLabels: { app: 'envoy' },
};
const SCRAPER = { namespace: 'monitoring', podLabels: { app: 'prometheus' } };

function zone(spec: Partial<AIZoneSpec>, props: Partial<AIZoneObjectsProps> = {}): KubernetesObject[] {
  const chart = new Chart(new App(), 'zones', { disableResourceNameHashes: true });
  new AIZoneObjects(chart, 'zone', {
    name: 'blue',
    spec: { type: AIZoneType.TRAINING, ...spec },
    gateway: GATEWAY,
    scraperPods: SCRAPER,
    ...props,
  });
  return chart.toJson() as KubernetesObject[];
}

function one(objects: KubernetesObject[], kind: string, name?: string): KubernetesObject {
  const found = objects.filter(
    (object) => object.kind === kind && (name === undefined || object.metadata.name === name),
  );
  expect(found.map(({ metadata }) => metadata.name)).toHaveLength(1);
  return found[0];
}

function kinds(objects: KubernetesObject[]): string[] {
  return [...new Set(objects.map(({ kind }) => kind))].sort();
}

test('a zone of the least has a namespace, a quota, a network that denies, and its users', () => {
  const objects = zone({});
  expect(kinds(objects)).toEqual([
    'ClusterRole',
    'ClusterRoleBinding',
    'Namespace',
    'NetworkPolicy',
    'ResourceQuota',
    'RoleBinding',
  ]);
  expect(one(objects, 'Namespace').metadata).toEqual({
    name: 'blue',
    labels: {
      'nstarx.io/zone-type': 'training',
      'app.kubernetes.io/name': 'zone',
      'app.kubernetes.io/component': 'namespace',
      'app.kubernetes.io/part-of': 'ml-platform',
      'nstarx.io/zone': 'blue',
      'pod-security.kubernetes.io/enforce': 'restricted',
      'pod-security.kubernetes.io/warn': 'restricted',
      'pod-security.kubernetes.io/audit': 'restricted',
    },
  });
  expect(one(objects, 'ResourceQuota').spec).toEqual({
    hard: { 'services.loadbalancers': '0', 'services.nodeports': '0' },
  });
});

test.each([
  [{ enabled: true, runAsNonRoot: true }, 'restricted'],
  [{ enabled: true, runAsNonRoot: false }, 'baseline'],
  [{ enabled: false, runAsNonRoot: true }, 'privileged'],
])('podSecurityPolicy %j enforces %s, and warns in any case', (podSecurityPolicy, level) => {
  const { labels } = one(zone({ security: { podSecurityPolicy } }), 'Namespace').metadata;
  expect(labels).toMatchObject({
    'pod-security.kubernetes.io/enforce': level,
    'pod-security.kubernetes.io/warn': 'restricted',
    'pod-security.kubernetes.io/audit': 'restricted',
  });
});

test.each([
  ['nodes of another name', { 'nstarx.io/zone': 'inference', disk: 'ssd' }, { 'zone.nstarx.io/inference': 'use' }],
  ['nodes of its own name', { 'nstarx.io/zone': 'blue' }, {}],
  ['other nodes', { disk: 'ssd' }, {}],
])('a zone on %s is granted them', (_what, nodeSelector, granted) => {
  const { labels = {} } = one(zone({ resources: { compute: { nodeSelector } } }), 'Namespace').metadata;
  expect(Object.fromEntries(Object.entries(labels).filter(([key]) => key.startsWith('zone.nstarx.io/')))).toEqual(
    granted,
  );
});

test('the quota bounds requests, memory also as a limit, and the storage class; unset containers get defaults', () => {
  const limits = { cpu: '8', memory: '64Gi', 'nvidia.com/gpu': '4', 'ephemeral-storage': '10Gi', pods: '20' };
  const objects = zone({ resources: { compute: { limits }, storage: { size: '1Ti', class: 'fast-ssd' } } });
  expect(one(objects, 'ResourceQuota').spec).toEqual({
    hard: {
      'services.loadbalancers': '0',
      'services.nodeports': '0',
      'requests.cpu': '8',
      'requests.memory': '64Gi',
      'limits.memory': '64Gi',
      'requests.nvidia.com/gpu': '4',
      'requests.ephemeral-storage': '10Gi',
      pods: '20',
      'requests.storage': '1Ti',
      'fast-ssd.storageclass.storage.k8s.io/requests.storage': '1Ti',
    },
  });
  expect(one(objects, 'LimitRange').spec).toEqual({
    limits: [{ type: 'Container', defaultRequest: { cpu: '100m', memory: '128Mi' }, default: { memory: '512Mi' } }],
  });
});

test('defaults are given for what is bounded only', () => {
  const objects = zone({ resources: { compute: { limits: { cpu: '8' } } } });
  expect(one(objects, 'LimitRange').spec).toEqual({ limits: [{ type: 'Container', defaultRequest: { cpu: '100m' } }] });
  expect(kinds(zone({ resources: { compute: { limits: { 'nvidia.com/gpu': '1' } } } }))).not.toContain('LimitRange');
});

test('a bound that a quota does not know is refused with its path', () => {
  expect(() => zone({ resources: { compute: { limits: { storage: '1Gi' } } } })).toThrow(
    'resources.compute.limits.storage must be a resource that can be bounded',
  );
});

test('selectors of one peer both hold, several peers are alternatives', () => {
  const frontend = { matchLabels: { 'nstarx.io/tier': 'frontend' } };
  const web = { matchLabels: { app: 'web' } };
  const objects = zone({
    security: {
      networkPolicies: { allowFrom: [{ namespaceSelector: frontend, podSelector: web }, { namespaceSelector: web }] },
    },
  });
  expect(one(objects, 'NetworkPolicy', 'zone-peers').spec).toEqual({
    podSelector: {},
    policyTypes: ['Ingress'],
    ingress: [{ from: [{ namespaceSelector: frontend, podSelector: web }, { namespaceSelector: web }] }],
  });
});

test('everything is denied but own Pods, name lookup, the scraper and what the platform lets all zones reach', () => {
  const settings = {
    egress: [
      { cidrs: ['10.0.0.0/8'], ports: [443] },
      { namespace: 'storage', ports: [8333] },
    ],
  };
  const objects = zone({}, { settings });
  const policies = objects.filter(({ kind }) => kind === 'NetworkPolicy');
  expect(policies.map(({ metadata }) => metadata.name)).toEqual([
    'zone-default-deny',
    'zone-own-pods',
    'zone-name-lookup',
    'zone-metrics-scraping',
    'zone-platform-services',
  ]);
  expect(policies.every(({ spec }) => JSON.stringify(spec?.podSelector) === '{}')).toBe(true);
  expect(policies[0].spec).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
  expect(policies[1].spec).toMatchObject({
    ingress: [{ from: [{ podSelector: {} }] }],
    egress: [{ to: [{ podSelector: {} }] }],
  });
  expect(policies[3].spec?.ingress).toEqual([
    {
      from: [
        {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } },
          podSelector: { matchLabels: { app: 'prometheus' } },
        },
      ],
      ports: [{ protocol: 'TCP', port: 'metrics' }],
    },
  ]);
  expect(policies[4].spec?.egress).toEqual([
    { to: [{ ipBlock: { cidr: '10.0.0.0/8' } }], ports: [{ protocol: 'TCP', port: 443 }] },
    {
      to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'storage' } } }],
      ports: [{ protocol: 'TCP', port: 8333 }],
    },
  ]);
});

test('without network policies none is made; without Prometheus the scraper is kept out', () => {
  expect(kinds(zone({ security: { networkPolicies: { enabled: false } } }))).not.toContain('NetworkPolicy');
  const names = zone({ monitoring: { prometheus: { enabled: false } } }).map(({ metadata }) => metadata.name);
  expect(names).not.toContain('zone-metrics-scraping');
});

test('in the mesh, Pods are labelled into it, plain connections are refused, and tunnel and probes come through', () => {
  const objects = zone({ networking: { serviceMesh: {} } }, { settings: { mesh: true } });
  expect(one(objects, 'Namespace').metadata.labels).toMatchObject({ 'istio.io/dataplane-mode': 'ambient' });
  expect(one(objects, 'PeerAuthentication')).toMatchObject({
    apiVersion: 'security.istio.io/v1',
    metadata: { name: 'zone', namespace: 'blue' },
    spec: { mtls: { mode: 'STRICT' } },
  });
  const scraping = one(objects, 'NetworkPolicy', 'zone-metrics-scraping').spec as { ingress: { ports: object[] }[] };
  expect(scraping.ingress[0].ports).toEqual([
    { protocol: 'TCP', port: 'metrics' },
    { protocol: 'TCP', port: 15008 },
  ]);
  expect(one(objects, 'NetworkPolicy', 'zone-health-probes').spec?.ingress).toEqual([
    { from: [{ ipBlock: { cidr: '169.254.7.127/32' } }] },
  ]);
});

test('without mtls nothing refuses plain connections, and without a mesh there is no object of it', () => {
  const serviceMesh = { enabled: true, mtls: false };
  expect(kinds(zone({ networking: { serviceMesh } }, { settings: { mesh: true } }))).not.toContain(
    'PeerAuthentication',
  );
  expect(kinds(zone({ networking: { serviceMesh: {} } }))).not.toContain('PeerAuthentication');
});

test('a zone with a certificate has listeners of its own on the Gateway, below the domain of the platform', () => {
  const objects = zone({ networking: { ingress: { tls: { secretName: 'blue-tls' } } } });
  expect(one(objects, 'Namespace').metadata.labels).toMatchObject({ 'nstarx.io/gateway-access': 'true' });
  expect(one(objects, 'ListenerSet').spec).toEqual({
    parentRef: { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'platform', namespace: 'gateway-system' },
    listeners: [
      {
        name: 'https',
        port: 443,
        protocol: 'HTTPS',
        hostname: '*.blue.ml.example.com',
        tls: { mode: 'Terminate', certificateRefs: [{ group: '', kind: 'Secret', name: 'blue-tls' }] },
        allowedRoutes: { namespaces: { from: 'Same' } },
      },
    ],
  });
  expect(kinds(objects)).not.toContain('Certificate');
  expect(one(objects, 'NetworkPolicy', 'zone-gateway').spec?.ingress).toEqual([
    {
      from: [
        {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'gateway-system' } },
          podSelector: { matchLabels: { app: 'envoy' } },
        },
      ],
    },
  ]);
});

test('a zone without a certificate gets one from the issuer, or else the listener of the Gateway', () => {
  const networking = { ingress: { domain: 'blue.example.org' } };
  const objects = zone({ networking }, { settings: { certificateIssuer: 'platform-ca' } });
  expect(one(objects, 'Certificate').spec).toMatchObject({
    secretName: 'zone-tls',
    dnsNames: ['*.blue.example.org'],
    issuerRef: { kind: 'ClusterIssuer', name: 'platform-ca' },
  });
  expect(one(objects, 'ListenerSet').spec).toMatchObject({
    listeners: [{ hostname: '*.blue.example.org', tls: { certificateRefs: [{ name: 'zone-tls' }] } }],
  });
  expect(kinds(zone({ networking: { ingress: {} } }))).not.toContain('ListenerSet');
  expect(() => zone({ networking })).toThrow('networking.ingress.domain must come with a certificate');
});

test('without TLS the listener is one for HTTP', () => {
  const objects = zone({ networking: { ingress: { tls: { enabled: false } } } });
  expect(one(objects, 'ListenerSet').spec?.listeners).toEqual([
    {
      name: 'http',
      port: 80,
      protocol: 'HTTP',
      hostname: '*.blue.ml.example.com',
      allowedRoutes: { namespaces: { from: 'Same' } },
    },
  ]);
});

test.each(['ml.example.com', 'example.com'])('the domain of the platform cannot be taken over by %s', (domain) => {
  const networking = { ingress: { domain, tls: { secretName: 'tls' } } };
  expect(() => zone({ networking })).toThrow('networking.ingress.domain must not take over ml.example.com');
});

test('users of the zone and of those above have the roles of the platform in it, and may use it', () => {
  const objects = zone({}, { inherited: { zones: ['above'] } });
  expect(one(objects, 'RoleBinding', 'zone-ml-engineers')).toMatchObject({
    metadata: { namespace: 'blue' },
    roleRef: { kind: 'ClusterRole', name: 'nstarx:ml-engineer' },
    subjects: [
      { kind: 'Group', name: 'above-ml-engineers' },
      { kind: 'Group', name: 'blue-ml-engineers' },
    ],
  });
  expect(one(objects, 'ClusterRole')).toMatchObject({
    metadata: { name: 'nstarx:zone:blue' },
    rules: [{ apiGroups: ['nstarx.io'], resources: ['aizones'], resourceNames: ['blue'], verbs: ['get', 'use'] }],
  });
  const { subjects } = one(objects, 'ClusterRoleBinding') as unknown as { subjects: { name: string }[] };
  expect(subjects.map(({ name }) => name)).toEqual([
    'above-data-scientists',
    'blue-data-scientists',
    'above-ml-engineers',
    'blue-ml-engineers',
  ]);
});

test('labels and peers are inherited; a label cannot be changed further down', () => {
  const chart = new Chart(new App(), 'zones');
  const peer = { namespaceSelector: { matchLabels: { a: 'b' } } };
  const spec: AIZoneSpec = {
    type: AIZoneType.BATCH,
    namespaceLabels: { 'example.com/billing-id': '7' },
    security: { networkPolicies: { allowFrom: [peer] } },
  };
  const above = new AIZoneObjects(chart, 'above', { name: 'above', spec });
  const inherited = above.inheritance;
  expect(inherited).toEqual({ zones: ['above'], labels: { 'example.com/billing-id': '7' }, peers: [peer] });
  const objects = zone({ namespaceLabels: { color: 'blue' } }, { inherited });
  expect(one(objects, 'Namespace').metadata.labels).toMatchObject({ 'example.com/billing-id': '7', color: 'blue' });
  expect(one(objects, 'NetworkPolicy', 'zone-peers').spec?.ingress).toEqual([{ from: [peer] }]);
  expect(() => zone({ namespaceLabels: { 'example.com/billing-id': '8' } }, { inherited })).toThrow(
    'namespaceLabels.example.com/billing-id must not change the label that is inherited (from above), got "8": leave it at 7',
  );
  expect(() => zone({}, { inherited: { zones: ['above'], labels: { 'nstarx.io/zone': 'x' } } })).toThrow(
    'parent must not hand down a label of the platform or of Kubernetes',
  );
});

// what a tenant would gain by each: a service, its credentials, a weaker Pod Security, a webhook that passes its pods by
const RESERVED_LABELS = [
  'nstarx.io/zone',
  'nstarx.io/gateway-access',
  'nstarx.io/uses-database',
  'nstarx.io/anything',
  'sub.nstarx.io/anything',
  'mlifecycle.io/x',
  'kubernetes.io/metadata.name',
  'app.kubernetes.io/part-of',
  'pod-security.kubernetes.io/enforce',
  'istio.io/dataplane-mode',
  'istio-injection',
  'control-plane',
  'capsule.clastix.io/tenant',
  'admission.gatekeeper.sh/ignore',
  'policy.sigstore.dev/include',
  'cert-manager.io/disable-validation',
  'kueue.x-k8s.io/managed-namespace',
  'elbv2.k8s.aws/pod-readiness-gate-inject',
  'trainer.kubeflow.org/webhook-validation',
  'argocd.argoproj.io/instance',
];
const FREE_LABELS = ['color', 'example.com/uses-database', 'notnstarx.io/zone', 'nstarx.io.example.com/zone', 'zone'];

function problemsOf(spec: object): string[] {
  const object = { apiVersion: 'nstarx.io/v1alpha1', kind: 'AIZone', metadata: { name: 'blue' }, spec };
  return validate(objectSchema(AI_ZONE), object).findings.map(({ message }) => message);
}

test.each(RESERVED_LABELS)('the label %s is refused by zone and schema alike', (key) => {
  const namespaceLabels = { [key]: 'true' };
  expect(() => zone({ namespaceLabels })).toThrow('must not be a label of the platform, of Kubernetes or of what');
  expect(problemsOf({ type: 'training', namespaceLabels })).toEqual([
    expect.stringContaining('must not set labels of the platform, of Kubernetes or of what is installed'),
  ]);
});

test.each(FREE_LABELS)('the label %s is one that a user may give', (key) => {
  const namespaceLabels = { [key]: 'true' };
  expect(one(zone({ namespaceLabels }), 'Namespace').metadata.labels).toMatchObject(namespaceLabels);
  expect(problemsOf({ type: 'training', namespaceLabels })).toEqual([]);
});

test('the namespace, and those of its Capsule tenant, have the labels that the services of the platform ask for', () => {
  const serviceLabels = { 'nstarx.io/uses-models': 'true' };
  const objects = zone({}, { settings: { serviceLabels, selfServiceGroups: ['blue-owners'] } });
  expect(one(objects, 'Namespace').metadata.labels).toMatchObject(serviceLabels);
  expect(one(objects, 'Tenant').spec).toMatchObject({
    namespaceOptions: {
      additionalMetadataList: [{ labels: serviceLabels }],
      forbiddenLabels: { deniedRegex: RESERVED_PATTERN },
    },
  });
});

test.each([...RESERVED_LABELS.map((key) => [key, true] as const), ...FREE_LABELS.map((key) => [key, false] as const)])(
  'the pattern that Capsule and the API server get says of %s: %s',
  (key, reserved) => expect(new RegExp(RESERVED_PATTERN).test(key)).toBe(reserved),
);

test.each(['kube-system', 'kube-anything', 'default', 'platform-system', 'ml-models'])(
  '%s is no namespace for a zone',
  (name) => {
    const settings = name === 'ml-models' ? { platformNamespaces: ['ml-models'] } : {};
    expect(() => zone({ targetNamespace: name }, { settings })).toThrow(
      'targetNamespace must not be a namespace of Kubernetes or of the platform',
    );
  },
);

test('dashboards show the namespace of the zone only; an unknown one is refused by its place', () => {
  const objects = zone({ monitoring: { grafana: { dashboards: ['gpu-utilization'] } } });
  const { metadata, data } = one(objects, 'ConfigMap') as KubernetesObject & { data: Record<string, string> };
  expect(metadata).toMatchObject({
    name: 'dashboard-gpu-utilization',
    namespace: 'blue',
    labels: { grafana_dashboard: '1' },
  });
  const dashboard = JSON.parse(data['blue-gpu-utilization.json']) as {
    uid: string;
    title: string;
    templating: { list: { name: string; type: string; query: string }[] };
  };
  expect(dashboard.title).toBe('GPUs: blue');
  expect(dashboard.uid.length).toBeLessThanOrEqual(40);
  expect(dashboard.templating.list[1]).toMatchObject({ name: 'namespace', type: 'constant', query: 'blue' });
  expect(() => zone({ monitoring: { grafana: { dashboards: ['gpu-utilization', 'nope'] } } })).toThrow(
    'monitoring.grafana.dashboards[1] must be a dashboard that can show one namespace, got "nope"',
  );
  expect(kinds(zone({ monitoring: { grafana: { enabled: false, dashboards: ['nope'] } } }))).not.toContain('ConfigMap');
});

test('Pods of a zone with nodes of its own must say so', () => {
  const resources = { compute: { nodeSelector: { 'nvidia.com/gpu.product': 'A100', 'nstarx.io/zone': 'blue' } } };
  const objects = zone({ isolation: ZoneIsolation.NODE, resources });
  const { metadata, spec } = one(objects, 'ValidatingAdmissionPolicy');
  expect(metadata.name).toBe('zone-nodes-blue.nstarx.io');
  expect(spec?.validations).toEqual([
    {
      expression:
        "object.spec.?nodeSelector[?'nstarx.io/zone'].orValue('') == 'blue' && " +
        "object.spec.?nodeSelector[?'nvidia.com/gpu.product'].orValue('') == 'A100'",
      message:
        'the Pods of zone blue run on its own nodes: set the nodeSelector nstarx.io/zone=blue, nvidia.com/gpu.product=A100',
      reason: 'Invalid',
    },
  ]);
  expect(one(objects, 'ValidatingAdmissionPolicyBinding').spec).toMatchObject({
    policyName: 'zone-nodes-blue.nstarx.io',
    validationActions: ['Deny'],
    matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'blue' } } },
  });
  expect(kinds(zone({ resources }))).not.toContain('ValidatingAdmissionPolicy');
});

test('a zone whose owners Capsule knows has a Tenant with its bounds', () => {
  const resources = {
    compute: { limits: { cpu: '4' }, nodeSelector: { a: 'b' } },
    storage: { size: '1Gi', class: 'ssd' },
  };
  const objects = zone({ resources }, { settings: { selfServiceGroups: ['blue-owners'] } });
  expect(one(objects, 'Tenant')).toMatchObject({
    metadata: { name: 'blue' },
    spec: {
      owners: [{ kind: 'Group', name: 'blue-owners' }],
      forceTenantPrefix: true,
      nodeSelector: { a: 'b' },
      storageClasses: { default: 'ssd' },
      rules: [{ quota: [{ name: 'zone', hard: { 'requests.cpu': '4', 'requests.storage': '1Gi' } }] }],
    },
  });
  expect(kinds(zone({}, { settings: { selfServiceGroups: ['green-owners'] } }))).not.toContain('Tenant');
});
