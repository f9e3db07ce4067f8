import { Construct } from 'constructs';
import { StandardTeam, StandardTeams, Team, TeamProps, TeamRoles } from '../../../src/constructs/tenancy';
import { Tier } from '../../../src/contracts';
import { Json, list, manifest, manifests, TestEnvironment, text } from './support';

/** What a role may do once the control plane has joined its parts. */
function rulesOf(scope: Construct, role: string): Json[] {
  const roles = manifests(scope).filter((one) => text(one.kind) === 'ClusterRole');
  const selectors = roles.find((one) => text(one.metadata.name) === role)?.aggregationRule
    .clusterRoleSelectors as unknown as Json[];
  return roles
    .filter((one) =>
      selectors.some(({ matchLabels }) =>
        Object.entries(matchLabels).every(([key, value]) => one.metadata.labels?.[key] === value),
      ),
    )
    .flatMap((one) => list(one.rules));
}

function has(json: Json, value: string): boolean {
  return list(json).map(text).includes(value);
}

function may(rules: Json[], verb: string, resource: string, group = ''): boolean {
  return rules.some((rule) => has(rule.apiGroups, group) && has(rule.resources, resource) && has(rule.verbs, verb));
}

function rolesOf(): TeamRoles {
  return new TeamRoles(new TestEnvironment().chart(), 'roles');
}

test('each role has what the one before has', () => {
  const roles = rolesOf();
  const [viewer, developer, maintainer] = ['viewer', 'developer', 'maintainer'].map((role) =>
    rulesOf(roles, `platform-${role}`),
  );
  expect(viewer.length).toBeGreaterThan(0);
  expect(developer).toEqual(expect.arrayContaining(viewer));
  expect(developer.length).toBeGreaterThan(viewer.length);
  expect(maintainer).toEqual(expect.arrayContaining(developer));
  expect(maintainer.length).toBeGreaterThan(developer.length);
});

test('viewers read workloads, but no Secrets, and run nothing', () => {
  const rules = rulesOf(rolesOf(), 'platform-viewer');
  expect(may(rules, 'list', 'pods')).toBe(true);
  expect(may(rules, 'get', 'pods/log')).toBe(true);
  expect(may(rules, 'get', 'secrets')).toBe(false);
  expect(may(rules, 'create', 'pods/exec')).toBe(false);
  expect(new Set(rules.flatMap((rule) => list(rule.verbs).map(text)))).toEqual(new Set(['get', 'list', 'watch']));
});

test('developers write workloads, but neither RBAC, quotas, network policies nor Secrets', () => {
  const rules = rulesOf(rolesOf(), 'platform-developer');
  expect(may(rules, 'create', 'deployments', 'apps')).toBe(true);
  expect(may(rules, 'create', 'pods/exec')).toBe(true);
  expect(may(rules, 'get', 'secrets')).toBe(false);
  for (const verb of ['create', 'update', 'patch', 'delete']) {
    expect(may(rules, verb, 'resourcequotas')).toBe(false);
    expect(may(rules, verb, 'limitranges')).toBe(false);
    expect(may(rules, verb, 'networkpolicies', 'networking.k8s.io')).toBe(false);
    expect(may(rules, verb, 'rolebindings', 'rbac.authorization.k8s.io')).toBe(false);
    expect(may(rules, verb, 'serviceaccounts')).toBe(false);
  }
});

test('maintainers have Secrets and role bindings, but not what keeps tenants apart', () => {
  const rules = rulesOf(rolesOf(), 'platform-maintainer');
  expect(may(rules, 'get', 'secrets')).toBe(true);
  expect(may(rules, 'create', 'rolebindings', 'rbac.authorization.k8s.io')).toBe(true);
  expect(may(rules, 'delete', 'networkpolicies', 'networking.k8s.io')).toBe(false);
  expect(may(rules, 'update', 'resourcequotas')).toBe(false);
  expect(may(rules, 'patch', 'namespaces')).toBe(false);
});

test('no role has a wildcard, and the aggregated ones leave their rules to the control plane', () => {
  const roles = rolesOf();
  for (const one of manifests(roles)) {
    expect(JSON.stringify(one)).not.toContain('"*"');
    expect(one.aggregationRule === undefined).not.toBe(one.rules === undefined);
  }
});

test('a kind that is allowed is read by all and written by developers', () => {
  const roles = rolesOf();
  roles.allow('models', { apiGroup: 'nstarx.io', resources: ['aimodels'] });
  roles.allow('reports', {
    apiGroup: 'aquasecurity.github.io',
    resources: ['vulnerabilityreports'],
    developersWrite: false,
  });
  const viewer = rulesOf(roles, 'platform-viewer');
  const maintainer = rulesOf(roles, 'platform-maintainer');
  expect(may(viewer, 'watch', 'aimodels', 'nstarx.io')).toBe(true);
  expect(may(viewer, 'create', 'aimodels', 'nstarx.io')).toBe(false);
  expect(may(maintainer, 'create', 'aimodels', 'nstarx.io')).toBe(true);
  expect(may(maintainer, 'get', 'vulnerabilityreports', 'aquasecurity.github.io')).toBe(true);
  expect(may(maintainer, 'delete', 'vulnerabilityreports', 'aquasecurity.github.io')).toBe(false);
});

test.each([
  ['a wildcard', { apiGroup: 'nstarx.io', resources: ['*'] }],
  ['a wildcard group', { apiGroup: '*', resources: ['aimodels'] }],
  ['a kind for a plural', { apiGroup: 'nstarx.io', resources: ['AIModel'] }],
  ['nothing', { apiGroup: 'nstarx.io', resources: [] }],
])('refuses to allow %s', (_, kind) => {
  expect(() => rolesOf().allow('it', kind)).toThrow(
    '[test/chart/roles] allow must name its resources one by one, in lower case',
  );
});

test("a team's members have their roles in its namespaces only", () => {
  const environment = new TestEnvironment();
  const chart = environment.chart();
  const team = new Team(chart, 'ml', { maintainerGroup: 'ml-leads' });
  team.addNamespace('ml-dev');
  team.addNamespace('ml-prod');
  expect(team.namespaces.map((one) => one.namespaceName)).toEqual(['ml-dev', 'ml-prod']);
  expect(manifest(chart, 'Namespace', 'ml-dev').metadata.labels['nstarx.io/team']).toBe('ml');
  const bindings = manifests(chart).filter((one) => text(one.kind) === 'RoleBinding');
  expect(
    bindings.map((one) => [one.metadata.namespace, one.metadata.name, one.roleRef.name, one.subjects[0].name]),
  ).toEqual([
    ['ml-dev', 'team-viewers', 'platform-viewer', 'ml-viewers'],
    ['ml-dev', 'team-developers', 'platform-developer', 'ml-developers'],
    ['ml-dev', 'team-maintainers', 'platform-maintainer', 'ml-leads'],
    ['ml-prod', 'team-viewers', 'platform-viewer', 'ml-viewers'],
    ['ml-prod', 'team-developers', 'platform-developer', 'ml-developers'],
    ['ml-prod', 'team-maintainers', 'platform-maintainer', 'ml-leads'],
  ]);
  expect(new Set(bindings.flatMap((one) => list(one.subjects).map((subject) => subject.kind)))).toEqual(
    new Set(['Group']),
  );
  expect(manifests(chart).some((one) => text(one.kind) === 'ClusterRoleBinding')).toBe(false);
});

test.each<[string, Partial<TeamProps>, string]>([
  [
    'a group of Kubernetes itself',
    { viewerGroup: 'system:masters' },
    '[test/chart/ml] viewerGroup must be a group of the identity provider, got "system:masters": name a group of your own; those that start with system: are built in.',
  ],
  [
    'an empty group',
    { developerGroup: ' ' },
    '[test/chart/ml] developerGroup must be a group of the identity provider, got " ": name a group of your own; those that start with system: are built in.',
  ],
  ['a name that is none', { name: 'ML' }, '[test/chart/ml] name must be a DNS label of at most 50 characters'],
])('refuses %s', (_, props, message) => {
  const chart = new TestEnvironment().chart();
  expect(() => new Team(chart, 'ml', props)).toThrow(message);
});

test('the five teams have their namespaces; Terraform makes the two that components are installed into', () => {
  const environment = new TestEnvironment(Tier.PRODUCTION);
  const teams = new StandardTeams(environment.chart(), 'teams');
  expect(teams.namespaces.map((one) => one.namespaceName)).toEqual([
    'app-core-team',
    'app-ml-team',
    'app-data-team',
    'security-scanning',
    'data-platform-monitoring',
  ]);
  const made = manifests(teams).filter((one) => text(one.kind) === 'Namespace');
  expect(made.map((one) => [one.metadata.name, one.metadata.labels['pod-security.kubernetes.io/enforce']])).toEqual([
    ['app-core-team', 'restricted'],
    ['app-ml-team', 'restricted'],
    ['app-data-team', 'restricted'],
  ]);
  expect(environment.namespaces).toEqual({
    'security-scanning': { podSecurity: 'privileged', labels: { 'nstarx.io/team': 'security-scanning' } },
    'data-platform-monitoring': {
      podSecurity: 'privileged',
      labels: { 'nstarx.io/team': 'data-platform-monitoring' },
    },
  });
});

test('quotas grow with the tier, and can be set one by one', () => {
  const gpus = (tier: Tier) => {
    const environment = new TestEnvironment(tier);
    const teams = new StandardTeams(environment.chart(), 'teams');
    return manifest(teams, 'ResourceQuota', 'tenant', 'app-ml-team').spec.hard['requests.nvidia.com/gpu'];
  };
  expect([Tier.LOCAL, Tier.DEVELOPMENT, Tier.STAGING, Tier.PRODUCTION].map(gpus)).toEqual(['4', '4', '8', '32']);
  const environment = new TestEnvironment();
  const quotas = { 'app-core-team': { cpu: '1', memory: '1Gi' } };
  const teams = new StandardTeams(environment.chart(), 'teams', { quotas });
  expect(manifest(teams, 'ResourceQuota', 'tenant', 'app-core-team').spec.hard['requests.cpu']).toBe('1000m');
  expect(() => new StandardTeams(environment.chart('b'), 'teams', { quotas: { ml: quotas['app-core-team'] } })).toThrow(
    '[test/b/teams] quotas must be for app-core-team, app-ml-team, app-data-team, security-scanning, data-platform-monitoring, got ["ml"]: make other teams with Team.',
  );
});

test('the roles are made once, where the first team is, and found from then on', () => {
  const environment = new TestEnvironment();
  const chart = environment.chart('first');
  new Team(chart, 'vision');
  new Team(environment.chart('second'), 'speech');
  const roles = TeamRoles.of(environment);
  expect(roles.node.path).toBe('test/first/team-roles');
  expect(manifests(environment).filter((one) => text(one.metadata.name) === 'platform-viewer')).toHaveLength(1);
  expect(() => new TeamRoles(chart, 'others')).toThrow(
    '[test/first/others] scope must have no TeamRoles yet, got "test/first/team-roles": use TeamRoles.of(), or make these before any team.',
  );
});

test('roles that are made before the teams are those of the teams, wherever they are', () => {
  const environment = new TestEnvironment();
  const roles = new TeamRoles(environment.chart('roles'), 'roles');
  new Team(environment.chart('teams'), 'vision');
  expect(TeamRoles.of(environment)).toBe(roles);
});

test('outside a chart there are no roles to be found', () => {
  expect(() => TeamRoles.of(new TestEnvironment())).toThrow(
    '[test] scope must be in a chart, got "test": make it in environment.addChart(id).',
  );
});

test('each standard team can be left out', () => {
  const teams = new StandardTeams(new TestEnvironment().chart(), 'teams', {
    teams: [StandardTeam.DATA, StandardTeam.ML],
  });
  expect(teams.namespaces.map((one) => one.namespaceName)).toEqual(['app-ml-team', 'app-data-team']);
  expect(teams.ml.namespaceName).toBe('app-ml-team');
  expect(() => teams.core).toThrow(
    '[test/chart/teams] core must be one of the teams that there are, got ["app-ml-team","app-data-team"]: add StandardTeam.CORE to the teams.',
  );
});
