import { KubernetesObject } from '../../../operators/src/runtime/protocol';
import { AIModelSpec } from '../../../src/api/generated/ai-model';
import { leLabel } from '../../../src/kinds/ai-model/alerts';
import { expectGoodChildren } from '../../operators/support/good-children';
import { custom, GATEWAY, make } from './support';

const BASELINE = { rows: 10, features: [{ name: 'age', bounds: [18, 40], counts: [1, 2, 3] }] };
const WATCHED: Partial<AIModelSpec> = { monitoring: { drift: { baseline: 's3://training/churn.parquet' } } };
const SCRAPER = { namespace: 'monitoring', podLabels: { app: 'prometheus' } };
const PLATFORM = { gateway: GATEWAY, scraper: SCRAPER };
const NAME = 'churn-model-drift';

const watched = make(WATCHED, PLATFORM, { driftBaseline: BASELINE });
const named = (objects: readonly KubernetesObject[], kind: string, name = NAME): KubernetesObject | undefined =>
  objects.find((object) => object.kind === kind && object.metadata.name === name);
const mirrors = (objects: readonly KubernetesObject[]): number =>
  JSON.stringify(objects).match(/"RequestMirror"/g)?.length ?? 0;

test('once the baseline is known, the Gateway copies the requests to what counts them', () => {
  expectGoodChildren(watched, 'ml');
  expect(named(watched, 'HTTPRoute', 'churn-model')?.spec).toMatchObject({
    rules: [
      {
        filters: [{ type: 'RequestMirror', requestMirror: { backendRef: { name: NAME, port: 8080 } } }],
        // the answer is that of the model
        backendRefs: [{ name: 'churn-model' }],
      },
    ],
  });
  expect(named(watched, 'Service')?.spec).toMatchObject({
    selector: { 'nstarx.io/component': 'drift-collector', 'nstarx.io/ai-model': 'churn' },
    ports: [
      { name: 'http', port: 8080 },
      { name: 'metrics', port: 9090 },
    ],
  });
  const { data } = watched.find(
    ({ kind, data: files }) => kind === 'ConfigMap' && 'baseline.json' in (files as object),
  )!;
  expect(JSON.parse((data as Record<string, string>)['baseline.json'])).toMatchObject({ features: [{ name: 'age' }] });
});

test('each endpoint is copied beside what its path becomes', () => {
  const endpoints = [
    { name: 'mine', path: '/score' },
    { name: 'native', path: '/v1/models/churn:predict' },
  ];
  const objects = make({ ...WATCHED, endpoints }, PLATFORM, { driftBaseline: BASELINE });
  expect(named(objects, 'HTTPRoute', 'churn-model')?.spec).toMatchObject({
    rules: [
      { name: 'mine', filters: [{ type: 'URLRewrite' }, { type: 'RequestMirror' }] },
      { name: 'native', filters: [{ type: 'RequestMirror' }] },
    ],
  });
});

test('it is no replica of the server: neither its Service nor its pods are selected with it', () => {
  const server = named(watched, 'Service', 'churn-model')?.spec?.selector as Record<string, string>;
  const { template } = named(watched, 'Deployment')?.spec as {
    readonly template: { readonly metadata: { readonly labels: Record<string, string> } };
  };
  const { labels } = template.metadata;
  expect(Object.entries(server).every(([label, value]) => labels[label] === value)).toBe(false);
  // Prometheus would take `up` of it for that of the model
  expect(labels).not.toHaveProperty('model_name');
});

test('only the Gateway and what scrapes get in, and nothing gets out', () => {
  expect(named(watched, 'NetworkPolicy')?.spec).toEqual({
    podSelector: { matchLabels: { 'nstarx.io/component': 'drift-collector', 'nstarx.io/ai-model': 'churn' } },
    policyTypes: ['Ingress', 'Egress'],
    ingress: [
      {
        from: [expect.objectContaining({ podSelector: { matchLabels: { app: 'envoy' } } })],
        ports: [{ port: 8080, protocol: 'TCP' }],
      },
      {
        from: [expect.objectContaining({ podSelector: { matchLabels: { app: 'prometheus' } } })],
        ports: [{ port: 9090, protocol: 'TCP' }],
      },
    ],
  });
});

test.each<[string, KubernetesObject[]]>([
  ['the baseline is not known', make(WATCHED, PLATFORM)],
  ['drift is not watched', make({}, PLATFORM, { driftBaseline: BASELINE })],
  [
    'nothing is monitored',
    make({ monitoring: { ...WATCHED.monitoring, enabled: false } }, PLATFORM, { driftBaseline: BASELINE }),
  ],
  ['there is no Gateway', make(WATCHED, { scraper: SCRAPER }, { driftBaseline: BASELINE })],
  ['the server is of the user', make({ ...custom, ...WATCHED }, PLATFORM, { driftBaseline: BASELINE })],
])('nothing is copied while %s', (_, objects) => {
  expect(named(objects, 'Deployment')).toBeUndefined();
  expect(mirrors(objects)).toBe(0);
});

test('it is scraped by the model where there are no monitors of the platform', () => {
  const objects = make(WATCHED, { ...PLATFORM, serviceMonitors: true }, { driftBaseline: BASELINE });
  expect(named(objects, 'ServiceMonitor')?.spec).toMatchObject({
    selector: { matchLabels: { 'nstarx.io/component': 'drift-collector' } },
    endpoints: [{ port: 'metrics' }],
  });
});

test('the rules write bounds as the collector does', () => {
  // test_feature_collector.py has the same
  expect([18, 0.5, 0, 1e6, 1.5e-5, 123456.5, -2e7].map(leLabel)).toEqual([
    '18.0',
    '0.5',
    '0.0',
    '1e+06',
    '1.5e-05',
    '123456.5',
    '-2e+07',
  ]);
});
