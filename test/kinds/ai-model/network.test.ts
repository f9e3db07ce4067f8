import { KubernetesObject } from '../../../operators/src/runtime/protocol';
import { AIModelType, HttpMethod, ServingEngine } from '../../../src/api/generated/ai-model';
import { custom, GATEWAY, make, one, serving } from './support';

describe('the route', () => {
  const endpoints = [
    { name: 'mine', path: '/score' },
    { name: 'state', path: '/state', method: HttpMethod.GET },
    { name: 'native', path: '/v1/models/churn:predict', method: HttpMethod.POST },
  ];
  const rules = (objects: readonly KubernetesObject[]): unknown[] =>
    (one(objects, 'HTTPRoute').spec as { rules: unknown[] }).rules;

  test('writes paths over that the server does not have, and no others', () => {
    const [mine, state, native] = rules(make({ endpoints }, { gateway: GATEWAY }));
    expect(mine).toMatchObject({
      matches: [{ path: { type: 'Exact', value: '/score' }, method: 'POST' }],
      filters: [{ urlRewrite: { path: { replaceFullPath: '/v1/models/churn:predict' } } }],
    });
    expect(state).toMatchObject({ filters: [{ urlRewrite: { path: { replaceFullPath: '/v1/models/churn' } } }] });
    expect(native).not.toHaveProperty('filters');
  });

  test('leaves the paths of a custom server as they are', () => {
    for (const rule of rules(make({ ...custom, endpoints }, { gateway: GATEWAY }))) {
      expect(rule).not.toHaveProperty('filters');
    }
  });

  test('without endpoints has the paths for inference, not those that unload models', () => {
    const text = JSON.stringify(rules(make(serving({ engine: ServingEngine.TRITON }), { gateway: GATEWAY })));
    expect(text).toContain('/v2/models');
    expect(text).not.toContain('/v2/repository');
  });

  test('there is none without a Gateway', () => {
    expect(make().map(({ kind }) => kind)).not.toContain('HTTPRoute');
  });

  test('is that of the zone in its namespace, and that of the platform elsewhere', () => {
    const route = { domain: 'inference.example.com', parentRef: { kind: 'ListenerSet', name: 'zone' }, tls: true };
    const inZone = serving({ zone: 'z' });
    const near = make(inZone, { gateway: GATEWAY }, { zone: { name: 'z', namespace: 'ml', route } });
    expect(one(near, 'HTTPRoute').spec).toMatchObject({
      parentRefs: [{ kind: 'ListenerSet' }],
      hostnames: ['churn.inference.example.com'],
    });
    const far = make(inZone, { gateway: GATEWAY }, { zone: { name: 'z', namespace: 'other', route } });
    expect(one(far, 'HTTPRoute').spec).toMatchObject({ hostnames: ['churn--ml.ml.example.com'] });
    const closed = make(inZone, { gateway: GATEWAY }, { zone: { name: 'z', namespace: 'ml' } });
    expect(closed.map(({ kind }) => kind)).not.toContain('HTTPRoute');
    expect(JSON.stringify(one(closed, 'NetworkPolicy').spec)).not.toContain('envoy');
  });
});

test('who may connect: the own namespace, the Gateway, and the scraper to the metrics', () => {
  const scraper = { namespace: 'monitoring', podLabels: { app: 'prometheus' } };
  const egress = [{ namespace: 'backing-services', podLabels: { app: 's3' }, ports: [8333] }];
  const objects = make({ type: AIModelType.ONNX }, { gateway: GATEWAY, scraper, storage: { egress } });
  const of = (namespace: string, labels: object): object => ({
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
    podSelector: { matchLabels: labels },
  });
  expect(one(objects, 'NetworkPolicy').spec).toEqual({
    podSelector: { matchLabels: { 'nstarx.io/component': 'model-server', 'nstarx.io/ai-model': 'churn' } },
    policyTypes: ['Ingress', 'Egress'],
    ingress: [
      { from: [{ podSelector: {} }], ports: [{ port: 8080, protocol: 'TCP' }] },
      { from: [of('gateway-system', { app: 'envoy' })], ports: [{ port: 8080, protocol: 'TCP' }] },
      { from: [of('monitoring', { app: 'prometheus' })], ports: [{ port: 8002, protocol: 'TCP' }] },
    ],
    egress: [
      {
        to: [of('kube-system', { 'k8s-app': 'kube-dns' })],
        ports: [
          { port: 53, protocol: 'UDP' },
          { port: 53, protocol: 'TCP' },
        ],
      },
      { to: [of('backing-services', { app: 's3' })], ports: [{ port: 8333, protocol: 'TCP' }] },
    ],
  });
});

test.each([
  ['whose first label would be too long', 'a'.repeat(52), 'b'.repeat(20)],
  ['that could be that of another namespace', 'a--b', 'c'],
])('a host name %s is refused', (_, name, namespace) => {
  const props = { name, namespace };
  expect(() => make({}, { gateway: GATEWAY }, props)).toThrow(
    /name must leave a host name of the form <name>--<namespace>, but/,
  );
  expect(() => make({}, {}, props)).not.toThrow();
});
