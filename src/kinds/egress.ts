import { isIP } from 'node:net';
import { publicAddresses } from '../contracts/addresses';
import { NetworkPeer } from '../contracts/network';

/**
 * TCP ports of the services that specs name, by what they are. A port in a spec opens nothing: a user could have the policy let pods out to
 * whatever listens there. A service on another port, or on a private address, is let through with a `NetworkFlow`.
 */
export const SERVICE_PORTS = {
  cassandra: [9042],
  http: [80, 443],
  // plain, TLS, SASL and IAM, as Kafka, Strimzi and Amazon MSK have them, from inside and from outside
  kafka: [9092, 9093, 9094, 9096, 9098, 9194, 9196, 9198],
  mongodb: [27_017],
  mssql: [1433],
  mysql: [3306],
  oracle: [1521],
  postgresql: [5432],
  redis: [6379],
  redshift: [5439],
  snowflake: [443],
} as const satisfies { readonly [service: string]: readonly number[] };

/** A sort of service that a spec can name. */
export type Service = keyof typeof SERVICE_PORTS;

/** Whether a spec's name of a service is one whose ports are known. */
export function isService(name: string | undefined): name is Service {
  return name !== undefined && Object.hasOwn(SERVICE_PORTS, name);
}

/** The ports of services, each once. */
export function portsOf(services: readonly Service[]): number[] {
  return [...new Set(services.flatMap((service): readonly number[] => SERVICE_PORTS[service]))].sort((a, b) => a - b);
}

/** Where services that a spec names may be: at public addresses, and in the namespace itself. */
export function servicesOf(namespace: string, services: readonly Service[]): NetworkPeer[] {
  const ports = portsOf(services);
  return [publicAddresses(ports), { namespace, ports }];
}

/**
 * Where services are that the platform names, not a spec: URLs, or addresses `host:port` with commas between. A Service of the cluster is
 * the pods of its namespace, which must listen on the Service's port; an address is that one; any other host is at a public address.
 *
 * @param namespace that of the pods that connect, for a host without one
 */
export function platformServices(namespace: string, ...addresses: readonly (string | undefined)[]): NetworkPeer[] {
  const peers = addresses.flatMap((list) => (list ?? '').split(',')).flatMap((address) => peersOf(namespace, address));
  return [...new Map(peers.map((peer) => [JSON.stringify(peer), peer])).values()];
}

function peersOf(namespace: string, address: string): NetworkPeer[] {
  const [, scheme = '', host, given] =
    /^\s*(?:([a-z0-9+.-]+):\/\/)?(?:[^@/]*@)?(\[[0-9a-f:.]+\]|[^:/\s]+)(?::([0-9]+))?(?:[/?\s].*)?$/i.exec(address) ??
    [];
  if (host === undefined) return [];
  const ports = [given === undefined ? (scheme === 'http' ? 80 : 443) : Number(given)];
  const literal = host.replace(/^\[|\]$/g, '');
  const version = isIP(literal);
  if (version > 0) return [{ cidrs: [`${literal}/${version === 4 ? 32 : 128}`], ports }];
  const service = /^[^.]+(?:\.[^.]+)*?\.([^.]+)\.svc(?:\..*)?$/.exec(host);
  if (service) return [{ namespace: service[1], ports }];
  const labels = host.split('.');
  if (labels.length === 1) return [{ namespace, ports }];
  // `kafka.kafka` is a Service, and `acme.com` is not; a namespace of that name would be one that the platform names as well
  return [...(labels.length === 2 ? [{ namespace: labels[1], ports }] : []), publicAddresses(ports)];
}
