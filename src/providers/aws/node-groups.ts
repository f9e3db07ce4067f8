import { EksNodeGroup } from '@cdktf/provider-aws/lib/eks-node-group';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { IamRolePolicyAttachment } from '@cdktf/provider-aws/lib/iam-role-policy-attachment';
import { LaunchTemplate } from '@cdktf/provider-aws/lib/launch-template';
import { Fn, ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { GpuPool, NodePool } from '../../contracts/node-pool';
import { nodeLabels } from './capabilities';
import { IAwsEnvironment } from './contract';
import { EksCluster } from './eks-cluster';
import { serviceTrust } from './identity';
import { NodeMachine } from './instance-types';

/** Properties of a managed node group. */
export interface NodeGroupProps {
  readonly cluster: EksCluster;
  readonly pool: NodePool;
  readonly machine: NodeMachine;
  /** Smallest number of nodes. */
  readonly min: number;
  /** Largest number of nodes. */
  readonly max: number;
  readonly role: IamRole;
  /** What must be there before a node can become ready. */
  readonly dependsOn: ITerraformDependable[];
}

/** An EKS managed node group with its launch template. */
export class NodeGroup extends Construct {
  public readonly resource: EksNodeGroup;

  public constructor(scope: Construct, id: string, aws: IAwsEnvironment, props: NodeGroupProps) {
    super(scope, id);
    const { cluster, pool, machine } = props;
    const name = `${aws.name}-${pool.name}`;
    const template = launchTemplate(this, aws, cluster, name, machine);
    this.resource = new EksNodeGroup(this, 'Resource', {
      clusterName: cluster.resource.name,
      // a prefix, so that a change of the instance type makes the new group before it drains the old one
      nodeGroupNamePrefix: `${pool.name}-`,
      nodeRoleArn: props.role.arn,
      subnetIds: aws.network.privateSubnetIds,
      version: cluster.resource.version,
      amiType: machine.amiType,
      capacityType: pool.spot ? 'SPOT' : 'ON_DEMAND',
      instanceTypes: [machine.instanceType],
      scalingConfig: { minSize: props.min, maxSize: props.max, desiredSize: props.min },
      launchTemplate: { id: template.id, version: Fn.tostring(template.latestVersion) },
      labels: nodeLabels(pool),
      taint: pool instanceof GpuPool ? [{ ...GPU_TAINT, effect: 'NO_SCHEDULE' }] : undefined,
      updateConfig: { maxUnavailablePercentage: 33 },
      nodeRepairConfig: { enabled: true },
      tags: { Name: name },
      lifecycle: {
        createBeforeDestroy: true,
        // the autoscaler, or a person, sets it from then on
        ignoreChanges: ['scaling_config[0].desired_size'],
      },
      dependsOn: props.dependsOn,
    });
  }
}

/** What a node itself may do: join its cluster and pull images. Pods, the CNI included, have roles of their own. */
const NODE_POLICIES = ['AmazonEKSWorkerNodePolicy', 'AmazonEC2ContainerRegistryPullOnly'];

/** The role of nodes. */
export class NodeRole extends Construct {
  public readonly resource: IamRole;
  /** What must be there before a node starts, and go after it. */
  public readonly policies: IamRolePolicyAttachment[];

  public constructor(scope: Construct, id: string, aws: IAwsEnvironment, name: string) {
    super(scope, id);
    this.resource = new IamRole(this, 'Resource', { name, assumeRolePolicy: serviceTrust('ec2.amazonaws.com') });
    this.policies = NODE_POLICIES.map(
      (policy) =>
        new IamRolePolicyAttachment(this, policy, {
          role: this.resource.name,
          policyArn: aws.managedPolicyArn(policy),
        }),
    );
  }
}

/** The taint that keeps pods without a GPU request off expensive nodes. */
export const GPU_TAINT = { key: 'nvidia.com/gpu', value: 'present' };

function launchTemplate(
  scope: Construct,
  aws: IAwsEnvironment,
  cluster: EksCluster,
  name: string,
  machine: NodeMachine,
): LaunchTemplate {
  // default_tags reach the template, but not what EC2 makes from it
  const tags = { ...aws.tags, Name: name };
  return new LaunchTemplate(scope, 'launch-template', {
    namePrefix: `${name}-`,
    updateDefaultVersion: true,
    metadataOptions: {
      httpEndpoint: 'enabled',
      httpTokens: 'required',
      // the answer does not survive the hop into a pod's network, so that a pod cannot take on the node's role
      httpPutResponseHopLimit: 1,
      instanceMetadataTags: 'disabled',
    },
    monitoring: { enabled: true },
    blockDeviceMappings: [
      {
        deviceName: '/dev/xvda',
        ebs: {
          volumeType: 'gp3',
          volumeSize: machine.rootVolumeGiB,
          encrypted: 'true',
          kmsKeyId: cluster.volumesKey.arn,
          deleteOnTermination: 'true',
        },
      },
    ],
    tagSpecifications: ['instance', 'volume', 'network-interface'].map((resourceType) => ({ resourceType, tags })),
    tags: { Name: name },
    lifecycle: { createBeforeDestroy: true },
  });
}
