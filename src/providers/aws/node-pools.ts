import { PlacementGroup } from '@cdktf/provider-aws/lib/placement-group';
import { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { clusterAutoscaler, CLUSTER_AUTOSCALER_IDENTITY } from '../../components/cluster-autoscaler';
import { gpuOperator } from '../../components/gpu-operator';
import { metricsServer } from '../../components/metrics-server';
import { Access } from '../../contracts/backing-service';
import { ComponentRegistry } from '../../contracts/component-registry';
import { GpuPool, NodePool } from '../../contracts/node-pool';
import { isProtected } from '../backing-service';
import { IAwsEnvironment } from './contract';
import { clusterAutoscalerTag, EksCluster } from './eks-cluster';
import { machineFor } from './instance-types';
import { Karpenter } from './karpenter';
import { managedNodes, nodeGroupsOf, NodeGroupSizes } from './node-group-sizes';
import { NodeGroup, nodeName, NodeRole, NodeTemplate } from './node-groups';
import { NodeScaling } from './settings';

/**
 * Makes the nodes of a cluster and whatever scales them; see NodeScaling for who makes which.
 *
 * @returns the managed node groups, of which the first carries the add-ons
 */
export function addNodes(
  scope: Construct,
  aws: IAwsEnvironment,
  cluster: EksCluster,
  dependsOn: ITerraformDependable[],
): NodeGroup[] {
  const role = new NodeRole(scope, 'node-role', aws, aws.iamName('node'));
  const { nodeScaling } = aws.settings;
  const [first] = cluster.nodePools;
  const fixed = nodeScaling === NodeScaling.KARPENTER;
  const sizes = fixed ? undefined : new NodeGroupSizes(scope, 'node-group-sizes', cluster.clusterName);
  const groups = cluster.nodePools.flatMap((pool) => {
    const machine = machineFor(aws, pool);
    const placementGroup = placementGroupOf(scope, aws, pool);
    const parts = nodeGroupsOf(aws.settings, pool, first);
    if (parts.length === 0) return [];
    const all = { cluster, pool, machine, placementGroup };
    const template = new NodeTemplate(scope, `node-template-${pool.name}`, aws, all);
    return parts.map(
      (size) =>
        new NodeGroup(scope, `nodes-${size.prefix.replace(/-$/, '')}`, aws, {
          ...all,
          template,
          size,
          desired: sizes?.desired(size),
          role: role.resource,
          dependsOn: [...role.policies, ...dependsOn],
        }),
    );
  });
  if (nodeScaling === NodeScaling.CLUSTER_AUTOSCALER) addClusterAutoscaler(aws, cluster);
  if (fixed) {
    const rest = cluster.nodePools.map((pool) => ({ pool, max: pool.max - managedNodes(pool, first) }));
    new Karpenter(scope, 'karpenter', aws, { cluster, pools: rest.filter(({ max }) => max > 0) });
  }
  ComponentRegistry.of(aws.environment).require(metricsServer());
  if (cluster.capabilities.gpus.length > 0) ComponentRegistry.of(aws.environment).require(gpuOperator());
  return groups;
}

/** For managed node groups and Karpenter, which finds it by its name. */
function placementGroupOf(scope: Construct, aws: IAwsEnvironment, pool: NodePool): PlacementGroup | undefined {
  if (!(pool instanceof GpuPool) || !pool.multiNode) return undefined;
  const name = nodeName(aws, pool);
  return new PlacementGroup(scope, `placement-group-${pool.name}`, { name, strategy: 'cluster', tags: { Name: name } });
}

/** Installs the Cluster Autoscaler, which may resize the node groups of this cluster and no others. */
function addClusterAutoscaler(aws: IAwsEnvironment, cluster: EksCluster): void {
  aws.grant(cluster, CLUSTER_AUTOSCALER_IDENTITY, 'node-groups', Access.READ_WRITE, [
    {
      Effect: 'Allow',
      Action: [
        'autoscaling:DescribeAutoScalingGroups',
        'autoscaling:DescribeAutoScalingInstances',
        'autoscaling:DescribeLaunchConfigurations',
        'autoscaling:DescribeScalingActivities',
        'ec2:DescribeImages',
        'ec2:DescribeInstanceTypes',
        'ec2:DescribeLaunchTemplateVersions',
        'ec2:GetInstanceTypesFromInstanceRequirements',
      ],
      Resource: '*',
    },
    {
      Effect: 'Allow',
      // labels and taints of groups that have no node yet
      Action: 'eks:DescribeNodegroup',
      Resource: aws.arn('eks', `nodegroup/${cluster.clusterName}/*/*`),
    },
    {
      Effect: 'Allow',
      Action: ['autoscaling:SetDesiredCapacity', 'autoscaling:TerminateInstanceInAutoScalingGroup'],
      Resource: aws.arn('autoscaling', 'autoScalingGroup:*:autoScalingGroupName/*'),
      // EKS puts this tag on the groups that it makes
      Condition: {
        StringEquals: { [`aws:ResourceTag/k8s.io/cluster-autoscaler/${cluster.clusterName}`]: 'owned' },
      },
    },
  ]);
  ComponentRegistry.of(aws.environment).require(
    clusterAutoscaler({
      clusterName: cluster.clusterName,
      region: aws.region,
      imageTag: clusterAutoscalerTag(cluster.kubernetesVersion),
      replicas: isProtected(aws.tier) ? 2 : 1,
    }),
  );
}
