import { Token } from 'cdktf';
import { Construct } from 'constructs';
import { Environment } from '../../src/app';
import { ManifestGraph } from '../../src/checks';
import {
  Access,
  GeneralPool,
  GrantOptions,
  IGrantable,
  GpuModel,
  GpuPool,
  ICache,
  IDatabase,
  IMessageBus,
  IObjectStore,
  IProvider,
  IWorkloadIdentity,
  ServiceBinding,
  Tier,
} from '../../src/contracts';
import { InvalidInputError } from '../../src/contracts/errors';
import { filesIn, temporaryApp } from '../support/synth';

/** What is not the same on every provider. */
export interface ProviderFacts {
  /** A version of Kubernetes that the provider supports. */
  readonly kubernetesVersion: string;
  /** Whether workloads reach buckets by their identity rather than by keys. */
  readonly workloadIdentity: boolean;
  /** Tier of the environments under test. */
  readonly tier?: Tier;
  /**
   * A provider whose clusters can run side by side.
   *
   * @default - the one under test
   */
  readonly shared?: IProvider;
}

/** An environment with a cluster, and one of each backing service. */
export interface Sample {
  readonly folder: string;
  readonly environment: Environment;
  readonly database: IDatabase;
  readonly cache: ICache;
  readonly artifacts: IObjectStore;
  readonly bus: IMessageBus;
  readonly synth: () => { [file: string]: string };
}

interface ManifestJson {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data?: { readonly [file: string]: string };
  readonly spec?: { readonly externalSecretName?: string; readonly namespaceSelectors?: unknown };
}

const ML_BACKEND = { namespace: 'app-ml-team', serviceAccountName: 'ml-backend' };
const DATA_API = { namespace: 'app-data-team', serviceAccountName: 'data-api' };

/** Something of the namespace `app-ml-team` that remembers what it is given. */
class Grantee extends Construct implements IGrantable {
  public readonly identity: IWorkloadIdentity;

  public constructor(
    scope: Construct,
    id: string,
    private readonly bound: ServiceBinding[],
  ) {
    super(scope, id);
    this.identity = { namespace: 'app-ml-team', serviceAccountName: id };
  }

  public addBinding(_serviceName: string, binding: ServiceBinding): void {
    this.bound.push(binding);
  }
}

/** Builds the sample with a provider. */
export function sampleOf(provider: IProvider, facts: ProviderFacts, backingServicesNamespace?: string): Sample {
  const { app, folder } = temporaryApp();
  const environment = app.environment('sample', {
    provider,
    tier: facts.tier ?? Tier.LOCAL,
    backingServicesNamespace,
  });
  environment.addCluster({
    kubernetesVersion: facts.kubernetesVersion,
    nodePools: [GeneralPool.of('general'), GpuPool.of(GpuModel.T4, { max: 2 })],
  });
  return {
    folder,
    environment,
    database: environment.addDatabase('database'),
    cache: environment.addCache('cache'),
    artifacts: environment.addObjectStore('artifacts'),
    bus: environment.addMessageBus('bus'),
    synth: () => {
      app.synth();
      return filesIn(folder);
    },
  };
}

/** What a workload gets that uses everything. */
export function bindingsOf(sample: Sample): { [service: string]: ServiceBinding } {
  return {
    database: sample.database.bind(ML_BACKEND, Access.READ_WRITE),
    cache: sample.cache.bind(ML_BACKEND, Access.READ_WRITE),
    artifacts: sample.artifacts.bind(ML_BACKEND, Access.READ_WRITE),
    bus: sample.bus.bind(ML_BACKEND, Access.READ_WRITE),
  };
}

/**
 * What a workload may rely on with every provider. Every provider runs it.
 *
 * @param name name of the provider
 * @param makeProvider makes a new provider each time; its cluster has a pool `gpu-t4`
 */
export function describeProvider(name: string, makeProvider: () => IProvider, facts: ProviderFacts): void {
  const sample = () => sampleOf(makeProvider(), facts);
  const secretNames = (binding: ServiceBinding) => binding.secretEnv.map((variable) => variable.name);

  test(`${name}: the provider has a human-readable name`, () => {
    expect(makeProvider().displayName).toMatch(/^\w[\w .-]*$/);
  });

  test(`${name}: a database has the same variables, host and port everywhere`, () => {
    const { database } = sample();
    const binding = database.bind(ML_BACKEND, Access.READ_WRITE);
    expect(Object.keys(binding.env).sort()).toEqual([
      'DATABASE_HOST',
      'DATABASE_NAME',
      'DATABASE_PORT',
      'DATABASE_SSLMODE',
    ]);
    expect(binding.env.DATABASE_HOST).toBe('database.backing-services.svc.cluster.local');
    expect(binding.env.DATABASE_PORT).toBe('5432');
    // not the name of the service: RDS takes no key word of SQL
    expect(binding.env.DATABASE_NAME).toBe('database_db');
    expect(binding.env.DATABASE_SSLMODE).toMatch(/^(require|verify-ca|verify-full)$/);
    expect([database.host, database.port]).toEqual(['database.backing-services.svc.cluster.local', 5432]);
  });

  test(`${name}: a workload's credentials of a database come from a Secret of its own`, () => {
    const { database } = sample();
    const { secretEnv } = database.bind(ML_BACKEND, Access.READ_WRITE);
    expect(secretEnv).toEqual([
      { name: 'DATABASE_USERNAME', secretName: 'database-credentials.ml-backend', key: 'username' },
      { name: 'DATABASE_PASSWORD', secretName: 'database-credentials.ml-backend', key: 'password' },
    ]);
    const other = database.bind(DATA_API, Access.READ).secretEnv;
    expect(other.map(({ secretName }) => secretName)).toEqual(Array(2).fill('database-credentials.data-api'));
  });

  test(`${name}: a workload's credentials reach its namespace and no other, and each user is made with its own grants`, () => {
    const { database, environment } = sample();
    database.bind(ML_BACKEND, Access.READ_WRITE);
    database.bind(DATA_API, Access.READ);
    const json = ManifestGraph.of(environment).manifests.map((one) => one.json as unknown as ManifestJson);
    const copies = json.filter(
      ({ kind, spec }) => kind === 'ClusterExternalSecret' && spec?.externalSecretName?.startsWith('database-'),
    );
    expect(copies.map(({ spec }) => [spec?.externalSecretName, spec?.namespaceSelectors])).toEqual([
      ['database-credentials.ml-backend', [{ matchLabels: { 'kubernetes.io/metadata.name': 'app-ml-team' } }]],
      ['database-credentials.data-api', [{ matchLabels: { 'kubernetes.io/metadata.name': 'app-data-team' } }]],
    ]);
    const script = json.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'database-users')?.data;
    expect(script?.['users.txt']).toBe('app-data-team.data-api\napp-ml-team.ml-backend\n');
    expect(script?.['users.sql']).toContain('ALTER ROLE "app-ml-team.ml-backend" SET role TO "writers:app_ml_team"');
    expect(script?.['users.sql']).not.toContain('writers:app_data_team');
  });

  test(`${name}: backing services are in the namespace that the environment names, and nothing says another`, () => {
    const one = sampleOf(makeProvider(), facts, 'data-services');
    expect(one.environment.backingServicesNamespace).toBe('data-services');
    expect(one.database.host).toBe('database.data-services.svc.cluster.local');
    expect(one.cache.host).toBe('cache.data-services.svc.cluster.local');
    const bindings = bindingsOf(one);
    expect(bindings.bus.env.BUS_BOOTSTRAP_SERVERS).toBe('bus-kafka-bootstrap.data-services.svc.cluster.local:9093');
    expect(JSON.stringify(bindings)).not.toContain('backing-services');
    const files = one.synth();
    // a label and the name of a folder stay: they say what objects are part of
    const others = Object.entries(files).flatMap(([file, text]) =>
      text
        .replaceAll(/"?app\.kubernetes\.io\/part-of"?: "?backing-services"?/g, '')
        .replaceAll(/construct-path"?: "?[\w/.-]*/g, '')
        .replaceAll(/\bbacking-services\//g, '')
        .split('\n')
        .filter((line) => /\bbacking-services\b/.test(line))
        .map((line) => `${file}: ${line.trim().slice(0, 200)}`),
    );
    expect(others).toEqual([]);
    expect(Object.values(files).join('')).toContain('data-services');
  });

  test(`${name}: a workload can be of a database of its own on the same server, and its variable says which`, () => {
    const { database, environment } = sample();
    expect(database.databaseNames).toEqual(['database_db']);
    const { env, secretEnv } = database.bind(ML_BACKEND, Access.READ_WRITE, { database: 'orders' });
    expect(env).toMatchObject({ DATABASE_HOST: database.host, DATABASE_NAME: 'orders' });
    expect(secretEnv.map(({ secretName }) => secretName)).toEqual(Array(2).fill('database-credentials.ml-backend'));
    expect(database.bind(DATA_API, Access.READ_WRITE).env.DATABASE_NAME).toBe('database_db');
    expect(database.databaseNames).toEqual(['database_db', 'orders']);
    const json = ManifestGraph.of(environment).manifests.map((one) => one.json as unknown as ManifestJson);
    const sql = json.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'database-users')?.data?.[
      'users.sql'
    ];
    expect(sql).toContain('CREATE DATABASE "orders" ALLOW_CONNECTIONS false');
    expect(sql).toContain('REVOKE ALL ON DATABASE "orders" FROM PUBLIC;');
    expect(sql).toContain('GRANT CONNECT ON DATABASE "orders" TO "app-ml-team.ml-backend";');
    expect(sql).toContain('GRANT CONNECT ON DATABASE "database_db" TO "app-data-team.data-api";');
    expect(sql?.match(/^GRANT CONNECT/gm)).toHaveLength(2);
    expect(sql).toContain('\\connect "orders"');
  });

  test.each<[string, string, string]>([
    ['with a hyphen', 'my-orders', 'database must start with a letter and have at most 63 lower-case letters'],
    ['of the server', 'postgres', 'database must not be a name that the database server has for itself'],
    ['that is a key word', 'order', 'database must not be a key word of SQL'],
    ['that ends the statement', 'a"; DROP DATABASE b; --', 'database must start with a letter'],
  ])(`${name}: a database server refuses a database %s`, (_, given, message) => {
    expect(() => sample().database.bind(ML_BACKEND, Access.READ, { database: given })).toThrow(message);
  });

  test(`${name}: a workload is of one database of a server`, () => {
    const { database } = sample();
    database.bind(ML_BACKEND, Access.READ, { database: 'orders' });
    database.bind(DATA_API, Access.READ, { database: database.databaseName });
    expect(() => database.bind(ML_BACKEND, Access.READ_WRITE)).toThrow(
      'database must be one for app-ml-team.ml-backend, got "orders and that of the server"',
    );
    expect(() => database.bind(DATA_API, Access.READ)).not.toThrow();
  });

  test.each<[string, GrantOptions, string]>([
    ['a schema of the server', { schema: 'pg_catalog' }, 'schema must be a name of at most 55 characters'],
    ['the schema of everyone', { schema: 'public' }, 'schema must be a name of at most 55 characters'],
    ['a schema with a quote', { schema: 'a"; DROP ROLE b; --' }, 'schema must be a name of at most 55 characters'],
    ['prefixes', { prefixes: ['a/'] }, 'prefixes must not be given for a database'],
  ])(`${name}: a database refuses %s`, (_, options, message) => {
    expect(() => sample().database.bind(ML_BACKEND, Access.READ_WRITE, options)).toThrow(message);
  });

  test(`${name}: a workload has one schema; of two grants without one, the larger counts`, () => {
    const { database } = sample();
    database.bind(ML_BACKEND, Access.READ);
    database.bind(ML_BACKEND, Access.READ_WRITE, { schema: 'orders' });
    expect(() => database.bind(ML_BACKEND, Access.READ, { schema: 'payments' })).toThrow(
      'schema must be one for app-ml-team.ml-backend, got "orders and payments"',
    );
  });

  test(`${name}: a cache has the same variables, host and port everywhere`, () => {
    const { cache } = sample();
    const binding = cache.bind(ML_BACKEND, Access.READ_WRITE);
    expect(Object.keys(binding.env).sort()).toEqual(['CACHE_HOST', 'CACHE_PORT', 'CACHE_TLS']);
    expect(binding.env.CACHE_HOST).toBe('cache.backing-services.svc.cluster.local');
    expect(binding.env.CACHE_PORT).toBe('6379');
    expect(binding.env.CACHE_TLS).toMatch(/^(true|false)$/);
    expect(cache.host).toBe(binding.env.CACHE_HOST);
    expect(binding.secretEnv).toEqual([
      { name: 'CACHE_USERNAME', secretName: 'cache-credentials.ml-backend', key: 'username' },
      { name: 'CACHE_PASSWORD', secretName: 'cache-credentials.ml-backend', key: 'password' },
    ]);
  });

  test.each<[string, GrantOptions, string]>([
    ['no prefix at all', { prefixes: [] }, 'prefixes must name at least one, got []'],
    ['a wildcard', { prefixes: ['*'] }, 'prefixes must be the beginnings of keys'],
    ['a further rule', { prefixes: ['a +@all ~*'] }, 'prefixes must be the beginnings of keys'],
    ['a schema', { schema: 'orders' }, 'schema must not be given for a cache'],
    ['a database', { database: 'orders' }, 'database must not be given for a cache'],
  ])(`${name}: a cache refuses %s`, (_, options, message) => {
    expect(() => sample().cache.bind(ML_BACKEND, Access.READ, options)).toThrow(message);
  });

  test(`${name}: a bucket has the variables that the AWS SDKs read`, () => {
    const { artifacts } = sample();
    const binding = artifacts.bind(ML_BACKEND, Access.READ_WRITE);
    expect(binding.env.ARTIFACTS_BUCKET).toBe(artifacts.bucketName);
    expect(binding.env.AWS_REGION).toBe(artifacts.region);
    expect('AWS_ENDPOINT_URL_S3' in binding.env).toBe(!facts.workloadIdentity);
    const required = binding.secretEnv.filter((variable) => !variable.optional);
    expect(required.map((variable) => variable.name)).toEqual(
      facts.workloadIdentity ? [] : ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'],
    );
  });

  test.each<[string, GrantOptions, string]>([
    ['no folder at all', { prefixes: [] }, 'prefixes must name at least one, got []'],
    ['the beginning of a folder', { prefixes: ['features'] }, 'prefixes must be folders'],
    ['a slash at the start', { prefixes: ['/features/'] }, 'prefixes must be folders'],
    ['a wildcard', { prefixes: ['*/'] }, 'prefixes must be folders'],
    ["a variable of IAM's", { prefixes: ['${aws:username}/'] }, 'prefixes must be folders'],
    ['a way out', { prefixes: ['features/../models/'] }, 'prefixes must be folders'],
    ['a schema', { schema: 'orders' }, 'schema must not be given for a bucket'],
    ['a database', { database: 'orders' }, 'database must not be given for a bucket'],
  ])(`${name}: a bucket refuses %s`, (_, options, message) => {
    expect(() => sample().artifacts.bind(ML_BACKEND, Access.READ, options)).toThrow(message);
  });

  test(`${name}: a message bus has the same variables, and a user with a password for each workload`, () => {
    const { bus } = sample();
    const { env, secretEnv } = bus.bind(ML_BACKEND, Access.READ);
    expect(env).toEqual({
      BUS_BOOTSTRAP_SERVERS: 'bus-kafka-bootstrap.backing-services.svc.cluster.local:9093',
      BUS_SECURITY_PROTOCOL: 'SASL_SSL',
      BUS_SASL_MECHANISM: 'SCRAM-SHA-512',
    });
    expect(secretEnv).toEqual([
      { name: 'BUS_USERNAME', secretName: 'bus-credentials.ml-backend', key: 'username' },
      { name: 'BUS_PASSWORD', secretName: 'bus-credentials.ml-backend', key: 'password' },
      { name: 'BUS_CA', secretName: 'bus-credentials.ml-backend', key: 'ca.crt' },
    ]);
    const other = bus.bind(DATA_API, Access.READ).secretEnv;
    expect(other.map(({ secretName }) => secretName)).toEqual(Array(3).fill('bus-credentials.data-api'));
  });

  test.each<[string, GrantOptions, string]>([
    ['no prefix at all', { prefixes: [] }, 'prefixes must name at least one, got []'],
    ['all topics', { prefixes: [''] }, 'prefixes must be the beginnings of names of topics'],
    ['a wildcard', { prefixes: ['*'] }, 'prefixes must be the beginnings of names of topics'],
    ['the topics of several namespaces', { prefixes: ['app'] }, 'prefixes must be the beginnings of names of topics'],
    ["a topic of Kafka's own", { prefixes: ['__consumer_offsets'] }, 'prefixes must be the beginnings of'],
    ['a schema', { schema: 'orders' }, 'schema must not be given for a message bus'],
    ['a database', { database: 'orders' }, 'database must not be given for a message bus'],
  ])(`${name}: a message bus refuses %s`, (_, options, message) => {
    expect(() => sample().bus.bind(ML_BACKEND, Access.READ, options)).toThrow(message);
  });

  test(`${name}: exact topics give a workload the variables of the bus, once`, () => {
    const { bus } = sample();
    bus.addTopic('app-ml-team.jobs');
    bus.addTopic('app-ml-team.results');
    const bound: ServiceBinding[] = [];
    const grantee = new Grantee(bus, 'ml-backend', bound);
    bus.grantProduce(grantee, ['app-ml-team.jobs']);
    bus.grantConsume(grantee, ['app-ml-team.results']);
    bus.grantRead(grantee);
    expect(bound).toHaveLength(3);
    expect(bound[1]).toEqual(bound[0]);
    expect(bound[2]).toEqual(bound[0]);
  });

  test.each<[string, (bus: IMessageBus, grantee: IGrantable) => void, string]>([
    [
      'a topic that nobody added',
      (bus, grantee) => bus.grantProduce(grantee, ['app-ml-team.unknown']),
      `grantProduce: topics must be topics that are added, got "app-ml-team.unknown": call addTopic('app-ml-team.unknown') before, or name one that is added: app-ml-team.jobs.`,
    ],
    [
      'no topic',
      (bus, grantee) => bus.grantConsume(grantee, []),
      'grantConsume: topics must name at least one, got []',
    ],
    [
      'the beginning of a name',
      (bus, grantee) => bus.grantConsume(grantee, ['app-ml-team.']),
      'grantConsume: topics must be topics that are added, got "app-ml-team."',
    ],
    [
      'a group of another namespace',
      (bus, grantee) => bus.grantConsume(grantee, ['app-ml-team.jobs'], 'orders.readers'),
      'grantConsume: group must be app-ml-team. and letters, digits, dots, underscores and hyphens, of at most 249 characters, got "orders.readers"',
    ],
    [
      'every group',
      (bus, grantee) => bus.grantConsume(grantee, ['app-ml-team.jobs'], '*'),
      'grantConsume: group must be app-ml-team. and letters',
    ],
  ])(`${name}: a message bus grants nothing for %s`, (_, act, message) => {
    const { bus } = sample();
    bus.addTopic('app-ml-team.jobs');
    const bound: ServiceBinding[] = [];
    expect(() => act(bus, new Grantee(bus, 'ml-backend', bound))).toThrow(message);
    expect(bound).toEqual([]);
  });

  test.each<[string, string]>([
    ['without a namespace', 'orders'],
    ['of all', '*'],
    ["of Kafka's", '__transaction_state'],
    ['that only dots tell from another', 'app.a_b'],
  ])(`${name}: a message bus refuses a topic %s`, (_, topic) => {
    const { bus } = sample();
    bus.addTopic('app.a.b');
    expect(() => bus.addTopic(topic)).toThrow('addTopic must ');
  });

  test(`${name}: two buckets agree on the variables that they share`, () => {
    const { artifacts, environment } = sample();
    const other = environment.addObjectStore('datasets').bind(ML_BACKEND, Access.READ);
    const first = artifacts.bind(ML_BACKEND, Access.READ_WRITE);
    const shared = Object.keys(other.env).filter((key) => key in first.env);
    expect(shared).toContain('AWS_REGION');
    expect(shared.filter((key) => other.env[key] !== first.env[key])).toEqual([]);
    expect(other.secretEnv).toEqual(first.secretEnv);
  });

  test(`${name}: a namespace is marked as a user of a service by a label`, () => {
    const bindings = bindingsOf(sample());
    expect(bindings.database.namespaceLabels).toMatchObject({ 'nstarx.io/uses-database': 'true' });
    for (const [service, binding] of Object.entries(bindings)) {
      expect(Object.keys(binding.namespaceLabels).filter((key) => key !== `nstarx.io/uses-${service}`)).toEqual([]);
    }
  });

  test(`${name}: a workload is told where it has to connect to`, () => {
    for (const { egress } of Object.values(bindingsOf(sample()))) {
      expect(egress.length).toBeGreaterThan(0);
      for (const peer of egress) {
        expect([peer.namespace !== undefined, peer.cidrs !== undefined].filter(Boolean)).toHaveLength(1);
        expect(peer.ports?.length).toBeGreaterThan(0);
      }
    }
  });

  test(`${name}: binding twice is binding once`, () => {
    const { database, cache, artifacts, bus } = sample();
    for (const service of [database, cache, artifacts, bus]) {
      const once = service.bind(ML_BACKEND, Access.READ_WRITE);
      expect(service.bind(ML_BACKEND, Access.READ_WRITE)).toEqual(once);
      expect(service.bind(ML_BACKEND, Access.READ)).toEqual(once);
    }
  });

  test(`${name}: what is written depends neither on how often nor in which order services are bound`, () => {
    const synthesized = (order: Access[]) => {
      const one = sample();
      for (const access of order) {
        for (const identity of access === Access.READ ? [ML_BACKEND, DATA_API] : [DATA_API, ML_BACKEND]) {
          one.artifacts.bind(identity, access);
          one.database.bind(identity, access);
          one.cache.bind(identity, access);
          one.bus.bind(identity, access);
        }
      }
      return one.synth();
    };
    expect(synthesized([Access.READ_WRITE, Access.READ, Access.READ])).toEqual(
      synthesized([Access.READ, Access.READ_WRITE]),
    );
  });

  test(`${name}: two syntheses give the same bytes`, () => {
    const synthesized = () => {
      const one = sample();
      bindingsOf(one);
      return one.synth();
    };
    const first = synthesized();
    expect(Object.keys(first).length).toBeGreaterThan(3);
    expect(synthesized()).toEqual(first);
  });

  test(`${name}: manifests hold no Terraform token and no Secret, and the state no password`, () => {
    const one = sample();
    const bindings = bindingsOf(one);
    expect(JSON.stringify(bindings)).not.toMatch(/TfToken|\$\{/);
    expect(Token.isUnresolved(one.artifacts.bucketName)).toBe(false);
    const files = Object.entries(one.synth());
    const manifests = files.filter(([file]) => file.startsWith('dist/')).map(([, text]) => text);
    expect(manifests.filter((text) => /TfToken|\$\{/.test(text))).toEqual([]);
    expect(manifests.filter((text) => /^kind: Secret$/m.test(text))).toEqual([]);
    const stacks = files.filter(([file]) => file.endsWith('cdk.tf.json')).map(([, text]) => text);
    expect(stacks).toHaveLength(2);
    expect(stacks.filter((text) => /"(master_|auth_|admin_)?(password|token|client_key)"\s*:/.test(text))).toEqual([]);
  });

  test(`${name}: nothing depends on the machine that synthesizes`, () => {
    const files = sample().synth();
    expect(Object.values(files).filter((text) => text.includes(process.cwd()))).toEqual([]);
  });

  test(`${name}: the cluster says how it is reached`, () => {
    const { connection } = sample().environment.cluster;
    if (connection.kubeconfigPath !== undefined) {
      expect(connection.kubeconfigContext).toMatch(/\S/);
      expect([connection.endpoint, connection.credentialCommand]).toEqual([undefined, undefined]);
    } else {
      expect(connection.endpoint).toBeDefined();
      expect(connection.certificateAuthority).toBeDefined();
      expect(connection.credentialCommand?.apiVersion).toMatch(/^client\.authentication\.k8s\.io\/v1/);
      expect(connection.credentialCommand?.command).toMatch(/\S/);
    }
  });

  test(`${name}: the cluster says what it can do`, () => {
    const { capabilities, nodePools, kubernetesVersion, defaultStorageClass } = sample().environment.cluster;
    expect(capabilities.gpus).toHaveLength(1);
    const [gpu] = capabilities.gpus;
    expect(gpu).toMatchObject({ pool: 'gpu-t4', resourceName: 'nvidia.com/gpu', productLabel: 'Tesla-T4' });
    expect(gpu.perNode).toBeGreaterThanOrEqual(1);
    expect(gpu.total).toBeGreaterThanOrEqual(gpu.perNode);
    expect(capabilities.workloadIdentity).toBe(facts.workloadIdentity);
    expect(new Set(capabilities.zones).size).toBe(capabilities.zones.length);
    expect(nodePools.map((pool) => pool.name)).toEqual(['general', 'gpu-t4']);
    expect(kubernetesVersion).toBe(facts.kubernetesVersion);
    expect(defaultStorageClass).toMatch(/^[a-z0-9.-]+$/);
  });

  test.each(['1.20', '1.99', 'latest', '1.35.0'])(`${name}: Kubernetes %s is refused with advice`, (version) => {
    const environment = temporaryApp().app.environment('sample', { provider: makeProvider(), tier: facts.tier });
    let error: unknown;
    try {
      environment.addCluster({ kubernetesVersion: version });
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(InvalidInputError);
    expect((error as InvalidInputError).prop).toBe('kubernetesVersion');
    expect((error as InvalidInputError).message).toContain(`got "${version}"`);
  });

  test(`${name}: the commands for people name the cluster, by what is known before it is there`, () => {
    const { kubectl } = sample().environment.cluster;
    expect(kubectl.context).toMatch(/\S/);
    expect(JSON.stringify(kubectl)).not.toContain('TfToken');
  });

  test(`${name}: one provider serves several environments`, () => {
    const provider = facts.shared ?? makeProvider();
    const { app } = temporaryApp();
    for (const environmentName of ['blue', 'green']) {
      const environment = app.environment(environmentName, { provider, tier: facts.tier });
      environment.addCluster();
      environment.addDatabase('database');
      environment.addCache('cache');
      environment.addObjectStore('artifacts');
      environment.addMessageBus('bus');
    }
    const buckets = app.synth().environments.map((report) => report.environment);
    expect(buckets).toEqual(['blue', 'green']);
  });

  test(`${name}: the variables of all services together have one meaning each`, () => {
    const bindings = Object.values(bindingsOf(sample()));
    const names = bindings.flatMap((binding) => [...Object.keys(binding.env), ...secretNames(binding)]);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((variable) => !/^[A-Z][A-Z0-9_]*$/.test(variable))).toEqual([]);
  });
}

/** Values that are not the same on every provider, as src/contracts/backing-service.ts says. */
const PROVIDER_SPECIFIC = [
  'ARTIFACTS_BUCKET',
  'AWS_REGION',
  'AWS_ENDPOINT_URL_S3',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'CACHE_TLS',
  'DATABASE_SSLMODE',
];

/** What must not change for a workload when the provider does. */
export function portableValues(sample: Sample): { [variable: string]: string } {
  const values: { [variable: string]: string } = {};
  for (const binding of Object.values(bindingsOf(sample))) {
    Object.assign(values, binding.env);
    for (const { name, secretName, key } of binding.secretEnv) values[name] = `${secretName}/${key}`;
  }
  return Object.fromEntries(Object.entries(values).filter(([variable]) => !PROVIDER_SPECIFIC.includes(variable)));
}
