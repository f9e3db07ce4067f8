import { checkBucketName, checkServiceName, databaseNameOf } from '../../src/contracts/service-names';

// Each row is a rule of a service, with where it is documented; looked up on 28 November 2026.

const RDS = 'https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html';
const ELASTICACHE = 'https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html';
const KUBERNETES = 'https://kubernetes.io/docs/concepts/overview/working-with-objects/names/';
const KEY_WORDS = 'https://www.postgresql.org/docs/current/sql-keywords-appendix.html';
const ROLES = 'https://www.postgresql.org/docs/current/predefined-roles.html';
const S3 = 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html';
const CNPG = 'https://cloudnative-pg.io/documentation/current/bootstrap/';

test.each([
  ['a--b', 'must start with a letter and have no two hyphens in a row', RDS],
  ['1st', 'must start with a letter and have no two hyphens in a row', ELASTICACHE],
  ['a-', 'must be a DNS label of at most 30 characters', ELASTICACHE],
  ['-a', 'must be a DNS label of at most 30 characters', KUBERNETES],
  ['Orders', 'must be a DNS label of at most 30 characters', KUBERNETES],
  ['or_ders', 'must be a DNS label of at most 30 characters', KUBERNETES],
  ['a'.repeat(31), 'must be a DNS label of at most 30 characters', ELASTICACHE],
])('%s is no name of a database, cache or bucket: %s (%s)', (name, rule) => {
  expect(() => checkServiceName('here', 'name', name)).toThrow(`[here] name ${rule}`);
});

const KEY_WORD = 'must not be a key word of SQL';
const TAKEN = 'must not be a name that the database server has for itself';
const SPELLING = 'must start with a letter and have at most 63 lower-case letters, digits and underscores';

test.each([
  ['user', KEY_WORD, KEY_WORDS],
  ['default', KEY_WORD, KEY_WORDS],
  ['order', KEY_WORD, KEY_WORDS],
  ['database', KEY_WORD, RDS],
  ['db', KEY_WORD, RDS],
  ['grant', KEY_WORD, RDS],
  ['catalog', KEY_WORD, RDS],
  ['control', KEY_WORD, RDS],
  ['flag', KEY_WORD, RDS],
  ['dispatch', KEY_WORD, RDS],
  ['admin', KEY_WORD, RDS],
  ['public', KEY_WORD, KEY_WORDS],
  ['session_user', KEY_WORD, KEY_WORDS],
  ['postgres', TAKEN, RDS],
  ['template0', TAKEN, RDS],
  ['template1', TAKEN, RDS],
  ['rdsadmin', TAKEN, RDS],
  ['rds_superuser', TAKEN, RDS],
  ['pg_monitor', TAKEN, ROLES],
  ['streaming_replica', TAKEN, CNPG],
  ['a-b', SPELLING, RDS],
  ['_a', SPELLING, RDS],
  ['1a', SPELLING, RDS],
  ['Orders', SPELLING, RDS],
  ['a'.repeat(64), SPELLING, RDS],
  ['', SPELLING, RDS],
])('%s is no name of a PostgreSQL database: %s (%s)', (name, rule) => {
  expect(() => databaseNameOf('here', 'orders', name)).toThrow(`[here] databaseName ${rule}`);
});

test.each([
  ['orders', 'orders'],
  ['model-registry', 'model_registry'],
  ['database', 'database_db'],
  ['user', 'user_db'],
  ['default', 'default_db'],
])('the database of the service %s is %s', (service, name) => {
  expect(databaseNameOf('here', service, undefined)).toBe(name);
});

test.each([['postgres'], ['template1'], ['rdsadmin']])('a service %s needs a databaseName', (service) => {
  expect(() => databaseNameOf('here', service, undefined)).toThrow(`[here] databaseName ${TAKEN}`);
  expect(databaseNameOf('here', service, 'orders')).toBe('orders');
});

const RESERVED = 'must not start or end as names do that S3 has for itself';
const BUCKET = 'must be a name of an S3 bucket';

test.each([
  ['ab', BUCKET],
  ['a'.repeat(64), BUCKET],
  ['-models', BUCKET],
  ['models-', BUCKET],
  ['Models', BUCKET],
  ['my_models', BUCKET],
  ['my.models', BUCKET],
  ['192.168.5.4', BUCKET],
  ['models.mrap', BUCKET],
  ['xn--models', RESERVED],
  ['sthree-models', RESERVED],
  ['sthree-configurator', RESERVED],
  ['amzn-s3-demo-models', RESERVED],
  ['models-s3alias', RESERVED],
  ['models--ol-s3', RESERVED],
  ['models--x-s3', RESERVED],
  ['models--table-s3', RESERVED],
  ['models-111122223333-eu-west-1-an', RESERVED],
])(`%s is no name of a bucket: %s (${S3})`, (name, rule) => {
  expect(() => checkBucketName('here', 'bucketName', name)).toThrow(`[here] bucketName ${rule}`);
});

test.each([['acme-models'], ['1-models'], ['a--b'], ['a'.repeat(63)], ['plan']])('%s is one', (name) => {
  expect(checkBucketName('here', 'bucketName', name)).toBe(name);
});
