import { ServiceBinding } from '../../contracts/backing-service';
import { checkPort } from '../../contracts/bounds';
import { checked } from '../../contracts/checked';
import { fail } from '../../contracts/errors';
import { isCidr } from '../../contracts/addresses';
import { dnsLabel, objectName, HOST_PATTERN, upperSnakeCase } from '../../contracts/names';

/** Where something outside the cluster is. */
export interface ExternalServiceOptions {
  /** DNS name or address that clients connect to. */
  readonly host: string;
  /** Address ranges that the host is in; a NetworkPolicy knows no names. */
  readonly cidrs: string[];
  /**
   * TCP port.
   *
   * @default - 443 for HTTPS, 5432 for PostgreSQL, 3306 for MySQL, 27017 for MongoDB
   */
  readonly port?: number;
}

/** A database outside the cluster. */
export interface ExternalDatabaseOptions extends ExternalServiceOptions {
  /** Name of the database. */
  readonly databaseName: string;
  /** Name of the Secret with the user and the password. It is in the namespace of every workload that depends on the database. */
  readonly secretName: string;
  /**
   * Key of the user in the Secret.
   *
   * @default 'username'
   */
  readonly usernameKey?: string;
  /**
   * Key of the password in the Secret.
   *
   * @default 'password'
   */
  readonly passwordKey?: string;
}

/**
 * Something outside the cluster that services depend on. Nothing of it is made: services get its address as environment variables, and may
 * connect to it.
 *
 * @example
 * const shop = new Microservices(chart, 'shop', { namespace: platform.teams.core });
 * new Microservice(shop, 'payments', {
 *   image: 'ghcr.io/acme/payments:1.4.2',
 *   dependencies: [
 *     Dependency.external(ExternalService.https('bank', { host: 'api.bank.example', cidrs: ['203.0.113.0/28'] })),
 *   ],
 *   entryPoint: true,
 * });
 */
@checked('ExternalService')
export class ExternalService {
  /**
   * What is spoken to by HTTPS. Services get `<NAME>_URL`, `_HOST` and `_PORT`.
   *
   * @param name a DNS label
   * @throws InvalidInputError when the name, the host, a range or the port is malformed
   */
  public static https(name: string, options: ExternalServiceOptions): ExternalService {
    const { port = 443 } = options;
    const url = port === 443 ? `https://${options.host}` : `https://${options.host}:${port}`;
    return new ExternalService('ExternalService.https', name, options, port, { URL: url });
  }

  /**
   * A PostgreSQL database. Services get `<NAME>_HOST`, `_PORT`, `_NAME`, `_ENGINE` (`postgresql`), from the Secret `_USERNAME` and `_PASSWORD`, and its name
   * in `EXTERNAL_DATABASES`, a list with commas.
   *
   * @param name a DNS label
   * @throws InvalidInputError when the name, the host, a range, the port or the name of the Secret is malformed
   */
  public static postgresql(name: string, options: ExternalDatabaseOptions): ExternalService {
    return ExternalService.database('postgresql', 5432, name, options);
  }

  /**
   * A MySQL database. Services get what they get for a PostgreSQL database; the engine is `mysql`.
   *
   * @param name a DNS label
   * @throws InvalidInputError when the name, the host, a range, the port or the name of the Secret is malformed
   */
  public static mysql(name: string, options: ExternalDatabaseOptions): ExternalService {
    return ExternalService.database('mysql', 3306, name, options);
  }

  /**
   * A MongoDB database. Services get what they get for a PostgreSQL database; the engine is `mongodb`.
   *
   * @param name a DNS label
   * @throws InvalidInputError when the name, the host, a range, the port or the name of the Secret is malformed
   */
  public static mongodb(name: string, options: ExternalDatabaseOptions): ExternalService {
    return ExternalService.database('mongodb', 27_017, name, options);
  }

  private static database(
    engine: string,
    defaultPort: number,
    name: string,
    options: ExternalDatabaseOptions,
  ): ExternalService {
    const { databaseName, port = defaultPort } = options;
    const where = `ExternalService.${engine}`;
    if (databaseName === '') {
      fail(where, 'databaseName', 'must not be empty', databaseName, 'name the database that is connected to');
    }
    const fix = 'name the Secret that has the user and the password';
    objectName(where, 'secretName', 'a Secret', options.secretName, fix);
    return new ExternalService(where, name, options, port, { ENGINE: engine, NAME: databaseName }, options);
  }

  private constructor(
    where: string,
    /** Name of the service. */
    public readonly name: string,
    private readonly options: ExternalServiceOptions,
    /** TCP port. */
    public readonly port: number,
    private readonly variables: { readonly [name: string]: string },
    private readonly database?: ExternalDatabaseOptions,
  ) {
    dnsLabel(where, 'name', name);
    if (!new RegExp(HOST_PATTERN).test(options.host) || options.host.length > 253) {
      fail(where, 'host', 'must be a host', options.host, "write it like 'db.acme.example', without scheme and port");
    }
    if (options.cidrs.length === 0) {
      fail(
        where,
        'cidrs',
        'must have at least one address range',
        options.cidrs,
        'give the ranges that the host is in',
      );
    }
    const wrong = options.cidrs.find((cidr) => !isCidr(cidr));
    if (wrong !== undefined) {
      fail(where, 'cidrs', 'must be CIDR blocks', wrong, "write an address range such as '10.0.0.0/16'");
    }
    checkPort(where, 'port', port);
  }

  /** DNS name or address. */
  public get host(): string {
    return this.options.host;
  }

  /**
   * What a workload gets that depends on it.
   *
   * @internal
   */
  public _binding(): ServiceBinding {
    const prefix = upperSnakeCase(this.name);
    const env = Object.entries({ HOST: this.host, PORT: String(this.port), ...this.variables });
    const secrets = this.database && [
      ['USERNAME', this.database.usernameKey ?? 'username'],
      ['PASSWORD', this.database.passwordKey ?? 'password'],
    ];
    return {
      env: Object.fromEntries(env.map(([name, value]) => [`${prefix}_${name}`, value])),
      secretEnv: (secrets ?? []).map(([name, key]) => ({
        name: `${prefix}_${name}`,
        secretName: this.database?.secretName ?? '',
        key,
      })),
      ...(this.database ? { listEnv: { EXTERNAL_DATABASES: this.name } } : {}),
      egress: [{ cidrs: this.options.cidrs, ports: [this.port] }],
      namespaceLabels: {},
    };
  }
}
