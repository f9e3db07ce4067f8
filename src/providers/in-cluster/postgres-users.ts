import { Access } from '../../contracts/backing-service';
import { contentHash } from '../../contracts/content-hash';

/** A user of a database as it is to be. */
export interface PostgresUser {
  /** Name of the role. */
  readonly name: string;
  /** Whether it writes. */
  readonly access: Access;
  /** The schema that it writes, or the only one that it reads; a reader without one reads all. */
  readonly schema?: string;
  /** The database that it is of; without one, that which the server begins with. */
  readonly database?: string;
}

/**
 * Where a pod finds what makes users: in `script` the SQL and their names, in `admin` the `username` and `password` of the
 * administrator, in `users` the password of each, in a file of its name.
 */
export const DATABASE_FOLDER = '/etc/database';

/** Every user that the platform made is a member, and may do nothing by it. */
const USERS = 'platform:users';

/**
 * Makes the users. Passwords are hashed before they are sent, so that no log of the server can have one: `\\password` asks for
 * it twice, at the terminal where there is one.
 */
export const PROVISION_USERS = `PGUSER=$(cat ${DATABASE_FOLDER}/admin/username)
PGPASSWORD=$(cat ${DATABASE_FOLDER}/admin/password)
export PGUSER PGPASSWORD
psql --no-psqlrc --quiet --no-align --tuples-only --set ON_ERROR_STOP=1 --file ${DATABASE_FOLDER}/script/users.sql
while read -r user; do
  password=$(cat "${DATABASE_FOLDER}/users/$user")
  printf '%s\\n%s\\n' "$password" "$password" | setsid --wait psql --no-psqlrc --quiet --command "\\password \\"$user\\"" >/dev/null
done < ${DATABASE_FOLDER}/script/users.txt
`;

/** The names of the users, one a line. */
export function userList(users: readonly PostgresUser[]): string {
  return users.map(({ name }) => `${name}\n`).join('');
}

/** A database of the server as it is to be. */
interface Database {
  readonly name: string;
  /** The schemas that its users write or are said to read. */
  readonly schemas: readonly string[];
  /** What the names of its roles have behind `writers:` and `readers:`. */
  readonly rolePart: string;
}

/**
 * SQL that brings the users of a server to what is described, for psql; it can be run again at any time, as an administrator with
 * CREATEROLE that owns the database, and with CREATEDB where there are users of further ones, which are made. No one but its users can connect
 * to a database.
 *
 * Whoever writes a schema is a member of the role `writers:<schema>` and acts as that role from its first statement on, so that all
 * tables have one owner, which stays when a workload is renamed. It has no rights of its own. Readers are members of
 * `readers:<schema>`. In further databases the name of the database is before that of the schema. The names have colons, and those of users have a
 * dot, which no name of the other sort can have.
 *
 * A role of that name that the platform did not make is an error and is left alone, and so is a schema with another owner.
 */
export function postgresUsers(databaseName: string, users: readonly PostgresUser[]): string {
  const others = [...new Set(users.map((user) => user.database ?? databaseName))].filter(
    (name) => name !== databaseName,
  );
  const first = described(
    databaseName,
    '',
    users.filter(({ database }) => (database ?? databaseName) === databaseName),
  );
  const further = others.sort().map((name) => {
    const own = users.filter(({ database }) => database === name);
    return described(name, `${bounded(name, MAX_DATABASE_PART)}:`, own);
  });
  const all = [first, ...further];
  return [
    ...further.map(({ name }) => createDatabase(name)),
    ...beginning('users'),
    ...all.map(({ name }) => `REVOKE ALL ON DATABASE ${identifier(name)} FROM PUBLIC;`),
    ...further.map(({ name }) => `ALTER DATABASE ${identifier(name)} ALLOW_CONNECTIONS true;`),
    createRoles([USERS, ...all.flatMap(rolesOf)]),
    ...databaseStatements(first),
    ...users.map((user) => userStatements(user, databaseOf(all, user))),
    membershipStatements(users, all),
    'COMMIT;',
    END_SESSIONS,
    ...further.flatMap((database) => [
      `\\connect ${identifier(database.name)}`,
      ...beginning('users'),
      ...databaseStatements(database),
      'COMMIT;',
    ]),
    '',
  ].join('\n');
}

/** Longest parts of names of roles, so that both fit with `writers:` and a colon into 63 characters. */
const MAX_DATABASE_PART = 24;
const MAX_SCHEMA_PART = 30;

/** A name, or its beginning with a hash of the whole, which has a hyphen as no name of a database or schema has. */
function bounded(name: string, max: number): string {
  return name.length <= max ? name : `${name.slice(0, max - 11)}-${contentHash(name)}`;
}

function described(name: string, rolePart: string, users: readonly PostgresUser[]): Database {
  const written = users.flatMap(({ access, schema }) => (access === Access.READ_WRITE ? [schema ?? ''] : []));
  return { name, rolePart, schemas: [...new Set([...written, ...users.flatMap(({ schema }) => schema ?? [])])].sort() };
}

function databaseOf([first, ...others]: readonly Database[], { database }: PostgresUser): Database {
  return others.find(({ name }) => name === database) ?? first;
}

/** Nobody connects before the right to do so is taken from everyone. */
function createDatabase(name: string): string {
  return `SELECT ${literal(`CREATE DATABASE ${identifier(name)} ALLOW_CONNECTIONS false`)} WHERE NOT EXISTS (
  SELECT FROM pg_catalog.pg_database WHERE datname = ${literal(name)}) \\gexec`;
}

function beginning(lock: string): string[] {
  return [
    'BEGIN;',
    // what anyone may have put elsewhere is not called by the administrator
    'SET LOCAL search_path = pg_catalog;',
    'SET LOCAL standard_conforming_strings = on;',
    'SET LOCAL client_min_messages = warning;',
    `SELECT pg_advisory_xact_lock(hashtext(${literal(lock)})) \\g /dev/null`,
  ];
}

/** What is in a database, for a session that is connected to it. */
function databaseStatements(database: Database): string[] {
  return [
    'REVOKE CREATE ON SCHEMA public FROM PUBLIC;',
    ...database.schemas.map((schema) => schemaStatements(schema, database)),
    grantExisting('public', 'CURRENT_USER', database),
  ];
}

function rolesOf(database: Database): string[] {
  const { schemas } = database;
  return [
    readers('public', database),
    ...schemas.flatMap((schema) => [writers(schema, database), readers(schema, database)]),
  ];
}

function writers(schema: string, { rolePart }: Database): string {
  return `writers:${rolePart}${rolePart === '' ? schema : bounded(schema, MAX_SCHEMA_PART)}`;
}

function readers(schema: string, { rolePart }: Database): string {
  return `readers:${rolePart}${rolePart === '' ? schema : bounded(schema, MAX_SCHEMA_PART)}`;
}

function createRoles(names: string[]): string {
  return `SELECT format('CREATE ROLE %I NOLOGIN', name) FROM unnest(ARRAY[${names.map(literal).join(', ')}]) AS name
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \\gexec`;
}

function schemaStatements(schema: string, database: Database): string {
  const owner = identifier(writers(schema, database));
  const name = identifier(schema);
  const reader = identifier(readers(schema, database));
  const defaults = `ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} IN SCHEMA ${name} GRANT SELECT ON`;
  return `GRANT ${owner} TO CURRENT_USER;
SELECT ${literal(`CREATE SCHEMA ${name} AUTHORIZATION ${owner}`)} WHERE NOT EXISTS (
  SELECT FROM pg_namespace WHERE nspname = ${literal(schema)} AND pg_get_userbyid(nspowner) = ${literal(writers(schema, database))}) \\gexec
GRANT TEMPORARY ON DATABASE ${identifier(database.name)} TO ${owner};
GRANT USAGE ON SCHEMA ${name} TO ${reader};
${defaults} TABLES TO ${reader};
${defaults} SEQUENCES TO ${reader};
${grantExisting(schema, literal(writers(schema, database)), database)}`;
}

/** Has readers read what the owner has in the schema already: tables that were moved there have no default privileges. */
function grantExisting(schema: string, owner: string, database: Database): string {
  return `SELECT format('GRANT SELECT ON %s TO %I', oid::regclass, ${literal(readers(schema, database))}) FROM pg_class
  WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = ${literal(schema)}) AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
  AND pg_get_userbyid(relowner) = ${owner} \\gexec`;
}

function userStatements({ name, access, schema }: PostgresUser, database: Database): string {
  const role = identifier(name);
  const writes = access === Access.READ_WRITE;
  const path = [...(schema === undefined ? database.schemas : [schema]), 'public'].map(identifier).join(', ');
  // fails, and with it everything, where there is a role of that name which is not the platform's
  return `SELECT ${literal(`CREATE ROLE ${role} IN ROLE ${identifier(USERS)}`)} WHERE NOT EXISTS (
  SELECT FROM pg_auth_members WHERE pg_get_userbyid(roleid) = ${literal(USERS)} AND NOT admin_option AND pg_get_userbyid(member) = ${literal(name)}) \\gexec
ALTER ROLE ${role} LOGIN ${writes ? 'NOINHERIT' : 'INHERIT'};
ALTER ROLE ${role} ${writes ? `SET role TO ${identifier(writers(schema ?? '', database))}` : 'RESET role'};
ALTER ROLE ${role} SET search_path TO ${path};
GRANT CONNECT ON DATABASE ${identifier(database.name)} TO ${role};`;
}

/**
 * Gives each user the memberships that it is to have, and takes all others; users that are not to be may not log in. Those who have lost
 * anything are in `pg_temp.losers` afterwards.
 */
function membershipStatements(users: readonly PostgresUser[], databases: readonly Database[]): string {
  const rows = (lines: string[][]) => lines.map((line) => `(${line.map(literal).join(', ')})`).join(', ');
  const one = users.flatMap((user) => {
    const { name, access, schema } = user;
    if (schema === undefined) return [];
    const role = access === Access.READ_WRITE ? writers : readers;
    return [[name, role(schema, databaseOf(databases, user))]];
  });
  const all = users
    .filter(({ schema }) => schema === undefined)
    .map((user) => [user.name, `^readers:${databaseOf(databases, user).rolePart}[^:]*$`]);
  const connected = users.map((user) => [user.name, databaseOf(databases, user).name]);
  const isDesired = `rolname = ANY (ARRAY[${users.map(({ name }) => literal(name)).join(', ')}]::name[])`;
  return `CREATE TEMPORARY TABLE desired (member name, role name) ON COMMIT DROP;
${one.length > 0 ? `INSERT INTO desired VALUES ${rows(one)};` : ''}
${all.length > 0 ? `INSERT INTO desired SELECT v.member, rolname FROM pg_roles, (VALUES ${rows(all)}) AS v(member, pattern) WHERE rolname ~ v.pattern;` : ''}
CREATE TEMPORARY TABLE connected (member name, database name) ON COMMIT DROP;
${connected.length > 0 ? `INSERT INTO connected VALUES ${rows(connected)};` : ''}
-- from version 16 on, who made a role is its administrator
CREATE TEMPORARY TABLE platform_users ON COMMIT DROP AS
  SELECT r.oid, r.rolname FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member WHERE pg_get_userbyid(m.roleid) = ${literal(USERS)} AND NOT m.admin_option;
CREATE TEMPORARY TABLE lost ON COMMIT DROP AS
  SELECT DISTINCT u.oid AS member_oid, u.rolname AS member, g.rolname AS role
  FROM pg_auth_members m JOIN platform_users u ON u.oid = m.member JOIN pg_roles g ON g.oid = m.roleid
  WHERE g.rolname <> ${literal(USERS)} AND NOT EXISTS (SELECT FROM desired d WHERE d.member = u.rolname AND d.role = g.rolname);
CREATE TEMPORARY TABLE losers AS
  SELECT member_oid AS oid, member AS rolname FROM lost UNION SELECT oid, rolname FROM platform_users WHERE NOT ${isDesired};
SELECT format('REVOKE %I FROM %I', role, member) FROM lost \\gexec
SELECT format('GRANT %I TO %I', role, member) FROM desired d WHERE NOT EXISTS (
  SELECT FROM pg_auth_members m WHERE pg_get_userbyid(m.roleid) = d.role AND pg_get_userbyid(m.member) = d.member) \\gexec
SELECT format('ALTER ROLE %I NOLOGIN PASSWORD NULL', rolname) FROM platform_users WHERE NOT ${isDesired} \\gexec
SELECT DISTINCT format('REVOKE ALL ON DATABASE %I FROM %I', d.datname, u.rolname)
  FROM pg_database d CROSS JOIN aclexplode(d.datacl) a JOIN platform_users u ON u.oid = a.grantee
  WHERE pg_has_role(CURRENT_USER, d.datdba, 'USAGE') AND NOT EXISTS (
  SELECT FROM connected c WHERE c.member = u.rolname AND c.database = d.datname) \\gexec`;
}

/**
 * A session goes on when its user may no longer log in, and acts as the role that it has taken when the user is no member of it any more.
 * So the sessions of whoever has lost something end, after the others are committed: a client that comes back at once finds the new state.
 * Who is no superuser may end the sessions only of roles whose rights it has, which it takes for as long.
 */
const END_SESSIONS = `BEGIN;
SET LOCAL search_path = pg_catalog;
SET LOCAL client_min_messages = warning;
CREATE TEMPORARY TABLE sessions ON COMMIT DROP AS
  SELECT a.pid, l.rolname FROM pg_stat_activity a JOIN pg_temp.losers l ON l.oid = a.usesysid;
SELECT DISTINCT format('GRANT %I TO CURRENT_USER', rolname) FROM pg_temp.sessions \\gexec
SELECT pg_terminate_backend(pid) FROM pg_temp.sessions \\g /dev/null
SELECT DISTINCT format('REVOKE %I FROM CURRENT_USER', rolname) FROM pg_temp.sessions \\gexec
COMMIT;`;

/** A name as SQL writes it. */
function identifier(name: string): string {
  return `"${checkedText(name).replace(/"/g, '""')}"`;
}

/** A text as SQL writes it. */
function literal(text: string): string {
  return `'${checkedText(text).replace(/'/g, "''")}'`;
}

/** psql ends a statement at no character inside quotes, but PostgreSQL's texts have no zero byte. */
function checkedText(text: string): string {
  if (text.includes('\0')) throw new Error('a name in PostgreSQL cannot have a zero byte');
  return text;
}
