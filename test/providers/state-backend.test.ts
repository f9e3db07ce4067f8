import { TerraformStack, Testing } from 'cdktf';
import { S3Bucket } from '@cdktf/provider-aws/lib/s3-bucket';
import { StateBackend } from '../../src/providers/state-backend';

interface Synthesized {
  readonly terraform: { readonly backend: unknown };
  readonly data: { readonly terraform_remote_state: { readonly [name: string]: unknown } };
}

/** The second of two stacks, which reads from the first. */
function synth(backend: StateBackend): Synthesized {
  const app = Testing.app();
  const [first, second] = ['dev-infrastructure', 'dev-bootstrap'].map((name) => new TerraformStack(app, name));
  [first, second].forEach((stack) => backend.configure(stack));
  const bucket = new S3Bucket(first, 'bucket', {});
  new S3Bucket(second, 'copy', { bucket: bucket.arn });
  [first, second].forEach((stack) => stack.prepareStack());
  return second.toTerraform() as Synthesized;
}

const KEY = 'arn:aws:kms:eu-west-1:123456789012:key/1234';

test('S3: encrypted, locked by S3, one object a stack; readers use the same settings', () => {
  const json = synth(StateBackend.s3({ bucket: 'acme', region: 'eu-west-1', keyPrefix: 'ml/dev', kmsKeyId: KEY }));
  const settings = { bucket: 'acme', region: 'eu-west-1', encrypt: true, kms_key_id: KEY };
  expect(json.terraform.backend).toEqual({
    s3: { ...settings, key: 'ml/dev/dev-bootstrap.tfstate', use_lockfile: true },
  });
  expect(Object.values(json.data.terraform_remote_state)).toEqual([
    expect.objectContaining({ backend: 's3', config: { ...settings, key: 'ml/dev/dev-infrastructure.tfstate' } }),
  ]);
});

test('local: a path that does not depend on the machine', () => {
  const json = synth(StateBackend.local());
  expect(json.terraform.backend).toEqual({ local: { path: '../../../terraform.dev-bootstrap.tfstate' } });
  expect(Object.values(json.data.terraform_remote_state)).toEqual([
    expect.objectContaining({
      backend: 'local',
      config: { path: '../../../terraform.dev-infrastructure.tfstate' },
    }),
  ]);
});

test.each([
  [{ region: 'Ireland' }, 'region must be an AWS region, got "Ireland"'],
  [{ keyPrefix: '/ml/' }, 'keyPrefix must be a folder without a leading or trailing slash, got "/ml/"'],
  [{ kmsKeyId: '1234' }, 'kmsKeyId must be the ARN of a KMS key, got "1234"'],
])('StateBackend.s3 refuses %j', (wrong, message) => {
  expect(() => StateBackend.s3({ bucket: 'acme', region: 'eu-west-1', ...wrong })).toThrow(
    `[StateBackend.s3] ${message}`,
  );
});
