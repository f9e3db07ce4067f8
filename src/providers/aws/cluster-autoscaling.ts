import { clusterAutoscaler, CLUSTER_AUTOSCALER_IDENTITY } from '../../components/cluster-autoscaler';
import { Access } from '../../contracts/backing-service';
import { ComponentRegistry } from '../../contracts/component-registry';
import type { AwsEnvironment } from './aws-environment';
import type { EksCluster } from './eks-cluster';
import { clusterAutoscalerTag } from './kubernetes-versions';
import { isProtected } from './tier-defaults';

/** Installs the Cluster Autoscaler, which may resize the node groups of this cluster and no others. */
export function addClusterAutoscaler(aws: AwsEnvironment, cluster: EksCluster): void {
  aws.workloadRoles.of(cluster, CLUSTER_AUTOSCALER_IDENTITY).grant('node-groups', Access.READ_WRITE, [
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
