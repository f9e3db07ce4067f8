import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { envoyGateway } from '../../components/envoy-gateway';
import { checked } from '../../contracts/checked';
import { Component } from '../../contracts/component';
import { ComponentRegistry } from '../../contracts/component-registry';
import { checkReferences, environmentOf, onePerEnvironment } from '../../contracts/environment-scope';
import { fail } from '../../contracts/errors';
import {
  domainName,
  ENVOY_GATEWAY_NAMESPACE,
  ENVOY_PROXY_LABELS,
  GATEWAY_HTTP_NODE_PORT,
  GATEWAY_HTTPS_NODE_PORT,
  PLATFORM_GROUP,
} from '../../contracts/names';
import { INamespace, namespaceNameOf } from '../../contracts/namespace';
import { NetworkPeer } from '../../contracts/network';
import { hostPolicies, NamespaceHosts } from './host-policies';

/** Label of namespaces whose routes the gateway accepts. */
const ACCESS_LABEL = `${PLATFORM_GROUP}/gateway-access`;
const NAME = 'platform';
const TLS_SECRET = 'platform-gateway-tls';

/** Options of the gateway. */
export interface PlatformGatewayProps {
  /** Domain of the platform; the gateway serves it and every name directly below it. */
  readonly domain: string;
  /** Name of the cert-manager ClusterIssuer that signs the gateway's certificate. */
  readonly issuerName: string;
  /**
   * Whether the internet reaches the gateway. Ignored where there are no load balancers.
   *
   * @default false
   */
  readonly internetFacing?: boolean;
  /**
   * Proxies that run, and replicas of the control plane.
   *
   * @default 1
   */
  readonly replicas?: number;
}

/**
 * The gateway of the cluster: a Gateway (Gateway API, run by Envoy) with a certificate of cert-manager. HTTP is redirected to
 * HTTPS. A namespace must be admitted before its routes are accepted, and may use the hosts `<label>--<namespace>.<domain>` and those that
 * are granted to it; an admission policy refuses routes to others, whoever writes them. One per environment.
 *
 * @example
 * new PlatformGateway(chart, 'gateway', { domain: 'ml.acme.example', issuerName: 'platform-ca' });
 */
@checked('PlatformGateway')
export class PlatformGateway extends Construct {
  /** Domain of the platform. */
  public readonly domain: string;
  /** The proxies, as the peer of a network flow. */
  public readonly peer: NetworkPeer = {
    namespace: ENVOY_GATEWAY_NAMESPACE,
    podLabels: { ...ENVOY_PROXY_LABELS },
  };
  /** The Gateway. */
  public readonly gateway: ApiObject;
  /**
   * What runs it, and brings the CRDs of the Gateway API.
   *
   * @internal
   */
  public readonly _component: Component;
  /**
   * Which namespaces may use which hosts.
   *
   * @internal
   */
  public readonly _hosts: NamespaceHosts;

  /** @throws InvalidInputError when the domain is none, replicas is below 1, or the environment has no cluster */
  public constructor(scope: Construct, id: string, props: PlatformGatewayProps) {
    onePerEnvironment(scope, id, 'PlatformGateway');
    super(scope, id);
    this.domain = domainName(this, 'domain', props.domain);
    const replicas = props.replicas ?? 1;
    if (!Number.isInteger(replicas) || replicas < 1) {
      fail(this, 'replicas', 'must be a whole number of at least 1', props.replicas, 'give the number of proxies');
    }
    this._component = envoyGateway();
    ComponentRegistry.of(this).require(this._component);
    this.proxySettings(props, replicas);
    this.gatewayClass();
    this.certificate(props.issuerName);
    this.gateway = this.listeners();
    this.redirectToHttps();
    this._hosts = new NamespaceHosts(this.domain);
    hostPolicies(this, NAME, this.domain, this._hosts);
  }

  /** Accepts routes of a namespace. */
  public admit(namespace: INamespace): void {
    checkReferences(this, { namespace });
    namespace.addLabel(ACCESS_LABEL, 'true');
  }

  /**
   * Lets routes of a namespace use a host beside `<label>--<namespace>.<domain>`, which it has anyway. Whoever may write routes in the namespace, or
   * an ABTest, may then take any path of the host. An HttpRoute grants its own host.
   *
   * @param host the whole name, such as `api.ml.acme.example`
   * @throws InvalidInputError when it is no host name, has a wildcard, or is another namespace's own
   * @example
   * platform.gateway.grantHost(platform.teams.ml, 'fraud.acme.example');
   */
  public grantHost(namespace: INamespace, host: string): void {
    const name = namespaceNameOf(this, namespace);
    domainName(this, 'host', host, 'host name', 'api.ml.example.com');
    const owner = this._hosts.ownerOf(host);
    if (owner !== undefined && owner !== name) {
      const fix = 'use another one; two hyphens in a row stand before a namespace';
      fail(this, 'host', `must not be a host of namespace ${owner}`, host, fix);
    }
    this._hosts.grant(name, host);
  }

  /**
   * How an HTTPRoute names the gateway's HTTPS listener.
   *
   * @internal
   */
  public _parentRef(): { [key: string]: string } {
    return { name: NAME, namespace: ENVOY_GATEWAY_NAMESPACE, sectionName: 'https' };
  }

  private proxySettings(props: PlatformGatewayProps, replicas: number): void {
    const { capabilities, loadBalancerAnnotations: annotations } = environmentOf(this).cluster;
    const service = capabilities.loadBalancer
      ? {
          type: 'LoadBalancer',
          annotations: props.internetFacing ? annotations?.internetFacing : annotations?.internal,
        }
      : {
          type: 'NodePort',
          // the host forwards to the control plane, where no proxy runs; Envoy Gateway's default is `Local`
          externalTrafficPolicy: 'Cluster',
          // the ports that the host forwards to; merged by port
          patch: {
            type: 'StrategicMerge',
            value: {
              spec: {
                ports: [
                  { port: 80, nodePort: GATEWAY_HTTP_NODE_PORT },
                  { port: 443, nodePort: GATEWAY_HTTPS_NODE_PORT },
                ],
              },
            },
          },
        };
    new ApiObject(this, 'proxy', {
      apiVersion: 'gateway.envoyproxy.io/v1alpha1',
      kind: 'EnvoyProxy',
      metadata: { name: NAME, namespace: ENVOY_GATEWAY_NAMESPACE },
      spec: {
        provider: {
          type: 'Kubernetes',
          kubernetes: {
            envoyDeployment: { replicas },
            envoyService: service,
            ...(replicas > 1 ? { envoyPDB: { minAvailable: 1 } } : {}),
          },
        },
      },
    });
  }

  private gatewayClass(): void {
    new ApiObject(this, 'class', {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'GatewayClass',
      metadata: { name: NAME },
      spec: {
        controllerName: 'gateway.envoyproxy.io/gatewayclass-controller',
        parametersRef: {
          group: 'gateway.envoyproxy.io',
          kind: 'EnvoyProxy',
          name: NAME,
          namespace: ENVOY_GATEWAY_NAMESPACE,
        },
      },
    });
  }

  private certificate(issuerName: string): void {
    new ApiObject(this, 'certificate', {
      apiVersion: 'cert-manager.io/v1',
      kind: 'Certificate',
      metadata: { name: 'platform-gateway', namespace: ENVOY_GATEWAY_NAMESPACE },
      spec: {
        secretName: TLS_SECRET,
        dnsNames: [this.domain, `*.${this.domain}`],
        issuerRef: { group: 'cert-manager.io', kind: 'ClusterIssuer', name: issuerName },
        privateKey: { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Always' },
      },
    });
  }

  private listeners(): ApiObject {
    const admitted = { namespaces: { from: 'Selector', selector: { matchLabels: { [ACCESS_LABEL]: 'true' } } } };
    const tls = { mode: 'Terminate', certificateRefs: [{ group: '', kind: 'Secret', name: TLS_SECRET }] };
    return new ApiObject(this, 'Resource', {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'Gateway',
      metadata: { name: NAME, namespace: ENVOY_GATEWAY_NAMESPACE },
      spec: {
        gatewayClassName: NAME,
        // zones have listeners of their own, with their own certificates
        allowedListeners: admitted,
        listeners: [
          { name: 'http', port: 80, protocol: 'HTTP', allowedRoutes: { namespaces: { from: 'Same' } } },
          // without a hostname: routes say theirs, and the certificate covers the domain and the names below it
          { name: 'https', port: 443, protocol: 'HTTPS', tls, allowedRoutes: admitted },
        ],
      },
    });
  }

  private redirectToHttps(): void {
    new ApiObject(this, 'redirect', {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: 'redirect-to-https', namespace: ENVOY_GATEWAY_NAMESPACE },
      spec: {
        parentRefs: [{ name: NAME, sectionName: 'http' }],
        rules: [{ filters: [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https', statusCode: 301 } }] }],
      },
    });
  }
}
