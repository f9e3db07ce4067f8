import { CloudwatchEventRule } from '@cdktf/provider-aws/lib/cloudwatch-event-rule';
import { CloudwatchEventTarget } from '@cdktf/provider-aws/lib/cloudwatch-event-target';
import { Ec2Tag } from '@cdktf/provider-aws/lib/ec2-tag';
import { EksAccessEntry } from '@cdktf/provider-aws/lib/eks-access-entry';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { SqsQueue } from '@cdktf/provider-aws/lib/sqs-queue';
import { SqsQueuePolicy } from '@cdktf/provider-aws/lib/sqs-queue-policy';
import { Construct } from 'constructs';
import { karpenter, KARPENTER_IDENTITY } from '../../components/karpenter';
import { Access } from '../../contracts/backing-service';
import { ComponentRegistry } from '../../contracts/component-registry';
import type { AwsEnvironment } from './aws-environment';
import type { EksCluster } from './eks-cluster';
import { karpenterStatements } from './karpenter-policy';
import { NodeRole } from './node-role';
import { policyJson } from './policy';

/** The events that take a node away, or are about to. */
const EVENTS: { readonly [id: string]: { readonly source: string; readonly type: string } } = {
  'scheduled-change': { source: 'aws.health', type: 'AWS Health Event' },
  'spot-interruption': { source: 'aws.ec2', type: 'EC2 Spot Instance Interruption Warning' },
  rebalance: { source: 'aws.ec2', type: 'EC2 Instance Rebalance Recommendation' },
  'state-change': { source: 'aws.ec2', type: 'EC2 Instance State-change Notification' },
  'capacity-reservation': { source: 'aws.ec2', type: 'EC2 Capacity Reservation Instance Interruption Warning' },
};

/** What Karpenter needs in AWS: its permissions, the role of the nodes that it makes, and a queue of interruptions. */
export class Karpenter extends Construct {
  /** Role of the nodes that Karpenter makes. */
  public readonly nodeRole: IamRole;
  /** Name of that role; known before Terraform runs. */
  public readonly nodeRoleName: string;
  public readonly queue: SqsQueue;

  public constructor(scope: Construct, id: string, aws: AwsEnvironment, cluster: EksCluster) {
    super(scope, id);
    this.nodeRoleName = aws.iamName('karpenter-node');
    this.nodeRole = new NodeRole(this, 'node-role', aws, this.nodeRoleName).resource;
    new EksAccessEntry(this, 'node-access', {
      clusterName: cluster.resource.name,
      principalArn: this.nodeRole.arn,
      type: 'EC2_LINUX',
      tags: { Name: this.nodeRoleName },
    });
    // EKS makes this group, so it cannot be tagged where it is made; EC2NodeClasses find it by the tag
    new Ec2Tag(this, 'security-group-tag', {
      resourceId: cluster.securityGroupId,
      key: 'karpenter.sh/discovery',
      value: cluster.clusterName,
    });
    this.queue = this.interruptionQueue(aws);
    const role = aws.workloadRoles.of(cluster, KARPENTER_IDENTITY);
    role.grant('nodes', Access.READ_WRITE, karpenterStatements(aws, cluster.clusterName, this));
    ComponentRegistry.of(aws.environment).require(
      karpenter({
        clusterName: cluster.clusterName,
        clusterEndpoint: cluster.resource.endpoint,
        region: aws.region,
        interruptionQueue: this.queue.name,
      }),
    );
  }

  private interruptionQueue(aws: AwsEnvironment): SqsQueue {
    const queue = new SqsQueue(this, 'queue', {
      name: `${aws.name}-karpenter`,
      messageRetentionSeconds: 300,
      sqsManagedSseEnabled: true,
      tags: { Name: `${aws.name}-karpenter` },
    });
    const rules = Object.entries(EVENTS).map(([id, { source, type }]) => {
      const rule = new CloudwatchEventRule(this, `${id}-rule`, {
        name: `${aws.name}-karpenter-${id}`,
        description: type,
        eventPattern: JSON.stringify({ source: [source], 'detail-type': [type] }),
        tags: { Name: `${aws.name}-karpenter-${id}` },
      });
      new CloudwatchEventTarget(this, `${id}-target`, { rule: rule.name, targetId: 'queue', arn: queue.arn });
      return rule;
    });
    new SqsQueuePolicy(this, 'queue-policy', {
      queueUrl: queue.url,
      policy: policyJson([
        {
          Sid: 'Events',
          Effect: 'Allow',
          Principal: { Service: 'events.amazonaws.com' },
          Action: 'sqs:SendMessage',
          Resource: queue.arn,
          Condition: { ArnEquals: { 'aws:SourceArn': rules.map((rule) => rule.arn) } },
        },
        {
          Sid: 'TlsOnly',
          Effect: 'Deny',
          Principal: '*',
          Action: 'sqs:*',
          Resource: queue.arn,
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        },
      ]),
    });
    return queue;
  }
}
