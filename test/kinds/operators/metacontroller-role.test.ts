import { METACONTROLLER_ROLE_LABEL } from '../../../src/components/metacontroller';
import { OPERATOR_DEFINITIONS } from '../../../src/kinds/operators/definitions';
import { OperatorDefinition } from '../../../src/api/operator-definition';
import { Json, list } from '../../constructs/tenancy/support';
import { GROUPS, Made } from './support';

const READ = ['get', 'list', 'watch'];
const MANAGE = [...READ, 'create', 'update', 'patch', 'delete'];

interface Rule {
  readonly apiGroups: string[];
  readonly resources: string[];
  readonly resourceNames?: string[];
  readonly verbs: string[];
}

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
