import { Personas, PersonasProps, TenantPersonas, TenantPersonasProps } from '../../../src/kinds/governance/personas';
import { Namespace } from '../../../src/constructs/tenancy';
import { manifest, manifests, TestEnvironment, text } from '../../constructs/tenancy/support';

function personas(props?: PersonasProps): Personas {
  return new Personas(new TestEnvironment().chart(), 'personas', props);
}

function tenant(props: Partial<TenantPersonasProps> = {}, namespaces = ['vision', 'vision-batch']): TenantPersonas {
  const chart = new TestEnvironment().chart();
  return new TenantPersonas(chart, 'vision', {
    personas: new Personas(chart, 'personas'),
    namespaces: namespaces.map((name, at) => new Namespace(chart, `${name}-${at}`, { name })),
    ...props,
  });
}

test('the roles have the names of the documents, and are filled in by their labels', () => {
  const made = personas();
  expect([made.dataScientist, made.mlEngineer, made.modelReviewer, made.platformAdmin]).toEqual([
    'nstarx:data-scientist',
    'nstarx:ml-engineer',
    'nstarx:model-reviewer',
    'nstarx:platform-admin',
  ]);
  expect(manifest(made, 'ClusterRole', 'nstarx:ml-engineer').aggregationRule).toEqual({
    clusterRoleSelectors: [{ matchLabels: { 'nstarx.io/aggregate-to-ml-engineer': 'true' } }],
  });
  expect(manifest(made, 'ClusterRole', 'nstarx:deployments-edit').metadata.labels).toEqual({
    'nstarx.io/aggregate-to-ml-engineer': 'true',
    'nstarx.io/aggregate-to-platform-admin': 'true',
  });
});

test('no role has a wildcard or Secrets, whether or not it is bound', () => {
  const roles = manifests(personas()).filter((one) => text(one.kind) === 'ClusterRole');
  expect(roles).toHaveLength(10);
  const rules = JSON.stringify(roles.map((role) => role.rules));
  expect(rules).not.toContain('*');
  expect(rules).not.toContain('secrets');
  expect(rules).not.toMatch(/"(escalate|bind|impersonate|deletecollection)"/);
  expect(rules).not.toMatch(/"pods\/(exec|attach|portforward)"/);
});

test('only who runs the platform is bound in the whole cluster', () => {
  const bindings = manifests(personas({ platformAdminGroup: 'acme:sre' })).filter((one) =>
    text(one.kind).endsWith('Binding'),
  );
  expect(bindings).toHaveLength(1);
  expect(bindings[0]).toMatchObject({
    kind: 'ClusterRoleBinding',
    roleRef: { kind: 'ClusterRole', name: 'nstarx:platform-admin' },
    subjects: [{ kind: 'Group', name: 'acme:sre' }],
  });
});

test('a tenant has its users in each of its namespaces', () => {
  const made = tenant({ mlEngineerGroup: 'acme:ml' });
  for (const namespace of ['vision', 'vision-batch']) {
    const bound = manifests(made)
      .filter((one) => text(one.kind) === 'RoleBinding' && text(one.metadata.namespace) === namespace)
      .map((one) => [text(one.metadata.name), text(one.roleRef.name), one.subjects]);
    const group = (name: string) => [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name }];
    expect(bound).toEqual([
      ['vision-data-scientists', 'nstarx:data-scientist', group('vision-data-scientists')],
      ['vision-ml-engineers', 'nstarx:ml-engineer', group('acme:ml')],
      ['vision-model-reviewers', 'nstarx:model-reviewer', group('vision-model-reviewers')],
    ]);
  }
});

test('in the whole cluster they read zones, and use those that are named', () => {
  const made = tenant({ dataScientistZones: ['training'], mlEngineerZones: ['training', 'inference'] });
  const clusterWide = manifests(made)
    .filter((one) => text(one.kind) === 'ClusterRoleBinding')
    .map((one) => text(one.roleRef.name));
  expect(clusterWide).toEqual([
    'nstarx:zone-reader',
    'nstarx:vision:zones-of-data-scientists',
    'nstarx:vision:zones-of-ml-engineers',
  ]);
  expect(manifest(made, 'ClusterRole', 'nstarx:vision:zones-of-ml-engineers').rules).toEqual([
    { apiGroups: ['nstarx.io'], resources: ['aizones'], resourceNames: ['training', 'inference'], verbs: ['use'] },
  ]);
});

test('ML engineers use the zones of the data scientists unless they have their own', () => {
  const rules = (props: Partial<TenantPersonasProps>): string =>
    JSON.stringify(manifests(tenant(props)).filter((one) => text(one.kind) === 'ClusterRole'));
  expect(rules({ dataScientistZones: ['training'] })).toContain('zones-of-ml-engineers');
  expect(rules({ dataScientistZones: ['training'], mlEngineerZones: [] })).not.toContain('zones-of-ml-engineers');
  // an empty list of names would stand for every zone
  expect(manifests(tenant()).filter((one) => text(one.kind) === 'ClusterRole')).toEqual([]);
});

test.each<[string, () => unknown, string]>([
  [
    'a built-in group for admins',
    () => personas({ platformAdminGroup: 'system:authenticated' }),
    '[test/chart/personas] platformAdminGroup must be a group of the identity provider, got "system:authenticated": name a group of your own; those that start with system: are built in.',
  ],
  [
    'an empty group',
    () => tenant({ modelReviewerGroup: ' ' }),
    '[test/chart/vision] modelReviewerGroup must be a group of the identity provider, got " ": name a group of your own; those that start with system: are built in.',
  ],
  [
    'a tenant name with a space',
    () => tenant({ name: 'my team' }),
    '[test/chart/vision] name must be a DNS label of at most 50 characters, got "my team": use lower-case letters, digits and hyphens, starting and ending with a letter or digit.',
  ],
  [
    'no namespace',
    () => tenant({}, []),
    '[test/chart/vision] namespaces must be one namespace or more, each once, got []: name the namespaces of the tenant.',
  ],
  [
    'a namespace twice',
    () => tenant({}, ['vision', 'vision']),
    '[test/chart/vision] namespaces must be one namespace or more, each once, got ["vision","vision"]: name the namespaces of the tenant.',
  ],
  [
    'every zone',
    () => tenant({ dataScientistZones: ['*'] }),
    '[test/chart/vision] dataScientistZones must be a DNS label of at most 63 characters, got "*": use lower-case letters, digits and hyphens, starting and ending with a letter or digit.',
  ],
  [
    'a zone twice',
    () => tenant({ mlEngineerZones: ['training', 'training'] }),
    '[test/chart/vision] mlEngineerZones must name each zone once, got ["training","training"]: leave out the second.',
  ],
])('%s is refused', (_, act, message) => {
  expect(act).toThrow(message);
});
