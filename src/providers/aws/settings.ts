import { checked, checkedEnum } from '../../contracts/checked';
import { fail } from '../../contracts/errors';
import {
  checkedEndpoints,
  checkedExistingVpc,
  checkedPrivateSources,
  checkedPublicCidrs,
  checkedZones,
  checkNetworks,
  ExistingVpc,
  PrivateSources,
} from './network-settings';
import { checkedTags } from './tags';

/** Properties of AWS as a provider. */
export interface AwsProviderProps {
  /**
   * Name of an S3 bucket that exists already, for the Terraform state. Give it to everything that more than one person
   * deploys.
   *
   * @default - the state is in files beside `cdktf.out`
   */
  readonly stateBucket?: string;
  /**
   * Region of that bucket.
   *
   * @default - the provider's region
   */
  readonly stateRegion?: string;
  /**
   * Folder in that bucket.
   *
   * @default - the states are at the top of the bucket
   */
  readonly stateKeyPrefix?: string;
  /**
   * ARN of the KMS key that the state is encrypted with.
   *
   * @default - the bucket's own encryption
   */
  readonly stateKmsKeyId?: string;
  /**
   * Number of the account, twelve digits. With it, Terraform refuses to touch any other account.
   *
   * @default - the account of the credentials that Terraform runs with
   */
  readonly account?: string;
  /**
   * Text that makes the names of buckets globally unique, where a bucket has no `bucketName`. Another one gives every
   * bucket another name; Terraform refuses to replace them, and says which text it was.
   *
   * @default - `stateBucket`, or else `account`
   */
  readonly bucketNameSeed?: string;
  /**
   * Addresses of the VPC: a private range between /16 and /21. With `vpcId`, the range that this VPC has.
   *
   * @default '10.0.0.0/16'
   */
  readonly vpcCidr?: string;
  /**
   * Addresses of Kubernetes Services: a private range between /12 and /24 outside the VPC.
   *
   * @default '172.20.0.0/16'
   */
  readonly serviceCidr?: string;
  /**
   * Names of the zones, two to six; to add one later, append it. EKS has no control planes in some zones (us-east-1e,
   * usw2-az4, cac1-az3), so these must not be among the first two.
   *
   * @default - three zones of the region: a, b and c, where the region does not skip one of these letters
   */
  readonly availabilityZones?: string[];
  /**
   * Number of NAT gateways, from one to one a zone. With fewer than zones, the loss of one zone can cut off others.
   *
   * @default - one locally and in development, one a zone in staging and production; with `vpcId`, those that it has
   */
  readonly natGateways?: number;
  /**
   * Id of a VPC that exists already. Nothing is changed in it: subnets, routes to the internet, flow logs and the gateway
   * endpoint for S3 are its owner's. It comes with `vpcCidr` and `privateSubnetIds`.
   *
   * @default - a VPC is made
   */
  readonly vpcId?: string;
  /**
   * Ids of its subnets for nodes and pods, one for each of `availabilityZones`, in their order. They need a route to the
   * internet, or interface endpoints and mirrors of all images.
   *
   * @default - only with `vpcId`
   */
  readonly privateSubnetIds?: string[];
  /**
   * Ids of its subnets for load balancers that the internet reaches, one for each of `availabilityZones`, in their order.
   *
   * @default - the load balancer controller looks for them
   */
  readonly publicSubnetIds?: string[];
  /**
   * Ids of its subnets for databases and caches, one for each of `availabilityZones`, in their order.
   *
   * @default - those for nodes
   */
  readonly databaseSubnetIds?: string[];
  /**
   * Interface endpoints in the VPC: services of AWS as in `com.amazonaws.<region>.<service>`. Each costs by the hour and
   * zone; without one, the traffic to the service goes through the NAT gateways.
   *
   * @default - the 13 services that nodes, add-ons and components call; with `vpcId`, none
   */
  readonly vpcEndpoints?: string[];
  /**
   * Which connections in the VPC are written to CloudWatch.
   *
   * @default - FlowLogs.REJECTED locally and in development, FlowLogs.ALL in staging and production; none with `vpcId`
   */
  readonly flowLogs?: FlowLogs;
  /**
   * Addresses outside the VPC that may reach the API server of the cluster. Production refuses `0.0.0.0/0`.
   *
   * Without any, the API server answers inside the VPC only, so that Terraform must run where the VPC can be reached: a
   * runner inside, a VPN, a peered network.
   *
   * @default - none
   */
  readonly publicAccessCidrs?: string[];
  /**
   * Private addresses that may reach the API server and the interface endpoints inside the VPC, beside nodes and pods: a
   * runner, a VPN, a peered network.
   *
   * @default - the VPC's own addresses
   */
  readonly privateAccessCidrs?: string[];
  /**
   * Security groups whose members may do so, in this VPC or a peered one.
   *
   * @default - none
   */
  readonly privateAccessSecurityGroupIds?: string[];
  /**
   * Who adds and removes nodes.
   *
   * @default NodeScaling.CLUSTER_AUTOSCALER
   */
  readonly nodeScaling?: NodeScaling;
  /**
   * Release of the node images (Amazon Linux 2023 for EKS), for managed node groups and Karpenter alike: `1.36.2-20260714`, from the changelog of
   * awslabs/amazon-eks-ami, for the minor version of Kubernetes that the cluster has. A newer one replaces the nodes, one after the other.
   * `recommended` follows what AWS recommends at each apply, and with Karpenter at any time.
   *
   * @default - the release that came with this version of the library
   */
  readonly nodeImageRelease?: string;
  /**
   * EC2 instance types that the region has by now, although the list that comes with this version of the library does not say so. Others that
   * the list knows and the region lacks are refused.
   *
   * @default - none
   */
  readonly additionalInstanceTypes?: string[];
  /**
   * IAM users and roles that are administrators of the cluster. The principal that runs Terraform must be among them;
   * Terraform warns where it is not.
   *
   * @default - the user or role that applies the stack for the first time
   */
  readonly adminPrincipalArns?: string[];
  /**
   * ARN of an IAM policy that bounds every role of the environment.
   *
   * @default - none
   */
  readonly permissionsBoundaryArn?: string;
  /**
   * Path of every IAM role, policy and instance profile of the environment, with a slash at both ends.
   *
   * @default '/'
   */
  readonly iamPath?: string;
  /**
   * Tags for every resource, beside those of the environment, which win. Volumes, snapshots and load balancers that are
   * made in the cluster have them too. At most 40 together.
   *
   * @default - none
   */
  readonly tags?: { [key: string]: string };
}

/** The props of AwsProvider with their defaults filled in, as far as these do not depend on the tier. */
export interface AwsSettings {
  readonly region: string;
  readonly account?: string;
  readonly vpcCidr: string;
  readonly serviceCidr: string;
  readonly availabilityZones: string[];
  readonly natGateways?: number;
  /** A VPC that exists; undefined when one is made. */
  readonly existingVpc?: ExistingVpc;
  /** Services with an interface endpoint. */
  readonly vpcEndpoints: string[];
  readonly flowLogs?: FlowLogs;
  readonly publicAccessCidrs: string[];
  /** Who reaches the API server and the interface endpoints from inside. */
  readonly privateAccess: PrivateSources;
  readonly nodeScaling: NodeScaling;
  readonly additionalInstanceTypes: string[];
  readonly nodeImageRelease?: string;
  readonly adminPrincipalArns: string[];
  readonly permissionsBoundaryArn?: string;
  readonly iamPath?: string;
  readonly tags: { [key: string]: string };
  /** Text that makes bucket names globally unique; undefined when none is known. */
  readonly bucketNameSeed?: string;
}

/** Which connections in a VPC are written to its flow logs. */
export enum FlowLogs {
  /** All of them. */
  ALL = 'all',
  /** Those that a security group or network ACL refused: much less to pay for. */
  REJECTED = 'rejected',
  /** None. */
  NONE = 'none',
}
checkedEnum('FlowLogs', FlowLogs);

/** Who adds and removes nodes. Exactly one of them is ever installed, so that they never serve the same pods. */
@checked('NodeScaling')
export class NodeScaling {
  /**
   * The Cluster Autoscaler changes the size of the managed node groups: every pool is one, or one in each zone, from `min` to `max` nodes in all.
   */
  public static readonly CLUSTER_AUTOSCALER = new NodeScaling('cluster-autoscaler');

  /**
   * Karpenter makes nodes by itself. `min` nodes of each pool are managed node groups of that fixed size (at least two
   * nodes for the first general pool, which carries Karpenter); Karpenter adds up to `max - min` nodes with the same
   * labels and taints. A pool with `min: 0` has no managed node group.
   */
  public static readonly KARPENTER = new NodeScaling('karpenter');

  /** None: every pool is managed node groups that start with `min` nodes and are resized by hand up to `max`. */
  public static readonly NONE = new NodeScaling('none');

  private constructor(
    /** Name of the choice. */
    public readonly name: string,
  ) {}
}

const WHERE = 'AwsProvider.inRegion';

/** The release that AWS recommends at the time. */
export const RECOMMENDED_RELEASE = 'recommended';

/** Checks what the user gave and fills in the defaults. */
export function checkedSettings(region: string, props: AwsProviderProps): AwsSettings {
  if (
    !/^(af|ap|ca|eu|il|me|mx|sa|us|us-gov)-(north|south|east|west|central|(north|south)(east|west))-\d$/.test(region)
  ) {
    fail(WHERE, 'region', 'must be the name of an AWS region', region, 'name it like eu-west-1');
  }
  if (props.account !== undefined && !/^\d{12}$/.test(props.account)) {
    fail(WHERE, 'account', 'must be twelve digits', props.account, 'give the number of the AWS account as a string');
  }
  if (props.bucketNameSeed?.trim() === '') {
    fail(WHERE, 'bucketNameSeed', 'must be a text', props.bucketNameSeed, 'give one such as the name of your company');
  }
  const { natGateways } = props;
  if (natGateways !== undefined && (!Number.isInteger(natGateways) || natGateways < 1)) {
    fail(
      WHERE,
      'natGateways',
      'must be a whole number of at least 1',
      natGateways,
      'leave it out for the default of the tier; nodes pull images through them',
    );
  }
  const availabilityZones = checkedZones(WHERE, region, props.availabilityZones);
  const vpcCidr = props.vpcCidr ?? '10.0.0.0/16';
  const serviceCidr = props.serviceCidr ?? '172.20.0.0/16';
  checkNetworks(WHERE, vpcCidr, serviceCidr, props.vpcId !== undefined);
  const existingVpc = checkedExistingVpc(WHERE, availabilityZones, props);
  checkStateProps(props);
  checkIamProps(props);
  return {
    region,
    account: props.account,
    vpcCidr,
    serviceCidr,
    availabilityZones,
    natGateways,
    existingVpc,
    vpcEndpoints: checkedEndpoints(WHERE, props.vpcEndpoints, existingVpc !== undefined),
    flowLogs: props.flowLogs,
    publicAccessCidrs: checkedPublicCidrs(WHERE, props.publicAccessCidrs ?? []),
    privateAccess: checkedPrivateSources(WHERE, vpcCidr, props),
    nodeScaling: props.nodeScaling ?? NodeScaling.CLUSTER_AUTOSCALER,
    additionalInstanceTypes: [...(props.additionalInstanceTypes ?? [])],
    nodeImageRelease: checkedRelease(props.nodeImageRelease),
    adminPrincipalArns: checkedPrincipals(props.adminPrincipalArns ?? []),
    permissionsBoundaryArn: props.permissionsBoundaryArn,
    iamPath: props.iamPath,
    tags: checkedTags(WHERE, props.tags ?? {}),
    bucketNameSeed: props.bucketNameSeed ?? props.stateBucket ?? props.account,
  };
}

function checkedRelease(release: string | undefined): string | undefined {
  if (release !== undefined && release !== RECOMMENDED_RELEASE && !/^1\.\d{2}\.\d{1,2}-20\d{6}$/.test(release)) {
    fail(
      WHERE,
      'nodeImageRelease',
      'must be the release of a node image',
      release,
      "write it like '1.36.2-20260714', or 'recommended'",
    );
  }
  return release;
}

function checkedPrincipals(arns: string[]): string[] {
  const wrong = arns.find((arn) => !/^arn:aws[\w-]*:iam::\d{12}:(user|role)\/[\w+=,.@/-]+$/.test(arn));
  if (wrong !== undefined) {
    fail(
      WHERE,
      'adminPrincipalArns',
      'must be ARNs of IAM users or roles',
      wrong,
      'name them like arn:aws:iam::123456789012:role/platform-admin; sessions (sts) have no access of their own',
    );
  }
  if (new Set(arns).size !== arns.length) {
    fail(WHERE, 'adminPrincipalArns', 'must not name a principal twice', arns, 'name each once');
  }
  return [...arns];
}

function checkIamProps({ permissionsBoundaryArn: boundary, iamPath, account }: AwsProviderProps): void {
  const [, owner] = /^arn:aws[\w-]*:iam::(\d{12}|aws):policy\/[\w+=,.@/-]+$/.exec(boundary ?? '') ?? [];
  if (boundary !== undefined && (owner === undefined || (account !== undefined && ![account, 'aws'].includes(owner)))) {
    fail(
      WHERE,
      'permissionsBoundaryArn',
      'must be the ARN of an IAM policy of the account',
      boundary,
      `name it like arn:aws:iam::${account ?? '123456789012'}:policy/platform-boundary`,
    );
  }
  // printable ASCII between slashes, as IAM has it
  if (iamPath !== undefined && (iamPath.length > 512 || !/^\/([\x21-\x2e\x30-\x7e]+\/)*$/.test(iamPath))) {
    fail(
      WHERE,
      'iamPath',
      'must be a path of at most 512 characters with a slash at both ends',
      iamPath,
      'write it like /platform/',
    );
  }
}

/** Refuses settings of a state bucket that nothing would use. */
function checkStateProps(props: AwsProviderProps): void {
  if (props.stateBucket !== undefined) return;
  for (const prop of ['stateRegion', 'stateKeyPrefix', 'stateKmsKeyId'] as const) {
    if (props[prop] !== undefined) {
      fail(WHERE, prop, 'must come with stateBucket', props[prop], 'give stateBucket, or leave it out');
    }
  }
}
