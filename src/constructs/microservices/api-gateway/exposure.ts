import { isCidr } from '../../../contracts/addresses';
import { checkWhole } from '../../../contracts/bounds';
import { checked } from '../../../contracts/checked';
import { fail } from '../../../contracts/errors';
import { NamespaceQuota } from '../../tenancy';

/** Options of a gateway behind a load balancer. */
export interface LoadBalancerOptions {
  /**
   * Whether the internet reaches it.
   *
   * @default false - only the network of the cluster does
   */
  readonly internetFacing?: boolean;
  /**
   * Ranges of addresses that may connect.
   *
   * @default - all
   */
  readonly allowedCidrs?: string[];
  /**
   * Annotations of the Service, beside those that the cluster needs.
   *
   * @default - none
   */
  readonly annotations?: { [key: string]: string };
}

/** Options of a gateway behind a port of the nodes. */
export interface NodePortOptions {
  /**
   * Port of the nodes for HTTPS, from 30000 to 32767. Comes with a certificate.
   *
   * @default - the cluster chooses one
   */
  readonly tlsPort?: number;
  /**
   * Ranges of addresses that may connect. Most networks show pods the node's address in place of the client's.
   *
   * @default - all
   */
  readonly allowedCidrs?: string[];
}

/** All addresses of both versions. */
const EVERYWHERE = ['0.0.0.0/0', '::/0'];

/**
 * From where an `ApiGateway` is reached.
 *
 * @example
 * const namespace = new Namespace(chart, 'shop', { quota: { cpu: '8', memory: '16Gi', nodePorts: 1 } });
 * const shop = new Microservices(chart, 'services', { namespace });
 * const models = new Microservice(shop, 'models', { image: 'ghcr.io/acme/models:1.4.2' });
 * new ApiGateway(shop, 'api-gateway', {
 *   routes: [ApiRoute.to(models, { pathPrefix: '/models', allowAnonymous: true })],
 *   exposure: Exposure.nodePort(30090),
 * });
 */
@checked('Exposure')
export class Exposure {
  /** From the pods of the cluster that depend on it. */
  public static cluster(): Exposure {
    return new Exposure('ClusterIP');
  }

  /**
   * By a port of every node, for development and tests.
   *
   * @param port port of the nodes for HTTP, from 30000 to 32767
   * @throws InvalidInputError when a port or a range of addresses is none
   */
  public static nodePort(port: number, options: NodePortOptions = {}): Exposure {
    const where = 'Exposure.nodePort';
    const fix = "give a port of the cluster's range for node ports";
    checkWhole(where, 'port', port, 30_000, 32_767, fix);
    checkWhole(where, 'tlsPort', options.tlsPort, 30_000, 32_767, fix);
    if (options.tlsPort === port) {
      fail(where, 'tlsPort', 'must differ from port', port, 'choose another port for one of them');
    }
    return new Exposure('NodePort', checkedCidrs(where, options.allowedCidrs), { port, tlsPort: options.tlsPort });
  }

  /**
   * By a load balancer of the cluster's provider.
   *
   * @throws InvalidInputError when a range of addresses is none
   */
  public static loadBalancer(options: LoadBalancerOptions = {}): Exposure {
    const { internetFacing = false, annotations = {} } = options;
    const cidrs = checkedCidrs('Exposure.loadBalancer', options.allowedCidrs);
    return new Exposure('LoadBalancer', cidrs, undefined, { internetFacing, annotations });
  }

  private constructor(
    /** Type of the Service. */
    public readonly serviceType: string,
    /**
     * Ranges of addresses outside the cluster that may connect.
     *
     * @internal
     */
    public readonly _cidrs: string[] = [],
    /**
     * Ports of the nodes, where there are any.
     *
     * @internal
     */
    public readonly _nodePorts?: { readonly port: number; readonly tlsPort?: number },
    /**
     * What the load balancer is to be like, where there is one.
     *
     * @internal
     */
    public readonly _loadBalancer?: {
      readonly internetFacing: boolean;
      readonly annotations: { [key: string]: string };
    },
  ) {}

  /**
   * What the quota of the gateway's namespace has to allow for its Service of so many ports.
   *
   * @internal
   */
  public _quota(ports: number): Pick<NamespaceQuota, 'nodePorts' | 'loadBalancers'> {
    return { nodePorts: this._nodePorts || this._loadBalancer ? ports : 0, loadBalancers: this._loadBalancer ? 1 : 0 };
  }
}

function checkedCidrs(where: string, cidrs: string[] = EVERYWHERE): string[] {
  if (cidrs.length === 0) {
    const fix = 'leave it out for all addresses, or use Exposure.cluster()';
    fail(where, 'allowedCidrs', 'must have at least one range of addresses', cidrs, fix);
  }
  const wrong = cidrs.find((cidr) => !isCidr(cidr));
  if (wrong !== undefined) {
    fail(where, 'allowedCidrs', 'must be CIDR blocks', wrong, "write a range of addresses such as '203.0.113.0/24'");
  }
  return cidrs;
}
