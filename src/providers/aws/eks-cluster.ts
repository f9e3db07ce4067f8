import { EksCluster as TerraformEksCluster } from '@cdktf/provider-aws/lib/eks-cluster';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import { IamRolePolicyAttachment } from '@cdktf/provider-aws/lib/iam-role-policy-attachment';
import { Construct } from 'constructs';
import {
  ClusterCapabilities,
  ClusterConnection,
  ClusterProps,
  ICluster,
  KubectlAccess,
  LoadBalancerAnnotations,
} from '../../contracts/cluster';
import { fail } from '../../contracts/errors';
import { kubernetesVersion } from '../../contracts/kubernetes-version';
import { GeneralPool, GpuPool, NodePool } from '../../contracts/node-pool';
import { Tier } from '../../contracts/tier';
import { isProtected } from '../backing-service';
import { Administrators } from './administrators';
import { capabilitiesOf } from './capabilities';
import { byTier, IAwsEnvironment, IEksCluster } from './contract';
import { encryptionKeyForVolumes, KmsKey, LogGroup } from './encryption';
import { policyJson, serviceTrust } from './identity';
import { machineFor } from './instance-types';
import { ServiceSecurityGroup } from './network';
import { RECOMMENDED_RELEASE } from './settings';

/** Properties of an EKS cluster, as checkedClusterProps() returns them. */
export interface EksClusterProps {
  readonly kubernetesVersion: string;
  readonly nodePools: NodePool[];
  readonly deletionProtection: boolean;
}

/**
 * Minor versions of Kubernetes in EKS's standard support, oldest first, with the release of the Cluster Autoscaler that
 * belongs to each, and the release of the node images (awslabs/amazon-eks-ami, CHANGELOG.md, v20260714). Update all together: 1.34 leaves
 * standard support on 2 December 2026.
 */
const VERSIONS: { readonly [version: string]: { readonly clusterAutoscaler: string; readonly nodeImage: string } } = {
  '1.34': { clusterAutoscaler: 'v1.34.5', nodeImage: '1.34.9-20260714' },
  '1.35': { clusterAutoscaler: 'v1.35.2', nodeImage: '1.35.6-20260714' },
  '1.36': { clusterAutoscaler: 'v1.36.1', nodeImage: '1.36.2-20260714' },
};

/** Versions that a cluster can be made with, oldest first. */
const EKS_KUBERNETES_VERSIONS = Object.keys(VERSIONS);

/** The version that a cluster gets by default. */
const NEWEST_EKS_KUBERNETES_VERSION = EKS_KUBERNETES_VERSIONS[EKS_KUBERNETES_VERSIONS.length - 1];

const CONTROL_PLANE_LOGS = ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'];

/**
 * The control plane of an EKS cluster: who may reach it, from where, and what it logs and encrypts.
 *
 * The identity that creates a cluster becomes its administrator by default, which nothing shows and nothing can take back.
 * Here `bootstrap_cluster_creator_admin_permissions` is off, and every administrator has an access entry in the state.
 */
export class EksCluster extends Construct implements ICluster, IEksCluster {
  public readonly clusterName: string;
  public readonly kubernetesVersion: string;
  public readonly connection: ClusterConnection;
  public readonly kubectl: KubectlAccess;
  public readonly capabilities: ClusterCapabilities;
  public readonly defaultStorageClass = 'gp3';
  public readonly loadBalancerAnnotations: LoadBalancerAnnotations;
  public readonly resource: TerraformEksCluster;
  /** Encrypts the Secrets in etcd. */
  public readonly secretsKey: KmsKey;
  /** Encrypts the volumes of nodes and pods. */
  public readonly volumesKey: KmsKey;
  private readonly pools: NodePool[];

  public constructor(scope: Construct, id: string, aws: IAwsEnvironment, props: EksClusterProps) {
    super(scope, id);
    this.clusterName = aws.name;
    this.kubernetesVersion = props.kubernetesVersion;
    this.pools = [...props.nodePools];
    this.capabilities = capabilitiesOf(aws, this.pools);
    const { existingVpc } = aws.settings;
    this.loadBalancerAnnotations = {
      internal: balancer('internal', existingVpc?.privateSubnetIds),
      internetFacing: balancer('internet-facing', existingVpc?.publicSubnetIds),
      // by default a balancer that sends TCP to addresses of pods sends from its own:
      // https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html
      clientAddresses: { [`${BALANCER}-target-group-attributes`]: 'preserve_client_ip.enabled=true' },
    };
    this.secretsKey = new KmsKey(this, 'secrets-key', aws, {
      purpose: 'eks-secrets',
      description: `Encrypts the Secrets of the EKS cluster ${this.clusterName}`,
    });
    this.volumesKey = encryptionKeyForVolumes(this, aws);
    this.resource = this.controlPlane(aws, props.deletionProtection);
    this.connection = this.connectionOf(aws);
    this.kubectl = {
      // not the default, which is an ARN with an account that only Terraform knows
      context: this.clusterName,
      command: `aws eks update-kubeconfig --name ${this.clusterName} --region ${aws.region} --alias ${this.clusterName}`,
    };
    new Administrators(this, 'administrators', aws, this.resource);
  }

  public get nodePools(): NodePool[] {
    return [...this.pools];
  }

  /** Id of the security group that EKS makes for the control plane and that every node is a member of. */
  public get securityGroupId(): string {
    return this.resource.vpcConfig.clusterSecurityGroupId;
  }

  private controlPlane(aws: IAwsEnvironment, deletionProtection: boolean): TerraformEksCluster {
    const role = new IamRole(this, 'role', {
      name: aws.iamName('cluster'),
      assumeRolePolicy: serviceTrust('eks.amazonaws.com'),
    });
    const attachment = new IamRolePolicyAttachment(this, 'cluster-policy', {
      role: role.name,
      policyArn: aws.managedPolicyArn('AmazonEKSClusterPolicy'),
    });
    const encryption = new IamRolePolicy(this, 'encryption-policy', {
      name: 'encrypt-secrets',
      role: role.name,
      policy: policyJson([
        {
          Effect: 'Allow',
          Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:ListGrants', 'kms:DescribeKey'],
          Resource: this.secretsKey.arn,
        },
      ]),
    });
    const logs = new LogGroup(this, 'logs', aws, `/aws/eks/${this.clusterName}/cluster`);
    const apiServer = new ServiceSecurityGroup(this, 'api-server', aws, {
      name: 'api-server',
      description: `Who reaches the API server of ${aws.name} from inside, beside its nodes`,
      port: 443,
      from: aws.settings.privateAccess,
    });
    const cidrs = aws.settings.publicAccessCidrs;
    return new TerraformEksCluster(this, 'Resource', {
      name: this.clusterName,
      roleArn: role.arn,
      version: this.kubernetesVersion,
      enabledClusterLogTypes: CONTROL_PLANE_LOGS,
      // every add-on is an aws_eks_addon; the self-managed ones would never be updated
      bootstrapSelfManagedAddons: false,
      deletionProtection,
      accessConfig: { authenticationMode: 'API', bootstrapClusterCreatorAdminPermissions: false },
      encryptionConfig: { provider: { keyArn: this.secretsKey.arn }, resources: ['secrets'] },
      kubernetesNetworkConfig: { ipFamily: 'ipv4', serviceIpv4Cidr: aws.settings.serviceCidr },
      // production is upgraded by its team, at the price of extended support when it is late; others by EKS then
      upgradePolicy: { supportType: aws.tier === Tier.PRODUCTION ? 'EXTENDED' : 'STANDARD' },
      vpcConfig: {
        // EKS refuses a subnet in a zone that was not among the first ones, so a third zone must not count
        subnetIds: aws.network.privateSubnetIds.slice(0, 2),
        securityGroupIds: [apiServer.resource.id],
        endpointPrivateAccess: true,
        endpointPublicAccess: cidrs.length > 0,
        publicAccessCidrs: cidrs.length > 0 ? cidrs : undefined,
      },
      tags: { Name: this.clusterName },
      // EKS removes its network interfaces with the role's permissions, so the role goes last
      dependsOn: [attachment, encryption, logs.resource],
    });
  }

  private connectionOf(aws: IAwsEnvironment): ClusterConnection {
    const { publicAccessCidrs, privateAccess } = aws.settings;
    const inside = [...privateAccess.cidrs, ...privateAccess.securityGroupIds];
    return {
      reachableFrom: publicAccessCidrs.length > 0 ? undefined : inside,
      endpoint: this.resource.endpoint,
      certificateAuthority: this.resource.certificateAuthority.get(0).data,
      credentialCommand: {
        apiVersion: 'client.authentication.k8s.io/v1',
        command: 'aws',
        args: [
          'eks',
          'get-token',
          '--cluster-name',
          this.clusterName,
          '--region',
          aws.region,
          // whatever the output format in the user's profile is
          '--output',
          'json',
        ],
      },
    };
  }
}

/**
 * Checks what a cluster is to be and fills in the defaults. The first node pool of the result is a general one.
 *
 * @throws InvalidInputError when the version is not supported or the node pools do not fit together
 */
export function checkedClusterProps(aws: IAwsEnvironment, props: ClusterProps): EksClusterProps {
  const { environment, settings } = aws;
  const version = kubernetesVersion(
    environment,
    props.kubernetesVersion ?? NEWEST_EKS_KUBERNETES_VERSION,
    EKS_KUBERNETES_VERSIONS,
    'choose a version in standard support of EKS',
  );
  if (environment.tier === Tier.PRODUCTION && settings.publicAccessCidrs.some(isMostOfTheInternet)) {
    fail(
      environment,
      'publicAccessCidrs',
      'must not be the whole internet in production, nor half of it',
      settings.publicAccessCidrs,
      'name the addresses of your offices and runners, or none for private access only',
    );
  }
  const { nodeImageRelease: release } = settings;
  if (release !== undefined && release !== RECOMMENDED_RELEASE && !release.startsWith(`${version}.`)) {
    fail(
      environment,
      'nodeImageRelease',
      `must be a release for Kubernetes ${version}`,
      release,
      `write it like ${VERSIONS[version].nodeImage}, or leave it out`,
    );
  }
  return {
    kubernetesVersion: version,
    nodePools: checkedPools(aws, props.nodePools),
    deletionProtection: props.deletionProtection ?? isProtected(environment.tier),
  };
}

/** No network is larger than a /8. */
function isMostOfTheInternet(cidr: string): boolean {
  return Number(cidr.split('/')[1]) < 8;
}

function checkedPools(aws: IAwsEnvironment, given: NodePool[] | undefined): NodePool[] {
  const { environment } = aws;
  const pools = given ?? [];
  const duplicate = pools.find((pool, at) => pools.findIndex((other) => other.name === pool.name) !== at);
  if (duplicate) {
    fail(environment, 'nodePools', 'must have names of their own', duplicate.name, 'give one of them another name');
  }
  const general = pools.find((pool) => !(pool instanceof GpuPool));
  if (general && general.min < 1) {
    fail(
      environment,
      'nodePools',
      'must have at least one node in the first general pool',
      general.min,
      'give it min: 1 or more; DNS and the controllers run there',
    );
  }
  for (const pool of pools) {
    machineFor(aws, pool);
    checkZones(aws, pool);
  }
  const first = general ?? defaultPool(environment.tier);
  return [first, ...pools.filter((pool) => pool !== first)];
}

/** Refuses zones that the cluster is not in, and several where all nodes have to be in one. */
function checkZones(aws: IAwsEnvironment, pool: NodePool): void {
  const where = `node pool "${pool.name}"`;
  const { availabilityZones } = aws.settings;
  const foreign = pool.zones.find((zone) => !availabilityZones.includes(zone));
  if (foreign !== undefined) {
    fail(
      where,
      'zones',
      `must be zones of the cluster (${availabilityZones.join(', ')})`,
      foreign,
      'choose from these, or name it in availabilityZones of the provider',
    );
  }
  const why = [
    pool.capacityReservationId !== undefined ? 'capacityReservationId' : [],
    pool instanceof GpuPool && pool.multiNode ? 'multiNode' : [],
  ].flat();
  if (why.length > 0 && pool.zones.length !== 1) {
    fail(
      where,
      'zones',
      `must name one zone with ${why.join(' and ')}`,
      pool.zones,
      'name the zone that has the capacity; neither a reservation nor a placement group spans zones',
    );
  }
}

function defaultPool(tier: Tier): NodePool {
  return GeneralPool.of('general', {
    min: byTier(tier, { development: 1, staging: 2, production: 3 }),
    max: byTier(tier, { development: 8, staging: 6, production: 12 }),
  });
}

/** The release of the node images, such as `1.35.6-20260714`. */
export function nodeImageRelease(aws: IAwsEnvironment, version: string): string {
  return aws.settings.nodeImageRelease ?? VERSIONS[version].nodeImage;
}

/** The image tag of the Cluster Autoscaler for a version of Kubernetes. */
export function clusterAutoscalerTag(version: string): string {
  return VERSIONS[version].clusterAutoscaler;
}

/** Annotations of Services that the AWS Load Balancer Controller reads begin with it. */
const BALANCER = 'service.beta.kubernetes.io/aws-load-balancer';

/**
 * A network load balancer of the AWS Load Balancer Controller that sends to pods, not nodes. In a VPC that is not ours the
 * subnets are named, as they need not have the tags by which the controller finds them.
 */
function balancer(scheme: string, subnetIds: string[] = []): { [key: string]: string } {
  return {
    // first, since by it a check knows whose a Service is
    [`${BALANCER}-type`]: 'external',
    [`${BALANCER}-nlb-target-type`]: 'ip',
    [`${BALANCER}-scheme`]: scheme,
    ...(subnetIds.length > 0 ? { [`${BALANCER}-subnets`]: subnetIds.join(',') } : {}),
  };
}
