import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';

import { KafkaServer, KafkaTestUser, startKafka, whyNoKafka } from '../kafka';
import { Postgres, postgresClients, startPostgres, whyNoPostgres } from '../postgres';
import { Door, openDoor } from './door';
import { Places } from './environment';
import { Manifests, Secrets } from './manifests';
import { startS3, whyNoS3 } from './s3';

const run = promisify(execFile);

/** The database of another party that is there; those of the others are away. */
const ORDERS = { username: 'reader', password: 'password of the orders: 100% & more' };
/** A port that nobody listens on. */
const NOBODY = '127.0.0.1:1';
/** Who makes the users. */
const OWNER_PASSWORD = 'admin $HOME `id` "q" \'s\'';

/** The servers of chatdb-system and the database of another party, each behind a door. */
export interface Infrastructure {
  readonly secrets: Secrets;
  readonly places: Places;
  readonly doors: Readonly<Record<'postgres' | 'models' | 'orders', Door>>;
  readonly kafka: KafkaServer;
  /** The keys of the objects of the bucket. */
  models(): string[];
  /** Makes the users and databases of the services, which Kubernetes does a while after it has started their pods. */
  addUsers(): Promise<void>;
  /** What a statement of SQL gives, as the superuser of a database, one row a line. */
  sql(database: string, ...statements: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

export function whyNoInfrastructure(): string | undefined {
  return whyNoPostgres() ?? whyNoKafka() ?? whyNoS3();
}

export async function startInfrastructure(python: string, manifests: Manifests): Promise<Infrastructure> {
  const ends: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(ends.map((end) => end()));
  };
  const ended = <T>(server: T, end: (one: T) => Promise<void>): T => {
    ends.push(() => end(server));
    return server;
  };
  const external = manifests.value('db-connector', 'EXTERNAL_DATABASES').split(',');
  const passwords = new Map<string, string>();
  const password = (secret: string): string => {
    passwords.set(secret, passwords.get(secret) ?? randomBytes(16).toString('hex'));
    return passwords.get(secret)!;
  };
  const secretsWith = (certificateOfKafka: string): Secrets =>
    manifests.secrets(password, {
      ...Object.fromEntries(external.map((name) => [`${name}-database`, ORDERS])),
      // Strimzi makes this one when it has made Kafka
      'kafka-cluster-ca-cert': { 'ca.crt': certificateOfKafka },
    });
  const secrets = secretsWith('');
  const users = manifests.busUsers(secrets);
  const bucket = manifests.value('model-registry', 'MODELS_BUCKET');
  const keys = secrets['s3-credentials'];
  const started = await Promise.allSettled([
    startPostgres().then((server) => ended(server, (one) => one.stop())),
    startS3([bucket], keys['access-key-id'], keys['secret-access-key']).then((server) =>
      ended(server, (one) => one.stop()),
    ),
    // what they may do comes with the topics: each command of Kafka's own takes seconds
    startKafka(users.map((user) => ({ ...user, acls: [] }))).then((server) => ended(server, (one) => one.stop())),
  ] as const);
  try {
    const [postgres, s3, kafka] = [result(started[0]), result(started[1]), result(started[2])] as const;
    const sql = (database: string, ...statements: readonly string[]): Promise<string> =>
      query(python, postgres, database, statements);
    const [certificates] = await Promise.all([
      encrypt(sql),
      addTopics(python, kafka, manifests.topics, users),
      addOrders(sql),
    ]);
    ends.push(() => fs.promises.rm(certificates, { recursive: true, force: true }));
    const doors = {
      postgres: await openDoor(postgres.port),
      orders: await openDoor(postgres.port),
      models: await openDoor(s3.port),
    };
    Object.values(doors).forEach((door) => ended(door, (one) => one.close()));
    const at = (service: string, name: string): string =>
      `${manifests.value(service, `${name}_HOST`)}:${manifests.value(service, `${name}_PORT`)}`;
    const behind = ({ port }: Door): string => `127.0.0.1:${port}`;
    const places = new Map([
      ...external.map((name) => [at('db-connector', name.toUpperCase()), NOBODY] as const),
      [at('db-connector', 'ORDERS'), behind(doors.orders)],
      [at('model-registry', 'POSTGRES'), behind(doors.postgres)],
      [new URL(manifests.value('model-registry', 'AWS_ENDPOINT_URL_S3')).host, behind(doors.models)],
      [manifests.value('query-parser', 'KAFKA_BOOTSTRAP_SERVERS'), kafka.servers],
    ]);
    return {
      secrets: secretsWith(kafka.ca),
      places,
      doors,
      kafka,
      models: () => s3.objects(bucket),
      sql,
      addUsers: () => addUsers(sql, postgres, manifests, secrets),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function result<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === 'rejected') throw settled.reason;
  return settled.value;
}

type Sql = Infrastructure['sql'];

async function query(
  python: string,
  server: Postgres,
  database: string,
  statements: readonly string[],
): Promise<string> {
  const program = `
import json, psycopg, sys
where, statements = json.load(sys.stdin)
with psycopg.connect(**where, autocommit=True) as connection:
    for statement in statements:
        cursor = connection.execute(statement)
    for row in cursor.fetchall() if cursor.description else []:
        print(*row)
`;
  const where = {
    host: '127.0.0.1',
    port: server.port,
    user: server.user,
    password: server.password,
    dbname: database,
  };
  const child = run(python, ['-c', program]);
  child.child.stdin?.end(JSON.stringify([where, statements]));
  return (await child).stdout.trim();
}

/** Lets the server speak TLS, as CloudNativePG and RDS do. Gives the folder of its certificate. */
async function encrypt(sql: Sql): Promise<string> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'certificates-'));
  const subject = ['-subj', '/CN=localhost'];
  await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...subject, '-keyout', 'key', '-out', 'crt'], {
    cwd: folder,
  });
  const data = await sql('postgres', 'show data_directory');
  // the key must be the server's own
  const { uid, gid } = fs.statSync(data);
  for (const file of [folder, path.join(folder, 'key'), path.join(folder, 'crt')]) fs.chownSync(file, uid, gid);
  await sql(
    'postgres',
    `alter system set ssl_cert_file = '${folder}/crt'`,
    `alter system set ssl_key_file = '${folder}/key'`,
    `alter system set ssl = on`,
    'select pg_reload_conf()',
  );
  return folder;
}

/** What CloudNativePG and the pod `postgres-users` do: the database with its owner, who makes all others. */
async function addUsers(sql: Sql, server: Postgres, manifests: Manifests, secrets: Secrets): Promise<void> {
  const { database, owner, rights } = manifests.postgres;
  await sql(
    'postgres',
    `create role ${owner} ${rights.join(' ')} password '${OWNER_PASSWORD.replaceAll("'", "''")}'`,
    `create database ${database} owner ${owner}`,
  );
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'database-users-'));
  const write = (file: string, text: string): void => {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), text);
  };
  write('admin/username', owner);
  write('admin/password', OWNER_PASSWORD);
  const script = manifests.files('postgres-users');
  for (const [file, text] of Object.entries(script)) write(`script/${file}`, text.replaceAll('/etc/database', folder));
  for (const [user, password] of manifests.databaseUsers(secrets)) write(`users/${user}`, password);
  const connection = { PGHOST: '127.0.0.1', PGPORT: String(server.port), PGDATABASE: database, PGSSLMODE: 'require' };
  const PATH = `${await postgresClients()}:${process.env.PATH}`;
  await run('sh', ['-e', path.join(folder, 'script/provision.sh')], { env: { ...process.env, ...connection, PATH } });
  fs.rmSync(folder, { recursive: true, force: true });
}

/** The database of another party, with a user that may only read. */
async function addOrders(sql: Sql): Promise<void> {
  await sql('postgres', 'create database orders', `create role ${ORDERS.username} login password '${ORDERS.password}'`);
  await sql(
    'orders',
    'create table orders (id integer primary key, status text not null, amount numeric not null)',
    `insert into orders select n, case when n % 4 = 0 then 'open' else 'paid' end, n * 10 from generate_series(1, 20) n`,
    `grant select on orders to ${ORDERS.username}`,
  );
}

/** The topics, as Strimzi's operator makes them, and what the users may do with them. */
async function addTopics(
  python: string,
  kafka: KafkaServer,
  topics: Manifests['topics'],
  users: readonly KafkaTestUser[],
): Promise<void> {
  const program = `
import json, sys
from confluent_kafka.admin import AclBinding, AclOperation, AclPermissionType, AdminClient, NewTopic, ResourcePatternType, ResourceType
server, topics, users = json.load(sys.stdin)
admin = AdminClient({"bootstrap.servers": server})
made = admin.create_topics([NewTopic(topic["name"], num_partitions=topic["partitions"], replication_factor=1) for topic in topics])
bindings = [
    AclBinding(
        ResourceType[acl["resource"]["type"].upper()],
        acl["resource"]["name"],
        ResourcePatternType[acl["resource"]["patternType"].upper()],
        "User:" + user["name"],
        "*",
        AclOperation[operation.upper()],
        AclPermissionType.ALLOW,
    )
    for user in users for acl in user["acls"] for operation in acl["operations"]
]
for future in [*made.values(), *admin.create_acls(bindings).values()]:
    future.result(30)
`;
  const child = run(python, ['-c', program]);
  child.child.stdin?.end(JSON.stringify([kafka.inside, topics, users]));
  await child;
}
