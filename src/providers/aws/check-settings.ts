import { IConstruct } from 'constructs';
import { fail } from '../../contracts/errors';
import type { AwsProviderProps } from './aws-provider';
import { AwsSettings } from './aws-settings';
import { Cidr, isPrivate, longestVpcPrefix, overlaps, parseCidr, planSubnets } from './cidr';
import { NodeScaling } from './node-scaling';

const WHERE = 'AwsProvider.inRegion';

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
  return {
    region,
    account: props.account,
    vpcCidr,
    serviceCidr,
    availabilityZones,
    natGateways,
    publicAccessCidrs: checkedPublicCidrs(props.publicAccessCidrs ?? []),
    nodeScaling: props.nodeScaling ?? NodeScaling.CLUSTER_AUTOSCALER,
    adminPrincipalArns: checkedPrincipals(props.adminPrincipalArns ?? []),
    tags: checkedTags(WHERE, props.tags ?? {}),
    bucketNameSeed: props.account ?? props.stateBucket,
  };
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
      'give one such as 10.0.0.0/16; a VPC cannot be larger, and in a smaller one the subnets have no room for nodes',
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
