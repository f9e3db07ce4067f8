import { IConstruct } from 'constructs';
import { isCidr, isInside } from './addresses';
import { fail } from './errors';
import { dnsLabel } from './names';
import { NetworkPeer } from './network';
import { parseQuantity } from './quantity';

/**
 * Refuses a number that is not whole or out of bounds; nothing given is fine.
 *
 * @returns the number
 */
export function checkWhole<T extends number | undefined>(
  where: IConstruct | string,
  prop: string,
  value: T,
  min: number,
  max: number,
  fix: string,
): T {
  if (value !== undefined && (!Number.isInteger(value) || value < min || value > max)) {
    fail(where, prop, `must be a whole number between ${min} and ${max}`, value, fix);
  }
  return value;
}

/** One of two bounds that belong together. */
export interface Bound {
  readonly prop: string;
  /** What the user gave, if anything. */
  readonly given: number | string | undefined;
  /** What counts: a number, or a Kubernetes quantity. */
  readonly value: number | string;
}

/** Refuses an upper bound below the lower one. The one that is blamed is one that was given. */
export function checkOrder(where: IConstruct | string, lower: Bound, upper: Bound): void {
  if (amount(upper.value) >= amount(lower.value)) return;
  const [low, high] = [lower.prop, upper.prop].map((prop) => prop.replace(/^.*\./, ''));
  const fix = `raise ${high} or lower ${low}`;
  if (upper.given === undefined && lower.given !== undefined) {
    fail(where, lower.prop, `must be at most ${high} (${upper.value})`, lower.given, fix);
  }
  fail(where, upper.prop, `must be at least ${low} (${lower.value})`, upper.value, fix);
}

function amount(value: number | string): number {
  return typeof value === 'number' ? value : (parseQuantity(value) ?? 0);
}

/** Refuses what is no TCP port. */
export function checkPort(where: IConstruct | string, prop: string, port: number): void {
  checkWhole(where, prop, port, 1, 65_535, 'give a TCP port');
}

/** Refuses a port that a container without capabilities cannot listen on. */
export function checkListeningPort(where: IConstruct | string, prop: string, port: number): void {
  checkWhole(
    where,
    prop,
    port,
    1024,
    65_535,
    'let the container listen on a port above 1023; below it needs privileges',
  );
}

/** Refuses a peer that is neither pods nor addresses, or both, or whose namespace, addresses or ports are malformed. */
export function checkPeer(where: IConstruct, prop: string, peer: NetworkPeer): void {
  const { namespace, cidrs, except, ports } = peer;
  if ((namespace === undefined) === (cidrs === undefined)) {
    fail(
      where,
      prop,
      'must have exactly one of namespace and cidrs',
      peer,
      'name the namespace of pods, or the address ranges of what is outside the cluster',
    );
  }
  if (namespace !== undefined) dnsLabel(where, `${prop}.namespace`, namespace);
  if (cidrs?.length === 0) {
    fail(
      where,
      `${prop}.cidrs`,
      'must have at least one address range',
      cidrs,
      'leave the peer out, or give a CIDR block',
    );
  }
  for (const cidr of cidrs ?? []) {
    if (!isCidr(cidr)) {
      fail(where, `${prop}.cidrs`, 'must be CIDR blocks', cidr, "write an address range such as '10.0.0.0/16'");
    }
  }
  for (const range of except ?? []) {
    if (!isCidr(range)) {
      fail(where, `${prop}.except`, 'must be CIDR blocks', range, "write an address range such as '10.0.0.0/16'");
    }
    if (!(cidrs ?? []).some((cidr) => isInside(range, cidr))) {
      fail(where, `${prop}.except`, 'must be within one of the cidrs', range, 'leave it out, or widen cidrs');
    }
  }
  if (ports?.length === 0) {
    // no ports in a rule would be all ports
    fail(where, `${prop}.ports`, 'must have at least one port', ports, 'leave ports out for all of them');
  }
  for (const port of ports ?? []) checkPort(where, `${prop}.ports`, port);
}
