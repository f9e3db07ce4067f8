import { INamespace } from '../../../contracts/namespace';
import { NetworkPeer } from '../../../contracts/network';
import { ServiceLevelOptions } from '../../monitoring/objectives';
import { ServiceScaling, ServiceSize } from '../service-classes';
import { ApiRoute } from './api-route';
import { Exposure } from './exposure';

/** Properties of a gateway. */
export interface ApiGatewayProps extends ServiceLevelOptions {
  /** Where requests go. */
  readonly routes: ApiRoute[];
  /**
   * The namespace that it runs in.
   *
   * @default - that of the Microservices
   */
  readonly namespace?: INamespace;
  /**
   * Name of the Service, the Deployment and the other objects, a DNS label.
   *
   * @default - the construct's id
   */
  readonly name?: string;
  /**
   * Image of Envoy, version 1.40 or later, with the program at `/usr/local/bin/envoy`.
   *
   * @default 'docker.io/envoyproxy/envoy:distroless-v1.40.0'
   */
  readonly image?: string;
  /**
   * Who issues the tokens: the claim `iss`, as it stands there. All routes need a token but those that allow anonymous requests.
   *
   * @default - no tokens are looked at; all routes must allow anonymous requests
   */
  readonly jwtIssuer?: string;
  /**
   * Whom tokens are for: one of the claim `aud`. Comes with jwtIssuer.
   *
   * @default - none
   */
  readonly jwtAudiences?: string[];
  /**
   * URL of the issuer's keys (JWKS). Envoy does not look for it by itself: it is `jwks_uri` of `<issuer>/.well-known/openid-configuration`.
   *
   * @default - known by the form of the issuer for Auth0, Amazon Cognito, Google, Keycloak, Microsoft Entra ID and custom servers of Okta
   */
  readonly jwksUri?: string;
  /**
   * The server with the keys, for the network policy; with the port of the pods where it is in the cluster.
   *
   * @default - addresses outside of private networks, at the port of jwksUri
   */
  readonly jwksPeer?: NetworkPeer;
  /**
   * Name of a ConfigMap of the namespace with the authorities that sign the certificate of that server, at the key `ca.crt`.
   *
   * @default - those of the image, which are the public ones
   */
  readonly jwksCaConfigMapName?: string;
  /**
   * Requests that a client may send in a minute, all at once or one by one; then it gets 429 with `Retry-After`. A client is the subject of a
   * token, or an address where none is needed. Each pod counts for itself, so a client that spreads its requests has as much of each.
   *
   * @default 600
   */
  readonly requestsPerMinute?: number;
  /**
   * Requests that an address may send in a minute, whatever their tokens are. Many clients share an address.
   *
   * @default - ten times requestsPerMinute
   */
  readonly requestsPerMinutePerAddress?: number;
  /**
   * Proxies in front that add the address of their client to `X-Forwarded-For`, such as a CDN. A load balancer that hands on connections is none.
   * Whoever connects past them can say any address, so let only them in.
   *
   * @default 0 - the header is not believed
   */
  readonly trustedProxies?: number;
  /**
   * Largest body of a request, as a Kubernetes quantity; larger ones get 413.
   *
   * @default '10Mi'
   */
  readonly maxRequestSize?: string;
  /**
   * Host name for the certificate. Comes with certificateIssuer.
   *
   * @default - none
   */
  readonly host?: string;
  /**
   * Name of the cert-manager ClusterIssuer that signs the certificate.
   *
   * @default - no certificate is asked for
   */
  readonly certificateIssuer?: string;
  /**
   * Name of a Secret of the namespace with a certificate, of type `kubernetes.io/tls`, that something else makes.
   *
   * @default - that of the certificate of certificateIssuer; without one there is no HTTPS
   */
  readonly tlsSecretName?: string;
  /**
   * From where it is reached.
   *
   * @default Exposure.cluster()
   */
  readonly exposure?: Exposure;
  /**
   * Further peers that may connect.
   *
   * @default - none
   */
  readonly ingress?: NetworkPeer[];
  /**
   * Seconds that a pod that is to end keeps serving, while it has its clients close their connections.
   *
   * @default - 10, and the longest timeout of a route
   */
  readonly drainSeconds?: number;
  /**
   * Mean time that routing adds to a request at most, in milliseconds.
   *
   * @default - no objective
   */
  readonly routingOverheadMilliseconds?: number;
  /**
   * How the number of pods follows the load.
   *
   * @default ServiceScaling.MEDIUM_LOAD
   */
  readonly scaling?: ServiceScaling;
  /**
   * Memory of each pod. Envoy refuses requests before it uses all of it.
   *
   * @default ServiceSize.STANDARD
   */
  readonly size?: ServiceSize;
  /**
   * CPU that is reserved for a pod, as a Kubernetes quantity.
   *
   * @default '250m'
   */
  readonly cpu?: string;
  /**
   * Threads of each pod that handle requests.
   *
   * @default 2
   */
  readonly workers?: number;
  /**
   * Name of the PriorityClass.
   *
   * @default - the cluster's default priority
   */
  readonly priorityClassName?: string;
  /**
   * Value of the label `app.kubernetes.io/part-of`.
   *
   * @default 'ml-platform'
   */
  readonly partOf?: string;
}
