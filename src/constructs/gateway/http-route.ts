import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { checkWhole } from '../../contracts/bounds';
import { fail } from '../../contracts/errors';
import { dnsLabel } from '../../contracts/names';
import { INamespace } from '../../contracts/namespace';
import { PlatformGateway } from './platform-gateway';

/** Options of a route. */
export interface HttpRouteProps {
  /** The gateway. */
  readonly gateway: PlatformGateway;
  /** Namespace of the Service; it is admitted to the gateway. */
  readonly namespace: INamespace;
  /** Name of the Service. */
  readonly serviceName: string;
  /** Port of the Service. */
  readonly servicePort: number;
  /** First label of the host name: `grafana` is served at `grafana.<domain>`. */
  readonly host: string;
  /**
   * Prefix of the paths that are routed.
   *
   * @default '/'
   */
  readonly pathPrefix?: string;
}

/**
 * A name below the platform's domain that leads to a Service. The pods behind it must allow `gateway.peer`.
 */
export class HttpRoute extends Construct {
  /** Host name of the route. */
  public readonly hostname: string;

  /** @throws InvalidInputError when the host or the Service is no DNS label, or port or path is malformed */
  public constructor(scope: Construct, id: string, props: HttpRouteProps) {
    super(scope, id);
    this.hostname = `${dnsLabel(this, 'host', props.host)}.${props.gateway.domain}`;
    dnsLabel(this, 'serviceName', props.serviceName);
    this.check(props);
    props.gateway.admit(props.namespace);
    new ApiObject(this, 'Resource', {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: props.host, namespace: props.namespace.namespaceName },
      spec: {
        parentRefs: [props.gateway._parentRef()],
        hostnames: [this.hostname],
        rules: [
          {
            matches: [{ path: { type: 'PathPrefix', value: props.pathPrefix ?? '/' } }],
            backendRefs: [{ name: props.serviceName, port: props.servicePort }],
          },
        ],
      },
    });
  }

  private check({ servicePort, pathPrefix }: HttpRouteProps): void {
    checkWhole(this, 'servicePort', servicePort, 1, 65_535, 'give a port of the Service');
    if (pathPrefix !== undefined && !pathPrefix.startsWith('/')) {
      fail(this, 'pathPrefix', 'must start with a slash', pathPrefix, `write it as '/${pathPrefix}'`);
    }
  }
}
