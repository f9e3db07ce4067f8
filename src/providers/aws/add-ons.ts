import { EksAddon } from '@cdktf/provider-aws/lib/eks-addon';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import { IamRolePolicyAttachment } from '@cdktf/provider-aws/lib/iam-role-policy-attachment';
import { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import type { AwsEnvironment } from './aws-environment';
import type { EksCluster } from './eks-cluster';
import { policyJson } from './policy';
import { podIdentityRole } from './workload-roles';

const KUBE_SYSTEM = 'kube-system';

interface AddOnOptions {
  readonly configuration?: { [key: string]: unknown };
  /** ServiceAccount and role, for add-ons that call AWS. */
  readonly identity?: { readonly serviceAccount: string; readonly role: IamRole };
  readonly dependsOn: ITerraformDependable[];
}

/** The add-ons that must run before a node can be ready: pod identity, network, service addresses. */
export class NodeAddOns extends Construct {
  public readonly podIdentityAgent: EksAddon;
  public readonly vpcCni: EksAddon;
  public readonly kubeProxy: EksAddon;

  public constructor(scope: Construct, id: string, aws: AwsEnvironment, cluster: EksCluster) {
    super(scope, id);
    this.podIdentityAgent = addOn(this, cluster, 'eks-pod-identity-agent', { dependsOn: [] });
    const role = podIdentityRole(this, 'vpc-cni-role', aws, cluster.clusterName, {
      namespace: KUBE_SYSTEM,
      serviceAccountName: 'aws-node',
    });
    const attachment = new IamRolePolicyAttachment(this, 'vpc-cni-policy', {
      role: role.name,
      policyArn: aws.managedPolicyArn('AmazonEKS_CNI_Policy'),
    });
    this.vpcCni = addOn(this, cluster, 'vpc-cni', {
      configuration: {
        enableNetworkPolicy: 'true',
        // a /28 at a time rather than single addresses: a t3.medium would hold 17 pods otherwise
        env: { ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '1' },
      },
      identity: { serviceAccount: 'aws-node', role },
      dependsOn: [attachment, this.podIdentityAgent],
    });
    this.kubeProxy = addOn(this, cluster, 'kube-proxy', { dependsOn: [] });
  }

  /** All of them. */
  public get all(): EksAddon[] {
    return [this.podIdentityAgent, this.vpcCni, this.kubeProxy];
  }
}

/** The add-ons that run on nodes: DNS and volumes. */
export class ClusterAddOns extends Construct {
  public readonly coreDns: EksAddon;
  public readonly ebsCsiDriver: EksAddon;

  public constructor(
    scope: Construct,
    id: string,
    aws: AwsEnvironment,
    cluster: EksCluster,
    nodes: ITerraformDependable[],
  ) {
    super(scope, id);
    this.coreDns = addOn(this, cluster, 'coredns', { dependsOn: nodes });
    const serviceAccount = 'ebs-csi-controller-sa';
    const role = podIdentityRole(this, 'ebs-csi-driver-role', aws, cluster.clusterName, {
      namespace: KUBE_SYSTEM,
      serviceAccountName: serviceAccount,
    });
    const attachment = new IamRolePolicyAttachment(this, 'ebs-csi-driver-policy', {
      role: role.name,
      policyArn: aws.managedPolicyArn('service-role/AmazonEBSCSIDriverPolicy'),
    });
    const encryption = new IamRolePolicy(this, 'ebs-csi-driver-encryption', {
      name: 'encrypt-volumes',
      role: role.name,
      policy: policyJson([
        {
          Effect: 'Allow',
          Action: ['kms:CreateGrant', 'kms:ListGrants', 'kms:RevokeGrant'],
          Resource: cluster.volumesKey.arn,
          Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
        },
        {
          Effect: 'Allow',
          Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
          Resource: cluster.volumesKey.arn,
        },
      ]),
    });
    this.ebsCsiDriver = addOn(this, cluster, 'aws-ebs-csi-driver', {
      identity: { serviceAccount, role },
      dependsOn: [attachment, encryption, ...nodes],
    });
  }
}

function addOn(scope: Construct, cluster: EksCluster, name: string, options: AddOnOptions): EksAddon {
  return new EksAddon(scope, name, {
    clusterName: cluster.resource.name,
    // no version: EKS takes its default for the cluster's version of Kubernetes
    addonName: name,
    configurationValues: options.configuration && JSON.stringify(options.configuration),
    podIdentityAssociation: options.identity && [
      { roleArn: options.identity.role.arn, serviceAccount: options.identity.serviceAccount },
    ],
    resolveConflictsOnCreate: 'OVERWRITE',
    resolveConflictsOnUpdate: 'OVERWRITE',
    tags: { Name: `${cluster.clusterName}-${name}` },
    dependsOn: options.dependsOn.length > 0 ? options.dependsOn : undefined,
  });
}
