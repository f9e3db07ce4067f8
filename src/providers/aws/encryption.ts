import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group';
import { DataAwsCloudwatchLogGroups } from '@cdktf/provider-aws/lib/data-aws-cloudwatch-log-groups';
import { KmsAlias } from '@cdktf/provider-aws/lib/kms-alias';
import { KmsKey as TerraformKmsKey } from '@cdktf/provider-aws/lib/kms-key';
import { TerraformStack } from 'cdktf';
import { Construct } from 'constructs';
import { isProtected } from '../backing-service';
import { byTier, IAwsEnvironment, Statement } from './contract';
import { policyJson } from './identity';

/** Properties of a key. */
export interface KmsKeyProps {
  /** What it encrypts: the end of its alias. */
  readonly purpose: string;
  /** What it is for, as a sentence. */
  readonly description: string;
  /**
   * Who may use it, beside those whom IAM policies of the account permit to.
   *
   * @default - none
   */
  readonly statements?: Statement[];
}

/** A symmetric KMS key that rotates every year, with an alias `alias/<environment>-<purpose>`. */
export class KmsKey extends Construct {
  public readonly resource: TerraformKmsKey;
  /** Name of the alias; unlike the ARN it is known before Terraform runs. */
  public readonly aliasName: string;

  public constructor(scope: Construct, id: string, aws: IAwsEnvironment, props: KmsKeyProps) {
    super(scope, id);
    this.aliasName = `alias/${aws.name}-${props.purpose}`;
    this.resource = new TerraformKmsKey(this, 'Resource', {
      description: props.description,
      enableKeyRotation: true,
      deletionWindowInDays: isProtected(aws.tier) ? 30 : 7,
      policy: policyJson([
        {
          // without it, only this policy could grant access, and a mistake in it could not be corrected
          Sid: 'AccountDecidesByIamPolicies',
          Effect: 'Allow',
          Principal: { AWS: `arn:${aws.partition}:iam::${aws.accountId}:root` },
          Action: 'kms:*',
          Resource: '*',
        },
        ...(props.statements ?? []),
      ]),
      tags: { Name: `${aws.name}-${props.purpose}` },
    });
    new KmsAlias(this, 'alias', { name: this.aliasName, targetKeyId: this.resource.keyId });
  }

  /** ARN of the key. */
  public get arn(): string {
    return this.resource.arn;
  }
}

/** The import blocks of each stack. */
const adoptedIn = new WeakMap<TerraformStack, object[]>();

/**
 * An encrypted log group that forgets after the tier's number of days. Made before the service that writes to it, which
 * would otherwise make one that is kept forever.
 *
 * Services write for a while after what they write of is gone: EKS and RDS then make the group again, with roles of their
 * own that nobody can forbid it. A group that is there already is therefore taken into the state instead of being made, so
 * that an environment can be made again after it was destroyed.
 */
export class LogGroup extends Construct {
  public readonly resource: CloudwatchLogGroup;

  public constructor(scope: Construct, id: string, aws: IAwsEnvironment, name: string) {
    super(scope, id);
    this.resource = new CloudwatchLogGroup(this, 'Resource', {
      name,
      // CloudWatch accepts certain numbers of days only
      retentionInDays: byTier(aws.tier, { development: 7, staging: 30, production: 365 }),
      kmsKeyId: aws.logsKeyArn,
      tags: { Name: name },
    });
    const named = new DataAwsCloudwatchLogGroups(this, 'present', { logGroupNamePrefix: name });
    const names = `data.aws_cloudwatch_log_groups.${named.friendlyUniqueId}.log_group_names`;
    const adopted = {
      for_each: `\${toset([for name in ${names} : name if name == "${name}"])}`,
      to: `aws_cloudwatch_log_group.${this.resource.friendlyUniqueId}`,
      id: '${each.value}',
    };
    const stack = TerraformStack.of(this);
    const former = adoptedIn.get(stack) ?? [];
    adoptedIn.set(stack, [...former, adopted]);
    // cdktf's own import blocks have no for_each
    stack.addOverride('import', [...former, adopted]);
  }
}

const USE = ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'];

/** The key of all log groups: CloudWatch Logs may use it for log groups of this account and region. */
export function encryptionKeyForLogs(aws: IAwsEnvironment): KmsKey {
  return new KmsKey(aws.stack, 'logs-key', aws, {
    purpose: 'logs',
    description: `Encrypts the log groups of ${aws.name}`,
    statements: [
      {
        Sid: 'CloudWatchLogs',
        Effect: 'Allow',
        Principal: { Service: `logs.${aws.region}.amazonaws.com` },
        Action: USE,
        Resource: '*',
        Condition: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': aws.arn('logs', 'log-group:*') } },
      },
    ],
  });
}

/** The key of all volumes: every principal that may use EC2 in this account may use it, but only through EC2. */
export function encryptionKeyForVolumes(scope: Construct, aws: IAwsEnvironment): KmsKey {
  const autoScaling = `arn:${aws.partition}:iam::${aws.accountId}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`;
  // the condition names the role, as a principal that does not exist yet makes the whole policy invalid
  const onlyAutoScaling = { ArnEquals: { 'aws:PrincipalArn': autoScaling } };
  return new KmsKey(scope, 'volumes-key', aws, {
    purpose: 'volumes',
    description: `Encrypts the volumes of nodes and pods of ${aws.name}`,
    statements: [
      {
        Sid: 'ThroughEc2',
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: [...USE, 'kms:CreateGrant'],
        Resource: '*',
        Condition: {
          StringEquals: { 'kms:CallerAccount': aws.accountId, 'kms:ViaService': `ec2.${aws.region}.amazonaws.com` },
        },
      },
      {
        Sid: 'AutoScalingUse',
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: USE,
        Resource: '*',
        Condition: { StringEquals: { 'kms:CallerAccount': aws.accountId }, ...onlyAutoScaling },
      },
      {
        Sid: 'AutoScalingGrant',
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: 'kms:CreateGrant',
        Resource: '*',
        Condition: {
          StringEquals: { 'kms:CallerAccount': aws.accountId },
          Bool: { 'kms:GrantIsForAWSResource': 'true' },
          ...onlyAutoScaling,
        },
      },
    ],
  });
}
