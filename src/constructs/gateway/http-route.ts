import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { checkPort } from '../../contracts/bounds';
import { checked } from '../../contracts/checked';
import { checkReferences } from '../../contracts/environment-scope';
import { fail } from '../../contracts/errors';
import { dnsLabel } from '../../contracts/names';
import { INamespace, namespaceNameOf } from '../../contracts/namespace';
import { IServiceWorkload } from '../../contracts/workload';
import { PlatformGateway } from './platform-gateway';

/** Options of a route: either the workload that it leads to, or namespace, name and port of a Service that is none. */
export interface HttpRouteProps {
  /** The gateway. */
  readonly gateway: PlatformGateway;
  /** First label of the host name: `grafana` is served at `grafana.<domain>`. */
  readonly host: string;
  /**
   * The workload that the route leads to. Its namespace is admitted to the gateway, and its pods let the gateway in.
   *
   * @default - see serviceName
   */
  readonly workload?: IServiceWorkload;
  /**
   * Name of a Service that is no workload of this library, such as that of a chart. Its pods must let `gateway.peer` in.
   *
   * @default - see workload
   */
  readonly serviceName?: string;
  /**
   * Port of that Service.
   *
   * @default - that of the workload
   */
  readonly servicePort?: number;
  /**
   * Namespace of that Service; it is admitted to the gateway.
   *
   * @default - that of the workload
   */
  readonly namespace?: INamespace;
  /**
   * Name of the HTTPRoute, a DNS label.
   *
   * @default - the construct's id
   */
  readonly name?: string;
  /**
   * Prefix of the paths that are routed.
   *
   * @default '/'
   */
  readonly pathPrefix?: string;
}

/**
 * A name below the platform's domain that leads to a Service. Its namespace is granted the host. Routes may share a host, each with a pathPrefix
 * of its own; the longest that fits gets a request.
 *
 * @example
 * const backend = new ServiceWorkload(chart, 'backend', {
 *   namespace: platform.teams.ml,
 *   image: 'ghcr.io/acme/backend:1.4.2',
 * });
 * new HttpRoute(chart, 'api', { gateway: platform.gateway, workload: backend, host: 'api' });
 */
@checked('HttpRoute')
export class HttpRoute extends Construct {
  /** Host name of the route. */
  public readonly hostname: string;

  /**
   * @throws InvalidInputError when it is not clear where the route leads, a name, port or path is malformed, or the host is another namespace's own
   */
  public constructor(scope: Construct, id: string, props: HttpRouteProps) {
    super(scope, id);
    checkReferences(this, props);
    const { gateway, workload, pathPrefix = '/' } = props;
    this.hostname = `${dnsLabel(this, 'host', props.host)}.${gateway.domain}`;
    const { namespace, serviceName, servicePort } = this.backend(props);
    if (!pathPrefix.startsWith('/')) {
      fail(this, 'pathPrefix', 'must start with a slash', pathPrefix, `write it as '/${pathPrefix}'`);
    }
    gateway.admit(namespace);
    gateway.grantHost(namespace, this.hostname);
    workload?.allowFrom(gateway.peer);
    new ApiObject(this, 'Resource', {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: dnsLabel(this, 'name', props.name ?? id), namespace: namespace.namespaceName },
      spec: {
        parentRefs: [gateway._parentRef()],
        hostnames: [this.hostname],
        rules: [
          {
            matches: [{ path: { type: 'PathPrefix', value: pathPrefix } }],
            backendRefs: [{ name: serviceName, port: servicePort }],
          },
        ],
      },
    });
  }

  private backend(props: HttpRouteProps): Backend {
    const { workload, serviceName, servicePort, namespace } = props;
    if (workload) {
      for (const [prop, given] of Object.entries({ serviceName, servicePort, namespace: namespace?.namespaceName })) {
        if (given !== undefined) fail(this, prop, 'must not come with workload', given, 'leave one of them out');
      }
      return workload;
    }
    if (serviceName === undefined) {
      fail(
        this,
        'workload',
        'must be given',
        undefined,
        'name the workload, or serviceName, servicePort and namespace',
      );
    }
    if (servicePort === undefined || namespace === undefined) {
      const missing = servicePort === undefined ? 'servicePort' : 'namespace';
      fail(this, missing, 'must come with serviceName', undefined, 'give it, or name the workload instead');
    }
    namespaceNameOf(this, namespace);
    dnsLabel(this, 'serviceName', serviceName);
    checkPort(this, 'servicePort', servicePort);
    return { namespace, serviceName, servicePort };
  }
}

/** The Service that a route leads to. */
type Backend = Pick<IServiceWorkload, 'namespace' | 'serviceName' | 'servicePort'>;
