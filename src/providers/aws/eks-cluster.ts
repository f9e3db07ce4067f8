import { DataAwsIamSessionContext } from '@cdktf/provider-aws/lib/data-aws-iam-session-context';
import { DataAwsCallerIdentity } from '@cdktf/provider-aws/lib/data-aws-caller-identity';
import { EksAccessEntry } from '@cdktf/provider-aws/lib/eks-access-entry';
import { EksAccessPolicyAssociation } from '@cdktf/provider-aws/lib/eks-access-policy-association';
import { EksCluster as TerraformEksCluster } from '@cdktf/provider-aws/lib/eks-cluster';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import { IamRolePolicyAttachment } from '@cdktf/provider-aws/lib/iam-role-policy-attachment';
import { Construct } from 'constructs';
import { ClusterCapabilities, ClusterConnection, GpuCapability, ICluster } from '../../contracts/cluster';
import { Tier } from '../../contracts/tier';
import { GpuPool, NodePool } from '../../contracts/node-pool';
import type { AwsEnvironment } from './aws-environment';
import { machineFor } from './instance-types';
import { encryptionKeyForVolumes, KmsKey } from './kms-key';
import { LogGroup } from './log-group';
import { NodeScaling } from './node-scaling';
import { policyJson, serviceTrust } from './policy';

/** Properties of an EKS cluster. AwsProvider has checked them. */
export interface EksClusterProps {
  readonly kubernetesVersion: string;
  readonly nodePools: NodePool[];
  readonly deletionProtection: boolean;
}

const CONTROL_PLANE_LOGS = ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'];

/**
 * The control plane of an EKS cluster: who may reach it, from where, and what it logs and encrypts.
 *
 * The identity that creates a cluster becomes its administrator by default, which nothing shows and nothing can take back.
 * Here `bootstrap_cluster_creator_admin_permissions` is off, and every administrator has an access entry in the state.
 */
export class EksCluster extends Construct implements ICluster {
  public readonly clusterName: string;
  public readonly kubernetesVersion: string;
  public readonly connection: ClusterConnection;
  public readonly capabilities: ClusterCapabilities;
  public readonly defaultStorageClass = 'gp3';
  public readonly loadBalancerAnnotations = {
    internal: balancer('internal'),
    internetFacing: balancer('internet-facing'),
  };
  public readonly resource: TerraformEksCluster;
  /** Encrypts the Secrets in etcd. */
  public readonly secretsKey: KmsKey;
  /** Encrypts the volumes of nodes and pods. */
  public readonly volumesKey: KmsKey;
  /** The control plane's administrators. Whatever Terraform does in the cluster needs them. */
  public readonly administrators: EksAccessPolicyAssociation[];
  private readonly pools: NodePool[];

  public constructor(scope: Construct, id: string, aws: AwsEnvironment, props: EksClusterProps) {
    super(scope, id);
    this.clusterName = aws.name;
    this.kubernetesVersion = props.kubernetesVersion;
    this.pools = [...props.nodePools];
    this.capabilities = capabilities(aws, this.pools);
    this.secretsKey = new KmsKey(this, 'secrets-key', aws, {
      purpose: 'eks-secrets',
      description: `Encrypts the Secrets of the EKS cluster ${this.clusterName}`,
    });
    this.volumesKey = encryptionKeyForVolumes(this, aws);
    this.resource = this.controlPlane(aws, props.deletionProtection);
    this.connection = this.connectionOf(aws);
    this.administrators = this.accessEntries(aws);
  }

  public get nodePools(): NodePool[] {
    return [...this.pools];
  }

  /** Id of the security group that EKS makes for the control plane and that every node is a member of. */
  public get securityGroupId(): string {
    return this.resource.vpcConfig.clusterSecurityGroupId;
  }

  private controlPlane(aws: AwsEnvironment, deletionProtection: boolean): TerraformEksCluster {
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
    const cidrs = aws.settings.publicAccessCidrs;
    return new TerraformEksCluster(this, 'Resource', {
      name: this.clusterName,
      roleArn: role.arn,
      version: this.kubernetesVersion,
      enabledClusterLogTypes: CONTROL_PLANE_LOGS,
      // every add-on is an aws_eks_addon; the self-managed ones would be updated by nobody
      bootstrapSelfManagedAddons: false,
      deletionProtection,
      accessConfig: { authenticationMode: 'API', bootstrapClusterCreatorAdminPermissions: false },
      encryptionConfig: { provider: { keyArn: this.secretsKey.arn }, resources: ['secrets'] },
      kubernetesNetworkConfig: { ipFamily: 'ipv4', serviceIpv4Cidr: aws.settings.serviceCidr },
      // production is upgraded by its team, at the price of extended support when it is late; others by EKS then
      upgradePolicy: { supportType: aws.tier === Tier.PRODUCTION ? 'EXTENDED' : 'STANDARD' },
      vpcConfig: {
        subnetIds: aws.network.privateSubnets.map((subnet) => subnet.id),
        endpointPrivateAccess: true,
        endpointPublicAccess: cidrs.length > 0,
        publicAccessCidrs: cidrs.length > 0 ? cidrs : undefined,
      },
      tags: { Name: this.clusterName },
      // EKS removes its network interfaces with the role's permissions, so the role goes last
      dependsOn: [attachment, encryption, logs.resource],
    });
  }

  private connectionOf(aws: AwsEnvironment): ClusterConnection {
    return {
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

  private accessEntries(aws: AwsEnvironment): EksAccessPolicyAssociation[] {
    const arns = aws.settings.adminPrincipalArns;
    if (arns.length > 0) return arns.map((arn) => this.administrator(aws, `administrator-${arn}`, arn, false));
    const caller = new DataAwsCallerIdentity(this, 'caller');
    // the role behind the session, since an access entry cannot name a session
    const session = new DataAwsIamSessionContext(this, 'caller-session', { arn: caller.arn });
    return [this.administrator(aws, 'administrator', session.issuerArn, true)];
  }

  private administrator(aws: AwsEnvironment, id: string, arn: string, whoeverApplies: boolean) {
    const entry = new EksAccessEntry(this, id.replace(/\//g, '.'), {
      clusterName: this.resource.name,
      principalArn: arn,
      type: 'STANDARD',
      tags: { Name: `${aws.name}-administrator` },
      // the next one who applies must not throw out the one who did first
      lifecycle: whoeverApplies ? { ignoreChanges: ['principal_arn'] } : undefined,
    });
    return new EksAccessPolicyAssociation(this, `${id.replace(/\//g, '.')}-policy`, {
      clusterName: this.resource.name,
      principalArn: entry.principalArn,
      policyArn: `arn:${aws.partition}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy`,
      accessScope: { type: 'cluster' },
    });
  }
}

/** A network load balancer of the AWS Load Balancer Controller that sends to pods, not nodes. */
function balancer(scheme: string): { [key: string]: string } {
  const prefix = 'service.beta.kubernetes.io/aws-load-balancer';
  return { [`${prefix}-type`]: 'external', [`${prefix}-nlb-target-type`]: 'ip', [`${prefix}-scheme`]: scheme };
}

function capabilities(aws: AwsEnvironment, pools: NodePool[]): ClusterCapabilities {
  const gpus = pools
    .filter((pool): pool is GpuPool => pool instanceof GpuPool)
    .map((pool): GpuCapability => {
      const perNode = machineFor(pool).gpus;
      return {
        pool: pool.name,
        resourceName: pool.model.resourceName,
        productLabel: pool.model.productLabel,
        perNode,
        total: perNode * pool.max,
      };
    });
  return {
    gpus,
    simulatedGpus: false,
    loadBalancer: true,
    networkPolicy: true,
    nodeAutoscaling: aws.settings.nodeScaling !== NodeScaling.NONE,
    workloadIdentity: true,
    volumeSnapshots: false,
    zones: [...aws.settings.availabilityZones],
  };
}
