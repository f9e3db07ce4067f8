import { Environment } from '../../../src/app';
import { Access, IObjectStore, ObjectStoreProps } from '../../../src/contracts';
import { AwsProvider } from '../../../src/providers/aws';
import { temporaryApp } from '../../support/synth';
import { AwsOutput, Json, statements, synthAws, theResource } from './terraform';

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

test('a bucket name that would not be globally unique is not invented', () => {
  const { app } = temporaryApp();
  const environment = app.environment('dev', { provider: AwsProvider.inRegion('eu-west-1') });
  environment.addCluster();
  expect(() => environment.addObjectStore('files')).toThrow(
    'bucketName must be given when the provider knows neither account nor stateBucket, got nothing: give it, or account or stateBucket to AwsProvider.inRegion(); names of buckets are globally unique',
  );
});
