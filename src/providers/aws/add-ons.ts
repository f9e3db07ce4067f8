import { DataAwsEksAddonVersion } from '@cdktf/provider-aws/lib/data-aws-eks-addon-version';
import { EksAddon } from '@cdktf/provider-aws/lib/eks-addon';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import { IamRolePolicyAttachment } from '@cdktf/provider-aws/lib/iam-role-policy-attachment';
import { ApiObject, Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { IEnvironment } from '../../contracts/environment';
import { IAwsEnvironment } from './contract';
import { EksCluster } from './eks-cluster';
import { podIdentityRole, policyJson } from './identity';

const KUBE_SYSTEM = 'kube-system';

interface AddOnOptions {
  readonly configuration?: { [key: string]: unknown };
  /** ServiceAccount and role, for add-ons that call AWS. */
  readonly identity?: { readonly serviceAccount: string; readonly role: IamRole };
  readonly dependsOn: ITerraformDependable[];
}

/** The add-ons that must run before a node can be ready: pod identity, network, service addresses. */
export class NodeAddOns extends Construct {
  /** All of them. */
  public readonly all: EksAddon[];

  public constructor(scope: Construct, id: string, aws: IAwsEnvironment, cluster: EksCluster) {
    super(scope, id);
    const podIdentityAgent = addOn(this, cluster, 'eks-pod-identity-agent', { dependsOn: [] });
    const role = podIdentityRole(this, 'vpc-cni-role', aws, cluster.clusterName, {
      namespace: KUBE_SYSTEM,
      serviceAccountName: 'aws-node',
    });
    const attachment = new IamRolePolicyAttachment(this, 'vpc-cni-policy', {
      role: role.name,
      policyArn: aws.managedPolicyArn('AmazonEKS_CNI_Policy'),
    });
    const vpcCni = addOn(this, cluster, 'vpc-cni', {
      configuration: {
        enableNetworkPolicy: 'true',
        // a /28 at a time rather than single addresses: a t3.medium would hold 17 pods otherwise
        env: { ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '1' },
      },
      identity: { serviceAccount: 'aws-node', role },
      dependsOn: [attachment, podIdentityAgent],
    });
    const kubeProxy = addOn(this, cluster, 'kube-proxy', { dependsOn: [] });
    this.all = [podIdentityAgent, vpcCni, kubeProxy];
  }
}

/** The add-ons that run on nodes: DNS, volumes and their snapshots, and what tells node repair of faults that kubelet does not see. */
export class ClusterAddOns extends Construct {
  public constructor(
    scope: Construct,
    id: string,
    aws: IAwsEnvironment,
    cluster: EksCluster,
    nodes: ITerraformDependable[],
  ) {
    super(scope, id);
    addOn(this, cluster, 'coredns', { dependsOn: nodes });
    addOn(this, cluster, 'eks-node-monitoring-agent', { dependsOn: nodes });
    // its CRDs are those of VolumeSnapshotClass
    addOn(this, cluster, 'snapshot-controller', { dependsOn: nodes });
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
    addOn(this, cluster, 'aws-ebs-csi-driver', {
      // default_tags reach the add-on, but not the volumes and snapshots that it makes
      configuration: { controller: { extraVolumeTags: aws.tags } },
      identity: { serviceAccount, role },
      dependsOn: [attachment, encryption, ...nodes],
    });
  }
}

/**
 * The default StorageClass, and the default class of its snapshots: encrypted gp3 volumes, made in the zone where the pod lands, since a volume cannot leave its
 * zone. EKS has a class `gp2` too, which has not been the default since Kubernetes 1.30.
 */
export function addStorageClasses(environment: IEnvironment, cluster: EksCluster): void {
  const chart = new Chart(environment, 'storage-class', { disableResourceNameHashes: true });
  new k8s.KubeStorageClass(chart, 'gp3', {
    metadata: {
      name: cluster.defaultStorageClass,
      labels: labels('gp3'),
      annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' },
    },
    provisioner: DRIVER,
    parameters: {
      type: 'gp3',
      encrypted: 'true',
      // an alias, as the ARN is known to Terraform only
      kmsKeyId: cluster.volumesKey.aliasName,
      'csi.storage.k8s.io/fstype': 'ext4',
    },
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'WaitForFirstConsumer',
    allowVolumeExpansion: true,
  });
  new ApiObject(chart, 'snapshots', {
    apiVersion: 'snapshot.storage.k8s.io/v1',
    kind: 'VolumeSnapshotClass',
    metadata: {
      name: 'ebs',
      // by the label Velero knows the class to use
      labels: { ...labels('ebs'), 'velero.io/csi-volumesnapshot-class': 'true' },
      annotations: { 'snapshot.storage.kubernetes.io/is-default-class': 'true' },
    },
    driver: DRIVER,
    // a backup outlives the namespace that it was made of
    deletionPolicy: 'Retain',
  });
}

const DRIVER = 'ebs.csi.aws.com';

function labels(name: string): { [key: string]: string } {
  return { 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': 'ml-platform' };
}

function addOn(scope: Construct, cluster: EksCluster, name: string, options: AddOnOptions): EksAddon {
  // the default moves with EKS, so that a later apply brings its patches; without a version, the first one would stay
  const { version } = new DataAwsEksAddonVersion(scope, `${name}-version`, {
    addonName: name,
    kubernetesVersion: cluster.kubernetesVersion,
  });
  return new EksAddon(scope, name, {
    clusterName: cluster.resource.name,
    addonName: name,
    addonVersion: version,
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
