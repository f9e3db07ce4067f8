import { BlockList, isIP } from 'net';
import { NetworkPeer } from './network';

/** Whether a text is a CIDR block. */
export function isCidr(text: string): boolean {
  const [address, length, ...rest] = text.split('/');
  const version = isIP(address);
  return version > 0 && rest.length === 0 && /^\d{1,3}$/.test(length) && Number(length) <= (version === 4 ? 32 : 128);
}

/** Whether a range of addresses is within another one, of the same version; both are CIDR blocks. */
export function isInside(inner: string, outer: string): boolean {
  const [address, length] = inner.split('/');
  const [network, prefix] = outer.split('/');
  if (isIP(address) !== isIP(network) || Number(length) < Number(prefix)) return false;
  const version = isIP(network) === 4 ? 'ipv4' : 'ipv6';
  const range = new BlockList();
  range.addSubnet(network, Number(prefix), version);
  return range.check(address, version);
}

/**
 * Addresses that are no public ones: private networks, in which nodes, pods and Services are (RFC 1918, and RFC 6598 and 2544, which EKS
 * allows too), and link-local ones, with the metadata of nodes (169.254.169.254 and fd00:ec2::254).
 */
const NOT_PUBLIC = [
  '10.0.0.0/8',
  '100.64.0.0/10',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '198.18.0.0/15',
  'fc00::/7',
  'fe80::/10',
];

/**
 * What is outside the cluster and its network: neither nodes, with the ports of the kubelet, nor other namespaces' pods, nor what answers
 * for credentials on the node.
 */
export function publicAddresses(ports: readonly number[]): NetworkPeer {
  return { cidrs: ['0.0.0.0/0', '::/0'], except: [...NOT_PUBLIC], ports: [...ports] };
}
