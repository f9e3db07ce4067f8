import { namespace, object, Json } from '../graph';
import { boot, component, messages, pods } from './support';

const LABELS = { app: 'rollouts' };
const rollouts = component('rollouts', pods({ podLabels: LABELS }), { customResources: ['Rollout.argoproj.io'] });
const policy = (spec: Json, name = 'queries') =>
  object(
    'networking.k8s.io/v1',
    'NetworkPolicy',
    name,
    { spec: { podSelector: { matchLabels: LABELS }, ...spec } },
    'rollouts',
  );
const find = (policies: Json[], one = rollouts) =>
  messages(boot({ only: { components: [one], manifests: [namespace('rollouts'), ...policies] } }));
const TO_PROMETHEUS = {
  policyTypes: ['Egress'],
  egress: [{ to: [{ namespaceSelector: { matchLabels: { a: 'b' } } }], ports: [{ port: 9090 }] }],
};
const DNS = { policyTypes: ['Egress'], egress: [{ ports: [{ port: 53, protocol: 'UDP' }] }] };
const API_SERVER = {
  policyTypes: ['Egress'],
  egress: [{ to: [{ ipBlock: { cidr: '10.0.0.0/8' } }], ports: [{ port: 443 }] }],
};

test('a policy for one connection of a controller cuts it off from all others', () => {
  const result = boot({ wave: { components: [rollouts], manifests: [namespace('rollouts'), policy(TO_PROMETHEUS)] } });
  expect(result.findings).toEqual([
    {
      path: 'test/NetworkPolicy-queries',
      message:
        'component rollouts (wave): the pods of Deployment server cannot reach DNS, since the NetworkPolicies that select them (queries) allow no egress to port 53 of k8s-app=kube-dns in namespace kube-system; allow it over UDP and TCP',
    },
    {
      path: 'test/NetworkPolicy-queries',
      message:
        'component rollouts (wave): the pods of Deployment server cannot reach the API server, since the NetworkPolicies that select them (queries) allow no egress to it; add a rule for TCP ports 443 and 6443 without peers, or leave out the policies where nothing else restricts these pods',
    },
  ]);
});

test('with what it needs, it is fine; so is what nothing restricts', () => {
  expect(find([policy(TO_PROMETHEUS), policy(DNS, 'dns'), policy(API_SERVER, 'api')])).toEqual([]);
  expect(find([policy({ ...TO_PROMETHEUS, podSelector: { matchLabels: { app: 'other' } } })])).toEqual([]);
});

test('what works on no objects needs no API server', () => {
  const cache = component('rollouts', pods({ podLabels: LABELS }));
  expect(find([policy(DNS)], cache)).toEqual([]);
});

test('the API server reaches webhooks', () => {
  const judge = component('rollouts', {
    ...pods({ podLabels: LABELS }),
    webhooks: [{ name: 'a', failurePolicy: 'Ignore', judges: ['/pods'], servedBy: 'server' }],
  });
  const deny = policy({ policyTypes: ['Ingress'], ingress: [{ from: [{ podSelector: {} }] }] });
  expect(find([deny], judge)).toEqual([
    expect.stringContaining(
      'cannot be asked by the API server, since the NetworkPolicies that select them (queries) allow ingress from pods only',
    ),
  ]);
  expect(
    find([deny, policy({ policyTypes: ['Ingress'], ingress: [{ ports: [{ port: 9443 }] }] }, 'hook')], judge),
  ).toEqual([]);
});

test('pods of which no labels are known are restricted by policies for all, and allowed what any allows', () => {
  const unknown = component('rollouts', pods(), { customResources: ['Rollout.argoproj.io'] });
  const deny = policy({ podSelector: {}, policyTypes: ['Egress'] }, 'deny');
  expect(find([deny], unknown)).toHaveLength(2);
  expect(find([deny, policy(DNS), policy(API_SERVER, 'api')], unknown)).toEqual([]);
  expect(find([policy(TO_PROMETHEUS)], unknown)).toEqual([]);
});
