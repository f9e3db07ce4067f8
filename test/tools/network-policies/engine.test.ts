import { describeTool } from '../describe-tool';
import { whyNoGo } from '../go-tool';
import { ask, type Endpoint, type Policy } from './engine';

const APP = { app: 'web' };
const CLIENT = { app: 'client' };

/** Two namespaces with pods, and two addresses. */
const NAMESPACES = [
  { metadata: { name: 'shop', labels: { 'kubernetes.io/metadata.name': 'shop', team: 'a' } } },
  { metadata: { name: 'other', labels: { 'kubernetes.io/metadata.name': 'other', team: 'b' } } },
];

const PODS: Endpoint[] = [
  { name: 'web', namespace: 'shop', labels: APP, ports: [{ name: 'http', containerPort: 8080 }] },
  { name: 'client', namespace: 'shop', labels: CLIENT },
  { name: 'nobody', namespace: 'shop', labels: {} },
  { name: 'far client', namespace: 'other', labels: CLIENT },
  { name: 'far nobody', namespace: 'other', labels: {} },
  { name: 'office', address: '198.51.100.7' },
  { name: 'guest', address: '198.51.100.200' },
];

/** Those who are in no namespace of the policies. */
const FAR = ['far client', 'far nobody', 'office', 'guest'];

const PORTS = ['8080', '9090', '8080/UDP'];

const EVERYBODY = ['client', 'nobody', 'far client', 'far nobody', 'office', 'guest'];

function policy(spec: Policy['spec']): Policy {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'one', namespace: 'shop' },
    spec,
  };
}

/** Who enters the pod `web`, by port, and whom it leaves for on 8080. */
async function asked(policies: readonly Policy[]): Promise<{ entered: Record<string, string[]>; left: string[] }> {
  const { reached } = await ask({ namespaces: NAMESPACES, policies, endpoints: PODS, ports: PORTS });
  const entered = PORTS.map((port) => {
    return [port, EVERYBODY.filter((name) => reached[name].includes(`web:${port}`))] as const;
  });
  return {
    entered: Object.fromEntries(entered),
    left: EVERYBODY.filter((name) => reached.web.includes(`${name}:8080`)),
  };
}

const all = { '8080': EVERYBODY, '9090': EVERYBODY, '8080/UDP': EVERYBODY };
const none = { '8080': [], '9090': [], '8080/UDP': [] };

/**
 * What is known of policies, by hand.
 * Source: https://kubernetes.io/docs/concepts/services-networking/network-policies/ (isolation, the behavior of `to` and `from` selectors, the default policies, ranges of ports).
 */
const CASES: readonly {
  readonly name: string;
  readonly spec: Policy['spec'];
  readonly entered?: Record<string, readonly string[]>;
  readonly left?: readonly string[];
}[] = [
  { name: 'of other pods says nothing', spec: { podSelector: { matchLabels: { app: 'db' } }, ingress: [] } },
  { name: 'denies all ingress', spec: { podSelector: {}, policyTypes: ['Ingress'] }, entered: none, left: FAR },
  { name: 'without types and rules denies all ingress', spec: { podSelector: {} }, entered: none, left: FAR },
  { name: 'an empty list of rules is none', spec: { podSelector: {}, ingress: [] }, entered: none, left: FAR },
  { name: 'allows all ingress', spec: { podSelector: {}, ingress: [{}] } },
  {
    name: 'denies all egress',
    spec: { podSelector: {}, policyTypes: ['Egress'] },
    left: [],
    entered: onEvery(FAR),
  },
  {
    name: 'pods of its own namespace, where no other is named',
    spec: { podSelector: { matchLabels: APP }, ingress: [{ from: [{ podSelector: { matchLabels: CLIENT } }] }] },
    entered: onEvery(['client']),
  },
  {
    name: 'all pods of its own namespace by an empty selector',
    spec: { podSelector: { matchLabels: APP }, ingress: [{ from: [{ podSelector: {} }] }] },
    entered: onEvery(['client', 'nobody']),
  },
  {
    name: 'all pods of all namespaces, and no address',
    spec: { podSelector: { matchLabels: APP }, ingress: [{ from: [{ namespaceSelector: {} }] }] },
    entered: onEvery(['client', 'nobody', 'far client', 'far nobody']),
  },
  {
    name: 'namespaces by labels',
    spec: {
      podSelector: { matchLabels: APP },
      ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: 'b' } } }] }],
    },
    entered: onEvery(['far client', 'far nobody']),
  },
  {
    name: 'pods in namespaces where one item has both',
    spec: {
      podSelector: { matchLabels: APP },
      ingress: [
        { from: [{ namespaceSelector: { matchLabels: { team: 'b' } }, podSelector: { matchLabels: CLIENT } }] },
      ],
    },
    entered: onEvery(['far client']),
  },
  {
    name: 'pods or namespaces where two items have one each',
    spec: {
      podSelector: { matchLabels: APP },
      ingress: [
        { from: [{ namespaceSelector: { matchLabels: { team: 'b' } } }, { podSelector: { matchLabels: CLIENT } }] },
      ],
    },
    entered: onEvery(['client', 'far client', 'far nobody']),
  },
  {
    name: 'addresses without exceptions',
    spec: {
      podSelector: { matchLabels: APP },
      ingress: [{ from: [{ ipBlock: { cidr: '198.51.100.0/24', except: ['198.51.100.128/25'] } }] }],
    },
    entered: onEvery(['office']),
  },
  {
    name: 'a port by its name, which means TCP',
    spec: { podSelector: { matchLabels: APP }, ingress: [{ ports: [{ port: 'http' }] }] },
    entered: { ...none, '8080': EVERYBODY },
  },
  {
    name: 'a port by a name that the pod does not have',
    spec: { podSelector: { matchLabels: APP }, ingress: [{ ports: [{ port: 'metrics' }] }] },
    entered: none,
  },
  {
    name: 'a port and a protocol',
    spec: { podSelector: { matchLabels: APP }, ingress: [{ ports: [{ port: 8080, protocol: 'UDP' }] }] },
    entered: { ...none, '8080/UDP': EVERYBODY },
  },
  {
    name: 'a range of ports',
    spec: { podSelector: { matchLabels: APP }, ingress: [{ ports: [{ port: 9000, endPort: 9999 }] }] },
    entered: { ...none, '9090': EVERYBODY },
  },
  {
    name: 'expressions of a selector',
    spec: {
      podSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['web', 'db'] }] },
      ingress: [{ from: [{ podSelector: { matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] } }] }],
    },
    entered: onEvery(['nobody']),
  },
  {
    name: 'egress to pods by labels, on a port that has that name there',
    spec: {
      podSelector: { matchLabels: APP },
      policyTypes: ['Egress'],
      egress: [{ to: [{ podSelector: { matchLabels: CLIENT } }], ports: [{ port: 8080 }] }],
    },
    left: ['client'],
  },
];

describeTool('the engine of network policies', whyNoGo(), () => {
  test('lets everybody pass where no policy is', async () => {
    expect(await asked([])).toEqual({ entered: all, left: EVERYBODY });
  }, 1_200_000);

  test.each(CASES)('$name', async ({ spec, entered = all, left = EVERYBODY }) => {
    expect(await asked([policy(spec)])).toEqual({ entered, left });
  });

  test('policies add up', async () => {
    const deny = policy({ podSelector: {}, policyTypes: ['Ingress'] });
    const allow = policy({
      podSelector: { matchLabels: APP },
      ingress: [{ from: [{ podSelector: { matchLabels: CLIENT } }] }],
    });
    const { entered } = await asked([deny, { ...allow, metadata: { ...allow.metadata, name: 'two' } }]);
    expect(entered).toEqual(onEvery(['client']));
  });

  test('a Service is reached where its pods are, on the port that it forwards to', async () => {
    const services = [
      {
        metadata: { name: 'web', namespace: 'shop' },
        spec: { selector: APP, ports: [{ port: 80, targetPort: 'http' }] },
      },
      { metadata: { name: 'no-pods', namespace: 'shop' }, spec: { selector: { app: 'db' }, ports: [{ port: 80 }] } },
    ];
    const one = policy({
      podSelector: { matchLabels: APP },
      ingress: [{ from: [{ podSelector: { matchLabels: CLIENT } }], ports: [{ port: 8080 }] }],
    });
    const answer = await ask({ namespaces: NAMESPACES, policies: [one], services, endpoints: PODS, ports: ['80'] });
    expect(answer.services).toMatchObject({ client: ['shop/web:80'], nobody: [], 'far client': [], office: [] });
  });

  test('of changes it says which make a difference', async () => {
    const one = policy({
      podSelector: { matchLabels: APP },
      ingress: [{ from: [{ podSelector: { matchLabels: CLIENT } }] }],
    });
    const wider = policy({ podSelector: { matchLabels: APP }, ingress: [{ from: [{ podSelector: {} }] }] });
    const ports = ['8080'];
    const { changed } = await ask({
      namespaces: NAMESPACES,
      policies: [one],
      endpoints: PODS,
      ports,
      changes: [
        { policy: 0, ports },
        { policy: 0, ports, to: wider },
        { policy: 0, ports, to: one },
      ],
    });
    expect(changed).toEqual([
      expect.stringMatching(/ -> web:8080$/),
      expect.stringMatching(/^(nobody|web) -> web:8080$/),
      '',
    ]);
  });

  test('what is no policy is an error', async () => {
    const wrong = { ...policy({ podSelector: {} }), spec: { podSelectors: {} } } as unknown as Policy;
    await expect(asked([wrong])).rejects.toThrow('unknown field "podSelectors"');
  });
});

function onEvery(names: readonly string[]): Record<string, readonly string[]> {
  return Object.fromEntries(PORTS.map((port) => [port, names]));
}
