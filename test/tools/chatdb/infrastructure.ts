import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';

import { KafkaServer, startKafka, whyNoKafka } from '../kafka';
import { Postgres, startPostgres, whyNoPostgres } from '../postgres';
import { Door, openDoor } from './door';
import { busUser, dns, Places, Secrets, SERVICES_WITH_BUS, SERVICES_WITH_DATABASE, TOPICS } from './environment';
import { S3Server, startS3, whyNoS3 } from './s3';

const run = promisify(execFile);

const POSTGRES_PASSWORD = 'postgres password: 100% & more';
const KAFKA_PASSWORD = 'kafka-password-of-a-service';
const ORDERS = { user: 'reader', password: 'password of the orders' };

/** The servers of chatdb-system and the database of another party, each behind a door. */
export interface Infrastructure {
  readonly secrets: Secrets;
  readonly places: Places;
  readonly doors: Readonly<Record<'postgres' | 'models' | 'orders', Door>>;
  readonly kafka: KafkaServer;
  readonly s3: S3Server;
  /** Makes the users and databases of the services, which Kubernetes does a while after it has started their pods. */
  addUsers(): Promise<void>;
  /** What a statement of SQL gives, as the superuser of a database, one row a line. */
  sql(database: string, ...statements: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

export function whyNoInfrastructure(): string | undefined {
  return whyNoPostgres() ?? whyNoKafka() ?? whyNoS3();
}

export async function startInfrastructure(python: string): Promise<Infrastructure> {
  const ends: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(ends.map((end) => end()));
  };
  const ended = <T>(server: T, end: (one: T) => Promise<void>): T => {
    ends.push(() => end(server));
    return server;
  };
  const users = SERVICES_WITH_BUS.map((service) => ({
    name: busUser(service).name,
    password: KAFKA_PASSWORD,
    acls: [],
  }));
  const started = await Promise.allSettled([
    startPostgres().then((server) => ended(server, (one) => one.stop())),
    startS3(['models']).then((server) => ended(server, (one) => one.stop())),
    startKafka(users).then((server) => ended(server, (one) => one.stop())),
  ] as const);
  try {
    const [postgres, s3, kafka] = [result(started[0]), result(started[1]), result(started[2])] as const;
    const sql = (database: string, ...statements: readonly string[]): Promise<string> =>
      query(python, postgres, database, statements);
    const [certificates] = await Promise.all([encrypt(sql), addTopics(python, kafka), addOrders(sql)]);
    ends.push(() => fs.promises.rm(certificates, { recursive: true, force: true }));
    const doors = {
      postgres: await openDoor(postgres.port),
      orders: await openDoor(postgres.port),
      models: await openDoor(s3.port),
    };
    Object.values(doors).forEach((door) => ended(door, (one) => one.close()));
    const places = new Map([
      [`${dns('postgres', 'chatdb-system')}:5432`, `127.0.0.1:${doors.postgres.port}`],
      [`${dns('models', 'chatdb-system')}:8333`, `127.0.0.1:${doors.models.port}`],
      [`${dns('kafka-kafka-bootstrap', 'chatdb-system')}:9093`, kafka.servers],
      ['orders.example.com:5432', `127.0.0.1:${doors.orders.port}`],
    ]);
    const secrets = {
      postgresPassword: POSTGRES_PASSWORD,
      kafkaPassword: KAFKA_PASSWORD,
      kafkaCa: kafka.ca,
      s3Key: s3.key,
      s3Secret: s3.secret,
      ordersUser: ORDERS.user,
      ordersPassword: ORDERS.password,
    };
    return { secrets, places, doors, kafka, s3, sql, addUsers: () => addUsers(sql), stop };
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

async function addUsers(sql: Sql): Promise<void> {
  for (const service of SERVICES_WITH_DATABASE) {
    const name = service.replaceAll('-', '_');
    await sql(
      'postgres',
      `create role ${name} login password '${POSTGRES_PASSWORD}'`,
      `create database ${name} owner ${name}`,
    );
  }
}

/** The database of another party, with a user that may only read. */
async function addOrders(sql: Sql): Promise<void> {
  await sql('postgres', 'create database orders', `create role ${ORDERS.user} login password '${ORDERS.password}'`);
  await sql(
    'orders',
    'create table orders (id integer primary key, status text not null, amount numeric not null)',
    `insert into orders select n, case when n % 4 = 0 then 'open' else 'paid' end, n * 10 from generate_series(1, 20) n`,
    `grant select on orders to ${ORDERS.user}`,
  );
}

/** The topics, as Strimzi's operator makes them, and what the users may do with them. */
async function addTopics(python: string, kafka: KafkaServer): Promise<void> {
  const program = `
import json, sys
from confluent_kafka.admin import AclBinding, AclOperation, AclPermissionType, AdminClient, NewTopic, ResourcePatternType, ResourceType
server, topics, users = json.load(sys.stdin)
admin = AdminClient({"bootstrap.servers": server})
made = admin.create_topics([NewTopic(topic, num_partitions=3, replication_factor=1) for topic in topics])
bindings = [
    AclBinding(ResourceType[acl["type"].upper()], acl["name"], ResourcePatternType.LITERAL, "User:" + user["name"], "*", AclOperation[operation.upper()], AclPermissionType.ALLOW)
    for user in users for acl in user["acls"] for operation in acl["operations"]
]
for future in [*made.values(), *admin.create_acls(bindings).values()]:
    future.result(30)
`;
  const child = run(python, ['-c', program]);
  child.child.stdin?.end(JSON.stringify([kafka.inside, TOPICS, SERVICES_WITH_BUS.map(busUser)]));
  await child;
}
