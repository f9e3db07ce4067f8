import { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { gpuOperator } from '../../components/gpu-operator';
import { metricsServer } from '../../components/metrics-server';
import { ComponentRegistry } from '../../contracts/component-registry';
import { NodePool } from '../../contracts/node-pool';
import type { AwsEnvironment } from './aws-environment';
import type { EksCluster } from './eks-cluster';
import { machineFor } from './instance-types';
import { Karpenter } from './karpenter';
import { addKarpenterNodePools } from './karpenter-node-pools';
import { NodeGroup } from './node-group';
import { NodeRole } from './node-role';
import { NodeScaling } from './node-scaling';
import { addClusterAutoscaler } from './cluster-autoscaling';

/** Replicas of Karpenter, which never share a node and never run on nodes that Karpenter made. */
const KARPENTER_NODES = 2;

/**
 * Makes the nodes of a cluster and whatever scales them; see NodeScaling for who makes which.
 *
 * @returns the managed node groups, of which the first carries the add-ons
 */
export function addNodes(
  scope: Construct,
  aws: AwsEnvironment,
  cluster: EksCluster,
  dependsOn: ITerraformDependable[],
): NodeGroup[] {
  const role = new NodeRole(scope, 'node-role', aws, aws.iamName('node'));
  const { nodeScaling } = aws.settings;
  const [first] = cluster.nodePools;
  const fixed = nodeScaling === NodeScaling.KARPENTER;
  const groups = cluster.nodePools.flatMap((pool) => {
    const nodes = fixed ? managedNodes(pool, first) : pool.max;
    if (nodes === 0) return [];
    const min = fixed ? nodes : pool.min;
    const group = new NodeGroup(scope, `nodes-${pool.name}`, aws, {
      cluster,
      pool,
      machine: machineFor(pool),
      min,
      max: nodes,
      role: role.resource,
      dependsOn: [...role.policies, ...dependsOn],
    });
    return [group];
  });
  if (nodeScaling === NodeScaling.CLUSTER_AUTOSCALER) addClusterAutoscaler(aws, cluster);
  if (fixed) {
    const karpenter = new Karpenter(scope, 'karpenter', aws, cluster);
    const pools = cluster.nodePools.map((pool) => ({ pool, max: pool.max - managedNodes(pool, first) }));
    addKarpenterNodePools(
      aws,
      cluster,
      karpenter,
      pools.filter((pool) => pool.max > 0),
    );
  }
  ComponentRegistry.of(aws.environment).require(metricsServer({ tier: aws.tier }));
  if (cluster.capabilities.gpus.length > 0) ComponentRegistry.of(aws.environment).require(gpuOperator());
  return groups;
}

/** How many nodes of a pool are a managed node group when Karpenter makes the others. */
function managedNodes(pool: NodePool, first: NodePool): number {
  return pool === first ? Math.max(pool.min, KARPENTER_NODES) : pool.min;
}
