import { checkWhole } from '../../../contracts/bounds';
import { checked } from '../../../contracts/checked';
import { fail } from '../../../contracts/errors';
import { IMicroservice } from '../dependency';
import { HEALTH_PATH, RouteSettings } from './envoy/settings';

/** Which requests a route takes, and what becomes of them. */
export interface ApiRouteOptions {
  /**
   * What the paths begin with: whole segments, so that `/models` takes `/models` and `/models/7`, and not `/modelsets`. Of several routes the one
   * with the longest prefix takes a request. `/` takes what no other does.
   */
  readonly pathPrefix: string;
  /**
   * What stands in place of the prefix in the path that the service gets, such as `/`.
   *
   * @default - the path stays as it is
   */
  readonly rewrite?: string;
  /**
   * Seconds until the service has answered whole; then the client gets 504.
   *
   * @default 15
   */
  readonly timeoutSeconds?: number;
  /**
   * How often a request is sent again within the timeout. One that reached no service always is; one that did only where it is a GET, HEAD or
   * OPTIONS and was answered by 502, 503 or 504 or not at all. A request that ran out of time is not sent again.
   *
   * @default 2
   */
  readonly retries?: number;
  /**
   * Requests that a client may send in a minute to this route, in place of the gateway's requestsPerMinute.
   *
   * @default - they count with those to all other routes
   */
  readonly requestsPerMinute?: number;
  /**
   * Whether requests need no token. Then clients are told apart by their addresses, and a token that comes all the same is handed on unread.
   *
   * @default false
   */
  readonly allowAnonymous?: boolean;
}

/**
 * A route of an `ApiGateway`: requests whose paths begin alike go to a service.
 *
 * @example
 * const shop = new Microservices(chart, 'shop', { namespace: platform.teams.core });
 * const models = new Microservice(shop, 'models', { image: 'ghcr.io/acme/models:1.4.2' });
 * new ApiGateway(shop, 'api-gateway', {
 *   routes: [ApiRoute.to(models, { pathPrefix: '/models', timeoutSeconds: 30 })],
 *   jwtIssuer: 'https://auth.acme.example/realms/shop',
 *   jwtAudiences: ['shop'],
 * });
 */
@checked('ApiRoute')
export class ApiRoute {
  /**
   * @param service a service of the same Microservices as the gateway
   * @throws InvalidInputError when a path is malformed or the gateway's own, or a number is out of bounds
   */
  public static to(service: IMicroservice, options: ApiRouteOptions): ApiRoute {
    return new ApiRoute(service, options);
  }

  private constructor(
    /** The service that gets the requests. */
    public readonly service: IMicroservice,
    private readonly options: ApiRouteOptions,
  ) {
    const where = 'ApiRoute.to';
    const { pathPrefix, rewrite, timeoutSeconds, retries, requestsPerMinute } = options;
    checkPath(where, 'pathPrefix', pathPrefix);
    if (rewrite !== undefined) checkPath(where, 'rewrite', rewrite);
    if (pathPrefix === HEALTH_PATH || pathPrefix.startsWith(`${HEALTH_PATH}/`)) {
      const rule = `must not begin with ${HEALTH_PATH}, which the gateway answers itself`;
      fail(where, 'pathPrefix', rule, pathPrefix, 'use another, and rewrite where the service expects this one');
    }
    checkWhole(where, 'timeoutSeconds', timeoutSeconds, 1, 3600, 'give seconds');
    checkWhole(where, 'retries', retries, 0, 5, 'give a number of attempts after the first');
    checkWhole(where, 'requestsPerMinute', requestsPerMinute, 1, 1_000_000, 'give requests of one client in a minute');
  }

  /** What the paths begin with. */
  public get pathPrefix(): string {
    return this.options.pathPrefix;
  }

  /** @internal */
  public _settings(): RouteSettings {
    const { servicePort: port, namespace, host, serviceName } = this.service;
    const { timeoutSeconds = 15, retries = 2, allowAnonymous = false, ...others } = this.options;
    const cluster = clusterName(namespace.namespaceName, serviceName);
    return { ...others, timeoutSeconds, retries, allowAnonymous, upstream: { cluster, host, port } };
  }
}

/**
 * Name of Envoy's cluster for a Service, which its metrics have as `envoy_cluster_name`. Names of Kubernetes have no underscore, and those of
 * metrics no dot.
 */
export function clusterName(namespace: string, service: string): string {
  return `${namespace}_${service}`;
}

/** Characters that a path has as they are, but for those by which Envoy or a service would read another path, and a wildcard, which is none here. */
const PATH = /^(\/|(\/[A-Za-z0-9_~!$&'()+,;=:@-][A-Za-z0-9._~!$&'()+,;=:@-]*)+)$/;

function checkPath(where: string, prop: string, path: string): void {
  if (path.length > 1024 || !PATH.test(path)) {
    const rule =
      'must be a path that begins with a slash, without a slash at its end, escapes, a query or dots that begin a segment';
    fail(where, prop, rule, path, "write it like '/models' or '/api/v1'");
  }
}
