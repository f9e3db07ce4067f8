import { IConstruct } from 'constructs';
import { checked } from '../../contracts/checked';
import { fail } from '../../contracts/errors';
import { Cidr, isPrivate, longestVpcPrefix, overlaps, parseCidr, planSubnets } from './cidr';

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
   * Addresses of the VPC: a private range between /16 and /22 for three zones.
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
   * Names of the zones, two to six. EKS has no control planes in some zones (us-east-1e, usw2-az4, cac1-az3).
   *
   * @default - three zones of the region: a, b and c, where the region does not skip one of these letters
   */
  readonly availabilityZones?: string[];
  /**
   * Number of NAT gateways, from one to one a zone. With fewer than zones, the loss of one zone can cut off others.
   *
   * @default - one locally and in development, one a zone in staging and production
   */
  readonly natGateways?: number;
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
   * IAM users and roles that are administrators of the cluster. The principal that runs Terraform must be among them.
   *
   * @default - the user or role that applies the stack for the first time
   */
  readonly adminPrincipalArns?: string[];
  /**
   * Tags for every resource, beside those of the environment, which win.
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
  readonly publicAccessCidrs: string[];
  readonly nodeScaling: NodeScaling;
  readonly additionalInstanceTypes: string[];
  readonly nodeImageRelease?: string;
  readonly adminPrincipalArns: string[];
  readonly tags: { [key: string]: string };
  /** Text that makes bucket names globally unique; undefined when none is known. */
  readonly bucketNameSeed?: string;
}

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

/** Letters of the zones in regions that do not have a, b and c for every account. */
const ZONE_LETTERS: { readonly [region: string]: string[] } = {
  'ap-northeast-1': ['a', 'c', 'd'],
  'ca-central-1': ['a', 'b', 'd'],
  'us-west-1': ['a', 'c'],
};

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
  const availabilityZones = checkedZones(region, props.availabilityZones);
  const vpcCidr = props.vpcCidr ?? '10.0.0.0/16';
  const serviceCidr = props.serviceCidr ?? '172.20.0.0/16';
  checkNetworks(vpcCidr, serviceCidr, availabilityZones.length);
  checkStateProps(props);
  return {
    region,
    account: props.account,
    vpcCidr,
    serviceCidr,
    availabilityZones,
    natGateways,
    publicAccessCidrs: checkedPublicCidrs(props.publicAccessCidrs ?? []),
    nodeScaling: props.nodeScaling ?? NodeScaling.CLUSTER_AUTOSCALER,
    additionalInstanceTypes: [...(props.additionalInstanceTypes ?? [])],
    nodeImageRelease: checkedRelease(props.nodeImageRelease),
    adminPrincipalArns: checkedPrincipals(props.adminPrincipalArns ?? []),
    tags: checkedTags(WHERE, props.tags ?? {}),
    bucketNameSeed: props.account ?? props.stateBucket,
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

function checkedZones(region: string, given: string[] | undefined): string[] {
  const zones = given ?? (ZONE_LETTERS[region] ?? ['a', 'b', 'c']).map((letter) => `${region}${letter}`);
  if (zones.length < 2 || zones.length > 6) {
    fail(WHERE, 'availabilityZones', 'must be two to six', zones, 'name two at least, which EKS needs');
  }
  const foreign = zones.find((zone) => !zone.startsWith(region) || !/^[a-z]$/.test(zone.slice(region.length)));
  if (foreign !== undefined) {
    fail(WHERE, 'availabilityZones', `must be zones of ${region}`, foreign, `name them like ${region}a`);
  }
  if (new Set(zones).size !== zones.length) {
    fail(WHERE, 'availabilityZones', 'must not name a zone twice', zones, 'name each zone once');
  }
  return [...zones];
}

function checkNetworks(vpcCidr: string, serviceCidr: string, zones: number): void {
  const vpc = checkedPrivateRange('vpcCidr', vpcCidr);
  const services = checkedPrivateRange('serviceCidr', serviceCidr);
  if (vpc.prefix < 16 || !planSubnets(vpc, zones)) {
    fail(
      WHERE,
      'vpcCidr',
      `must be between a /16 and a /${longestVpcPrefix(zones)} for ${zones} zones`,
      vpcCidr,
      'give one such as 10.0.0.0/16; a VPC cannot be larger, and in a smaller one the subnets have no addresses for nodes',
    );
  }
  if (services.prefix < 12 || services.prefix > 24) {
    fail(WHERE, 'serviceCidr', 'must be between a /12 and a /24', serviceCidr, 'leave it out for 172.20.0.0/16');
  }
  if (overlaps(vpc, services)) {
    fail(
      WHERE,
      'vpcCidr',
      `must not overlap the addresses of Services (${serviceCidr})`,
      vpcCidr,
      'give another vpcCidr or serviceCidr',
    );
  }
}

function checkedPrivateRange(prop: string, text: string): Cidr {
  const cidr = parseCidr(text);
  if (!cidr) {
    fail(WHERE, prop, 'must be an IPv4 range without bits behind the prefix', text, 'write it like 10.0.0.0/16');
  }
  if (!isPrivate(cidr)) {
    fail(WHERE, prop, 'must be in a private range', text, 'use a part of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16');
  }
  return cidr;
}

function checkedPublicCidrs(cidrs: string[]): string[] {
  for (const cidr of cidrs) {
    const parsed = parseCidr(cidr);
    if (!parsed) {
      fail(
        WHERE,
        'publicAccessCidrs',
        'must be IPv4 ranges without bits behind the prefix',
        cidr,
        'write one address as 203.0.113.7/32',
      );
    }
    if (isPrivate(parsed)) {
      fail(
        WHERE,
        'publicAccessCidrs',
        'must be public addresses',
        cidr,
        'leave it out; private addresses reach the API server through the private endpoint',
      );
    }
  }
  return [...cidrs];
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

/** Refuses settings of a state bucket that nothing would use. */
function checkStateProps(props: AwsProviderProps): void {
  if (props.stateBucket !== undefined) return;
  for (const prop of ['stateRegion', 'stateKeyPrefix', 'stateKmsKeyId'] as const) {
    if (props[prop] !== undefined) {
      fail(WHERE, prop, 'must come with stateBucket', props[prop], 'give stateBucket, or leave it out');
    }
  }
}

/** Refuses tags that AWS does not allow. */
export function checkedTags(where: IConstruct | string, tags: { [key: string]: string }): { [key: string]: string } {
  for (const [key, value] of Object.entries(tags)) {
    if (key.length < 1 || key.length > 128 || /^aws:/i.test(key) || value.length > 256) {
      fail(
        where,
        'tags',
        'must have keys of 1 to 128 characters that do not start with aws: and values of at most 256',
        { [key]: value },
        'shorten or rename it',
      );
    }
  }
  return { ...tags };
}
