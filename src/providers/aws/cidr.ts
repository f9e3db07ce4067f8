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
/** Bits of the parts that a VPC is divided into: eight. */
const PART_BITS = 3;

/** Zones that a VPC has a place for, whether they are asked for or not: no region has more. */
export const ZONE_PLACES = 6;

/** The longest prefix, so the smallest VPC, that can be divided. */
export const LONGEST_VPC_PREFIX = Math.min(PRIVATE_LIMIT - PART_BITS, SMALL_LIMIT - 2 * PART_BITS);

/** The subnets of one zone. */
export interface ZoneSubnets {
  /** Large subnet for nodes and pods. */
  readonly private: string;
  /** Small subnet for NAT gateways and load balancers. */
  readonly public: string;
  /** Small subnet for databases and caches. */
  readonly database: string;
}

/**
 * Divides a VPC into eight equal parts: six are the private subnets of six zones, the last two are divided again into eight
 * public and eight database subnets. Where a zone's subnets are depends on its place only, so that a zone that comes or
 * goes later moves no other.
 *
 * @param place of the zone, from 0 to 5
 */
export function subnetsOf(vpc: Cidr, place: number): ZoneSubnets {
  const prefix = vpc.prefix + PART_BITS;
  const small = (block: number) => part(part(vpc, prefix, block), prefix + PART_BITS, place);
  return {
    private: formatCidr(part(vpc, prefix, place)),
    public: formatCidr(small(ZONE_PLACES)),
    database: formatCidr(small(ZONE_PLACES + 1)),
  };
}

function size(prefix: number): number {
  return 2 ** (32 - prefix);
}
