import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { Access } from '../../../src/contracts/backing-service';
import {
  PostgresUser,
  postgresUsers,
  PROVISION_USERS,
  userList,
} from '../../../src/providers/in-cluster/postgres-users';
import { temporaryFolder } from '../../support/synth';
import { until } from '../../support/waiting';
import { describeTool } from '../describe-tool';
import { Postgres, postgresClients, PostgresVersion, startPostgres, whyNoPostgres } from '../postgres';

const run = promisify(execFile);

const WRITER_A: PostgresUser = { name: 'team-a.api', access: Access.READ_WRITE, schema: 'team_a' };
const MIGRATION_A: PostgresUser = { name: 'team-a.migration', access: Access.READ_WRITE, schema: 'team_a' };
const WRITER_B: PostgresUser = { name: 'team-b.api', access: Access.READ_WRITE, schema: 'team_b' };
const READER_B: PostgresUser = { name: 'team-c.report', access: Access.READ, schema: 'team_b' };
const DUMP: PostgresUser = { name: 'ops.dump', access: Access.READ };
const ALL = [WRITER_A, MIGRATION_A, WRITER_B, READER_B, DUMP];

/** An administrator such as RDS's master and the owner that CloudNativePG makes: no superuser, but it owns the database. */
const ADMIN = { username: 'platform', password: 'admin $HOME `id` "q" \'s\'' };

const VERSIONS: (PostgresVersion | undefined)[] = [undefined, '17.10.0-beta.17', '18.4.0-beta.17'];

describeTool('users of a database', whyNoPostgres(), () => {
  describe.each(VERSIONS)('version %s', (version) => {
    let server: Postgres;
    let clients: string;

    beforeAll(async () => {
      server = await startPostgres(version);
      clients = await postgresClients();
    }, 180_000);
    afterAll(() => server.stop());

    /** What psql prints for statements of a user, or the first line of its error. */
    async function as(user: { username: string; password: string }, database: string, sql: string): Promise<string> {
      const env = { ...process.env, PGUSER: user.username, PGPASSWORD: user.password, PGDATABASE: database };
      try {
        const args = ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-h', '127.0.0.1', '-p', String(server.port)];
        const { stdout } = await run(path.join(clients, 'psql'), [...args, '-c', sql], { env });
        return stdout.trim();
      } catch (error) {
        const { stderr } = error as { stderr: string };
        return stderr.split('\n')[0].replace(/^.*?(ERROR|FATAL): +/, '$1: ');
      }
    }

    const superuser = (database: string, sql: string) =>
      as({ username: server.user, password: server.password }, database, sql);
    const passwordOf = (user: PostgresUser) => `pw of ${user.name} \\ '"$(id)`;
    const of = (user: PostgresUser, database: string, sql: string) =>
      as({ username: user.name, password: passwordOf(user) }, database, sql);

    let databases = 0;
    async function newDatabase(): Promise<string> {
      const name = `sample${(databases += 1)}`;
      await superuser('postgres', `CREATE ROLE platform LOGIN CREATEROLE CREATEDB PASSWORD ${quoted(ADMIN.password)}`);
      await superuser('postgres', `CREATE DATABASE ${name} OWNER platform`);
      return name;
    }

    /** Runs what the pod runs, in the folders that it has there. */
    async function provision(database: string, users: PostgresUser[]): Promise<void> {
      const folder = temporaryFolder();
      const write = (file: string, text: string) => {
        fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
        fs.writeFileSync(path.join(folder, file), text);
      };
      write('admin/username', ADMIN.username);
      write('admin/password', ADMIN.password);
      write('script/users.sql', postgresUsers(database, users));
      write('script/users.txt', userList(users));
      users.forEach((user) => write(`users/${user.name}`, passwordOf(user)));
      const script = PROVISION_USERS.replaceAll('/etc/database', folder);
      const env = { ...process.env, PATH: `${clients}:${process.env.PATH}`, LC_ALL: 'C.UTF-8' };
      const connection = { PGHOST: '127.0.0.1', PGPORT: String(server.port), PGDATABASE: database };
      await run('sh', ['-euc', script], { env: { ...env, ...connection } });
    }

    test('each writer makes and changes tables in its own schema, and the second run changes nothing', async () => {
      const database = await newDatabase();
      await provision(database, ALL);
      expect(await of(WRITER_A, database, 'CREATE TABLE orders (id serial primary key)')).toBe('');
      expect(await of(WRITER_A, database, 'INSERT INTO orders DEFAULT VALUES')).toBe('');
      const catalog = `SELECT rolname, rolcanlogin, rolinherit, rolconfig FROM pg_roles WHERE rolname ~ '[.:]' ORDER BY 1`;
      const before = await superuser(database, catalog);
      await provision(database, ALL);
      expect(await superuser(database, catalog)).toBe(before);
      expect(await of(WRITER_A, database, 'SELECT count(*) FROM orders')).toBe('1');
      // another workload of the schema has the tables as if they were its own
      expect(await of(MIGRATION_A, database, 'ALTER TABLE orders ADD COLUMN amount int')).toBe('');
      expect(await of(WRITER_A, database, 'DROP TABLE orders')).toBe('');
    }, 60_000);

    test('a user reaches nothing of another, and makes nothing elsewhere', async () => {
      const database = await newDatabase();
      await provision(database, ALL);
      await of(WRITER_B, database, 'CREATE TABLE secrets (value text)');
      await of(WRITER_B, database, "INSERT INTO secrets VALUES ('b')");
      const forbidden: [string, string][] = [
        ['SELECT * FROM team_b.secrets', 'permission denied for schema team_b'],
        ["INSERT INTO team_b.secrets VALUES ('a')", 'permission denied for schema team_b'],
        ['CREATE TABLE team_b.mine (id int)', 'permission denied for schema team_b'],
        ['CREATE TABLE public.mine (id int)', 'permission denied for schema public'],
        ['CREATE SCHEMA mine', `permission denied for database ${database}`],
        ['CREATE ROLE mine', 'permission denied to create role'],
        ['SET ROLE "writers:team_b"', 'permission denied to set role "writers:team_b"'],
        ['SET ROLE "readers:team_b"', 'permission denied to set role "readers:team_b"'],
        ['SET ROLE platform', 'permission denied to set role "platform"'],
        [
          'GRANT "writers:team_b" TO "team-a.api"',
          '(permission denied to grant|must have admin option on) role "writers:team_b"',
        ],
        ['ALTER ROLE "team-b.api" PASSWORD \'mine\'', '(permission denied|permission denied to alter role)$'],
        ['SELECT rolpassword FROM pg_authid', 'permission denied for table pg_authid'],
        [
          `COPY (SELECT 1) TO PROGRAM 'id'`,
          '(must be superuser|permission denied) .*to COPY to or from an external program',
        ],
        // without the role that it acts as, it has nothing
        ['SET ROLE NONE; CREATE TABLE team_a.mine (id int)', 'permission denied for schema team_a'],
      ];
      for (const [sql, message] of forbidden) {
        expect([sql, await of(WRITER_A, database, sql)]).toEqual([sql, expect.stringMatching(`^ERROR: ${message}`)]);
      }
    }, 60_000);

    test('a reader reads what was there and what comes, and writes nothing', async () => {
      const database = await newDatabase();
      await provision(database, [WRITER_A, WRITER_B]);
      await of(WRITER_A, database, 'CREATE TABLE orders (id int)');
      await of(WRITER_B, database, 'CREATE TABLE early (id serial)');
      await provision(database, ALL);
      await of(WRITER_B, database, 'CREATE TABLE late (id serial)');
      for (const table of ['early', 'late']) {
        expect(await of(READER_B, database, `SELECT count(*) FROM ${table}`)).toBe('0');
        expect(await of(DUMP, database, `SELECT count(*) FROM ${table}`)).toBe('0');
        expect(await of(READER_B, database, `INSERT INTO ${table} DEFAULT VALUES`)).toContain('permission denied');
        expect(await of(DUMP, database, `DROP TABLE ${table}`)).toContain('must be owner of table');
      }
      expect(await of(READER_B, database, 'SELECT * FROM team_a.orders')).toContain(
        'permission denied for schema team_a',
      );
      expect(await of(READER_B, database, 'CREATE TEMPORARY TABLE mine (id int)')).toContain('permission denied');
      const env = { ...process.env, PGUSER: DUMP.name, PGPASSWORD: passwordOf(DUMP), PGDATABASE: database };
      const args = ['-h', '127.0.0.1', '-p', String(server.port), '--no-owner', '--no-privileges'];
      // pg_dump refuses a newer server
      if (version !== undefined) return;
      const { stdout } = await run(path.join(clients, 'pg_dump'), args, { env });
      expect(stdout).toContain('CREATE TABLE team_a.orders');
      expect(stdout).toContain('CREATE TABLE team_b.late');
    }, 60_000);

    test('what a user is no longer granted is taken from it; one that is gone may not log in; its tables stay', async () => {
      const database = await newDatabase();
      await provision(database, ALL);
      await of(WRITER_A, database, 'CREATE TABLE orders (id int)');
      const reading: PostgresUser = { ...WRITER_B, access: Access.READ, schema: 'team_a' };
      await provision(database, [MIGRATION_A, reading]);
      expect(await of(WRITER_A, database, 'SELECT 1')).toMatch(
        /FATAL: .*(not permitted to log in|authentication failed)/,
      );
      expect(await of(reading, database, 'SELECT count(*) FROM orders')).toBe('0');
      expect(await of(reading, database, 'CREATE TABLE team_b.mine (id int)')).toContain(
        'permission denied for schema team_b',
      );
      expect(await of(MIGRATION_A, database, 'DROP TABLE orders')).toBe('');
      // and comes back
      await provision(database, ALL);
      expect(await of(WRITER_A, database, 'CREATE TABLE orders (id int)')).toBe('');
    }, 60_000);

    test('sessions end with what their user may do, and no others', async () => {
      const database = await newDatabase();
      await provision(database, ALL);
      const sleeping = (user: PostgresUser) => of(user, database, 'SELECT pg_sleep(30)');
      const sessions = [WRITER_A, WRITER_B, MIGRATION_A].map(sleeping);
      const alive = `SELECT string_agg(usename, ' ' ORDER BY usename) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(30)'`;
      await until('the sessions', 20_000, async () => (await superuser(database, alive)).split(' ').length === 3);
      const memberships = `SELECT count(*) FROM pg_auth_members WHERE member = 'platform'::regrole`;
      const before = await superuser(database, memberships);
      // one is gone, one may do less
      await provision(database, [MIGRATION_A, { ...WRITER_B, access: Access.READ, schema: 'team_a' }]);
      const ended = 'FATAL: terminating connection due to administrator command';
      expect(await Promise.all(sessions.slice(0, 2))).toEqual([ended, ended]);
      expect(await superuser(database, alive)).toBe(MIGRATION_A.name);
      expect(await superuser(database, memberships)).toBe(before);
      await superuser(
        database,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'`,
      );
      await sessions[2];
    }, 60_000);

    test('whoever is no user of the database may not connect', async () => {
      const database = await newDatabase();
      await superuser(database, "CREATE ROLE stranger LOGIN PASSWORD 'known'");
      expect(await as({ username: 'stranger', password: 'known' }, database, 'SELECT 1')).toBe('1');
      await provision(database, [WRITER_A]);
      const refused = `FATAL: permission denied for database "${database}"`;
      expect(await as({ username: 'stranger', password: 'known' }, database, 'SELECT 1')).toBe(refused);
    }, 60_000);

    test('two services of one namespace have a database each, and neither reaches that of the other, nor that of the server', async () => {
      const database = await newDatabase();
      const [first, second] = [`${database}_orders`, `${database}_payments`];
      const orders: PostgresUser = { ...WRITER_A, name: 'team-a.orders', database: first };
      const payments: PostgresUser = { ...WRITER_A, name: 'team-a.payments', database: second };
      const dump: PostgresUser = { ...DUMP, name: 'ops.payments-dump', database: second };
      const users = [WRITER_A, DUMP, orders, payments, dump];
      await provision(database, users);
      await superuser(second, 'CREATE TABLE public.legacy (id int); ALTER TABLE public.legacy OWNER TO platform');
      // again, with what is there by now
      await provision(database, users);
      for (const [user, own] of [
        [WRITER_A, database],
        [orders, first],
        [payments, second],
      ] as const) {
        expect(await of(user, own, 'CREATE TABLE orders (id int)')).toBe('');
        expect(await of(user, own, "SELECT schemaname FROM pg_tables WHERE tablename = 'orders'")).toBe('team_a');
        for (const other of [database, first, second].filter((one) => one !== own)) {
          const refused = `FATAL: permission denied for database "${other}"`;
          expect([user.name, other, await of(user, other, 'SELECT 1')]).toEqual([user.name, other, refused]);
        }
        expect(await of(user, own, 'CREATE DATABASE mine')).toBe('ERROR: permission denied to create database');
      }
      // who reads all schemas of a database reads no other database
      expect(await of(dump, second, 'SELECT count(*) FROM orders, public.legacy')).toBe('0');
      expect(await of(dump, first, 'SELECT 1')).toBe(`FATAL: permission denied for database "${first}"`);
      expect(await of(DUMP, second, 'SELECT 1')).toBe(`FATAL: permission denied for database "${second}"`);
      // the server's own is the only one whose roles have no name of a database
      const memberships = `SELECT string_agg(pg_get_userbyid(roleid), ' ' ORDER BY 1) FROM pg_auth_members
        WHERE pg_get_userbyid(roleid) ~ ':.' AND pg_get_userbyid(roleid) <> 'platform:users' AND pg_get_userbyid(member) = `;
      expect(await superuser(database, `${memberships} 'team-a.payments'`)).toBe(`writers:${second}:team_a`);
      expect(await superuser(database, `${memberships} 'ops.dump'`)).toBe('readers:public readers:team_a');
    }, 120_000);

    test('who moves to another database loses the former, and its sessions there; the former stays', async () => {
      const database = await newDatabase();
      const [first, second] = [`${database}_former`, `${database}_latter`];
      const user: PostgresUser = { ...WRITER_A, name: 'team-a.mover', database: first };
      await provision(database, [user]);
      expect(await of(user, first, 'CREATE TABLE orders (id int)')).toBe('');
      const session = of(user, first, 'SELECT pg_sleep(30)');
      const alive = `SELECT count(*) FROM pg_stat_activity WHERE usename = 'team-a.mover'`;
      await until('the session', 20_000, async () => (await superuser(database, alive)) === '1');
      await provision(database, [{ ...user, database: second }]);
      expect(await session).toBe('FATAL: terminating connection due to administrator command');
      expect(await of(user, first, 'SELECT 1')).toBe(`FATAL: permission denied for database "${first}"`);
      expect(await of(user, second, 'CREATE TABLE orders (id int)')).toBe('');
      expect(await superuser(first, 'SELECT count(*) FROM team_a.orders')).toBe('0');
      // back in the database of the server
      await provision(database, [{ ...user, database: undefined }]);
      expect(await of(user, second, 'SELECT 1')).toBe(`FATAL: permission denied for database "${second}"`);
      expect(await of(user, database, 'SELECT 1')).toBe('1');
    }, 120_000);

    test('long names of databases and schemas have roles of their own', async () => {
      const database = await newDatabase();
      const long = (ending: string): PostgresUser => ({
        name: `team-a.${ending}`,
        access: Access.READ_WRITE,
        schema: `${'s'.repeat(54)}${ending}`,
        database: `${database}_${'d'.repeat(50)}${ending}`,
      });
      const [a, b] = [long('a'), long('b')];
      await provision(database, [a, b]);
      const roles = await superuser(
        database,
        `SELECT count(DISTINCT rolname) FROM pg_roles WHERE rolname ~ '^writers:${database}_d'`,
      );
      expect(roles).toBe('2');
      expect(await of(a, a.database ?? '', 'CREATE TABLE orders (id int)')).toBe('');
      expect(await of(a, b.database ?? '', 'SELECT 1')).toMatch('FATAL: permission denied for database');
    }, 60_000);

    test('a role that someone else made is not taken over, and neither is a schema', async () => {
      const database = await newDatabase();
      await superuser(database, 'CREATE ROLE "team-x.api" LOGIN');
      await superuser(database, 'CREATE SCHEMA taken');
      const impostor: PostgresUser = { name: 'team-x.api', access: Access.READ_WRITE, schema: 'team_x' };
      await expect(provision(database, [WRITER_A, impostor])).rejects.toThrow('role "team-x.api" already exists');
      const squatter: PostgresUser = { name: 'team-y.api', access: Access.READ_WRITE, schema: 'taken' };
      await expect(provision(database, [squatter])).rejects.toThrow('schema "taken" already exists');
      // all or nothing
      expect(await superuser(database, `SELECT count(*) FROM pg_namespace WHERE nspname IN ('team_x', 'team_a')`)).toBe(
        '0',
      );
    }, 60_000);

    test('names are names, whatever is in them', async () => {
      const database = await newDatabase();
      const nasty = `x"; DROP ROLE platform; --'%I$$\\g :name\n`;
      const user: PostgresUser = { name: nasty, access: Access.READ_WRITE, schema: `s"'; SELECT 1/0; %s` };
      const sql = path.join(temporaryFolder(), 'users.sql');
      fs.writeFileSync(sql, postgresUsers(database, [user]));
      const env = { ...process.env, PGUSER: ADMIN.username, PGPASSWORD: ADMIN.password, PGDATABASE: database };
      const args = ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-h', '127.0.0.1', '-p', String(server.port)];
      for (const _round of [1, 2]) await run(path.join(clients, 'psql'), [...args, '-f', sql], { env });
      expect(await superuser(database, `SELECT count(*) FROM pg_roles WHERE rolname = ${quoted(nasty)}`)).toBe('1');
      expect(
        await superuser(database, `SELECT count(*) FROM pg_namespace WHERE nspname = ${quoted(user.schema ?? '')}`),
      ).toBe('1');
    }, 60_000);

    test('no password reaches the server in plain text', async () => {
      const database = await newDatabase();
      await superuser(database, "ALTER SYSTEM SET log_statement = 'all'");
      await superuser(database, 'SELECT pg_reload_conf()');
      await provision(database, [WRITER_A]);
      expect(server.log()).toContain('ALTER');
      expect(server.log()).not.toContain('pw of team-a.api');
    }, 60_000);
  });
});

function quoted(text: string): string {
  return `'${text.replace(/'/g, "''")}'`;
}
