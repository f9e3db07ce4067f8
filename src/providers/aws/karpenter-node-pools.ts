import { ApiObject, Chart } from 'cdk8s';
import { GpuPool, NodePool } from '../../contracts/node-pool';
import type { AwsEnvironment } from './aws-environment';
import type { EksCluster } from './eks-cluster';
import { machineFor, NodeMachine } from './instance-types';
import type { Karpenter } from './karpenter';
import { GPU_TAINT, nodeLabels } from './node-group';

/** A pool of nodes that Karpenter makes. */
export interface KarpenterPool {
  readonly pool: NodePool;
  /** Largest number of nodes, beside those of the managed node group. */
  readonly max: number;
}

/**
 * Tells Karpenter which nodes it may make: an EC2NodeClass and a NodePool for each pool, with the machine, labels and
 * taints that a managed node group of that pool would have. Subnets and security groups are found by their tag, since
 * their ids are known to Terraform only.
 */
export function addKarpenterNodePools(
  aws: AwsEnvironment,
  cluster: EksCluster,
  karpenter: Karpenter,
  pools: KarpenterPool[],
): void {
  const chart = new Chart(aws.environment, 'node-pools', { disableResourceNameHashes: true });
  for (const { pool, max } of pools) {
    const machine = machineFor(pool);
    nodeClass(chart, aws, cluster, karpenter, pool, machine);
    nodePool(chart, pool, max, machine);
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
  aws: AwsEnvironment,
  cluster: EksCluster,
  karpenter: Karpenter,
  pool: NodePool,
  machine: NodeMachine,
): ApiObject {
  const discovery = [{ tags: { 'karpenter.sh/discovery': cluster.clusterName } }];
  return new ApiObject(chart, `${pool.name}-class`, {
    apiVersion: 'karpenter.k8s.aws/v1',
    kind: 'EC2NodeClass',
    metadata: metadata(pool),
    spec: {
      // for machines with a GPU the alias stands for the NVIDIA variant; pin it with an override where drift is unwanted
      amiSelectorTerms: [{ alias: 'al2023@latest' }],
      role: karpenter.nodeRoleName,
      subnetSelectorTerms: discovery,
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
      tags: { ...aws.tags, Name: `${aws.name}-${pool.name}` },
    },
  });
}

function nodePool(chart: Chart, pool: NodePool, max: number, machine: NodeMachine): ApiObject {
  const architecture = machine.amiType.includes('ARM') ? 'arm64' : 'amd64';
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
            { key: 'node.kubernetes.io/instance-type', operator: 'In', values: [machine.instanceType] },
            { key: 'karpenter.sh/capacity-type', operator: 'In', values: [pool.spot ? 'spot' : 'on-demand'] },
            { key: 'kubernetes.io/arch', operator: 'In', values: [architecture] },
            { key: 'kubernetes.io/os', operator: 'In', values: ['linux'] },
          ],
          ...(pool instanceof GpuPool ? { taints: [{ ...GPU_TAINT, effect: 'NoSchedule' }] } : {}),
          // nodes are replaced after 30 days, so that they get patches
          expireAfter: '720h',
        },
      },
      limits: { nodes: max, ...(pool instanceof GpuPool ? { [pool.model.resourceName]: max * machine.gpus } : {}) },
      disruption: {
        // a training job on a GPU is not moved to save money
        consolidationPolicy: pool instanceof GpuPool ? 'WhenEmpty' : 'WhenEmptyOrUnderutilized',
        consolidateAfter: '5m',
        budgets: [{ nodes: '10%' }],
      },
    },
  });
}
