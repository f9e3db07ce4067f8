import { CloudformationStack } from '@cdktf/provider-aws/lib/cloudformation-stack';
import { MskCluster } from '@cdktf/provider-aws/lib/msk-cluster';
import { Lazy } from 'cdktf';
import { Construct } from 'constructs';
import { contentHash } from '../../contracts/content-hash';
import { fail } from '../../contracts/errors';
import { TopicProps } from '../../contracts/message-bus';
import { DEFAULT_PARTITIONS, topicConfig } from '../message-bus';
import { boundedName } from './contract';

/** Resources of one stack of CloudFormation (docs.aws.amazon.com/AWSCloudFormation, November 2026). */
const MAX_TOPICS = 500;

/** Properties of MskTopics. */
export interface MskTopicsProps {
  /** Name of the cluster. */
  readonly clusterName: string;
  /** The cluster. */
  readonly cluster: MskCluster;
  /** Copies of each message. */
  readonly copies: number;
}

/**
 * The topics of a cluster of Amazon MSK, in one stack of CloudFormation: the version of Terraform's provider that the library is built for has none.
 * AWS makes them from outside, so that nobody who applies it has to reach the brokers.
 *
 * Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-msk-topic.html,
 * https://docs.aws.amazon.com/msk/latest/developerguide/msk-topic-operations-information.html
 */
export class MskTopics extends Construct {
  private readonly resources: { [logicalId: string]: object } = {};
  private stack?: CloudformationStack;

  public constructor(
    scope: Construct,
    id: string,
    private readonly props: MskTopicsProps,
  ) {
    super(scope, id);
  }

  /** Adds a topic. */
  public add(topic: string, props: TopicProps): void {
    const number = Object.keys(this.resources).length;
    if (number === MAX_TOPICS) {
      const fix = 'have a second message bus, as one stack of CloudFormation has no more resources';
      fail(this.node.scope ?? this, 'addTopic', `must add at most ${MAX_TOPICS} topics`, number + 1, fix);
    }
    // a logical id has letters and digits only
    this.resources[`Topic${contentHash(topic)}`] = {
      Type: 'AWS::MSK::Topic',
      Properties: {
        ClusterArn: { Ref: 'ClusterArn' },
        TopicName: topic,
        PartitionCount: props.partitions ?? DEFAULT_PARTITIONS,
        ReplicationFactor: this.props.copies,
        Configs: encoded(props),
      },
    };
    this.stack ??= new CloudformationStack(this, 'Resource', {
      name: boundedName(128, this.props.clusterName, 'topics'),
      parameters: { ClusterArn: this.props.cluster.arn },
      templateBody: Lazy.stringValue({ produce: () => this.template() }),
    });
  }

  private template(): string {
    const sorted = Object.entries(this.resources).sort(([a], [b]) => (a < b ? -1 : 1));
    return JSON.stringify({
      AWSTemplateFormatVersion: '2010-09-09',
      Parameters: { ClusterArn: { Type: 'String' } },
      Resources: Object.fromEntries(sorted),
    });
  }
}

/**
 * JSON in Base64.
 *
 * Source: https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/kafka/topic.go
 */
function encoded(props: TopicProps): string {
  const config = Object.entries(topicConfig(props)).map(([key, value]) => [key, String(value)]);
  return Buffer.from(JSON.stringify(Object.fromEntries(config))).toString('base64');
}
