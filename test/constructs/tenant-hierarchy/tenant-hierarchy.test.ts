import { RESERVED_LABELS } from '../../../src/contracts/names';
import { TenantHierarchy, TenantHierarchyProps, TenantProps } from '../../../src/constructs/tenant-hierarchy';
import { list, manifest, manifests, TestEnvironment, text, validationErrors } from '../tenancy/support';

function setUp(props: Partial<TenantHierarchyProps> = {}) {
  const environment = new TestEnvironment();
  const chart = environment.chart();
  const tenants = new TenantHierarchy(chart, 'tenants', props);
  return { environment, chart, tenants };
}

test('a tenant has the quota of the architecture document, with the keys that Kubernetes counts', () => {
  const { chart, tenants } = setUp();
  tenants.addTenant('acme-corp');
  expect(manifest(chart, 'ResourceQuota', 'tenant', 'tenant-acme-corp').spec.hard).toMatchObject({
    'requests.cpu': '1000000m',
    'requests.memory': `${10 * 1024 * 1024}Mi`,
    'requests.nvidia.com/gpu': '20',
    persistentvolumeclaims: '100',
    services: '50',
    'count/aimodels.nstarx.io': '100',
    'count/mlworkflows.nstarx.io': '500',
    'count/datapipelines.nstarx.io': '200',
    'count/featurestores.nstarx.io': '100',
    'count/abtests.nstarx.io': '100',
  });
  // a quota on requests refuses pods without any, unless there are defaults
  expect(manifest(chart, 'LimitRange', 'tenant', 'tenant-acme-corp').spec.limits).toBeDefined();
});

test('a quota of its own keeps the bounds of the kinds that it does not name', () => {
  const { chart, tenants } = setUp();
  tenants.addTenant('small', { quota: { cpu: '4', memory: '8Gi', extra: { 'count/aimodels.nstarx.io': '3' } } });
  const { hard } = manifest(chart, 'ResourceQuota', 'tenant', 'tenant-small').spec;
  expect(hard).toMatchObject({
    'requests.cpu': '4000m',
    'count/aimodels.nstarx.io': '3',
    'count/mlworkflows.nstarx.io': '500',
  });
});

test('labels go down the hierarchy', () => {
  const { chart, tenants } = setUp();
  const acme = tenants.addTenant('acme', { labels: { 'nstarx.io/billing-id': 'acme-12345' } });
  const research = acme.addTenant('research', { labels: { 'nstarx.io/tier': 'research' } });
  research.addTenant('vision');
  const labels = manifest(chart, 'Namespace', 'tenant-vision').metadata.labels;
  expect(labels).toMatchObject({
    'nstarx.io/tenant': 'vision',
    'nstarx.io/parent-tenant': 'research',
    'nstarx.io/billing-id': 'acme-12345',
    'nstarx.io/tier': 'research',
    'nstarx.io/team': 'vision',
    'pod-security.kubernetes.io/enforce': 'restricted',
  });
  expect(manifest(chart, 'Namespace', 'tenant-acme').metadata.labels['nstarx.io/parent-tenant']).toBeUndefined();
  expect(tenants.tenants.map(({ tenantName }) => tenantName)).toEqual(['acme', 'research', 'vision']);
});

test('an inherited label cannot be changed, nor those of the hierarchy itself', () => {
  const acme = setUp().tenants.addTenant('acme', { labels: { 'nstarx.io/billing-id': 'acme-12345' } });
  expect(() => acme.addTenant('research', { labels: { 'nstarx.io/billing-id': 'other' } })).toThrow(
    'labels must not change the inherited label nstarx.io/billing-id, got "other": leave it at acme-12345.',
  );
  expect(() => acme.addTenant('vision', { labels: { 'nstarx.io/tenant': 'x' } })).toThrow(
    'labels must not have the labels of the hierarchy itself, got "nstarx.io/tenant": leave it out; it is set.',
  );
});

test.each([
  'nstarx.io/deletion-protected',
  'nstarx.io/uses-database',
  'pod-security.kubernetes.io/enforce',
  'istio-injection',
])('the label %s is none that a tenant is given', (key) => {
  expect(() => setUp().tenants.addTenant('acme', { labels: { [key]: 'true' } })).toThrow(
    `labels must not have labels of the platform, of Kubernetes or of what is installed, got "${key}": use a domain of your own.`,
  );
});

test('every tenant has the labels by which services know who may reach them, those that Capsule makes too', () => {
  const serviceLabels = { 'nstarx.io/uses-models': 'true' };
  const { chart, tenants } = setUp({ selfServiceGroups: ['owners'], serviceLabels });
  tenants.addTenant('acme', { selfServiceGroup: 'owners' }).addTenant('research');
  for (const name of ['tenant-acme', 'tenant-research']) {
    expect(manifest(chart, 'Namespace', name).metadata.labels).toMatchObject(serviceLabels);
  }
  expect(manifest(chart, 'Tenant', 'acme').spec.namespaceOptions).toMatchObject({
    additionalMetadataList: [{ labels: serviceLabels }],
    forbiddenLabels: { deniedRegex: RESERVED_LABELS },
  });
});

test('a namespace is protected from deletion, and stays when its tenant leaves the program', () => {
  const { chart, tenants } = setUp();
  tenants.addTenant('kept');
  tenants.addTenant('deletable', { allowCascadingDeletion: true });
  const kept = manifest(chart, 'Namespace', 'tenant-kept').metadata;
  expect(kept.labels['nstarx.io/deletion-protected']).toBe('true');
  expect(kept.annotations).toEqual({
    'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false',
    'helm.sh/resource-policy': 'keep',
  });
  const deletable = manifest(chart, 'Namespace', 'tenant-deletable').metadata;
  expect(deletable.labels['nstarx.io/deletion-protected']).toBeUndefined();
  expect(deletable.annotations).toBeUndefined();
  expect(manifest(chart, 'ValidatingAdmissionPolicy', 'namespace-deletion.nstarx.io').spec.failurePolicy).toBe('Fail');
});

test('whether a tenant may be deleted is inherited, and a protected one keeps those above', () => {
  const { chart, tenants } = setUp();
  const open = tenants.addTenant('open', { allowCascadingDeletion: true });
  open.addTenant('below');
  expect(manifest(chart, 'Namespace', 'tenant-below').metadata.labels['nstarx.io/deletion-protected']).toBeUndefined();
  expect(() => open.addTenant('kept', { allowCascadingDeletion: false })).toThrow(
    'allowCascadingDeletion must be false above a protected tenant (kept), got true: protect this tenant too, or let the one below be deleted.',
  );
});

test('with a group of its own, a tenant makes its namespaces by Capsule', () => {
  const { environment, chart, tenants } = setUp({ selfServiceGroups: ['owners'] });
  tenants.addTenant('acme', { selfServiceGroup: 'owners', labels: { 'nstarx.io/tier': 'enterprise' } });
  tenants.addTenant('small', { selfServiceGroup: 'owners', selfServiceNamespaces: 2 });
  expect(manifest(chart, 'Tenant', 'small').spec.namespaceOptions.quota).toBe(2);
  expect(environment.components.has('capsule')).toBe(true);
  const { apiVersion, spec } = manifest(chart, 'Tenant', 'acme');
  expect(apiVersion).toBe('capsule.clastix.io/v1beta2');
  expect(spec).toMatchObject({
    owners: [{ kind: 'Group', name: 'owners' }],
    preventDeletion: true,
    forceTenantPrefix: true,
    namespaceOptions: {
      quota: 10,
      additionalMetadataList: [
        {
          labels: {
            'nstarx.io/tenant': 'acme',
            'nstarx.io/tier': 'enterprise',
            'pod-security.kubernetes.io/enforce': 'restricted',
          },
        },
      ],
    },
  });
  const [quota] = list(list(spec.rules)[0].quota);
  expect(quota.hard['count/aimodels.nstarx.io']).toBe('100');
  expect(validationErrors(chart)).toEqual([]);
});

test('a group that Capsule does not know is found at synthesis', () => {
  const { environment, chart, tenants } = setUp();
  tenants.addTenant('acme', { selfServiceGroup: 'owners' });
  expect(environment.components.has('capsule')).toBe(false);
  expect(validationErrors(chart)).toEqual([
    'tenant acme: selfServiceGroup owners is unknown to Capsule; add it to selfServiceGroups of the hierarchy',
  ]);
});

test.each<[TenantProps, string]>([
  [{ name: 'Acme' }, 'name must be a DNS label of at most 40 characters, got "Acme"'],
  [{ selfServiceGroup: 'system:masters' }, 'selfServiceGroup must be a group of the identity provider'],
  [
    { selfServiceGroup: 'owners', selfServiceNamespaces: 0 },
    'selfServiceNamespaces must be a whole number of at least 1, got 0: give the largest number allowed.',
  ],
  [{ labels: { 'a b': 'c' } }, 'labels must have valid label keys, got "a b"'],
])('a tenant with %j is refused', (props, message) => {
  expect(() => setUp().tenants.addTenant('acme', props)).toThrow(message);
});

test('nothing is made for tenants that do not exist', () => {
  const { chart } = setUp();
  expect(manifests(chart).filter(({ kind }) => text(kind) === 'Namespace')).toEqual([]);
});
