import { OperatorDefinition } from '../../../src/api/operator-definition';
import { apiVersionOf } from '../../../src/api/schema/schema';
import { METACONTROLLER_ROLE_LABEL } from '../../../src/contracts/metacontroller';
import { compositeController, hookPath } from '../../../src/kinds/operators/metacontroller';
import { OPERATOR_DEFINITIONS } from '../../../src/kinds/operators/platform-operators';
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

test('of a group that several components have kinds in, only those are named that are there', () => {
  // Argo CD and Rollouts without Workflows
  const customResources = ['AnalysisRun.argoproj.io', 'Application.argoproj.io'];
  const made = new Made({ apiGroups: ['argoproj.io'], customResources });
  const argo = (name: string): string[] =>
    childrenOf(made.one('CompositeController', `nstarx-${name}`).spec).filter((kind) => kind.startsWith('argoproj.io'));
  expect(argo('ml-workflow')).toEqual([]);
  expect(argo('ab-test')).toEqual(['argoproj.io/v1alpha1 analysisruns']);
  expect(
    rulesOf(made.one('ClusterRole', 'nstarx:operator:ml-workflow')).flatMap(({ apiGroups }) => apiGroups),
  ).not.toContain('argoproj.io');
  const settings = JSON.parse(text(made.one('ConfigMap', 'operators-settings').data['settings.json'])) as object;
  expect(settings).toMatchObject({ apiGroups: ['argoproj.io'], customResources });
});

test('a group of which no kind is there, and a kind of another group, are refused', () => {
  const customResources = ['InferenceService.serving.kserve.io'];
  expect(() => new Made({ apiGroups: ['serving.kserve.io', 'feast.dev'], customResources })).toThrow(
    'apiGroups must have kinds that a component of the environment defines, got "feast.dev": require the component that has its CRDs, or leave the group out.',
  );
  expect(() => new Made({ apiGroups: ['feast.dev'], customResources })).toThrow(
    'customResources must be kinds of the groups in apiGroups, got "InferenceService.serving.kserve.io": write it like InferenceService.serving.kserve.io, and name its group in apiGroups.',
  );
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

const READ = ['get', 'list', 'watch'];
const MANAGE = [...READ, 'create', 'update', 'patch', 'delete'];

interface Rule {
  readonly apiGroups: string[];
  readonly resources: string[];
  readonly resourceNames?: string[];
  readonly verbs: string[];
}

const WRITES = ['create', 'update', 'patch', 'delete', 'deletecollection'];

function rulesOf(role: Json): Rule[] {
  return list(role.rules) as unknown as Rule[];
}

/** What a role allows: `group/resource verb`, with the name where it is bound to one. */
function allowed(rules: readonly Rule[]): Set<string> {
  const lines = rules.flatMap(({ apiGroups, resources, resourceNames = [''], verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        resourceNames.flatMap((name) => verbs.map((verb) => `${group}/${resource} ${verb} ${name}`.trimEnd())),
      ),
    ),
  );
  return new Set(lines);
}

/** What the definition asks for, put together from its own words. */
function wanted(
  { parent, children, related, grants = [] }: OperatorDefinition,
  groups: readonly string[],
): Set<string> {
  const groupOf = (apiVersion: string): string => (apiVersion.includes('/') ? apiVersion.split('/')[0] : '');
  const served = ({ apiVersion }: { apiVersion: string }): boolean =>
    !GROUPS.includes(groupOf(apiVersion)) || groups.includes(groupOf(apiVersion));
  const rule = (apiVersion: string, resource: string, verbs: string[]): Rule => ({
    apiGroups: [groupOf(apiVersion)],
    resources: [resource],
    verbs,
  });
  return allowed([
    { apiGroups: [parent.group], resources: [parent.plural], verbs: [...READ, 'update'] },
    {
      apiGroups: [parent.group],
      resources: [`${parent.plural}/status`, `${parent.plural}/finalizers`],
      verbs: ['update'],
    },
    rule('apps/v1', 'controllerrevisions', MANAGE),
    ...children.filter(served).map(({ apiVersion, resource }) => rule(apiVersion, resource, MANAGE)),
    ...related.filter(served).map(({ apiVersion, resource }) => rule(apiVersion, resource, READ)),
    ...(grants as unknown as Rule[]),
  ]);
}

test.each(
  OPERATOR_DEFINITIONS.flatMap((definition) => [
    [definition.name, 'everything', definition, GROUPS] as const,
    [definition.name, 'nothing', definition, [] as string[]] as const,
  ]),
)(
  '%s on a cluster that serves %s of third parties: what its kinds ask for, and nothing else',
  (name, _, definition, groups) => {
    const role = new Made({ apiGroups: [...groups] }).one('ClusterRole', `nstarx:operator:${name}`);
    expect([...allowed(rulesOf(role))].sort()).toEqual([...wanted(definition, groups)].sort());
  },
);

test('every role is part of what Metacontroller may do, and none has a wildcard', () => {
  const made = new Made();
  const engine = made.environment.components.sorted().find(({ name }) => name === 'metacontroller');
  const { clusterRoleSelectors } = (
    engine?.values.clusterRole as { aggregationRule: { clusterRoleSelectors: object[] } }
  ).aggregationRule;
  expect(clusterRoleSelectors).toEqual([{ matchLabels: { [METACONTROLLER_ROLE_LABEL]: 'true' } }]);
  expect(made.names('ClusterRole')).toHaveLength(OPERATOR_DEFINITIONS.length + 1);
  for (const role of made.of('ClusterRole')) {
    expect(role.metadata.labels).toMatchObject({ [METACONTROLLER_ROLE_LABEL]: 'true' });
    for (const { apiGroups, resources, verbs } of rulesOf(role)) {
      expect([...apiGroups, ...resources, ...verbs].filter((one) => one.includes('*'))).toEqual([]);
    }
  }
  expect(made.operators.roles).toHaveLength(OPERATOR_DEFINITIONS.length + 1);
});

test('for itself Metacontroller reads its controllers and their certificates, writes events, and nothing else', () => {
  const role = new Made().one('ClusterRole', 'nstarx:metacontroller');
  const writes = [...allowed(rulesOf(role))].filter((one) => !READ.includes(one.split(' ')[1]));
  expect(writes).toEqual([
    '/events create',
    '/events patch',
    'events.k8s.io/events create',
    'events.k8s.io/events patch',
  ]);
  const read = rulesOf(role).filter(({ verbs }) => verbs.includes('watch'));
  expect(
    read.flatMap(({ apiGroups, resources }) => resources.map((resource) => `${apiGroups.join()}/${resource}`)),
  ).toEqual([
    'metacontroller.k8s.io/compositecontrollers',
    'metacontroller.k8s.io/decoratorcontrollers',
    'metacontroller.k8s.io/controllerrevisions',
    'apiextensions.k8s.io/customresourcedefinitions',
    '/namespaces',
    '/secrets',
  ]);
});

test('leases are its own namespace’s only: elsewhere they are those of other controllers', () => {
  const made = new Made();
  expect(made.one('Role', 'nstarx:leader-election')).toMatchObject({
    metadata: { namespace: 'metacontroller' },
    rules: [{ apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'create', 'update'] }],
  });
  expect(made.one('RoleBinding', 'nstarx:leader-election')).toMatchObject({
    metadata: { namespace: 'metacontroller' },
    roleRef: { kind: 'Role', name: 'nstarx:leader-election' },
    subjects: [{ kind: 'ServiceAccount', name: 'metacontroller', namespace: 'metacontroller' }],
  });
  const engine = made.environment.components.sorted().find(({ name }) => name === 'metacontroller');
  expect(engine?.values.serviceAccount).toMatchObject({ name: 'metacontroller' });
  for (const role of made.of('ClusterRole')) expect(JSON.stringify(role)).not.toContain('leases');
});

test.each([
  ['everything', GROUPS],
  ['nothing', []],
])('the policy for children looks at whatever Metacontroller may write, with %s of third parties', (_, groups) => {
  const made = new Made({ apiGroups: [...groups] });
  const { spec } = made.one('ValidatingAdmissionPolicy', 'child-ownership.nstarx.io');
  const looked = list(spec.matchConstraints.resourceRules) as unknown as (Rule & { operations: string[] })[];
  for (const { operations } of looked) expect(operations).toEqual(['CREATE', 'UPDATE', 'DELETE']);
  const resources = looked.flatMap(({ apiGroups: [group], resources: some }) => some.map((one) => `${group}/${one}`));
  const written = made
    .of('ClusterRole')
    .flatMap((role) => [...allowed(rulesOf(role))])
    .map((one) => one.split(' '))
    .filter(([resource, verb]) => WRITES.includes(verb) && !/events$|\/(status|finalizers)$/.test(resource))
    .map(([resource]) => resource);
  expect([...new Set(resources)].sort()).toEqual([...new Set(written)].sort());
});
