import { MetadataCheck } from '../../src/checks/metadata-check';
import { deployment, findings, Json, object } from './graph';
import { NAME_CASES } from './schema-cases';

const check = new MetadataCheck();
const AT = { kubernetesVersion: '1.35' };

function messages(objects: Json[], context = {}): string[] {
  return findings(check, objects, { ...AT, ...context }).map(({ message }) => message);
}

function without(one: Json): Json {
  const { namespace: _, ...metadata } = one.metadata as Json;
  return { ...one, metadata };
}

const NO_NAMESPACE =
  'has no namespace, and would get the one that is current when it is applied; set metadata.namespace, or make it with a construct that takes a namespace';

test.each(NAME_CASES.map((one) => [one.what, one] as const))('%s', (_, one) => {
  const { kind, metadata } = one.object as { kind: string; metadata: { name: string } };
  expect(messages([one.object])).toEqual(one.finds.map((found) => `${kind} ${metadata.name}: ${found}`));
});

test('an object of a namespaced kind needs a namespace', () => {
  expect(messages([without(deployment('api', {}))])).toEqual([`Deployment api: ${NO_NAMESPACE}`]);
  expect(messages([deployment('api', {})])).toEqual([]);
});

test('an object of a cluster-scoped kind must have none', () => {
  const role = object('rbac.authorization.k8s.io/v1', 'ClusterRole', 'reader', { rules: [] });
  expect(messages([role])).toEqual([
    'ClusterRole reader: has the namespace team, but ClusterRole is cluster-scoped; remove metadata.namespace',
  ]);
  expect(messages([without(role)])).toEqual([]);
});

describe('custom resources', () => {
  const widget = object('example.com/v1', 'Widget', 'a');

  test('of a component are namespaced, unless it says otherwise', () => {
    const context = { customResources: ['Widget.example.com'] };
    expect(messages([without(widget)], context)).toEqual([
      `Widget a: ${NO_NAMESPACE}; if Widget is cluster-scoped, name it in clusterScopedResources of its component`,
    ]);
    expect(messages([widget], context)).toEqual([]);
    const clusterScoped = { ...context, clusterScopedResources: ['Widget.example.com'] };
    expect(messages([without(widget)], clusterScoped)).toEqual([]);
    expect(messages([widget], clusterScoped)).toEqual([
      'Widget a: has the namespace team, but Widget is cluster-scoped; remove metadata.namespace',
    ]);
  });

  test('of a CustomResourceDefinition have its scope', () => {
    const definition = (scope: string): Json => ({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'widgets.example.com' },
      spec: { group: 'example.com', scope, names: { kind: 'Widget', plural: 'widgets' }, versions: [] },
    });
    expect(messages([definition('Namespaced'), without(widget)])).toHaveLength(1);
    expect(messages([definition('Namespaced'), widget])).toEqual([]);
    expect(messages([definition('Cluster'), without(widget)])).toEqual([]);
    expect(messages([definition('Cluster'), widget])).toHaveLength(1);
  });

  test('of kinds that no component defines are another check’s finding', () => {
    expect(messages([widget, without(object('example.com/v1', 'Gadget', 'b'))])).toEqual([]);
  });
});

test('the name of a CustomResourceDefinition follows from its spec', () => {
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widget' },
    spec: { group: 'example.com', scope: 'Namespaced', names: { kind: 'Widget', plural: 'widgets' }, versions: [] },
  };
  expect(messages([definition])).toEqual([
    'CustomResourceDefinition widget: metadata.name must follow from the spec, got "widget"; write widgets.example.com',
  ]);
});

test('the name of a Service may begin with a digit since Kubernetes 1.36', () => {
  const service = object('v1', 'Service', '1-a');
  expect(messages([service])).toHaveLength(1);
  expect(messages([service], { kubernetesVersion: '1.36' })).toEqual([]);
});

test('labels of pod templates', () => {
  expect(messages([deployment('api', {}, { app: 'a b' })])).toEqual([
    'Deployment api: pod template.labels["app"] must be at most 63 letters, digits, dots, hyphens and underscores, starting and ending with a letter or digit, got "a b"; shorten it, or make it an annotation',
  ]);
});

test('what only Terraform knows may be anything', () => {
  const token = '${TfToken[TOKEN.1]}';
  const manifest = {
    ...object('v1', 'ConfigMap', 'a'),
    metadata: { name: token, namespace: token, labels: { a: token } },
  };
  expect(messages([], { manifests: [manifest] })).toEqual([]);
  expect(messages([], { manifests: [without(object('v1', 'ConfigMap', 'a'))] })).toEqual([
    `ConfigMap a: ${NO_NAMESPACE}`,
  ]);
});
