import { DataAwsSsmParameter } from '@cdktf/provider-aws/lib/data-aws-ssm-parameter';
import { EksNodeGroup } from '@cdktf/provider-aws/lib/eks-node-group';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { IamRolePolicyAttachment } from '@cdktf/provider-aws/lib/iam-role-policy-attachment';
import { LaunchTemplate, LaunchTemplateNetworkInterfaces } from '@cdktf/provider-aws/lib/launch-template';
import { PlacementGroup } from '@cdktf/provider-aws/lib/placement-group';
import { Fn, ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { GpuPool, NodePool } from '../../contracts/node-pool';
import { nodeLabels } from './capabilities';
import { IAwsEnvironment } from './contract';
import { EksCluster, nodeImageRelease } from './eks-cluster';
import { serviceTrust } from './identity';
import { NodeMachine } from './instance-types';
import { NodeGroupSize } from './node-group-sizes';
import { RECOMMENDED_RELEASE } from './settings';
import { NVIDIA_TAINT } from '../../contracts/devices';

/** Properties of a managed node group. */
export interface NodeGroupProps extends NodeTemplateProps {
  readonly template: NodeTemplate;
  readonly size: NodeGroupSize;
  /**
   * Terraform expression for the number of nodes.
   *
   * @default - the smallest: the size is fixed
   */
  readonly desired?: string;
  readonly role: IamRole;
  /** What must be there before a node can become ready. */
  readonly dependsOn: ITerraformDependable[];
}

/** An EKS managed node group. */
export class NodeGroup extends Construct {
  public readonly resource: EksNodeGroup;

  public constructor(scope: Construct, id: string, aws: IAwsEnvironment, props: NodeGroupProps) {
    super(scope, id);
    const { cluster, pool, machine, template, size } = props;
    const block = pool instanceof GpuPool && pool.capacityBlock;
    this.resource = new EksNodeGroup(this, 'Resource', {
      clusterName: cluster.resource.name,
      // a prefix, so that a change of the instance type makes the new group before it drains the old one
      nodeGroupNamePrefix: size.prefix,
      nodeRoleArn: props.role.arn,
      subnetIds: subnetIds(aws, size.zones),
      version: cluster.resource.version,
      releaseVersion: template.releaseVersion,
      amiType: machine.amiType,
      capacityType: block ? 'CAPACITY_BLOCK' : pool.spot ? 'SPOT' : 'ON_DEMAND',
      // with a capacity block EKS wants it in the launch template
      instanceTypes: block ? undefined : machine.instanceTypes,
      scalingConfig: { minSize: size.min, maxSize: size.max, desiredSize: size.min },
      launchTemplate: { id: template.resource.id, version: Fn.tostring(template.resource.latestVersion) },
      labels: nodeLabels(pool),
      taint: pool instanceof GpuPool ? [{ ...GPU_TAINT, effect: 'NO_SCHEDULE' }] : undefined,
      updateConfig: { maxUnavailablePercentage: 33 },
      nodeRepairConfig: { enabled: true },
      tags: { Name: nodeName(aws, pool) },
      lifecycle: { createBeforeDestroy: true },
      dependsOn: props.dependsOn,
    });
    if (props.desired !== undefined) this.resource.addOverride('scaling_config.desired_size', props.desired);
  }
}

function subnetIds(aws: IAwsEnvironment, zones: string[]): string[] {
  const { availabilityZones } = aws.settings;
  return aws.network.privateSubnetIds.filter((_, at) => zones.includes(availabilityZones[at]));
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
export const GPU_TAINT = { key: NVIDIA_TAINT, value: 'present' };

/** What the nodes of a pool have in common. */
export interface NodeTemplateProps {
  readonly cluster: EksCluster;
  readonly pool: NodePool;
  readonly machine: NodeMachine;
  /**
   * Keeps the nodes close together.
   *
   * @default - none
   */
  readonly placementGroup?: PlacementGroup;
}

/** Name of a pool's launch template and placement group, and of its nodes. */
export function nodeName(aws: IAwsEnvironment, pool: NodePool): string {
  return `${aws.name}-${pool.name}`;
}

/** The launch template of a pool's managed node groups, and the release of their image. */
export class NodeTemplate extends Construct {
  public readonly resource: LaunchTemplate;
  public readonly releaseVersion: string;

  public constructor(scope: Construct, id: string, aws: IAwsEnvironment, props: NodeTemplateProps) {
    super(scope, id);
    const { cluster, pool, machine } = props;
    const name = nodeName(aws, pool);
    this.releaseVersion = this.release(nodeImageRelease(aws, cluster.kubernetesVersion), cluster, machine);
    const block = pool instanceof GpuPool && pool.capacityBlock;
    // default_tags reach the template, but not what EC2 makes from it
    const tags = { ...aws.tags, Name: name };
    this.resource = new LaunchTemplate(this, 'Resource', {
      namePrefix: `${name}-`,
      updateDefaultVersion: true,
      instanceType: block ? machine.instanceTypes[0] : undefined,
      instanceMarketOptions: block ? { marketType: 'capacity-block' } : undefined,
      capacityReservationSpecification:
        pool.capacityReservationId === undefined
          ? undefined
          : { capacityReservationTarget: { capacityReservationId: pool.capacityReservationId } },
      placement: props.placementGroup && { groupName: props.placementGroup.name },
      networkInterfaces: machine.efaInterfaces > 0 ? efaInterfaces(cluster, machine.efaInterfaces) : undefined,
      userData: Buffer.from(NODE_CONFIG).toString('base64'),
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

  private release(release: string, cluster: EksCluster, { amiType, architecture }: NodeMachine): string {
    if (release !== RECOMMENDED_RELEASE) return release;
    const machine = architecture === 'arm64' ? 'arm64' : 'x86_64';
    const variant = amiType.endsWith('NVIDIA') ? 'nvidia' : 'standard';
    const image = `amazon-linux-2023/${machine}/${variant}/recommended/release_version`;
    const parameter = new DataAwsSsmParameter(this, 'release', {
      name: `/aws/service/eks/optimized-ami/${cluster.kubernetesVersion}/${image}`,
    });
    // not `value`, which Terraform takes for a secret
    return parameter.insecureValue;
  }
}

/** User data that EKS puts its own behind: instance store, where there is any, is for images, logs and emptyDirs. */
const NODE_CONFIG = `MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="//"

--//
Content-Type: application/node.eks.aws

apiVersion: node.eks.aws/v1alpha1
kind: NodeConfig
spec:
  instance:
    localStorage:
      strategy: RAID0

--//--
`;

/** One on each network card; only the first takes addresses, for the node and its pods. */
function efaInterfaces(cluster: EksCluster, count: number): LaunchTemplateNetworkInterfaces[] {
  return Array.from({ length: count }, (_, card) => ({
    networkCardIndex: card,
    deviceIndex: card === 0 ? 0 : 1,
    interfaceType: card === 0 ? 'efa' : 'efa-only',
    associatePublicIpAddress: 'false',
    deleteOnTermination: 'true',
    // it lets through all from itself to itself, as EFA needs; a template with interfaces gets no group by itself
    securityGroups: [cluster.securityGroupId],
  }));
}
