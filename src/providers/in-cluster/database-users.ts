import { k8s } from 'cdk8s-plus-28';
import { Construct, IConstruct } from 'constructs';
import { Access, GrantOptions, IDatabase } from '../../contracts/backing-service';
import { fail } from '../../contracts/errors';
import { IWorkloadIdentity } from '../../contracts/identity';
import { POSTGRES_IMAGE } from '../../contracts/images';
import { checkDatabaseName, MAX_SCHEMA, schemaOfNamespace } from '../../contracts/service-names';
import { BackingServices, lazily } from './backing-services';
import { DATABASE_FOLDER, PostgresUser, postgresUsers, PROVISION_USERS, userList } from './postgres-users';
import { Provisioner } from './provisioner';
import { credentialsSecretName, UserCredentials, UserNames, USERS_SUFFIX } from './user-credentials';

const COMPONENT = 'database-users';

/** Properties of DatabaseUsers. */
export interface DatabaseUsersProps {
  /** The server, with the database that it begins with. */
  readonly database: IDatabase;
  /** Secret in the namespace of the backing services with `username` and `password` of a role with CREATEROLE, which owns it. */
  readonly adminSecretName: string;
  /** Where the server is. */
  readonly egress: k8s.NetworkPolicyEgressRule;
}

/**
 * The users of a PostgreSQL server, one for each workload that is bound, and the databases that they are of. A provisioner makes them, the only pod
 * that has the administrator's password; it does so on every provider alike, which CloudNativePG's kind Database would not.
 */
export class DatabaseUsers extends Construct {
  /** Labels of the pod that makes the users. */
  public readonly podLabels: { [key: string]: string };
  private readonly database: IDatabase;
  private readonly users = new Map<string, { readonly user: PostgresUser; readonly credentials: UserCredentials }>();
  private readonly names: UserNames;

  public constructor(
    private readonly services: BackingServices,
    scope: Construct,
    id: string,
    props: DatabaseUsersProps,
  ) {
    super(scope, id);
    const { database, adminSecretName, egress } = props;
    this.database = database;
    this.names = new UserNames(this);
    const { podLabels } = new Provisioner(this, 'provisioner', {
      name: `${database.serviceName}${USERS_SUFFIX}`,
      component: COMPONENT,
      image: POSTGRES_IMAGE,
      folder: DATABASE_FOLDER,
      script: {
        'provision.sh': PROVISION_USERS,
        'users.sql': lazily(() => postgresUsers(database.databaseName, this.sorted())),
        'users.txt': lazily(() => userList(this.sorted())),
      },
      volumes: {
        admin: { name: 'admin', secret: { secretName: adminSecretName } },
        users: { name: 'users', projected: { sources: lazily(() => this.passwords()) } },
      },
      env: {
        PGHOST: database.host,
        PGPORT: String(database.port),
        PGDATABASE: database.databaseName,
        PGSSLMODE: 'require',
        PGCONNECT_TIMEOUT: '10',
      },
      egress: [egress],
    });
    this.podLabels = podLabels;
  }

  /**
   * Gives a workload a user. Of two grants the larger one counts.
   *
   * @returns the name of the Secret with its `username` and `password`, in its namespace
   * @throws InvalidInputError when the schema or the database is none, or two grants name different ones
   */
  public add(identity: IWorkloadIdentity, access: Access, options: GrantOptions = {}): string {
    const { serviceName } = this.database;
    if (options.prefixes !== undefined) {
      fail(this.database, 'prefixes', 'must not be given for a database', options.prefixes, 'give schema, or nothing');
    }
    const name = this.names.of(identity);
    const known = this.users.get(name);
    const database = this.furtherDatabase(options.database);
    const granted = grantedUser(this.database, name, identity, access, { ...options, database });
    const user = joined(this.database, known?.user, granted);
    const credentials =
      known?.credentials ?? new UserCredentials(this.services, this, name, { serviceName, userName: name, identity });
    this.users.set(name, { user, credentials });
    return credentialsSecretName(serviceName, identity);
  }

  /** Names of all databases of the server, sorted. */
  public get databaseNames(): string[] {
    const further = [...this.users.values()].flatMap(({ user }) => user.database ?? []);
    return [...new Set([this.database.databaseName, ...further])].sort();
  }

  /** All users, in an order that does not depend on who was bound first. */
  private sorted(): PostgresUser[] {
    return [...this.users.values()].map(({ user }) => user).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  private furtherDatabase(name: string | undefined): string | undefined {
    if (name === undefined || name === this.database.databaseName) return undefined;
    return checkDatabaseName(this.database, 'database', name);
  }

  private passwords(): k8s.VolumeProjection[] {
    return this.sorted().map(({ name }) => ({
      secret: {
        name: this.users.get(name)?.credentials.sourceSecretName,
        items: [{ key: 'password', path: name }],
      },
    }));
  }
}

function grantedUser(
  where: IConstruct,
  name: string,
  { namespace }: IWorkloadIdentity,
  access: Access,
  { schema, database }: GrantOptions,
): PostgresUser {
  const user = { name, access, ...(database === undefined ? {} : { database }) };
  if (schema !== undefined) return { ...user, schema: checkedSchema(where, schema) };
  return access === Access.READ ? user : { ...user, schema: checkedSchema(where, schemaOfNamespace(namespace)) };
}

/** The larger of two grants to one user. */
function joined(where: IConstruct, one: PostgresUser | undefined, other: PostgresUser): PostgresUser {
  if (one === undefined) return other;
  if (one.database !== other.database) {
    const given = [one, other].map(({ database }) => database ?? 'that of the server').join(' and ');
    fail(
      where,
      'database',
      `must be one for ${one.name}`,
      given,
      'name the same in both grants, or make two workloads',
    );
  }
  const writer = [one, other].find(({ access }) => access === Access.READ_WRITE);
  const narrow = [one, other].filter(({ access, schema }) => access === Access.READ_WRITE || schema !== undefined);
  const schemas = [...new Set(narrow.map(({ schema }) => schema))].sort();
  if (schemas.length > 1) {
    fail(
      where,
      'schema',
      `must be one for ${one.name}`,
      schemas.join(' and '),
      'have two workloads, or have those who share tables name the same schema',
    );
  }
  return writer ?? [one, other].find(({ schema }) => schema === undefined) ?? one;
}

function checkedSchema(where: IConstruct, schema: string): string {
  const valid = new RegExp(`^[a-z_][a-z0-9_]{0,${MAX_SCHEMA - 1}}$`).test(schema);
  if (!valid || /^(pg_.*|public|information_schema)$/.test(schema)) {
    fail(
      where,
      'schema',
      `must be a name of at most ${MAX_SCHEMA} characters that PostgreSQL does not use itself`,
      schema,
      'use lower-case letters, digits and underscores, starting with a letter; not public, information_schema or pg_…',
    );
  }
  return schema;
}
