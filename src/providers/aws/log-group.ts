import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group';
import { Construct } from 'constructs';
import type { AwsEnvironment } from './aws-environment';
import { logRetentionDays } from './tier-defaults';

/**
 * An encrypted log group that forgets after the tier's number of days. Made before the service that writes to it, which
 * would otherwise make one that is kept forever.
 */
export class LogGroup extends Construct {
  public readonly resource: CloudwatchLogGroup;

  public constructor(scope: Construct, id: string, aws: AwsEnvironment, name: string) {
    super(scope, id);
    this.resource = new CloudwatchLogGroup(this, 'Resource', {
      name,
      retentionInDays: logRetentionDays(aws.tier),
      kmsKeyId: aws.logsKey.arn,
      tags: { Name: name },
    });
  }
}
