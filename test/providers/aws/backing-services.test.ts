import { Environment } from '../../../src/app';
import {
  Access,
  CacheProps,
  DatabaseProps,
  ICache,
  IDatabase,
  IObjectStore,
  ObjectStoreProps,
  Tier,
} from '../../../src/contracts';
import { AwsOutput, Json, policyOf, resources, resourceWith, statements, synthAws, theResource } from './terraform';

const trainer = { namespace: 'team-a', serviceAccountName: 'trainer' };

let output: AwsOutput;
let database: IDatabase;
let cache: ICache;
let store: IObjectStore;
beforeAll(() => {
  output = synthAws({
    contents: (environment) => {
      database = environment.addDatabase('database');
      cache = environment.addCache('cache');
      store = environment.addObjectStore('ml-artifacts');
      store.bind(trainer, Access.READ);
    },
  });
});

describe('database', () => {
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

  test('stands in the database subnets, behind a security group that lets the cluster in', () => {
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
      variables: {
        DATABASE_HOST: 'database.backing-services.svc.cluster.local',
        DATABASE_PORT: '5432',
        DATABASE_NAME: 'database',
        DATABASE_SSLMODE: 'require',
      },
      secretVariables: [
        { name: 'DATABASE_USERNAME', secretName: 'database-credentials', key: 'username' },
        { name: 'DATABASE_PASSWORD', secretName: 'database-credentials', key: 'password' },
      ],
      egress: [{ cidrs: ['10.0.216.0/21', '10.0.224.0/21', '10.0.232.0/21'], ports: [5432] }],
      namespaceLabels: { 'nstarx.io/uses-database': 'true' },
    });
  });

  test('its credentials reach the namespaces with the label, and only they may use the store', () => {
    expect(output.manifest('secret-store/clustersecretstore-aws-secrets-manager.yaml')).toMatchObject({
      apiVersion: 'external-secrets.io/v1',
      spec: {
        provider: { aws: { service: 'SecretsManager', region: 'eu-west-1' } },
        conditions: [{ namespaceSelector: { matchLabels: { 'nstarx.io/uses-database': 'true' } } }],
      },
    });
    for (const part of ['ClusterExternalSecret', 'nstarx.io/uses-database', 'master_user_secret0secret_arn']) {
      expect(output.bootstrapText).toContain(part);
    }
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
});

describe('cache', () => {
  test('is encrypted at rest and on the way, and survives the loss of a zone', () => {
    expect(theResource(output.infrastructure, 'aws_elasticache_replication_group')).toMatchObject({
      engine: 'valkey',
      engine_version: '8.1',
      at_rest_encryption_enabled: 'true',
      kms_key_id: expect.stringMatching(/^\$\{aws_kms_key\.cache_key_/),
      transit_encryption_enabled: true,
      transit_encryption_mode: 'required',
      num_cache_clusters: 2,
      automatic_failover_enabled: true,
      multi_az_enabled: true,
      snapshot_retention_limit: 7,
      node_type: 'cache.m7g.large',
    });
    expect(theResource(output.infrastructure, 'aws_elasticache_parameter_group').family).toBe('valkey8');
  });

  test('binding gives the variables of the contract', () => {
    expect(cache.bind(trainer, Access.READ)).toEqual({
      variables: { CACHE_HOST: 'cache.backing-services.svc.cluster.local', CACHE_PORT: '6379', CACHE_TLS: 'true' },
      secretVariables: [],
      egress: [{ cidrs: ['10.0.216.0/21', '10.0.224.0/21', '10.0.232.0/21'], ports: [6379] }],
      namespaceLabels: {},
    });
  });

  test.each<[number, string]>([
    [100, 'cache.t4g.micro'],
    [513, 'cache.t4g.small'],
    [8192, 'cache.r7g.large'],
    [400000, 'cache.r7g.16xlarge'],
  ])('%i MiB need a %s', (memoryMiB, type) => {
    const stack = synthAws({ contents: (env) => env.addCache('cache', { memoryMiB }) }).infrastructure;
    expect(theResource(stack, 'aws_elasticache_replication_group').node_type).toBe(type);
  });

  test('a long name is cut to what ElastiCache takes, and stays its own', () => {
    const stack = synthAws({
      name: 'production-of-team-a',
      contents: (env) => {
        env.addCache('sessions-of-the-recommender-a');
        env.addCache('sessions-of-the-recommender-b');
      },
    }).infrastructure;
    const names = resources(stack, 'aws_elasticache_replication_group').map((one) => String(one.replication_group_id));
    expect(new Set(names).size).toBe(2);
    names.forEach((name) => expect(name).toMatch(/^[a-z](?!.*--)[a-z0-9-]{0,38}[a-z0-9]$/));
  });
});

describe('bucket', () => {
  test('is private, encrypted with its own key and versioned', () => {
    const stack = output.infrastructure;
    expect(theResource(stack, 'aws_s3_bucket_public_access_block')).toMatchObject({
      block_public_acls: true,
      block_public_policy: true,
      ignore_public_acls: true,
      restrict_public_buckets: true,
    });
    expect(theResource(stack, 'aws_s3_bucket_server_side_encryption_configuration').rule).toEqual([
      {
        apply_server_side_encryption_by_default: {
          sse_algorithm: 'aws:kms',
          kms_master_key_id: expect.stringMatching(/^\$\{aws_kms_key\.ml-artifacts_key_/),
        },
        bucket_key_enabled: true,
      },
    ]);
    expect(theResource(stack, 'aws_s3_bucket_versioning').versioning_configuration).toEqual({ status: 'Enabled' });
    expect(theResource(stack, 'aws_s3_bucket_ownership_controls').rule).toEqual({
      object_ownership: 'BucketOwnerEnforced',
    });
    expect(theResource(stack, 'aws_s3_bucket').force_destroy).toBe(false);
  });

  test('refuses everything that is not TLS 1.2 or newer', () => {
    const policy = statements(theResource(output.infrastructure, 'aws_s3_bucket_policy').policy);
    expect(policy.map((statement) => [statement.Effect, statement.Principal, statement.Condition])).toEqual([
      ['Deny', '*', { Bool: { 'aws:SecureTransport': 'false' } }],
      ['Deny', '*', { NumericLessThan: { 's3:TlsVersion': '1.2' } }],
    ]);
  });

  test('forgets unfinished uploads and former versions', () => {
    const { rule } = theResource(output.infrastructure, 'aws_s3_bucket_lifecycle_configuration') as { rule: Json[] };
    expect(rule).toEqual([
      expect.objectContaining({ abort_incomplete_multipart_upload: [{ days_after_initiation: 7 }] }),
      expect.objectContaining({ noncurrent_version_expiration: [{ noncurrent_days: 90 }] }),
      expect.objectContaining({ expiration: [{ expired_object_delete_marker: true }] }),
    ]);
  });

  test('its name is the same at every synthesis, and another elsewhere', () => {
    const name = (stateBucket: string, environment = 'production') => {
      let found = '';
      synthAws({
        name: environment,
        provider: { stateBucket },
        contents: (env) => {
          found = env.addObjectStore('ml-artifacts').bucketName;
        },
      });
      return found;
    };
    expect(name('acme-tf-state')).toBe(store.bucketName);
    expect(name('other-tf-state')).not.toBe(store.bucketName);
    expect(name('acme-tf-state', 'staging')).toMatch(/^staging-ml-artifacts-[0-9a-f]{8}$/);
  });

  test('binding gives the variables of the contract', () => {
    expect(store.bind(trainer, Access.READ)).toMatchObject({
      variables: { ML_ARTIFACTS_BUCKET: store.bucketName, AWS_REGION: 'eu-west-1' },
      secretVariables: [],
      namespaceLabels: {},
    });
  });
});

describe('workload identity', () => {
  const policyAfter = (bind: (environment: Environment) => void) =>
    policyOf(synthAws({ contents: bind }).infrastructure, 'team-a', 'trainer');

  test('reading: this bucket and its key, nothing to write', () => {
    const policy = policyOf(output.infrastructure, 'team-a', 'trainer');
    expect(policy).toEqual([
      {
        Effect: 'Allow',
        Action: ['s3:GetBucketLocation', 's3:ListBucket'],
        Resource: expect.stringMatching(/^\$\{aws_s3_bucket\.ml-artifacts_\w+\.arn\}$/),
      },
      {
        Effect: 'Allow',
        Action: ['s3:GetObject'],
        Resource: expect.stringMatching(/^\$\{aws_s3_bucket\.ml-artifacts_\w+\.arn\}\/\*$/),
      },
      {
        Effect: 'Allow',
        Action: ['kms:Decrypt'],
        Resource: expect.stringMatching(/^\$\{aws_kms_key\.ml-artifacts_key_\w+\.arn\}$/),
        Condition: { StringEquals: { 'kms:ViaService': 's3.eu-west-1.amazonaws.com' } },
      },
    ]);
  });

  test.each<[string, Access[]]>([
    ['reading, then writing', [Access.READ, Access.READ_WRITE]],
    ['writing, then reading', [Access.READ_WRITE, Access.READ]],
    ['writing twice', [Access.READ_WRITE, Access.READ_WRITE]],
  ])('%s is writing once', (_, accesses) => {
    const policy = policyAfter((environment) => {
      const bucket = environment.addObjectStore('models');
      accesses.forEach((access) => bucket.bind(trainer, access));
    });
    expect(policy).toHaveLength(3);
    expect(policy[1].Action).toContain('s3:PutObject');
    expect(policy[2].Action).toEqual(['kms:Decrypt', 'kms:GenerateDataKey']);
  });

  test('two buckets, one role', () => {
    const policy = policyAfter((environment) => {
      environment.addObjectStore('models').bind(trainer, Access.READ);
      environment.addObjectStore('datasets').bind(trainer, Access.READ_WRITE);
    });
    expect(policy).toHaveLength(6);
  });

  test('ServiceAccounts whose names could be confused have roles of their own', () => {
    const stack = synthAws({
      contents: (environment) => {
        const bucket = environment.addObjectStore('models');
        bucket.bind({ namespace: 'a-b', serviceAccountName: 'c' }, Access.READ);
        bucket.bind({ namespace: 'a', serviceAccountName: 'b-c' }, Access.READ);
      },
    }).infrastructure;
    const roles = resources(stack, 'aws_iam_role').map((role) => role.name);
    expect(roles).toContain('production-eu-west-1-a-b.c');
    expect(roles).toContain('production-eu-west-1-a.b-c');
    expect(new Set(roles).size).toBe(roles.length);
  });
});

test.each<[Tier, Json]>([
  [
    Tier.LOCAL,
    { nat: 1, multiAz: false, backups: 0, protected: false, db: 'db.t4g.medium', nodes: 1, replicas: 1, logs: 7 },
  ],
  [
    Tier.DEVELOPMENT,
    { nat: 1, multiAz: false, backups: 1, protected: false, db: 'db.t4g.medium', nodes: 1, replicas: 1, logs: 7 },
  ],
  [
    Tier.STAGING,
    { nat: 3, multiAz: true, backups: 7, protected: true, db: 'db.m7g.large', nodes: 2, replicas: 2, logs: 30 },
  ],
  [
    Tier.PRODUCTION,
    { nat: 3, multiAz: true, backups: 30, protected: true, db: 'db.m7g.large', nodes: 3, replicas: 2, logs: 365 },
  ],
])('defaults of the tier %s', (tier, expected) => {
  const stack = synthAws({
    tier,
    name: 'env',
    contents: (environment) => {
      environment.addDatabase('database');
      environment.addCache('cache');
      environment.addObjectStore('files');
    },
  }).infrastructure;
  const instance = theResource(stack, 'aws_db_instance');
  const logs = resources(stack, 'aws_cloudwatch_log_group').map((group) => group.retention_in_days);
  expect({
    nat: resources(stack, 'aws_nat_gateway').length,
    multiAz: instance.multi_az,
    backups: instance.backup_retention_period,
    protected: instance.deletion_protection,
    db: instance.instance_class,
    nodes: (theResource(stack, 'aws_eks_node_group').scaling_config as Json).min_size,
    replicas: theResource(stack, 'aws_elasticache_replication_group').num_cache_clusters,
    logs: logs[0],
  }).toEqual(expected);
  expect(new Set(logs).size).toBe(1);
  expect(instance.skip_final_snapshot).toBe(!expected.protected);
  expect(theResource(stack, 'aws_eks_cluster').deletion_protection).toBe(expected.protected);
  expect(theResource(stack, 'aws_s3_bucket').force_destroy).toBe(!expected.protected);
});

test.each<[string, DatabaseProps, Json]>([
  ['postgresVersion', { postgresVersion: '16' }, { engine_version: '16' }],
  ['databaseName', { databaseName: 'mlops' }, { db_name: 'mlops' }],
  ['storageGiB', { storageGiB: 200 }, { allocated_storage: 200, max_allocated_storage: 800 }],
  ['highlyAvailable', { highlyAvailable: false }, { multi_az: false }],
  ['backupRetentionDays', { backupRetentionDays: 35 }, { backup_retention_period: 35 }],
  ['deletionProtection', { deletionProtection: false }, { deletion_protection: false }],
  ['instanceType', { instanceType: 'db.r7g.2xlarge' }, { instance_class: 'db.r7g.2xlarge' }],
])('%s of a database overrides the default', (_, props, expected) => {
  const stack = synthAws({ contents: (env) => env.addDatabase('database', props) }).infrastructure;
  expect(theResource(stack, 'aws_db_instance')).toMatchObject(expected);
});

test.each<[string, CacheProps, Json]>([
  ['highlyAvailable', { highlyAvailable: false }, { num_cache_clusters: 1, multi_az_enabled: false }],
  ['instanceType', { instanceType: 'cache.m6g.large' }, { node_type: 'cache.m6g.large' }],
])('%s of a cache overrides the default', (_, props, expected) => {
  const stack = synthAws({ contents: (env) => env.addCache('cache', props) }).infrastructure;
  expect(theResource(stack, 'aws_elasticache_replication_group')).toMatchObject(expected);
});

test.each<[string, ObjectStoreProps, string, Json]>([
  ['bucketName', { bucketName: 'acme-models' }, 'aws_s3_bucket', { bucket: 'acme-models' }],
  ['forceDestroy', { forceDestroy: true }, 'aws_s3_bucket', { force_destroy: true }],
  [
    'versioned',
    { versioned: false },
    'aws_s3_bucket_versioning',
    { versioning_configuration: { status: 'Suspended' } },
  ],
])('%s of a bucket overrides the default', (_, props, type, expected) => {
  const stack = synthAws({ contents: (env) => env.addObjectStore('files', props) }).infrastructure;
  expect(theResource(stack, type)).toMatchObject(expected);
});

test('objects and former versions expire after the days given', () => {
  const props = { expirationDays: 30, noncurrentVersionExpirationDays: 5 };
  const stack = synthAws({ contents: (env) => env.addObjectStore('files', props) }).infrastructure;
  const text = JSON.stringify(theResource(stack, 'aws_s3_bucket_lifecycle_configuration').rule);
  expect(text).toContain('"expiration":[{"days":30}]');
  expect(text).toContain('"noncurrent_days":5');
});
