import { routeLimit } from './rate-limits';
import { EnvoyJson, EnvoySettings, RouteSettings, seconds } from './settings';
import { anonymousRoute } from './tokens';

/** Methods that change nothing, so that a request can be sent again whatever became of it (RFC 9110, 9.2.1). */
const SAFE_METHODS = '^(GET|HEAD|OPTIONS)$';

/** The request reached no service: it can be sent again whatever it asks for. */
const NOT_SENT = 'connect-failure,refused-stream,reset-before-request';

/** What services, and servers before them, say of themselves; no client is to learn it. */
const TELLING_HEADERS = ['server', 'x-powered-by'];

/** Where requests go, by the longest prefix of their path. */
export function routeTable({ routes }: EnvoySettings): EnvoyJson {
  return tableOf([{ name: 'services', domains: ['*'], routes: routes.flatMap(routesOf) }]);
}

/**
 * The same where HTTPS is served as well: requests by names of the cluster are answered, since pods have no way to check a certificate for
 * another name; all others are sent to HTTPS.
 */
export function redirectTable(settings: EnvoySettings, httpsPort: number): EnvoyJson {
  const redirect = {
    match: { prefix: '/' },
    redirect: {
      https_redirect: true,
      // its own port would stand in the address
      ...(httpsPort === 443 ? {} : { port_redirect: httpsPort }),
      response_code: 'PERMANENT_REDIRECT',
    },
  };
  return tableOf([
    {
      name: 'services',
      domains: settings.ownHosts.flatMap((host) => [host, `${host}:*`]),
      routes: settings.routes.flatMap(routesOf),
    },
    { name: 'redirect', domains: ['*'], routes: [redirect] },
  ]);
}

function tableOf(virtualHosts: EnvoyJson[]): EnvoyJson {
  return { name: 'routes', virtual_hosts: virtualHosts, response_headers_to_remove: TELLING_HEADERS };
}

function routesOf(route: RouteSettings): EnvoyJson[] {
  const match = route.pathPrefix === '/' ? { prefix: '/' } : { path_separated_prefix: route.pathPrefix };
  const method = { name: ':method', string_match: { safe_regex: { regex: SAFE_METHODS } } };
  return [
    entry(route, { ...match, headers: [method] }, `${NOT_SENT},reset,gateway-error`),
    entry(route, match, NOT_SENT),
  ];
}

function entry(route: RouteSettings, match: EnvoyJson, retryOn: string): EnvoyJson {
  return {
    name: route.pathPrefix,
    match,
    metadata: routeLimit(route),
    route: {
      cluster: route.upstream.cluster,
      timeout: seconds(route.timeoutSeconds),
      ...rewriteOf(route),
      ...(route.retries > 0
        ? {
            retry_policy: {
              retry_on: retryOn,
              num_retries: route.retries,
              retry_back_off: { base_interval: '0.05s', max_interval: seconds(1) },
            },
          }
        : {}),
    },
    ...(route.allowAnonymous ? { typed_per_filter_config: anonymousRoute() } : {}),
  };
}

function rewriteOf({ pathPrefix, rewrite }: RouteSettings): EnvoyJson {
  if (rewrite === undefined) return {};
  if (pathPrefix === '/') return { prefix_rewrite: rewrite === '/' ? '/' : `${rewrite}/` };
  if (rewrite !== '/') return { prefix_rewrite: rewrite };
  // taken away as a prefix, `/api` would leave two slashes of `/api/x`
  return { regex_rewrite: { pattern: { regex: `^${literal(pathPrefix)}/?` }, substitution: '/' } };
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
