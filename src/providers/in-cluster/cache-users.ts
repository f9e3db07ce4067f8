import { Construct } from 'constructs';
import { Access, GrantOptions, ICache } from '../../contracts/backing-service';
import { IWorkloadIdentity } from '../../contracts/identity';
import { EVERYTHING, PrefixGrant } from '../prefix-grant';
import { BackingServices } from './backing-services';
import { credentialsSecretName, UserCredentials, UserNames } from './user-credentials';

/** A user of a cache as it is to be. */
export interface CacheUser {
  /** Its name. */
  readonly name: string;
  /** What it may do, as rules of Valkey's access control lists; ElastiCache takes the same. */
  readonly rules: string;
  /** Secret in the namespace of the backing services with its `password`. */
  readonly secretName: string;
}

/** The users of a cache, one for each workload that is bound. */
export class CacheUsers extends Construct {
  private readonly users = new Map<string, { readonly grant: PrefixGrant; readonly credentials: UserCredentials }>();
  private readonly names: UserNames;

  public constructor(
    private readonly services: BackingServices,
    scope: Construct,
    id: string,
    private readonly cache: ICache,
  ) {
    super(scope, id);
    this.names = new UserNames(this);
  }

  /**
   * Gives a workload a user; two grants are joined.
   *
   * @returns the name of the Secret with its `username` and `password`, in its namespace
   * @throws InvalidInputError when a prefix is malformed
   */
  public add(identity: IWorkloadIdentity, access: Access, options?: GrantOptions): string {
    const { serviceName } = this.cache;
    const name = this.names.of(identity);
    const grant = this.users.get(name)?.grant ?? PrefixGrant.ofCache();
    grant.add(this.cache, access, options);
    const credentials =
      this.users.get(name)?.credentials ??
      new UserCredentials(this.services, this, name, { serviceName, userName: name, identity });
    this.users.set(name, { grant, credentials });
    return credentialsSecretName(serviceName, identity);
  }

  /** All users, in an order that does not depend on who was bound first. */
  public sorted(): CacheUser[] {
    return [...this.users]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { grant, credentials }]) => ({
        name,
        rules: cacheRules(grant),
        secretName: credentials.sourceSecretName,
      }));
  }
}

/**
 * What a user may do. No one may do what is about the server or about everybody's keys, such as FLUSHALL, KEYS and CONFIG; INFO is what
 * clients ask to see whether the server is ready. SCAN and RANDOMKEY show keys that others may not see.
 */
export function cacheRules({ readable, writable }: Pick<PrefixGrant, 'readable' | 'writable'>): string {
  const writes = writable.length > 0;
  return [
    ...writable.map((prefix) => `~${prefix}*`),
    ...readable.filter((prefix) => !writable.includes(prefix)).map((prefix) => `%R~${prefix}*`),
    'resetchannels',
    ...writable.map((prefix) => `&${prefix}*`),
    ...(writes ? ['+@all'] : ['+@read', '+@connection', '+@transaction']),
    '-@admin',
    '-@dangerous',
    '+info',
    ...(readable.includes(EVERYTHING) ? [] : ['-scan', '-randomkey']),
  ].join(' ');
}
