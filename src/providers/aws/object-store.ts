import { S3Bucket } from '@cdktf/provider-aws/lib/s3-bucket';
import { S3BucketLifecycleConfiguration } from '@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration';
import { S3BucketOwnershipControls } from '@cdktf/provider-aws/lib/s3-bucket-ownership-controls';
import { S3BucketPolicy } from '@cdktf/provider-aws/lib/s3-bucket-policy';
import { S3BucketPublicAccessBlock } from '@cdktf/provider-aws/lib/s3-bucket-public-access-block';
import { S3BucketServerSideEncryptionConfigurationA } from '@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration';
import { S3BucketVersioningA } from '@cdktf/provider-aws/lib/s3-bucket-versioning';
import { Construct } from 'constructs';
import { publicAddresses } from '../../contracts/addresses';
import {
  Access,
  BackingService,
  GrantOptions,
  IObjectStore,
  ObjectStoreProps,
  ServiceBinding,
} from '../../contracts/backing-service';
import { checked } from '../../contracts/checked';
import { fail } from '../../contracts/errors';
import { IWorkloadIdentity } from '../../contracts/identity';
import { bucketVariables, isProtected } from '../backing-service';
import { logAccess, replicate } from './bucket-copies';
import { bucketNameOf } from './bucket-name';
import { EVERYTHING, PrefixGrant } from '../prefix-grant';
import { IAwsEnvironment, Statement } from './contract';
import { EksCluster } from './eks-cluster';
import { KmsKey } from './encryption';
import { policyJson } from './identity';

const WRITE_ACTIONS = ['s3:AbortMultipartUpload', 's3:DeleteObject', 's3:ListMultipartUploadParts', 's3:PutObject'];

/**
 * A private S3 bucket: encrypted with a key of its own, TLS only, versioned, and tidied up by lifecycle rules. A workload
 * that is bound to it gets a role through Pod Identity, so that there are no keys.
 */
@checked('IObjectStore')
export class S3ObjectStore extends BackingService implements IObjectStore {
  public readonly serviceName: string;
  public readonly bucketName: string;
  public readonly region: string;
  public readonly resource: S3Bucket;
  /** Encrypts the objects. */
  public readonly key: KmsKey;
  private readonly grants = new Map<string, PrefixGrant>();

  public constructor(
    scope: Construct,
    id: string,
    private readonly aws: IAwsEnvironment,
    private readonly cluster: EksCluster,
    props: ObjectStoreProps,
  ) {
    super(scope, id);
    this.serviceName = id;
    this.region = aws.region;
    const name = bucketNameOf(this, aws, id, props.bucketName);
    this.bucketName = name.value;
    positiveDays(this, 'noncurrentVersionExpirationDays', props.noncurrentVersionExpirationDays);
    positiveDays(this, 'expirationDays', props.expirationDays);
    this.key = new KmsKey(this, 'key', aws, {
      purpose: `bucket-${id}`,
      description: `Encrypts the bucket ${this.bucketName}`,
    });
    this.resource = new S3Bucket(this, 'Resource', {
      bucket: this.bucketName,
      forceDestroy: props.forceDestroy ?? !isProtected(aws.tier),
      tags: { Name: this.bucketName },
      lifecycle: name.lifecycle,
    });
    this.protect();
    const versioning = new S3BucketVersioningA(this, 'versioning', {
      bucket: this.resource.id,
      versioningConfiguration: { status: (props.versioned ?? true) ? 'Enabled' : 'Suspended' },
    });
    this.tidyUp(props, versioning);
    logAccess(this, this.resource, this.bucketName, props);
    replicate(this, aws, { bucket: this.resource, key: this.key, versioning }, props);
    aws.environment.publishValue(`${id}.bucket`, this.resource.bucket);
  }

  /**
   * S3 has public addresses that change. The traffic to them stays inside the VPC, through the gateway endpoint, but a
   * network policy can only allow HTTPS to all public addresses. 169.254.170.23 is the Pod Identity Agent on the node.
   */
  public bind(identity: IWorkloadIdentity, access: Access, options?: GrantOptions): ServiceBinding {
    const user = `${identity.namespace}/${identity.serviceAccountName}`;
    const grant = this.grants.get(user) ?? PrefixGrant.ofBucket();
    this.grants.set(user, grant);
    grant.add(this, access, options);
    const larger = grant.writable.length > 0 ? Access.READ_WRITE : Access.READ;
    this.aws.grant(this.cluster, identity, `bucket-${this.serviceName}`, larger, this.statements(grant));
    return {
      env: bucketVariables(this),
      secretEnv: [],
      egress: [publicAddresses([443]), { cidrs: ['169.254.170.23/32'], ports: [80] }],
      namespaceLabels: {},
    };
  }

  /** The key cannot be granted by folder: S3 asks for it once for many objects, in the name of the bucket. */
  private statements({ readable, writable }: PrefixGrant): Statement[] {
    const { arn } = this.resource;
    const writes = writable.length > 0;
    const lists = [
      { action: 's3:ListBucket', folders: readable },
      ...(writes ? [{ action: 's3:ListBucketMultipartUploads', folders: writable }] : []),
    ];
    const everywhere = lists.filter(({ folders }) => folders.includes(EVERYTHING)).map(({ action }) => action);
    const same = writes && readable.join() === writable.join();
    const objects = (folders: string[], actions: string[]): Statement => {
      const arns = folders.map((folder) => `${arn}/${folder}*`);
      return { Effect: 'Allow', Action: actions, Resource: arns.length === 1 ? arns[0] : arns };
    };
    return [
      { Effect: 'Allow', Action: ['s3:GetBucketLocation', ...everywhere], Resource: arn },
      ...lists
        .filter(({ folders }) => !folders.includes(EVERYTHING))
        .map(({ action, folders }): Statement => ({
          Effect: 'Allow',
          Action: action,
          Resource: arn,
          // also what S3 asks before it says that an object is not there, rather than that it may not be read
          Condition: { StringLike: { 's3:prefix': folders.map((folder) => `${folder}*`) } },
        })),
      objects(readable, ['s3:GetObject', ...(same ? WRITE_ACTIONS : [])]),
      ...(writes && !same ? [objects(writable, WRITE_ACTIONS)] : []),
      {
        Effect: 'Allow',
        Action: ['kms:Decrypt', ...(writes ? ['kms:GenerateDataKey'] : [])],
        Resource: this.key.arn,
        Condition: { StringEquals: { 'kms:ViaService': `s3.${this.region}.amazonaws.com` } },
      },
    ];
  }

  private protect(): void {
    const bucket = this.resource.id;
    const block = new S3BucketPublicAccessBlock(this, 'public-access-block', {
      bucket,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    new S3BucketOwnershipControls(this, 'ownership', { bucket, rule: { objectOwnership: 'BucketOwnerEnforced' } });
    new S3BucketServerSideEncryptionConfigurationA(this, 'encryption', {
      bucket,
      rule: [
        {
          applyServerSideEncryptionByDefault: { sseAlgorithm: 'aws:kms', kmsMasterKeyId: this.key.arn },
          // one call to KMS for many objects
          bucketKeyEnabled: true,
        },
      ],
    });
    const everything = [this.resource.arn, `${this.resource.arn}/*`];
    new S3BucketPolicy(this, 'policy', {
      bucket,
      policy: policyJson([
        {
          Sid: 'TlsOnly',
          Effect: 'Deny',
          Principal: '*',
          Action: 's3:*',
          Resource: everything,
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        },
        {
          Sid: 'ModernTlsOnly',
          Effect: 'Deny',
          Principal: '*',
          Action: 's3:*',
          Resource: everything,
          Condition: { NumericLessThan: { 's3:TlsVersion': '1.2' } },
        },
      ]),
      // S3 refuses two changes of a bucket's permissions at once
      dependsOn: [block],
    });
  }

  private tidyUp(props: ObjectStoreProps, versioning: S3BucketVersioningA): void {
    const rule = { status: 'Enabled', filter: [{ prefix: '' }] };
    new S3BucketLifecycleConfiguration(this, 'lifecycle', {
      bucket: this.resource.id,
      rule: [
        { ...rule, id: 'abort-uploads', abortIncompleteMultipartUpload: [{ daysAfterInitiation: 7 }] },
        {
          ...rule,
          id: 'expire-former-versions',
          noncurrentVersionExpiration: [{ noncurrentDays: props.noncurrentVersionExpirationDays ?? 90 }],
        },
        props.expirationDays === undefined
          ? { ...rule, id: 'remove-delete-markers', expiration: [{ expiredObjectDeleteMarker: true }] }
          : { ...rule, id: 'expire-objects', expiration: [{ days: props.expirationDays }] },
      ],
      // rules for previous versions are refused before versioning is on
      dependsOn: [versioning],
    });
  }
}

function positiveDays(scope: Construct, prop: string, days: number | undefined): void {
  if (days !== undefined && (!Number.isInteger(days) || days < 1)) {
    fail(scope, prop, 'must be a whole number of at least 1', days, 'give the number of days, or leave it out');
  }
}
