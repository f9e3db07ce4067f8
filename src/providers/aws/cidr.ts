/** A range of IPv4 addresses. */
export interface Cidr {
  /** First address, as a number. */
  readonly base: number;
  /** Length of the prefix, 0 to 32. */
  readonly prefix: number;
}

/** Reads `10.0.0.0/16`; undefined when it is malformed or has bits behind the prefix. */
export function parseCidr(text: string): Cidr | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  if (!match) return undefined;
  const [a, b, c, d, prefix] = match.slice(1).map(Number);
  if ([a, b, c, d].some((octet) => octet > 255) || prefix > 32) return undefined;
  const base = ((a * 256 + b) * 256 + c) * 256 + d;
  return base % size(prefix) === 0 ? { base, prefix } : undefined;
}

/** Writes `10.0.0.0/16`. */
export function formatCidr(cidr: Cidr): string {
  const octets = [24, 16, 8, 0].map((shift) => Math.floor(cidr.base / 2 ** shift) % 256);
  return `${octets.join('.')}/${cidr.prefix}`;
}

/** Whether two ranges have an address in common. */
export function overlaps(a: Cidr, b: Cidr): boolean {
  return a.base < b.base + size(b.prefix) && b.base < a.base + size(a.prefix);
}

/** Whether every address of `inner` is in `outer`. */
export function contains(outer: Cidr, inner: Cidr): boolean {
  return inner.prefix >= outer.prefix && overlaps(outer, inner);
}

/** The `index`th of the equal parts of a range that have `prefix` bits. */
export function part(of: Cidr, prefix: number, index: number): Cidr {
  return { base: of.base + index * size(prefix), prefix };
}

/** Ranges that must not leave a private network (RFC 1918, and RFC 6598 which EKS allows too). */
const PRIVATE_RANGES = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'];

/** Whether a range is a private one. */
export function isPrivate(cidr: Cidr): boolean {
  return PRIVATE_RANGES.some((range) => contains(parseCidr(range) as Cidr, cidr));
}

/** Smallest private subnet: nodes and pods take addresses of it. */
const PRIVATE_LIMIT = 24;
/** Smallest public or database subnet: a load balancer wants a /27. */
const SMALL_LIMIT = 27;

/** The subnets of a VPC, one of each sort in every zone. */
export interface SubnetPlan {
  /** Large subnets for nodes and pods. */
  readonly private: string[];
  /** Small subnets for NAT gateways and load balancers. */
  readonly public: string[];
  /** Small subnets for databases and caches. */
  readonly database: string[];
}

/**
 * Divides a VPC: as many equal blocks as there are zones, plus one, rounded up to a power of two. Each zone's block is its
 * private subnet; the last block is divided again into the public and the database subnets.
 *
 * @returns the plan, or undefined when the VPC is too small
 */
export function planSubnets(vpc: Cidr, zones: number): SubnetPlan | undefined {
  const privatePrefix = vpc.prefix + bits(zones + 1);
  const smallPrefix = privatePrefix + bits(2 * zones);
  if (privatePrefix > PRIVATE_LIMIT || smallPrefix > SMALL_LIMIT) return undefined;
  const last = part(vpc, privatePrefix, 2 ** (privatePrefix - vpc.prefix) - 1);
  const each = (cidrOf: (zone: number) => Cidr) => Array.from({ length: zones }, (_, zone) => formatCidr(cidrOf(zone)));
  return {
    private: each((zone) => part(vpc, privatePrefix, zone)),
    public: each((zone) => part(last, smallPrefix, zone)),
    database: each((zone) => part(last, smallPrefix, zones + zone)),
  };
}

/** The longest prefix, so the smallest VPC, that can be divided for a number of zones. */
export function longestVpcPrefix(zones: number): number {
  return Math.min(PRIVATE_LIMIT - bits(zones + 1), SMALL_LIMIT - bits(zones + 1) - bits(2 * zones));
}

function size(prefix: number): number {
  return 2 ** (32 - prefix);
}

function bits(count: number): number {
  return Math.ceil(Math.log2(count));
}
