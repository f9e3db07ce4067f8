import fc from 'fast-check';
import { ManifestGraph } from '../../src/checks/manifest-graph';
import { KubernetesSchema } from '../../src/checks/kubernetes-schema';
import { SchemaCheck } from '../../src/checks/schema-check';
import { App } from 'cdk8s';
import { CONTEXT, findings, Json, object } from './graph';
import { FIELD_CASES, NOT_SERVED } from './schema-cases';
import { goodObjects, mutationsOf } from './schema-mutations';

const check = new SchemaCheck();
const AT = { kubernetesVersion: '1.35' };

/** What the check finds in objects that Terraform applies, which are as they were given. */
function inBootstrap(manifests: Json[], kubernetesVersion = '1.35'): string[] {
  const graph = ManifestGraph.of(new App(), { ...CONTEXT, manifests, kubernetesVersion });
  return check.check(graph).map(({ message }) => message);
}

test.each([...NOT_SERVED, ...FIELD_CASES].map((one) => [one.what, one] as const))('%s', (_, one) => {
  const { kind, metadata } = one.object as { kind: string; metadata: { name: string } };
  const path = `test/${kind}-${metadata.name}`;
  expect(findings(check, [one.object], AT)).toEqual(
    one.finds.map((found) => ({ path, message: `${kind} ${metadata.name}: ${found}` })),
  );
});

test.each(['1.33', '1.34', '1.35', '1.36', '1.37'])('objects that every version takes: %s', (version) => {
  expect(inBootstrap(goodObjects('team'), version)).toEqual([]);
});

test('the fields of a version are those that it has', () => {
  const claim = object('v1', 'Pod', 'api', {
    spec: { containers: [{ name: 'main' }], workloadRef: { name: 'gang', podGroup: 'a' } },
  });
  expect(findings(check, [claim], { kubernetesVersion: '1.34' }).map(({ message }) => message)).toEqual([
    'Pod api: spec.workloadRef is no field of PodSpec in Kubernetes 1.34; `kubectl explain pod.spec` lists its fields',
  ]);
  expect(findings(check, [claim], { kubernetesVersion: '1.35' })).toEqual([]);
});

test('a version of an API that is off by default is taken where an APIService says that it is on', () => {
  const claim = object('resource.k8s.io/v1beta1', 'ResourceClaim', 'gpu', { spec: { devices: { request: [] } } });
  const objects = [{ kind: 'APIService', name: 'v1beta1.resource.k8s.io' }];
  expect(findings(check, [claim], { ...AT, objects }).map(({ message }) => message)).toEqual([
    'ResourceClaim gpu: spec.devices.request is no field of DeviceClaim in Kubernetes 1.35; did you mean spec.devices.requests',
  ]);
});

test('the metadata of a custom resource is judged, and nothing else of it', () => {
  const widget = {
    apiVersion: 'example.com/v1',
    kind: 'Widget',
    metadata: { name: 'a', namespace: 'team', label: { a: 'b' }, annotations: { size: 3 } },
    spec: { prots: 80 },
  };
  expect(inBootstrap([widget])).toEqual([
    'Widget a: metadata.label is no field of ObjectMeta in Kubernetes 1.35; did you mean metadata.labels',
    "Widget a: metadata.annotations.size must be a string, got 3; write '3'",
  ]);
});

test.each(['List', 'ConfigMapList'])('the items of a %s are judged', (kind) => {
  const item = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'team' }, data: { port: 80 } };
  const list = { apiVersion: 'v1', kind, metadata: { name: 'both' }, items: [item, { ...item, data: {} }] };
  expect(findings(check, [list])).toEqual([
    { path: `test/${kind}-both`, message: "ConfigMap a: data.port must be a string, got 80; write '80'" },
  ]);
});

test('what only Terraform knows may be anything', () => {
  const token = '${TfToken[TOKEN.1]}';
  const manifest = {
    ...object('apps/v1', 'Deployment', 'api'),
    spec: {
      replicas: -1.88e291,
      selector: token,
      template: {
        metadata: { labels: { [token]: token } },
        spec: { containers: [`#{TfToken[TOKEN.2]}`], hostPID: token },
      },
    },
  };
  expect(inBootstrap([manifest])).toEqual([]);
  expect(inBootstrap([{ ...manifest, spec: { ...manifest.spec, paus: token } }])).toEqual([
    'Deployment api: spec.paus is no field of DeploymentSpec in Kubernetes 1.35; did you mean spec.paused',
  ]);
});

test('a version that is not known is judged by the nearest', () => {
  expect(KubernetesSchema.of('1.20').version).toBe('1.33');
  expect(KubernetesSchema.of('1.99').version).toBe(KubernetesSchema.of().version);
});

test('any value anywhere gives a finding or none, and never an exception', () => {
  const mutations = goodObjects('team').flatMap(mutationsOf);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: mutations.length - 1 }), (index) => {
      for (const message of inBootstrap([mutations[index].object])) {
        expect(message).toMatch(/^\w+ [\w.:-]+: .+; .+$/);
        expect(message).not.toContain('undefined');
      }
    }),
    { numRuns: 500, seed: 35 },
  );
});

test('a misspelled key is found wherever fields are known', () => {
  const unseen = goodObjects('team')
    .flatMap(mutationsOf)
    .filter(({ what }) => what.endsWith('misspelled'))
    .filter(({ object: one }) => inBootstrap([one]).length === 0)
    .map(({ where }) => String(where[where.length - 2]));
  // the keys of these maps are the user's own
  const maps = [
    'annotations',
    'binaryData',
    'capacity',
    'data',
    'default',
    'defaultRequest',
    'hard',
    'labels',
    'limits',
  ];
  maps.push('matchLabels', 'max', 'nodeSelector', 'parameters', 'podFixed', 'properties', 'requests', 'selector');
  maps.push('stringData', 'volumeAttributes');
  expect([...new Set(unseen)].filter((map) => !maps.includes(map))).toEqual([]);
});
