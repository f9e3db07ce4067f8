import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import { S3Bucket } from '@cdktf/provider-aws/lib/s3-bucket';
import { S3BucketLoggingA } from '@cdktf/provider-aws/lib/s3-bucket-logging';
import { S3BucketReplicationConfigurationA } from '@cdktf/provider-aws/lib/s3-bucket-replication-configuration';
import { S3BucketVersioningA } from '@cdktf/provider-aws/lib/s3-bucket-versioning';
import { Construct } from 'constructs';
import { ObjectStoreProps } from '../../contracts/backing-service';
import { fail } from '../../contracts/errors';
import { checkBucketName } from '../../contracts/service-names';
import { IAwsEnvironment } from './contract';
import { KmsKey } from './encryption';
import { policyJson, serviceTrust } from './identity';

/** Has S3 write every access of a bucket to another one, below the bucket's name. */
export function logAccess(scope: Construct, bucket: S3Bucket, bucketName: string, props: ObjectStoreProps): void {
  const { accessLogBucketName } = props;
  if (accessLogBucketName === undefined) return;
  checkBucketName(scope, 'accessLogBucketName', accessLogBucketName);
  new S3BucketLoggingA(scope, 'access-logs', {
    bucket: bucket.id,
    targetBucket: accessLogBucketName,
    targetPrefix: `${bucketName}/`,
  });
}

/** What is copied. */
export interface ReplicatedBucket {
  readonly bucket: S3Bucket;
  readonly key: KmsKey;
  readonly versioning: S3BucketVersioningA;
}

/**
 * Has S3 copy every object to a bucket that exists already. Deletions are not copied, so that a copy survives an accident or
 * an attacker; the replica's owner says how long it is kept.
 */
export function replicate(
  scope: Construct,
  aws: IAwsEnvironment,
  source: ReplicatedBucket,
  props: ObjectStoreProps,
): void {
  const replica = checkedReplica(scope, props);
  if (!replica) return;
  const { bucket, key, versioning } = source;
  const destination = `arn:${aws.partition}:s3:::${replica.name}`;
  const role = new IamRole(scope, 'replication-role', {
    name: aws.iamName('replication', scope.node.id),
    assumeRolePolicy: serviceTrust('s3.amazonaws.com', { StringEquals: { 'aws:SourceAccount': aws.accountId } }),
  });
  const policy = new IamRolePolicy(scope, 'replication-policy', {
    name: 'replicate',
    role: role.name,
    policy: policyJson([
      { Effect: 'Allow', Action: ['s3:GetReplicationConfiguration', 's3:ListBucket'], Resource: bucket.arn },
      {
        Effect: 'Allow',
        Action: ['s3:GetObjectVersionForReplication', 's3:GetObjectVersionAcl', 's3:GetObjectVersionTagging'],
        Resource: `${bucket.arn}/*`,
      },
      { Effect: 'Allow', Action: ['s3:ReplicateObject', 's3:ReplicateTags'], Resource: `${destination}/*` },
      { Effect: 'Allow', Action: 'kms:Decrypt', Resource: key.arn },
      { Effect: 'Allow', Action: ['kms:Encrypt', 'kms:GenerateDataKey'], Resource: replica.keyArn },
    ]),
  });
  new S3BucketReplicationConfigurationA(scope, 'replication', {
    bucket: bucket.id,
    role: role.arn,
    rule: [
      {
        id: 'everything',
        status: 'Enabled',
        filter: { prefix: '' },
        deleteMarkerReplication: { status: 'Disabled' },
        sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: 'Enabled' } },
        destination: { bucket: destination, encryptionConfiguration: { replicaKmsKeyId: replica.keyArn } },
      },
    ],
    // S3 refuses it before versions are kept
    dependsOn: [versioning, policy],
  });
}

function checkedReplica(scope: Construct, props: ObjectStoreProps): { name: string; keyArn: string } | undefined {
  const { replicaBucketName: name, replicaKmsKeyArn: keyArn } = props;
  if (name === undefined) {
    if (keyArn !== undefined) {
      fail(scope, 'replicaKmsKeyArn', 'must come with replicaBucketName', keyArn, 'name the bucket, or leave it out');
    }
    return undefined;
  }
  checkBucketName(scope, 'replicaBucketName', name);
  if (props.versioned === false) {
    fail(
      scope,
      'versioned',
      'must be true with replicaBucketName',
      false,
      'leave it out; S3 copies only where versions are kept',
    );
  }
  if (keyArn === undefined || !/^arn:aws[\w-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/.test(keyArn)) {
    fail(
      scope,
      'replicaKmsKeyArn',
      'must be the ARN of a KMS key when replicaBucketName is given',
      keyArn,
      'give it as arn:aws:kms:<region>:<account>:key/<id>, in the region of that bucket',
    );
  }
  return { name, keyArn };
}
