import { Environment } from '../../../src/app';
import { Access, IObjectStore, ObjectStoreProps } from '../../../src/contracts';
import { AwsProvider, AwsProviderProps } from '../../../src/providers/aws';
import { temporaryApp } from '../../support/synth';
import { TerraformJson } from '../../support/terraform-graph';
import { AwsOutput, Json, resourceWith, statements, synthAws, theResource } from './terraform';

const trainer = { namespace: 'team-a', serviceAccountName: 'trainer' };

let output: AwsOutput;
let store: IObjectStore;
beforeAll(() => {
  output = synthAws({
    contents: (environment) => {
      store = environment.addObjectStore('ml-artifacts');
    },
  });
});

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

test('forgets unfinished uploads and previous versions', () => {
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
    env: { ML_ARTIFACTS_BUCKET: store.bucketName, AWS_REGION: 'eu-west-1' },
    secretEnv: [],
    namespaceLabels: {},
  });
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

test('objects and previous versions expire after the days given', () => {
  const props = { expirationDays: 30, noncurrentVersionExpirationDays: 5 };
  const stack = synthAws({ contents: (env) => env.addObjectStore('files', props) }).infrastructure;
  const text = JSON.stringify(theResource(stack, 'aws_s3_bucket_lifecycle_configuration').rule);
  expect(text).toContain('"expiration":[{"days":30}]');
  expect(text).toContain('"noncurrent_days":5');
});

test.each<[string, (environment: Environment) => void, string]>([
  [
    'name of a bucket',
    (env) => env.addObjectStore('files', { bucketName: 'a.b' }),
    'bucketName must be a name of an S3 bucket, got "a.b": use 3 to 63 lower-case letters, digits and hyphens; dots break TLS.',
  ],
  [
    'expiration',
    (env) => env.addObjectStore('files', { expirationDays: 0 }),
    'expirationDays must be a whole number of at least 1, got 0: give the number of days, or leave it out.',
  ],
])('a bucket refuses a wrong %s', (_, contents, message) => {
  expect(() => synthAws({ contents })).toThrow(message);
});

test('its name stays when the account or another state bucket is given later, by what it was made with', () => {
  const nameWith = (provider: AwsProviderProps) => {
    let name = '';
    synthAws({
      provider,
      contents: (env) => {
        name = env.addObjectStore('ml-artifacts').bucketName;
      },
    });
    return name;
  };
  expect(nameWith({ account: '111122223333' })).toBe(store.bucketName);
  expect(nameWith({ stateBucket: 'moved', bucketNameSeed: 'acme-tf-state' })).toBe(store.bucketName);
});

test('another name is refused when Terraform plans, unless the name was given', () => {
  const bucketWith = (props: ObjectStoreProps) =>
    synthAws({ contents: (env) => env.addObjectStore('files', props) }).infrastructure;
  const stack = bucketWith({});
  const { bucket, lifecycle } = theResource(stack, 'aws_s3_bucket') as {
    bucket: string;
    lifecycle: { precondition: { condition: string; error_message: string }[] };
  };
  const [[first, kept]] = Object.entries(stack.resource?.terraform_data ?? {}).filter(([id]) => id.startsWith('files'));
  expect(kept).toMatchObject({ input: { value: bucket }, lifecycle: { ignore_changes: ['input'] } });
  const [{ condition, error_message: message }] = lifecycle.precondition;
  expect(condition).toContain(`terraform_data.${first}.input.value == local.`);
  expect(Object.values((stack as TerraformJson).locals ?? {})).toContain(bucket);
  expect(message).toContain('bucketName must not change from ${terraform_data.');
  const given = bucketWith({ bucketName: 'acme-models' });
  expect(theResource(given, 'aws_s3_bucket').lifecycle).toBeUndefined();
});

test('accesses are logged to the bucket that is named', () => {
  const props = { accessLogBucketName: 'acme-access-logs' };
  const stack = synthAws({ contents: (env) => env.addObjectStore('files', props) }).infrastructure;
  expect(theResource(stack, 'aws_s3_bucket_logging')).toMatchObject({
    target_bucket: 'acme-access-logs',
    target_prefix: expect.stringMatching(/^production-files-[0-9a-f]{8}\/$/),
  });
});

test('objects are copied to the replica, decrypted and encrypted with the keys of both, and deletions are not', () => {
  const keyArn = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd';
  const props = { replicaBucketName: 'acme-replica', replicaKmsKeyArn: keyArn };
  const stack = synthAws({ contents: (env) => env.addObjectStore('backups', props) }).infrastructure;
  expect(theResource(stack, 'aws_s3_bucket_replication_configuration')).toMatchObject({
    rule: [
      {
        status: 'Enabled',
        delete_marker_replication: { status: 'Disabled' },
        source_selection_criteria: { sse_kms_encrypted_objects: { status: 'Enabled' } },
        destination: {
          bucket: 'arn:aws:s3:::acme-replica',
          encryption_configuration: { replica_kms_key_id: keyArn },
        },
      },
    ],
  });
  const policy = statements(resourceWith(stack, 'aws_iam_role_policy', { name: 'replicate' }).policy);
  expect(policy).toContainEqual({
    Effect: 'Allow',
    Action: ['s3:ReplicateObject', 's3:ReplicateTags'],
    Resource: 'arn:aws:s3:::acme-replica/*',
  });
  expect(policy).toContainEqual({ Effect: 'Allow', Action: ['kms:Encrypt', 'kms:GenerateDataKey'], Resource: keyArn });
});

test('a bucket name that would not be globally unique is not invented', () => {
  const { app } = temporaryApp();
  const environment = app.environment('dev', { provider: AwsProvider.inRegion('eu-west-1') });
  environment.addCluster();
  expect(() => environment.addObjectStore('files')).toThrow(
    'bucketName must be given when the provider knows neither account nor stateBucket, got nothing: give it, or account or stateBucket to AwsProvider.inRegion(); names of buckets are globally unique',
  );
});
