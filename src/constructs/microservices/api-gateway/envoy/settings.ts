/** Where the proxy listens. The admin interface is a socket in the file system of the pod: no network leads to it. */
export const PORTS = { http: 8080, https: 8443, metrics: 9090, kubelet: 9902 };

/** Path that answers 200 while the gateway takes requests. */
export const HEALTH_PATH = '/health';

/** Path of the metrics. */
export const METRICS_PATH = '/stats/prometheus';

/** Path that the kubelet asks before it stops a pod. */
export const DRAIN_PATH = '/drain';

/** Folders of the pod. */
export const FOLDERS = { config: '/etc/envoy', tls: '/etc/envoy-tls', jwksCa: '/etc/envoy-jwks-ca' };

/** Files of the ConfigMap. */
export const FILES = { bootstrap: 'envoy.yaml', certificate: 'certificate.yaml' };

/** A piece of Envoy's configuration, as JSON. */
export type EnvoyJson = { readonly [key: string]: unknown };

/** One Service behind the gateway. */
export interface UpstreamSettings {
  /** Name of Envoy's cluster, which its metrics have as `envoy_cluster_name`. */
  readonly cluster: string;
  /** DNS name of the Service. */
  readonly host: string;
  readonly port: number;
}

/** One prefix of paths, and what becomes of its requests. */
export interface RouteSettings {
  readonly pathPrefix: string;
  readonly upstream: UpstreamSettings;
  readonly timeoutSeconds: number;
  readonly retries: number;
  /** None: the limit of the gateway counts. */
  readonly requestsPerMinute?: number;
  /** What stands in place of the prefix; none: the path stays. */
  readonly rewrite?: string;
  readonly allowAnonymous: boolean;
}

/** Whose tokens are taken. */
export interface TokenSettings {
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly jwksUri: string;
  /** Whether the certificate of the keys' server is signed by the authorities of a ConfigMap rather than by public ones. */
  readonly hasOwnCa: boolean;
}

/** All that the configuration is made from. Everything is checked already. */
export interface EnvoySettings {
  /** In the order in which they are tried. */
  readonly routes: readonly RouteSettings[];
  readonly tokens?: TokenSettings;
  readonly requestsPerMinute: number;
  readonly requestsPerMinutePerAddress: number;
  readonly trustedProxies: number;
  readonly maxRequestBytes: number;
  readonly memoryBytes: number;
  readonly drainSeconds: number;
  /** Port by which clients reach HTTPS; none: there is no certificate. */
  readonly httpsPort?: number;
  /** Names by which pods of the cluster reach the gateway. */
  readonly ownHosts: readonly string[];
}

/** An extension of Envoy with its configuration. */
export function extension(name: string, type: string, config: EnvoyJson = {}): EnvoyJson {
  return { name, typed_config: typed(type, config) };
}

/** A message of Envoy's API, by its full name. */
export function typed(type: string, config: EnvoyJson = {}): EnvoyJson {
  return { '@type': `type.googleapis.com/envoy.${type}`, ...config };
}

/** Seconds, as Envoy writes a duration. */
export function seconds(amount: number): string {
  return `${amount}s`;
}

/** A TCP socket. */
export function socketAddress(address: string, port: number): EnvoyJson {
  return { socket_address: { address, port_value: port } };
}
