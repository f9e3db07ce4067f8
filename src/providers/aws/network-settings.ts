import { fail } from '../../contracts/errors';
import { Cidr, isPrivate, LONGEST_VPC_PREFIX, overlaps, parseCidr } from './cidr';

/** A VPC that exists already, with a subnet of each sort in each zone. */
export interface ExistingVpc {
  readonly vpcId: string;
  readonly privateSubnetIds: string[];
  /** Empty when the load balancer controller is to look for them. */
  readonly publicSubnetIds: string[];
  readonly databaseSubnetIds: string[];
}

/** What the user says of a VPC that exists, and what does not go with one. */
export interface ExistingVpcProps {
  readonly vpcId?: string;
  readonly vpcCidr?: string;
  readonly privateSubnetIds?: string[];
  readonly publicSubnetIds?: string[];
  readonly databaseSubnetIds?: string[];
  readonly natGateways?: number;
  readonly flowLogs?: unknown;
}

/** Who may connect from inside the VPC, or from a network that is connected with it. */
export interface PrivateSources {
  readonly cidrs: string[];
  readonly securityGroupIds: string[];
}

/** Letters of the zones in regions that do not have a, b and c for every account. */
const ZONE_LETTERS: { readonly [region: string]: string[] } = {
  'ap-northeast-1': ['a', 'c', 'd'],
  'ca-central-1': ['a', 'b', 'd'],
  'us-west-1': ['a', 'c'],
};

/** The services that nodes, add-ons and components of the platform call. */
const CALLED_SERVICES = [
  'autoscaling',
  'ec2',
  'ecr.api',
  'ecr.dkr',
  'eks',
  'eks-auth',
  'elasticloadbalancing',
  'kms',
  'logs',
  'secretsmanager',
  'sqs',
  'ssm',
  'sts',
];

/** Ranges that EKS takes for the public endpoint. */
const MOST_PUBLIC_CIDRS = 40;
/** AWS allows 60 rules in a security group, and ours are a few. */
const MOST_PRIVATE_SOURCES = 50;

export function checkedZones(where: string, region: string, given: string[] | undefined): string[] {
  const zones = given ?? (ZONE_LETTERS[region] ?? ['a', 'b', 'c']).map((letter) => `${region}${letter}`);
  if (zones.length < 2 || zones.length > 6) {
    fail(where, 'availabilityZones', 'must be two to six', zones, 'name two at least, which EKS needs');
  }
  const foreign = zones.find((zone) => !zone.startsWith(region) || !/^[a-f]$/.test(zone.slice(region.length)));
  if (foreign !== undefined) {
    fail(where, 'availabilityZones', `must be zones of ${region}`, foreign, `name them like ${region}a`);
  }
  if (new Set(zones).size !== zones.length) {
    fail(where, 'availabilityZones', 'must not name a zone twice', zones, 'name each zone once');
  }
  return [...zones];
}

export function checkNetworks(where: string, vpcCidr: string, serviceCidr: string, exists: boolean): void {
  const vpc = checkedPrivateRange(where, 'vpcCidr', vpcCidr);
  const services = checkedPrivateRange(where, 'serviceCidr', serviceCidr);
  if (!exists && (vpc.prefix < 16 || vpc.prefix > LONGEST_VPC_PREFIX)) {
    fail(
      where,
      'vpcCidr',
      `must be between a /16 and a /${LONGEST_VPC_PREFIX}`,
      vpcCidr,
      'give one such as 10.0.0.0/16; a VPC cannot be larger, and in a smaller one the subnets have no addresses for nodes',
    );
  }
  if (services.prefix < 12 || services.prefix > 24) {
    fail(where, 'serviceCidr', 'must be between a /12 and a /24', serviceCidr, 'leave it out for 172.20.0.0/16');
  }
  if (overlaps(vpc, services)) {
    fail(
      where,
      'vpcCidr',
      `must not overlap the addresses of Services (${serviceCidr})`,
      vpcCidr,
      'give another vpcCidr or serviceCidr',
    );
  }
}

function checkedPrivateRange(where: string, prop: string, text: string): Cidr {
  const cidr = parseCidr(text);
  if (!cidr) {
    fail(where, prop, 'must be an IPv4 range without bits behind the prefix', text, 'write it like 10.0.0.0/16');
  }
  if (!isPrivate(cidr)) {
    fail(where, prop, 'must be in a private range', text, 'use a part of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16');
  }
  return cidr;
}

export function checkedPublicCidrs(where: string, cidrs: string[]): string[] {
  for (const cidr of cidrs) {
    const parsed = parseCidr(cidr);
    if (!parsed) {
      fail(
        where,
        'publicAccessCidrs',
        'must be IPv4 ranges without bits behind the prefix',
        cidr,
        'write one address as 203.0.113.7/32',
      );
    }
    if (isPrivate(parsed)) {
      fail(
        where,
        'publicAccessCidrs',
        'must be public addresses',
        cidr,
        'name it in privateAccessCidrs; private addresses reach the API server through the private endpoint',
      );
    }
  }
  refuseMany(where, 'publicAccessCidrs', cidrs, MOST_PUBLIC_CIDRS);
  return [...cidrs];
}

function refuseMany(where: string, prop: string, given: string[], most: number): void {
  if (given.length > most) {
    fail(where, prop, `must be at most ${most}`, given.length, 'list fewer, by joining neighbouring ranges');
  }
}

/** Who reaches the cluster from inside. Nobody at all is refused, since Terraform could not get in itself. */
export function checkedPrivateSources(
  where: string,
  vpcCidr: string,
  props: {
    readonly privateAccessCidrs?: string[];
    readonly privateAccessSecurityGroupIds?: string[];
    readonly publicAccessCidrs?: string[];
  },
): PrivateSources {
  const cidrs = props.privateAccessCidrs ?? [vpcCidr];
  for (const cidr of cidrs) {
    const parsed = parseCidr(cidr);
    if (!parsed || !isPrivate(parsed)) {
      fail(
        where,
        'privateAccessCidrs',
        'must be private IPv4 ranges without bits behind the prefix',
        cidr,
        'write it like 10.8.0.0/16, and one address as 10.8.0.7/32; public addresses go into publicAccessCidrs',
      );
    }
  }
  const securityGroupIds = props.privateAccessSecurityGroupIds ?? [];
  checkIds(where, 'privateAccessSecurityGroupIds', 'sg', securityGroupIds);
  refuseTwice(where, 'privateAccessCidrs', cidrs);
  refuseMany(where, 'privateAccessCidrs', [...cidrs, ...securityGroupIds], MOST_PRIVATE_SOURCES);
  if (cidrs.length + securityGroupIds.length + (props.publicAccessCidrs ?? []).length === 0) {
    fail(
      where,
      'privateAccessCidrs',
      'must name someone when publicAccessCidrs and privateAccessSecurityGroupIds name no one',
      cidrs,
      'leave it out for the whole VPC, or name the addresses of your runner or VPN; Terraform has to reach the API server',
    );
  }
  return { cidrs: [...cidrs], securityGroupIds: [...securityGroupIds] };
}

/** Services with an interface endpoint. */
export function checkedEndpoints(where: string, given: string[] | undefined, exists: boolean): string[] {
  const services = given ?? (exists ? [] : CALLED_SERVICES);
  for (const service of services) {
    if (service === 's3' || !/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(service) || /^com\.amazonaws\./.test(service)) {
      fail(
        where,
        'vpcEndpoints',
        'must be services of AWS with an interface endpoint',
        service,
        'name them without com.amazonaws and the region, like ecr.api; S3 has a gateway endpoint, which costs nothing',
      );
    }
  }
  refuseTwice(where, 'vpcEndpoints', services);
  return [...services];
}

/** A VPC that exists, when one is named. */
export function checkedExistingVpc(where: string, zones: string[], props: ExistingVpcProps): ExistingVpc | undefined {
  const subnetProps = ['privateSubnetIds', 'publicSubnetIds', 'databaseSubnetIds'] as const;
  const { vpcId } = props;
  if (vpcId === undefined) {
    const prop = subnetProps.find((one) => props[one] !== undefined);
    if (prop) fail(where, prop, 'must come with vpcId', props[prop], 'give vpcId, or leave it out to have a VPC made');
    return undefined;
  }
  checkIds(where, 'vpcId', 'vpc', [vpcId]);
  for (const prop of ['natGateways', 'flowLogs'] as const) {
    if (props[prop] !== undefined) {
      fail(
        where,
        prop,
        'must not come with vpcId',
        props[prop],
        'leave it out; what is in that VPC belongs to its owner',
      );
    }
  }
  for (const prop of ['vpcCidr', 'privateSubnetIds'] as const) {
    if (props[prop] === undefined) {
      fail(where, prop, 'must come with vpcId', undefined, 'give what that VPC has; policies and checks need it');
    }
  }
  for (const prop of subnetProps) {
    const ids = props[prop];
    if (ids === undefined) continue;
    checkIds(where, prop, 'subnet', ids);
    refuseTwice(where, prop, ids);
    if (ids.length !== zones.length) {
      fail(
        where,
        prop,
        `must be one for each of the ${zones.length} zones (${zones.join(', ')})`,
        ids,
        'name one subnet for each zone, in their order, or other availabilityZones',
      );
    }
  }
  const privateSubnetIds = [...(props.privateSubnetIds ?? [])];
  return {
    vpcId,
    privateSubnetIds,
    publicSubnetIds: [...(props.publicSubnetIds ?? [])],
    databaseSubnetIds: [...(props.databaseSubnetIds ?? privateSubnetIds)],
  };
}

function refuseTwice(where: string, prop: string, given: string[]): void {
  if (new Set(given).size !== given.length) fail(where, prop, 'must not name one twice', given, 'name each once');
}

function checkIds(where: string, prop: string, prefix: string, ids: string[]): void {
  const wrong = ids.find((id) => !new RegExp(`^${prefix}-([0-9a-f]{8}|[0-9a-f]{17})$`).test(id));
  if (wrong !== undefined) {
    const example = `${prefix}-0123456789abcdef0`;
    fail(where, prop, `must be like ${example}`, wrong, 'give the id that the console shows');
  }
}
