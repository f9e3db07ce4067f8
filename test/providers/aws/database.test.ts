import * as fs from 'fs';
import * as path from 'path';
import { Environment } from '../../../src/app';
import { Access, DatabaseProps, IDatabase } from '../../../src/contracts';
import { AwsOutput, Json, policyOf, resourceWith, synthAws, theResource } from './terraform';

const trainer = { namespace: 'team-a', serviceAccountName: 'trainer' };

let output: AwsOutput;
let database: IDatabase;
beforeAll(() => {
  output = synthAws({
    contents: (environment) => {
      database = environment.addDatabase('database');
    },
  });
});

test('is private, encrypted, protected, watched, and has no password of ours', () => {
  const instance = theResource(output.infrastructure, 'aws_db_instance');
  const key = expect.stringMatching(/^\$\{aws_kms_key\.database_key_\w+\.arn\}$/);
  expect(instance).toMatchObject({
    engine: 'postgres',
    engine_version: '17',
    instance_class: 'db.m7g.large',
    storage_type: 'gp3',
    storage_encrypted: true,
    kms_key_id: key,
    allocated_storage: 100,
    max_allocated_storage: 400,
    publicly_accessible: false,
    manage_master_user_password: true,
    master_user_secret_kms_key_id: key,
    iam_database_authentication_enabled: true,
    multi_az: true,
    backup_retention_period: 30,
    deletion_protection: true,
    skip_final_snapshot: false,
    final_snapshot_identifier: 'production-database-final',
    delete_automated_backups: false,
    copy_tags_to_snapshot: true,
    auto_minor_version_upgrade: true,
    performance_insights_enabled: true,
    performance_insights_kms_key_id: key,
    enabled_cloudwatch_logs_exports: ['postgresql', 'upgrade'],
  });
  expect(instance).not.toHaveProperty('password');
});

test('takes TLS connections only', () => {
  const group = theResource(output.infrastructure, 'aws_db_parameter_group');
  expect(group.family).toBe('postgres17');
  expect(group.parameter).toContainEqual({ name: 'rds.force_ssl', value: '1', apply_method: 'immediate' });
});

test('is in the database subnets, behind a security group that lets the cluster in', () => {
  const { subnet_ids } = theResource(output.infrastructure, 'aws_db_subnet_group') as { subnet_ids: string[] };
  expect(subnet_ids).toHaveLength(3);
  subnet_ids.forEach((id) => expect(id).toContain('network_database-'));
  resourceWith(output.infrastructure, 'aws_vpc_security_group_ingress_rule', { from_port: 5432, to_port: 5432 });
});

test('its logs have groups that are there before it', () => {
  resourceWith(output.infrastructure, 'aws_cloudwatch_log_group', {
    name: '/aws/rds/instance/production-database/postgresql',
  });
  const instance = theResource(output.infrastructure, 'aws_db_instance');
  expect(JSON.stringify(instance.depends_on)).toContain('postgresql-logs');
});

test('binding gives the variables of the contract', () => {
  expect(database.bind(trainer, Access.READ_WRITE)).toEqual({
    env: {
      DATABASE_HOST: 'database.backing-services.svc.cluster.local',
      DATABASE_PORT: '5432',
      DATABASE_NAME: 'database_db',
      DATABASE_SSLMODE: 'require',
    },
    secretEnv: [
      { name: 'DATABASE_USERNAME', secretName: 'database-credentials.trainer', key: 'username' },
      { name: 'DATABASE_PASSWORD', secretName: 'database-credentials.trainer', key: 'password' },
    ],
    egress: [{ cidrs: ['10.0.224.0/22', '10.0.228.0/22', '10.0.232.0/22'], ports: [5432] }],
    namespaceLabels: { 'nstarx.io/uses-database': 'true' },
  });
});

test('the password of the master user reaches the namespace of the backing services, by a store of its own, and no other', () => {
  expect(output.bootstrapText).toContain('SecretStore');
  expect(output.bootstrapText).toContain('master_user_secret0secret_arn');
  expect(output.bootstrapText).not.toContain('ClusterExternalSecret');
  expect(output.bootstrapText).not.toContain('ClusterSecretStore');
});

test('only the pod that makes the users has the password of the master user', () => {
  const users = output.manifest('backing-services/backing-services/deployment-database-users.yaml');
  const { spec } = (users.spec as { template: { spec: Json } }).template;
  expect(spec.volumes).toContainEqual({ name: 'admin', secret: { secretName: 'database-admin' } });
  const files = fs.readdirSync(output.manifests, { recursive: true, encoding: 'utf8' });
  const texts = files
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => [file, fs.readFileSync(path.join(output.manifests, file), 'utf8')]);
  expect(texts.filter(([, text]) => text.includes('database-admin')).map(([file]) => file)).toEqual([
    'backing-services/backing-services/deployment-database-users.yaml',
  ]);
});

test('External Secrets may read this password and nothing else', () => {
  expect(policyOf(output.infrastructure, 'external-secrets', 'external-secrets')).toEqual([
    {
      Effect: 'Allow',
      Action: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
      Resource: expect.stringMatching(/^\$\{aws_db_instance\.database_\w+\.master_user_secret\[0\]\.secret_arn\}$/),
    },
    {
      Effect: 'Allow',
      Action: 'kms:Decrypt',
      Resource: expect.stringMatching(/^\$\{aws_kms_key\.database_key_\w+\.arn\}$/),
      Condition: { StringEquals: { 'kms:ViaService': 'secretsmanager.eu-west-1.amazonaws.com' } },
    },
  ]);
});

test.each<[string, DatabaseProps, Json]>([
  ['postgresVersion', { postgresVersion: '16' }, { engine_version: '16' }],
  ['databaseName', { databaseName: 'mlops' }, { db_name: 'mlops' }],
  ['storage', { storage: '200Gi' }, { allocated_storage: 200, max_allocated_storage: 800 }],
  ['highlyAvailable', { highlyAvailable: false }, { multi_az: false }],
  ['backupRetentionDays', { backupRetentionDays: 35 }, { backup_retention_period: 35 }],
  ['deletionProtection', { deletionProtection: false }, { deletion_protection: false }],
  ['instanceType', { instanceType: 'db.r7g.2xlarge' }, { instance_class: 'db.r7g.2xlarge' }],
  ['memory', { memory: '512Mi' }, { instance_class: 'db.t4g.micro' }],
  ['memory', { memory: '9Gi' }, { instance_class: 'db.m7g.xlarge' }],
  ['instanceType', { instanceType: 'db.r7g.2xlarge', memory: '1Gi' }, { instance_class: 'db.r7g.2xlarge' }],
])('%s of a database overrides the default', (_, props, expected) => {
  const stack = synthAws({ contents: (env) => env.addDatabase('database', props) }).infrastructure;
  expect(theResource(stack, 'aws_db_instance')).toMatchObject(expected);
});

test.each<[string, (environment: Environment) => void, string]>([
  [
    'version of PostgreSQL',
    (env) => env.addDatabase('database', { postgresVersion: '9.6' }),
    'postgresVersion must be one of 14, 15, 16, 17, 18, got "9.6": give the major version.',
  ],
  [
    'class of a database',
    (env) => env.addDatabase('database', { instanceType: 'm7g.large' }),
    'instanceType must be an RDS instance class, got "m7g.large": name it like db.m7g.large.',
  ],
  [
    'memory',
    (env) => env.addDatabase('database', { memory: '257Gi' }),
    'memory must be a whole number of Mi between 1Mi and 262144Mi, got "257Gi": write it like \'1Mi\'.',
  ],
  [
    'storage',
    (env) => env.addDatabase('database', { storage: '20.5Gi' }),
    'storage must be a whole number of Gi between 20Gi and 16384Gi, got "20.5Gi": write it like \'20Gi\'.',
  ],
  [
    'backups',
    (env) => env.addDatabase('database', { backupRetentionDays: 36 }),
    'backupRetentionDays must be a whole number between 0 and 35, got 36: give the days, 0 for none.',
  ],
  [
    'name of a database',
    (env) => env.addDatabase('database', { databaseName: 'My DB' }),
    'databaseName must start with a letter and have at most 63 lower-case letters, digits and underscores, got "My DB": name it like platform.',
  ],
])('a database refuses a wrong %s', (_, contents, message) => {
  expect(() => synthAws({ contents })).toThrow(message);
});

test('a later major version is an upgrade where the version is the user’s, and never a new default', () => {
  const instance = (props: DatabaseProps) => {
    const stack = synthAws({ contents: (environment) => environment.addDatabase('orders', props) }).infrastructure;
    const { allow_major_version_upgrade: allowed } = theResource(stack, 'aws_db_instance');
    // the former group stays in use until the maintenance window
    return { allowed, keepsGroup: theResource(stack, 'aws_db_parameter_group').skip_destroy };
  };
  expect(instance({})).toEqual({ allowed: false, keepsGroup: true });
  expect(instance({ postgresVersion: '18' })).toEqual({ allowed: true, keepsGroup: true });
});
