import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
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

  /** @throws InvalidInputError when the host is no DNS label */
  public constructor(scope: Construct, id: string, props: HttpRouteProps) {
    super(scope, id);
    this.hostname = `${dnsLabel(this, 'host', props.host)}.${props.gateway.domain}`;
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
}
