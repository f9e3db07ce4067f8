import { FlowLog } from '@cdktf/provider-aws/lib/flow-log';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import { Vpc } from '@cdktf/provider-aws/lib/vpc';
import { Construct } from 'constructs';
import type { AwsEnvironment } from './aws-environment';
import { LogGroup } from './log-group';
import { policyJson, serviceTrust } from './policy';
import { byTier } from './tier-defaults';

/** Writes the address, port and fate of every connection in a VPC to CloudWatch. */
export class FlowLogs extends Construct {
  public constructor(scope: Construct, id: string, aws: AwsEnvironment, vpc: Vpc) {
    super(scope, id);
    const logs = new LogGroup(this, 'logs', aws, `/aws/vpc/${aws.name}/flow-logs`);
    const role = new IamRole(this, 'role', {
      name: aws.iamName('flow-logs'),
      assumeRolePolicy: serviceTrust('vpc-flow-logs.amazonaws.com', {
        StringEquals: { 'aws:SourceAccount': aws.accountId },
        ArnLike: { 'aws:SourceArn': aws.arn('ec2', 'vpc-flow-log/*') },
      }),
    });
    const policy = new IamRolePolicy(this, 'policy', {
      name: 'write-logs',
      role: role.name,
      policy: policyJson([
        {
          Effect: 'Allow',
          Action: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
          Resource: [logs.resource.arn, `${logs.resource.arn}:*`],
        },
        { Effect: 'Allow', Action: 'logs:DescribeLogGroups', Resource: '*' },
      ]),
    });
    new FlowLog(this, 'Resource', {
      vpcId: vpc.id,
      trafficType: 'ALL',
      logDestinationType: 'cloud-watch-logs',
      logDestination: logs.resource.arn,
      iamRoleArn: role.arn,
      // seconds; the shorter interval makes twice the logs or more
      maxAggregationInterval: byTier(aws.tier, { development: 600, staging: 600, production: 60 }),
      tags: { Name: aws.name },
      dependsOn: [policy],
    });
  }
}
