import { Access, DatabaseProps, Tier } from '../../../src/contracts';
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
    imageName: expect.stringMatching(
      /^ghcr.io\/cloudnative-pg\/postgresql:17\.\d+-\d{12}-standard-trixie@sha256:/,
    ) as string,
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
    imageName: expect.stringContaining('/postgresql:18.') as string,
    bootstrap: { initdb: { database: 'registry', owner: 'registry' } },
    storage: { size: '7Gi' },
  });
  expect(cluster.metadata.labels).not.toHaveProperty('nstarx.io/deletion-protection');
});

test.each([
  [Tier.PRODUCTION, '512Mi', '512Mi', '128MB'],
  [Tier.LOCAL, '2Gi', '2048Mi', '512MB'],
  [Tier.LOCAL, '258Mi', '258Mi', '64MB'],
])('in tier %s, memory of %s is that of an instance, and a quarter is its buffers', (tier, memory, size, buffers) => {
  const { cluster } = databaseIn(tier, { memory });
  expect(specOf(cluster)).toMatchObject({
    resources: { requests: { memory: size }, limits: { memory: size } },
    postgresql: { parameters: { shared_buffers: buffers } },
  });
});

test('the primary answers at a Service with the name of the database', () => {
  const { cluster } = databaseIn(Tier.LOCAL);
  expect(specOf(cluster).managed).toMatchObject({
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
        from: [
          { namespaceSelector: { matchLabels: { 'nstarx.io/uses-model-registry': 'true' } } },
          {
            podSelector: {
              matchLabels: {
                'app.kubernetes.io/name': 'database-users',
                'app.kubernetes.io/component': 'database-users',
                'app.kubernetes.io/part-of': 'backing-services',
                'app.kubernetes.io/instance': 'model-registry-users',
              },
            },
          },
        ],
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

test('the owner may make users, and keeps the password that CloudNativePG made', () => {
  const { environment, cluster } = databaseIn(Tier.LOCAL);
  expect(specOf(cluster).managed).toMatchObject({
    roles: [{ name: 'model_registry', ensure: 'present', login: true, createrole: true }],
  });
  const users = JSON.stringify(specOf(manifest(environment, 'Deployment', 'model-registry-users')));
  expect(users).toContain('"secret":{"secretName":"model-registry-app"}');
});

test('the owner may make databases where there is a further one, and only there', () => {
  const environment = environmentOf();
  const database = environment.addDatabase('postgres-server');
  const api = { namespace: 'app-ml-team', serviceAccountName: 'api' };
  const roles = () =>
    (specOf(manifest(environment, 'Cluster', 'postgres-server')).managed as { roles: object[] }).roles;
  database.bind(api, Access.READ_WRITE);
  expect(roles()).toEqual([{ name: 'postgres_server', ensure: 'present', login: true, createrole: true }]);
  database.bind({ ...api, serviceAccountName: 'training' }, Access.READ_WRITE, { database: 'training' });
  expect(roles()).toEqual([
    { name: 'postgres_server', ensure: 'present', login: true, createrole: true, createdb: true },
  ]);
});

test("a workload's password is made once, and copied to its namespace by a store that may get nothing else", () => {
  const environment = environmentOf();
  const database = environment.addDatabase('model-registry');
  database.bind({ namespace: 'app-ml-team', serviceAccountName: 'api' }, Access.READ_WRITE);
  const source = 'user.model-registry.app-ml-team.api';
  expect(specOf(manifest(environment, 'ExternalSecret', source))).toMatchObject({
    refreshPolicy: 'CreatedOnce',
    target: { template: { data: { username: 'app-ml-team.api', password: '{{ .password }}' } } },
  });
  const selector = { matchLabels: { 'kubernetes.io/metadata.name': 'app-ml-team' } };
  const store = { kind: 'ClusterSecretStore', name: `backing-services-${source}` };
  expect(specOf(manifest(environment, 'ClusterExternalSecret', store.name))).toMatchObject({
    externalSecretName: 'model-registry-credentials.api',
    namespaceSelectors: [selector],
    externalSecretSpec: {
      secretStoreRef: store,
      data: [
        { secretKey: 'username', remoteRef: { key: source, property: 'username' } },
        { secretKey: 'password', remoteRef: { key: source, property: 'password' } },
      ],
    },
  });
  expect(specOf(manifest(environment, 'ClusterSecretStore', store.name)).conditions).toEqual([
    { namespaceSelector: selector },
  ]);
  expect(manifest(environment, 'Role', `read-${source}`).rules).toEqual([
    { apiGroups: [''], resources: ['secrets'], verbs: ['get'], resourceNames: [source] },
  ]);
  expect(manifestsOf(environment, 'ClusterRole')).toEqual([]);
});

test('the pod that makes the users has the password of each, and connects to the database only', () => {
  const environment = environmentOf();
  const database = environment.addDatabase('database');
  database.bind({ namespace: 'b', serviceAccountName: 'api' }, Access.READ);
  database.bind({ namespace: 'a', serviceAccountName: 'api' }, Access.READ_WRITE);
  const { template } = specOf(manifest(environment, 'Deployment', 'database-users')) as {
    template: { spec: { volumes: unknown[] } };
  };
  const password = (user: string) => ({
    secret: { name: `user.database.${user}`, items: [{ key: 'password', path: user }] },
  });
  expect(template.spec.volumes).toContainEqual({
    name: 'users',
    projected: { sources: [password('a.api'), password('b.api')] },
  });
  expect(specOf(manifest(environment, 'NetworkPolicy', 'database-users')).egress).toEqual([
    {
      to: [{ podSelector: { matchLabels: { 'cnpg.io/cluster': 'database' } } }],
      ports: [{ protocol: 'TCP', port: 5432 }],
    },
  ]);
});

test('two workloads never have one user, however long their names are', () => {
  const environment = environmentOf();
  const database = environment.addDatabase('database');
  const long = (end: string) => `${'x'.repeat(60)}${end}`;
  for (const serviceAccountName of [long('a'), long('b')]) {
    database.bind({ namespace: 'n'.repeat(63), serviceAccountName }, Access.READ);
  }
  const data = manifest(environment, 'ConfigMap', 'database-users').data as { [file: string]: string };
  const names = data['users.txt'].trim().split('\n');
  expect(new Set(names).size).toBe(2);
  expect(names.filter((name) => name.length > 63)).toEqual([]);
});

test('the schema of a namespace that begins as no name may is one', () => {
  const environment = environmentOf();
  const database = environment.addDatabase('database');
  database.bind({ namespace: '4-ever', serviceAccountName: 'api' }, Access.READ_WRITE);
  const data = manifest(environment, 'ConfigMap', 'database-users').data as { [file: string]: string };
  expect(data['users.sql']).toContain('CREATE SCHEMA "_4_ever"');
  expect(() => database.bind({ namespace: 'pg-team', serviceAccountName: 'api' }, Access.READ_WRITE)).toThrow(
    /schema must be a name .* got "pg_team"/,
  );
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
    'too little memory',
    { memory: '128Mi' },
    'memory must be a whole number of Mi between 256Mi and 1048576Mi, got "128Mi": write it like \'256Mi\'.',
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
