import { apiVersionOf } from '../../../src/api/schema/schema';
import { compositeController, hookPath } from '../../../src/kinds/operators/composite-controller';
import { OPERATOR_DEFINITIONS } from '../../../src/kinds/operators/definitions';
import { OperatorDefinition } from '../../../src/api/operator-definition';
import { Json, list, text } from '../../constructs/tenancy/support';
import { GROUPS, Made } from './support';

const [FIRST] = OPERATOR_DEFINITIONS;
const SERVER = 'https://operators.nstarx-system.svc:8443';

function specOf(definition: OperatorDefinition, made = new Made()): Json {
  return made.one('CompositeController', `nstarx-${definition.name}`).spec;
}

function childrenOf(spec: Json): string[] {
  return list(spec.childResources).map(({ apiVersion, resource }) => `${text(apiVersion)} ${text(resource)}`);
}

test.each(OPERATOR_DEFINITIONS.map((definition) => [definition.name, definition] as const))(
  '%s: its kind is watched, every hook is of version 2, and goes to its own path',
  (name, definition) => {
    const spec = specOf(definition);
    expect(spec.generateSelector).toBe(true);
    expect(spec.resyncPeriodSeconds).toBe(300);
    expect(spec.parentResource).toEqual({
      apiVersion: apiVersionOf(definition.parent),
      resource: definition.parent.plural,
      ignoreStatusChanges: true,
    });
    const hooks = [
      'sync',
      ...(definition.related.length > 0 ? ['customize'] : []),
      ...(definition.finalizes ? ['finalize'] : []),
    ];
    expect(Object.keys(spec.hooks).sort()).toEqual(hooks.sort());
    for (const [hook, { version, webhook }] of Object.entries(spec.hooks)) {
      expect(version).toBe('v2');
      expect(webhook).toEqual({
        url: `${SERVER}/hooks/${name}/${hook}`,
        timeout: '10s',
        caBundle: { secretRef: { name: 'operators-client-tls', namespace: 'nstarx-system', key: 'ca.crt' } },
        clientTLS: { secretRef: { name: 'operators-client-tls', namespace: 'nstarx-system' } },
      });
    }
    expect(hookPath(name, 'sync')).toBe(new URL(text(spec.hooks.sync.webhook.url)).pathname);
  },
);

test('the Secret that it reads is the one that cert-manager writes Metacontroller’s certificate into', () => {
  const made = new Made();
  const { secretName, commonName } = made.one('Certificate', 'operators-client').spec;
  expect([secretName, commonName]).toEqual(['operators-client-tls', 'metacontroller']);
});

test('a token goes with every call where there is one', () => {
  const made = new Made({ tokenSecretName: 'hook-token' });
  for (const { spec } of made.of('CompositeController')) {
    for (const { webhook } of Object.values(spec.hooks)) {
      expect(webhook.authorization).toEqual({
        type: 'Bearer',
        secretRef: { name: 'hook-token', namespace: 'nstarx-system', key: 'token' },
      });
    }
  }
});

test('children are updated as their rules say; none is left to the default, which is never', () => {
  for (const definition of OPERATOR_DEFINITIONS) {
    const methods = list(specOf(definition).childResources).map(({ resource, updateStrategy }) => [
      text(resource),
      text(updateStrategy.method),
    ]);
    const rules = definition.children.map(({ resource, method }) => [resource, method ?? 'InPlace']);
    expect(methods).toEqual([...rules, ['controllerrevisions', 'InPlace']]);
  }
});

test('kinds of groups that the cluster does not serve are left out, or the controller would not start', () => {
  const bare = new Made({ apiGroups: [] });
  for (const definition of OPERATOR_DEFINITIONS) {
    const kept = childrenOf(specOf(definition, bare));
    expect(kept).toContain('apps/v1 controllerrevisions');
    expect(kept.filter((kind) => GROUPS.some((group) => kind.startsWith(`${group}/`)))).toEqual([]);
    const builtIn = definition.children.filter(({ apiVersion }) => !GROUPS.includes(apiVersion.split('/')[0]));
    expect(kept).toHaveLength(builtIn.length + 1);
    // a platform with everything lacks nothing
    expect(childrenOf(specOf(definition))).toHaveLength(definition.children.length + 1);
  }
  const keda = new Made({ apiGroups: ['keda.sh'], operators: ['ai-model'] }).one(
    'CompositeController',
    'nstarx-ai-model',
  );
  expect(childrenOf(keda.spec)).toContain('keda.sh/v1alpha1 scaledobjects');
  expect(childrenOf(keda.spec)).not.toContain('serving.kserve.io/v1beta1 inferenceservices');
});

test('no kind is named twice, or Metacontroller would refuse the controller', () => {
  for (const definition of OPERATOR_DEFINITIONS) {
    const children = childrenOf(specOf(definition));
    expect(new Set(children).size).toBe(children.length);
  }
});

test('without certificates the hooks are called as they are, and the time-out is as it is said', () => {
  const { spec } = compositeController(FIRST, { url: 'http://127.0.0.1:1', timeoutSeconds: 3 }, []) as unknown as Json;
  expect(spec.hooks.sync.webhook).toEqual({ url: `http://127.0.0.1:1/hooks/${FIRST.name}/sync`, timeout: '3s' });
});
