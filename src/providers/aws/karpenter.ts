import { CloudwatchEventRule } from '@cdktf/provider-aws/lib/cloudwatch-event-rule';
import { CloudwatchEventTarget } from '@cdktf/provider-aws/lib/cloudwatch-event-target';
import { Ec2Tag } from '@cdktf/provider-aws/lib/ec2-tag';
import { EksAccessEntry } from '@cdktf/provider-aws/lib/eks-access-entry';
import { SqsQueue } from '@cdktf/provider-aws/lib/sqs-queue';
import { SqsQueuePolicy } from '@cdktf/provider-aws/lib/sqs-queue-policy';
import { ApiObject, Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { karpenter, KARPENTER_IDENTITY } from '../../components/karpenter';
import { Access } from '../../contracts/backing-service';
import { ComponentRegistry } from '../../contracts/component-registry';
import { GpuPool, NodePool } from '../../contracts/node-pool';
import { nodeLabels } from './capabilities';
import { IAwsEnvironment } from './contract';
import { EksCluster, nodeImageRelease } from './eks-cluster';
import { policyJson } from './identity';
import { allocatableOf } from './instance-sizes';
import { machineFor, NodeMachine } from './instance-types';
import { karpenterStatements, spotRoleStatement } from './karpenter-permissions';
import { zonesOf } from './node-group-sizes';
import { GPU_TAINT, nodeName, NodeRole } from './node-groups';
import { RECOMMENDED_RELEASE } from './settings';

/** Properties of Karpenter. */
export interface KarpenterProps {
  readonly cluster: EksCluster;
  /** What it makes nodes for. */
  readonly pools: KarpenterPool[];
}

/** A pool of nodes that Karpenter makes. */
export interface KarpenterPool {
  readonly pool: NodePool;
  /** Largest number of nodes, beside those of the managed node group. */
  readonly max: number;
}

/** The events that take a node away, or are about to. */
const EVENTS: { readonly [id: string]: { readonly source: string; readonly type: string } } = {
  'scheduled-change': { source: 'aws.health', type: 'AWS Health Event' },
  'spot-interruption': { source: 'aws.ec2', type: 'EC2 Spot Instance Interruption Warning' },
  rebalance: { source: 'aws.ec2', type: 'EC2 Instance Rebalance Recommendation' },
  'state-change': { source: 'aws.ec2', type: 'EC2 Instance State-change Notification' },
  'capacity-reservation': { source: 'aws.ec2', type: 'EC2 Capacity Reservation Instance Interruption Warning' },
};

/**
 * What Karpenter needs: its permissions, the role of the nodes that it makes, a queue of interruptions, and which nodes it
 * may make.
 */
export class Karpenter extends Construct {
  public constructor(scope: Construct, id: string, aws: IAwsEnvironment, props: KarpenterProps) {
    super(scope, id);
    const { cluster, pools } = props;
    const nodeRoleName = aws.iamName('karpenter-node');
    const nodeRole = new NodeRole(this, 'node-role', aws, nodeRoleName).resource;
    new EksAccessEntry(this, 'node-access', {
      clusterName: cluster.resource.name,
      principalArn: nodeRole.arn,
      type: 'EC2_LINUX',
      tags: { Name: nodeRoleName },
    });
    // EKS makes this group, so it cannot be tagged where it is made; EC2NodeClasses find it by the tag
    new Ec2Tag(this, 'security-group-tag', {
      resourceId: cluster.securityGroupId,
      key: 'karpenter.sh/discovery',
      value: cluster.clusterName,
    });
    const queue = this.interruptionQueue(aws);
    aws.grant(cluster, KARPENTER_IDENTITY, 'nodes', Access.READ_WRITE, [
      ...karpenterStatements(aws, cluster.clusterName, nodeRole.arn, queue.arn),
      ...(pools.some(({ pool }) => pool.spot) ? [spotRoleStatement(aws)] : []),
    ]);
    ComponentRegistry.of(aws.environment).require(
      karpenter({
        clusterName: cluster.clusterName,
        clusterEndpoint: cluster.resource.endpoint,
        region: aws.region,
        interruptionQueue: queue.name,
      }),
    );
    addKarpenterNodePools(aws, cluster, nodeRoleName, pools);
  }

  private interruptionQueue(aws: IAwsEnvironment): SqsQueue {
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

/**
 * Tells Karpenter which nodes it may create: an EC2NodeClass and a NodePool for each pool, with the instance type, labels and
 * taints that a managed node group of that pool would have. Subnets and security groups are found by their tag, since
 * their ids are known to Terraform only.
 */
function addKarpenterNodePools(
  aws: IAwsEnvironment,
  cluster: EksCluster,
  nodeRoleName: string,
  pools: KarpenterPool[],
): void {
  const chart = new Chart(aws.environment, 'node-pools', { disableResourceNameHashes: true });
  for (const { pool, max } of pools) {
    const machine = machineFor(aws, pool);
    nodeClass(chart, aws, cluster, nodeRoleName, pool, machine);
    nodePool(chart, aws, pool, max, machine);
  }
}

function metadata(pool: NodePool) {
  return {
    name: pool.name,
    labels: { 'app.kubernetes.io/name': 'karpenter', 'app.kubernetes.io/part-of': 'ml-platform' },
  };
}

function nodeClass(
  chart: Chart,
  aws: IAwsEnvironment,
  cluster: EksCluster,
  nodeRoleName: string,
  pool: NodePool,
  machine: NodeMachine,
): ApiObject {
  const discovery = [{ tags: { 'karpenter.sh/discovery': cluster.clusterName } }];
  return new ApiObject(chart, `${pool.name}-class`, {
    apiVersion: 'karpenter.k8s.aws/v1',
    kind: 'EC2NodeClass',
    metadata: metadata(pool),
    spec: {
      // for instances with a GPU the alias stands for the NVIDIA variant
      amiSelectorTerms: [{ alias: imageAlias(nodeImageRelease(aws, cluster.kubernetesVersion)) }],
      role: nodeRoleName,
      // what the network add-on has addresses for; by itself Karpenter knows of no prefixes
      kubelet: maxPods(machine),
      // instance store, where there is any, is for images, logs and emptyDirs
      instanceStorePolicy: 'RAID0',
      ...(pool.capacityReservationId === undefined
        ? {}
        : { capacityReservationSelectorTerms: [{ id: pool.capacityReservationId }] }),
      ...(pool instanceof GpuPool && pool.multiNode ? { placementGroupSelector: { name: nodeName(aws, pool) } } : {}),
      subnetSelectorTerms: aws.network.nodeSubnetSelector,
      securityGroupSelectorTerms: discovery,
      metadataOptions: {
        httpEndpoint: 'enabled',
        httpProtocolIPv6: 'disabled',
        httpPutResponseHopLimit: 1,
        httpTokens: 'required',
      },
      blockDeviceMappings: [
        {
          deviceName: '/dev/xvda',
          rootVolume: true,
          ebs: {
            volumeType: 'gp3',
            volumeSize: `${machine.rootVolumeGiB}Gi`,
            encrypted: true,
            kmsKeyID: cluster.volumesKey.aliasName,
            deleteOnTermination: true,
          },
        },
      ],
      detailedMonitoring: true,
      tags: { ...aws.tags, Name: nodeName(aws, pool) },
    },
  });
}

/** The alias of an image: `1.36.2-20260714` is `al2023@v20260714`. */
function imageAlias(release: string): string {
  return `al2023@${release === RECOMMENDED_RELEASE ? 'latest' : release.replace(/^.*-/, 'v')}`;
}

/** Left to Karpenter where the instance type is not known. */
function maxPods({ instanceTypes }: NodeMachine): { maxPods: number } | undefined {
  const known = instanceTypes.flatMap((type) => allocatableOf(type) ?? []);
  return known.length < instanceTypes.length ? undefined : { maxPods: Math.min(...known.map(({ pods }) => pods)) };
}

function capacityType(pool: NodePool): string {
  if (pool.capacityReservationId !== undefined) return 'reserved';
  return pool.spot ? 'spot' : 'on-demand';
}

function nodePool(chart: Chart, aws: IAwsEnvironment, pool: NodePool, max: number, machine: NodeMachine): ApiObject {
  const gpu = pool instanceof GpuPool;
  return new ApiObject(chart, `${pool.name}-pool`, {
    apiVersion: 'karpenter.sh/v1',
    kind: 'NodePool',
    metadata: metadata(pool),
    spec: {
      template: {
        metadata: { labels: nodeLabels(pool) },
        spec: {
          nodeClassRef: { group: 'karpenter.k8s.aws', kind: 'EC2NodeClass', name: pool.name },
          requirements: [
            { key: 'node.kubernetes.io/instance-type', operator: 'In', values: machine.instanceTypes },
            { key: 'karpenter.sh/capacity-type', operator: 'In', values: [capacityType(pool)] },
            { key: 'kubernetes.io/arch', operator: 'In', values: [machine.architecture] },
            { key: 'kubernetes.io/os', operator: 'In', values: ['linux'] },
            { key: 'topology.kubernetes.io/zone', operator: 'In', values: zonesOf(aws.settings, pool) },
          ],
          ...(gpu ? { taints: [{ ...GPU_TAINT, effect: 'NoSchedule' }] } : {}),
          // nodes are replaced after 30 days, so that they get patches; an expired node is drained whatever runs on it, which a training job
          // of days would not survive: GPU nodes go when they are empty, or drifted and without work
          expireAfter: gpu ? 'Never' : '720h',
          // run-to-completion pods hold up the drain of an expired node for so long at most
          ...(gpu ? {} : { terminationGracePeriod: '72h' }),
        },
      },
      limits: { nodes: max, ...(gpu ? { [pool.model.resourceName]: max * machine.gpus } : {}) },
      disruption: {
        // a training job on a GPU is not moved to save money
        consolidationPolicy: gpu ? 'WhenEmpty' : 'WhenEmptyOrUnderutilized',
        consolidateAfter: '5m',
        budgets: [{ nodes: '10%' }],
      },
    },
  });
}
