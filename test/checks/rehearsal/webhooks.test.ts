import { FootprintWebhook } from '../../../src/contracts';
import { deployment, namespace, object } from '../graph';
import { boot, component, messages, pods } from './support';

function server(webhook: Partial<FootprintWebhook>) {
  const hook = {
    name: 'judge.example.org',
    failurePolicy: 'Fail',
    judges: ['/services'],
    servedBy: 'server',
    ...webhook,
  };
  return component('judge', { ...pods(), webhooks: [hook] });
}
const judged = component('shop', { ...pods(), services: [{ name: 'shop', ports: { http: 80 } }] });
const UNORDERED = { one: { after: [] }, other: { after: [] } };

test('of two components without an order, one must not judge what the other makes', () => {
  const steps = {
    one: { ...UNORDERED.one, components: [server({})] },
    other: { ...UNORDERED.other, components: [judged] },
  };
  expect(boot(steps).findings).toEqual([
    {
      path: 'test',
      message:
        'component shop (other): Service shop may be refused while the webhook judge.example.org of component judge (one) has no pods, since nothing says which of the two comes first; have shop require judge (component.addDependency), or the other way round, or switch the webhook off, or set its failurePolicy to Ignore',
    },
  ]);
});

test('nor may they come in one step, or after one that waits for no pods', () => {
  expect(messages(boot({ only: { components: [server({}), judged] } }))).toEqual([
    expect.stringContaining('since both come in the same step'),
  ]);
  expect(messages(boot({ one: { waits: false, components: [server({})] }, other: { components: [judged] } }))).toEqual([
    expect.stringContaining('since nothing waits for them'),
  ]);
});

test.each<[string, Parameters<typeof boot>[0]]>([
  ['after it', { one: { components: [server({})] }, other: { components: [judged] } }],
  ['before it', { one: { components: [judged] }, other: { components: [server({})] } }],
  [
    'under a webhook that may be missing',
    { one: { components: [server({ failurePolicy: 'Ignore' })] }, other: { after: [], components: [judged] } },
  ],
  [
    'of another kind',
    { one: { components: [server({ judges: ['apps/statefulsets'] })] }, other: { after: [], components: [judged] } },
  ],
  [
    'in namespaces that are left out',
    {
      one: {
        components: [
          server({ namespaceSelector: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['shop'] }] }),
        ],
      },
      other: { after: [], components: [judged] },
    },
  ],
])('what comes %s is fine', (_what, steps) => {
  expect(messages(boot(steps))).toEqual([]);
});

test.each([
  ['/namespaces', namespace('team', { tenant: 'acme' }), 'Namespace team'],
  ['apps/*', deployment('api', { containers: [] }), 'Deployment api'],
  ['/pods', deployment('api', { containers: [] }, { tenant: 'acme' }), 'a pod of Deployment api'],
  ['networking.k8s.io/networkpolicies', object('networking.k8s.io/v1', 'NetworkPolicy', 'deny'), 'NetworkPolicy deny'],
  ['networking.k8s.io/ingresses', object('networking.k8s.io/v1', 'Ingress', 'web'), 'Ingress web'],
  ['*/*', object('v1', 'ConfigMap', 'settings'), 'ConfigMap settings'],
])('%s is judged by its resource', (resource, manifest, what) => {
  const [message] = messages(
    boot({ one: { components: [server({ judges: [resource] })] }, other: { after: [], manifests: [manifest] } }),
  );
  expect(message).toContain(`${what} (other) may be refused`);
});

test('labels of the object decide where the webhook says so', () => {
  const selector = [{ key: 'tenant', operator: 'Exists' }];
  const find = (labels: { [key: string]: string }) =>
    messages(
      boot({
        one: { components: [server({ judges: ['/namespaces'], objectSelector: selector })] },
        other: { after: [], manifests: [namespace('team', labels)] },
      }),
    );
  expect(find({ tenant: 'acme' })).toHaveLength(1);
  expect(find({})).toEqual([]);
});

test('one pod alone does not answer a webhook that fails closed, from staging on', () => {
  const find = (webhook: Partial<FootprintWebhook>, workload = {}, highlyAvailable = true) => {
    const hook = { name: 'judge.example.org', failurePolicy: 'Fail', judges: ['/services'], servedBy: 'server' };
    const footprint = { ...pods(workload), webhooks: [{ ...hook, ...webhook }] };
    return messages(boot({ only: { components: [component('judge', footprint)] } }, {}, { highlyAvailable }));
  };
  const finding = (fix: string) =>
    `component judge (only): Deployment server answers the webhook judge.example.org with 1 pod, and what it judges (/services) is refused while that is gone; ${fix}, or set the failurePolicy to Ignore`;
  expect(find({})).toEqual([finding('give the chart a value for at least 2 replicas')]);
  expect(find({}, { replicasAt: 'server.replicas' })).toEqual([
    finding('set server.replicas to at least 2 (environment.components.override)'),
  ]);
  expect(find({}, { replicas: 2 })).toEqual([]);
  expect(find({}, { kind: 'DaemonSet' })).toEqual([]);
  expect(find({ failurePolicy: 'Ignore' })).toEqual([]);
  expect(find({}, {}, false)).toEqual([]);
});

test.each([
  [undefined, ['Service', 'ClusterRole']],
  ['*', ['Service', 'ClusterRole']],
  ['Namespaced', ['Service']],
  ['Cluster', ['ClusterRole']],
])('a webhook with the scope %s judges %j', (scope, kinds) => {
  const others = [
    object('v1', 'Service', 'api', { spec: {} }),
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'reader' } },
  ];
  const judged = others.filter((one) => {
    const steps = { one: { components: [server({ judges: ['*/*'], scope })] }, other: { after: [], manifests: [one] } };
    return messages(boot(steps)).some((message) => message.includes('judge.example.org'));
  });
  expect(judged.map(({ kind }) => kind)).toEqual(kinds);
});

const SELECTED = {
  selector: { matchLabels: { judged: 'yes' }, matchExpressions: [{ key: 'skip', operator: 'DoesNotExist' }] },
};

test.each<[string, Partial<FootprintWebhook>, object, { [label: string]: string }, boolean]>([
  ['labels that are selected', { objectSelectorAt: 'selector' }, SELECTED, { judged: 'yes' }, true],
  ['labels that are not', { objectSelectorAt: 'selector' }, SELECTED, { judged: 'yes', skip: '' }, false],
  ['no value', { objectSelectorAt: 'selector' }, {}, {}, true],
  ['a list of conditions', { objectSelectorAt: 'list' }, { list: [{ key: 'judged', operator: 'Exists' }] }, {}, false],
  ['its namespace', { namespacesAt: 'names' }, { names: ['team'] }, {}, true],
  ['another namespace', { namespacesAt: 'names' }, { names: ['other'] }, {}, false],
  ['all namespaces', { namespacesAt: 'names' }, { names: [''] }, {}, true],
  ['labels of its namespace', { namespaceSelectorAt: 'selector' }, SELECTED, {}, false],
])('the values of a chart say what its webhook judges: %s', (_what, webhook, values, labels, isJudged) => {
  const judge = server(webhook);
  const gate = component('judge', judge.footprint!, { values: values as { [key: string]: unknown } });
  const service = {
    ...object('v1', 'Service', 'api', { spec: {} }),
    metadata: { name: 'api', namespace: 'team', labels },
  };
  const found = messages(boot({ one: { components: [gate] }, other: { after: [], manifests: [service] } }));
  expect(found.some((message) => message.includes('judge.example.org'))).toBe(isJudged);
});
