import { DatabaseProps, Tier } from '../../../src/contracts';
import { environmentOf, manifest, manifestsOf, specOf } from './support';

function databaseIn(tier: Tier, props: DatabaseProps = {}) {
  const environment = environmentOf(tier);
  environment.addDatabase('model-registry', props);
  return { environment, cluster: manifest(environment, 'Cluster', 'model-registry') };
}

test('a local database is one small instance', () => {
  const { cluster } = databaseIn(Tier.LOCAL);
  expect(cluster).toMatchObject({ apiVersion: 'postgresql.cnpg.io/v1', metadata: { namespace: 'backing-services' } });
  expect(specOf(cluster)).toMatchObject({
    instances: 1,
    imageName: 'ghcr.io/cloudnative-pg/postgresql:17-standard-trixie',
    enableSuperuserAccess: false,
    enablePDB: false,
    bootstrap: { initdb: { database: 'model_registry', owner: 'model_registry' } },
    storage: { size: '10Gi', storageClass: 'standard' },
    resources: { requests: { cpu: '100m', memory: '512Mi' }, limits: { memory: '512Mi' } },
    postgresql: { parameters: { shared_buffers: '128MB' } },
    monitoring: { enablePodMonitor: false },
  });
  expect(specOf(cluster).postgresql).not.toHaveProperty('synchronous');
});

test('a production database survives the loss of an instance without losing a transaction', () => {
  const { cluster } = databaseIn(Tier.PRODUCTION);
  expect(specOf(cluster)).toMatchObject({
    instances: 3,
    enablePDB: true,
    postgresql: { synchronous: { method: 'any', number: 1 } },
    storage: { size: '100Gi' },
  });
});

test('the defaults of the tier can be overridden', () => {
  const { cluster } = databaseIn(Tier.PRODUCTION, {
    postgresVersion: '18',
    databaseName: 'registry',
    storage: '7Gi',
    highlyAvailable: false,
    deletionProtection: false,
  });
  expect(specOf(cluster)).toMatchObject({
    instances: 1,
    imageName: 'ghcr.io/cloudnative-pg/postgresql:18-standard-trixie',
    bootstrap: { initdb: { database: 'registry', owner: 'registry' } },
    storage: { size: '7Gi' },
  });
  expect(cluster.metadata.labels).not.toHaveProperty('nstarx.io/deletion-protection');
});

test('the primary answers at a Service with the name of the database', () => {
  const { cluster } = databaseIn(Tier.LOCAL);
  expect(specOf(cluster).managed).toEqual({
    services: {
      additional: [
        {
          selectorType: 'rw',
          serviceTemplate: { metadata: { name: 'model-registry' }, spec: { type: 'ClusterIP' } },
        },
      ],
    },
  });
});

test('a production database refuses to be deleted, by an admission policy of its namespace', () => {
  const { environment, cluster } = databaseIn(Tier.PRODUCTION);
  environment.addDatabase('second');
  expect(cluster.metadata.labels).toMatchObject({ 'nstarx.io/deletion-protection': 'true' });
  expect(manifestsOf(environment, 'ValidatingAdmissionPolicy')).toHaveLength(1);
  const policy = specOf(manifest(environment, 'ValidatingAdmissionPolicy', 'backing-services-deletion-protection'));
  expect(policy).toMatchObject({
    failurePolicy: 'Fail',
    matchConstraints: { resourceRules: [{ operations: ['DELETE'], resources: ['clusters'] }] },
  });
  const binding = manifest(environment, 'ValidatingAdmissionPolicyBinding', 'backing-services-deletion-protection');
  expect(specOf(binding)).toMatchObject({
    validationActions: ['Deny'],
    matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'backing-services' } } },
  });
});

test('a local database can be deleted', () => {
  const { environment, cluster } = databaseIn(Tier.LOCAL);
  expect(cluster.metadata.labels).not.toHaveProperty('nstarx.io/deletion-protection');
  expect(manifestsOf(environment, 'ValidatingAdmissionPolicy')).toEqual([]);
});

test('only users, the other instances, the operator and what scrapes reach a database, each at its ports', () => {
  const { environment } = databaseIn(Tier.LOCAL);
  expect(specOf(manifest(environment, 'NetworkPolicy', 'model-registry')).ingress).toHaveLength(3);
  environment.useScraper({
    namespace: 'data-platform-monitoring',
    podLabels: { 'app.kubernetes.io/name': 'prometheus' },
  });
  const policy = specOf(manifest(environment, 'NetworkPolicy', 'model-registry'));
  const port = (number: number) => ({ protocol: 'TCP', port: number });
  const instances = { podSelector: { matchLabels: { 'cnpg.io/cluster': 'model-registry' } } };
  expect(policy).toEqual({
    podSelector: { matchLabels: { 'cnpg.io/cluster': 'model-registry' } },
    policyTypes: ['Ingress', 'Egress'],
    ingress: [
      {
        from: [{ namespaceSelector: { matchLabels: { 'nstarx.io/uses-model-registry': 'true' } } }],
        ports: [port(5432)],
      },
      { from: [instances], ports: [port(5432), port(8000)] },
      {
        from: [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'data-platform-monitoring' } },
            podSelector: { matchLabels: { 'app.kubernetes.io/name': 'prometheus' } },
          },
        ],
        ports: [port(9187)],
      },
      {
        from: [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'cnpg-system' } },
            podSelector: { matchLabels: { 'app.kubernetes.io/name': 'cloudnative-pg' } },
          },
        ],
        ports: [port(5432), port(8000)],
      },
    ],
    egress: [{ to: [instances], ports: [port(5432), port(8000)] }, { ports: [port(443), port(6443)] }],
  });
});

test('credentials are copied into the namespaces that use the database, and into no other', () => {
  const { environment } = databaseIn(Tier.LOCAL);
  const selector = { matchLabels: { 'nstarx.io/uses-model-registry': 'true' } };
  const copies = specOf(manifest(environment, 'ClusterExternalSecret', 'backing-services-model-registry'));
  expect(copies).toMatchObject({
    externalSecretName: 'model-registry-credentials',
    namespaceSelectors: [selector],
    externalSecretSpec: {
      secretStoreRef: { kind: 'ClusterSecretStore', name: 'backing-services-model-registry' },
      target: { name: 'model-registry-credentials' },
      data: [
        { secretKey: 'username', remoteRef: { key: 'model-registry-app', property: 'username' } },
        { secretKey: 'password', remoteRef: { key: 'model-registry-app', property: 'password' } },
      ],
    },
  });
  const store = specOf(manifest(environment, 'ClusterSecretStore', 'backing-services-model-registry'));
  expect(store.conditions).toEqual([{ namespaceSelector: selector }]);
  expect(store.provider).toMatchObject({
    kubernetes: {
      remoteNamespace: 'backing-services',
      auth: { serviceAccount: { name: 'read-model-registry', namespace: 'backing-services' } },
    },
  });
});

test('the store may get one Secret and do nothing else', () => {
  const { environment } = databaseIn(Tier.LOCAL);
  expect(manifest(environment, 'Role', 'read-model-registry').rules).toEqual([
    { apiGroups: [''], resources: ['secrets'], verbs: ['get'], resourceNames: ['model-registry-app'] },
  ]);
  const binding = manifest(environment, 'RoleBinding', 'read-model-registry');
  expect(binding.subjects).toEqual([
    { kind: 'ServiceAccount', name: 'read-model-registry', namespace: 'backing-services' },
  ]);
  expect(manifest(environment, 'ServiceAccount', 'read-model-registry').automountServiceAccountToken).toBe(false);
  expect(manifestsOf(environment, 'ClusterRole')).toEqual([]);
});

test('the operators that a database needs are required', () => {
  const { environment } = databaseIn(Tier.LOCAL);
  expect(environment.components.sorted().map((component) => component.name)).toEqual([
    'cloudnative-pg',
    'external-secrets',
    'metrics-server',
  ]);
});

const refused: [string, DatabaseProps, string][] = [
  [
    'a version without an image',
    { postgresVersion: '9.6' },
    'postgresVersion must be one of 16, 17, 18, got "9.6": give the major version only.',
  ],
  [
    "a name that is not PostgreSQL's",
    { databaseName: 'Model-Registry' },
    'databaseName must start with a letter and have at most 63 lower-case letters, digits and underscores, got "Model-Registry": name it like platform.',
  ],
  [
    'a name that the server uses',
    { databaseName: 'postgres' },
    'databaseName must not be a name that the database server has for itself, got "postgres": choose another, such as platform; postgres, template0, rdsadmin, pg_… and the like are taken.',
  ],
  [
    'no storage',
    { storage: '0Gi' },
    'storage must be a whole number of Gi between 1Gi and 65536Gi, got "0Gi": write it like \'1Gi\'.',
  ],
  [
    'backups that are not made',
    { backupRetentionDays: 7 },
    'backupRetentionDays must be 0 for a database inside the cluster, got 7: leave it out and add a DatabaseDump, or use a provider with managed databases.',
  ],
];

test.each(refused)('a database refuses %s', (_what, props, message) => {
  const environment = environmentOf(Tier.PRODUCTION);
  expect(() => environment.addDatabase('database', props)).toThrow(
    new Error(`[sample/backing-services/database] ${message}`),
  );
});

test('on a laptop, backups are left out without a word', () => {
  expect(() => environmentOf(Tier.LOCAL).addDatabase('database', { backupRetentionDays: 7 })).not.toThrow();
});

test.each(['s3', 's3-app-ml-team', 'seaweedfs-all-in-one', 'default-deny', 'orders-rw'])(
  'a database cannot have the name %s, which something else has',
  (name) => {
    const environment = environmentOf();
    environment.addDatabase('orders');
    expect(() => environment.addDatabase(name)).toThrow(
      new Error(
        `[sample/backing-services] name must not be one that other objects of the namespace have, got "${name}": choose another; s3…, seaweedfs…, default-deny, allow-dns and the Services of other databases are taken.`,
      ),
    );
  },
);

test('a database cannot have a name whose Services a cache has taken', () => {
  const environment = environmentOf();
  environment.addCache('orders-ro');
  expect(() => environment.addDatabase('orders')).toThrow(/must not be one that other objects/);
});
