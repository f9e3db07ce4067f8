import { NetworkFlow } from '../../../src/constructs/tenancy';
import { NetworkPeer } from '../../../src/contracts';
import { manifests, TestEnvironment, TestWorkload, text } from './support';

const API: NetworkPeer = { namespace: 'web', podLabels: { 'app.kubernetes.io/name': 'api' }, ports: [8080] };
const MODEL: NetworkPeer = { namespace: 'ml', podLabels: { 'app.kubernetes.io/name': 'model' }, ports: [9000] };

function flow(from: NetworkPeer, to: NetworkPeer, id = 'flow'): NetworkFlow {
  return new NetworkFlow(new TestEnvironment().chart(), id, { from, to });
}

test('both ends permit the connection, on the ports of the one that accepts it', () => {
  const [egress, ingress] = manifests(flow(API, MODEL));
  expect(egress).toMatchObject({
    metadata: { namespace: 'web' },
    spec: {
      podSelector: { matchLabels: { 'app.kubernetes.io/name': 'api' } },
      policyTypes: ['Egress'],
      egress: [
        {
          to: [
            {
              namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ml' } },
              podSelector: { matchLabels: { 'app.kubernetes.io/name': 'model' } },
            },
          ],
          ports: [{ port: 9000, protocol: 'TCP' }],
        },
      ],
    },
  });
  expect(ingress).toMatchObject({
    metadata: { namespace: 'ml' },
    spec: {
      podSelector: { matchLabels: { 'app.kubernetes.io/name': 'model' } },
      policyTypes: ['Ingress'],
      ingress: [
        {
          from: [
            {
              namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'web' } },
              podSelector: { matchLabels: { 'app.kubernetes.io/name': 'api' } },
            },
          ],
          ports: [{ port: 9000, protocol: 'TCP' }],
        },
      ],
    },
  });
});

test('the namespace and the pods of a peer are one item, so that both must match', () => {
  const [egress] = manifests(flow(API, MODEL));
  expect(egress.spec.egress[0].to).toHaveLength(1);
});

test('a workload is named by its peer', () => {
  const environment = new TestEnvironment();
  const chart = environment.chart();
  const from = new TestWorkload(chart, 'api', 'web').peer;
  const to = new TestWorkload(chart, 'model', 'ml', [9000]).peer;
  const names = manifests(new NetworkFlow(chart, 'flow', { from, to })).map((one) => one.metadata.name);
  expect(names).toEqual([expect.stringMatching(/^to-ml-model-/), expect.stringMatching(/^from-web-api-/)]);
});

test('names depend on the ends alone, and differ with them', () => {
  const names = (one: NetworkFlow) => manifests(one).map((policy) => policy.metadata.name);
  expect(names(flow(API, MODEL, 'here'))).toEqual(names(flow({ ...API, ports: [1] }, MODEL, 'there')));
  expect(names(flow(API, MODEL))).not.toEqual(names(flow(API, { ...MODEL, ports: [9001] })));
});

test('names are at most 63 characters', () => {
  const long = 'n'.repeat(63);
  const names = manifests(
    flow({ namespace: long, podLabels: { a: long } }, { namespace: long, podLabels: { b: long } }),
  ).map((one) => text(one.metadata.name));
  expect(names).toHaveLength(2);
  for (const name of names) {
    expect(name.length).toBeLessThanOrEqual(63);
    expect(name).toMatch(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/);
  }
});

test('for addresses there is only the half in the cluster', () => {
  const [egress, ...rest] = manifests(flow(API, { cidrs: ['10.0.0.0/16', '2001:db8::/32'], ports: [443] }));
  expect(rest).toEqual([]);
  expect(egress.spec.egress).toEqual([
    {
      to: [{ ipBlock: { cidr: '10.0.0.0/16' } }, { ipBlock: { cidr: '2001:db8::/32' } }],
      ports: [{ port: 443, protocol: 'TCP' }],
    },
  ]);
  const [inbound, ...none] = manifests(flow({ cidrs: ['192.0.2.0/24'] }, MODEL));
  expect(none).toEqual([]);
  expect(inbound).toMatchObject({
    metadata: { namespace: 'ml' },
    spec: { ingress: [{ from: [{ ipBlock: { cidr: '192.0.2.0/24' } }] }] },
  });
});

test.each<[string, NetworkPeer, NetworkPeer, string]>([
  [
    'a peer that is nothing',
    {},
    MODEL,
    '[test/chart/flow] from must have exactly one of namespace and cidrs, got {}: name the namespace of pods, or the address ranges of what is outside the cluster.',
  ],
  [
    'an address without a length',
    API,
    { cidrs: ['10.0.0.1'] },
    '[test/chart/flow] to.cidrs must be CIDR blocks, got "10.0.0.1": write an address range such as \'10.0.0.0/16\'.',
  ],
  [
    'a port that is none',
    API,
    { ...MODEL, ports: [0] },
    '[test/chart/flow] to.ports must be a whole number between 1 and 65535, got 0: give a TCP port.',
  ],
  [
    'two ends outside',
    { cidrs: ['10.0.0.0/8'] },
    { cidrs: ['192.0.2.0/24'] },
    '[test/chart/flow] to must be in the cluster when from is not, got ["192.0.2.0/24"]: name the pods of one end.',
  ],
])('refuses %s', (_, from, to, message) => {
  expect(() => flow(from, to)).toThrow(message);
});
