import { IConstruct } from 'constructs';
import { contentHash } from './content-hash';
import { fail } from './errors';
import { dnsLabel } from './names';
import { SQL_KEY_WORDS } from './sql-key-words';

// Names that backing services have on every provider. The rules are the narrowest of all of them, so that a name which works
// on a laptop works in the cloud as well.

/**
 * Refuses a name of a backing service. It is part of an identifier of RDS and ElastiCache, the name of a Kubernetes Service,
 * and the prefix of environment variables: a DNS label that starts with a letter and has no two hyphens in a row.
 *
 * @returns the name
 */
export function checkServiceName(where: IConstruct | string, prop: string, name: string): string {
  dnsLabel(where, prop, name, 30);
  if (!/^[a-z]/.test(name) || name.includes('--')) {
    fail(
      where,
      prop,
      'must start with a letter and have no two hyphens in a row',
      name,
      'name it like database or ml-artifacts; RDS and ElastiCache refuse others',
    );
  }
  return name;
}

/** Longest schema whose roles PostgreSQL keeps apart from others: `writers:` is before it. */
export const MAX_SCHEMA = 55;

/** The schema of a database that the writers of a namespace have by default. */
export function schemaOfNamespace(namespace: string): string {
  const whole = namespace.replace(/-/g, '_').replace(/^(?=\d)/, '_');
  return whole.length <= MAX_SCHEMA ? whole : `${whole.slice(0, MAX_SCHEMA - 11)}_${contentHash(namespace)}`;
}

/** Databases and roles of PostgreSQL, and of the services and operators that run it. */
const NAMES_OF_THE_SERVER = /^(postgres|template[01]|rds.*|pg_.*|cnpg_.*|streaming_replica|cloudsql.*|azure_.*|root)$/;

/**
 * The name of the database of a service: the one that was given, or else that of the service with hyphens as underscores, and
 * `_db` behind it where that is a key word of SQL, as `database` is.
 *
 * @throws InvalidInputError when the server would refuse it
 */
export function databaseNameOf(where: IConstruct | string, service: string, given: string | undefined): string {
  const derived = service.replace(/-/g, '_');
  return checkDatabaseName(where, 'databaseName', given ?? (SQL_KEY_WORDS.has(derived) ? `${derived}_db` : derived));
}

/**
 * Refuses a name of a PostgreSQL database: one that does not need quotes, and that neither PostgreSQL nor RDS nor
 * CloudNativePG has for itself. In the cluster the owner has the same name, so names of the server's roles are refused too.
 *
 * @returns the name
 */
export function checkDatabaseName(where: IConstruct | string, prop: string, name: string): string {
  if (!/^[a-z][a-z0-9_]{0,62}$/.test(name)) {
    fail(
      where,
      prop,
      'must start with a letter and have at most 63 lower-case letters, digits and underscores',
      name,
      'name it like platform',
    );
  }
  if (SQL_KEY_WORDS.has(name)) {
    fail(where, prop, 'must not be a key word of SQL', name, `name it like ${name}_db; RDS refuses key words`);
  }
  if (NAMES_OF_THE_SERVER.test(name)) {
    fail(
      where,
      prop,
      'must not be a name that the database server has for itself',
      name,
      'choose another, such as platform; postgres, template0, rdsadmin, pg_… and the like are taken',
    );
  }
  return name;
}

/** What S3 keeps for aliases of access points, its own examples, and other sorts of buckets (2026-11). */
const RESERVED_BUCKETS = /^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|--x-s3|--table-s3|-an)$/;

/**
 * Refuses a name of a bucket, by the rules of Amazon S3 and without dots, with which clients cannot check a certificate.
 *
 * @returns the name
 */
export function checkBucketName(where: IConstruct | string, prop: string, name: string): string {
  if (!/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(name)) {
    fail(
      where,
      prop,
      'must be a name of an S3 bucket',
      name,
      'use 3 to 63 lower-case letters, digits and hyphens; dots break TLS',
    );
  }
  if (RESERVED_BUCKETS.test(name)) {
    fail(
      where,
      prop,
      'must not start or end as names do that S3 has for itself',
      name,
      'choose one that does not start with xn--, sthree- or amzn-s3-demo-, nor end with -s3alias, --ol-s3, --x-s3, --table-s3 or -an',
    );
  }
  return name;
}
