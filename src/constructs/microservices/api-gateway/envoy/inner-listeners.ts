import {
  DRAIN_PATH,
  EnvoyJson,
  EnvoySettings,
  extension,
  HEALTH_PATH,
  METRICS_PATH,
  PORTS,
  seconds,
  socketAddress,
  typed,
} from './settings';

/** The admin interface, as a cluster. */
const ADMIN_CLUSTER = 'admin';

/** The socket of the admin interface. */
const ADMIN_SOCKET = '/tmp/admin.sock';

/** The admin interface: a socket in the file system, which nothing outside of the container can open. */
export function adminInterface(): EnvoyJson {
  return { address: { pipe: { path: ADMIN_SOCKET, mode: 0o600 } }, ignore_global_conn_limit: true };
}

/** How the listeners below reach it. */
export function adminCluster(): EnvoyJson {
  return {
    name: ADMIN_CLUSTER,
    connect_timeout: seconds(1),
    load_assignment: {
      cluster_name: ADMIN_CLUSTER,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: { pipe: { path: ADMIN_SOCKET } } } }] }],
    },
  };
}

/** The metrics of the admin interface, and nothing else of it, for the scraper. */
export function metricsListener(): EnvoyJson {
  return inner('metrics', [
    {
      match: { path: METRICS_PATH, headers: [{ name: ':method', string_match: { exact: 'GET' } }] },
      route: { cluster: ADMIN_CLUSTER },
    },
  ]);
}

/**
 * What only the kubelet asks, beside the connections that clients use up: whether the proxy is alive, and before it stops a pod, that the proxy
 * drains. It waits for the answer to that. From then on the gateway tells its clients to close their connections (`Connection: close`, GOAWAY) and
 * answers 503 on its health path, while it serves all requests that still come; Envoy itself ends at once when it is told to. No program of the
 * image could ask the admin interface, so a few lines of Lua do.
 *
 * Source: https://www.envoyproxy.io/docs/envoy/v1.40.0/operations/admin#post--healthcheck-fail
 */
export function kubeletListener({ drainSeconds }: EnvoySettings): EnvoyJson {
  const delay = { fixed_delay: seconds(drainSeconds), percentage: { numerator: 100 } };
  const drain = {
    match: { path: DRAIN_PATH },
    direct_response: { status: 200 },
    typed_per_filter_config: { [FAULT_FILTER]: typed('extensions.filters.http.fault.v3.HTTPFault', { delay }) },
  };
  return inner(
    'kubelet',
    [drain, { match: { path: HEALTH_PATH }, direct_response: { status: 200 } }],
    [
      extension('envoy.filters.http.lua', 'extensions.filters.http.lua.v3.Lua', {
        default_source_code: { inline_string: DRAIN_SCRIPT },
      }),
      extension(FAULT_FILTER, 'extensions.filters.http.fault.v3.HTTPFault'),
    ],
  );
}

/** The filter that holds an answer back. */
const FAULT_FILTER = 'envoy.filters.http.fault';

const DRAIN_SCRIPT = `function envoy_on_request(request)
  if request:headers():get(":path") == "${DRAIN_PATH}" then
    local fail = { [":method"] = "POST", [":path"] = "/healthcheck/fail", [":authority"] = "admin" }
    request:httpCall("${ADMIN_CLUSTER}", fail, "", 1000)
  end
end
`;

function inner(name: 'metrics' | 'kubelet', routes: EnvoyJson[], filters: EnvoyJson[] = []): EnvoyJson {
  return {
    name,
    address: socketAddress('0.0.0.0', PORTS[name]),
    ignore_global_conn_limit: true,
    filter_chains: [
      {
        filters: [
          extension(
            'envoy.filters.network.http_connection_manager',
            'extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
            {
              stat_prefix: name,
              normalize_path: true,
              stream_idle_timeout: '0s',
              request_headers_timeout: seconds(5),
              route_config: { name, virtual_hosts: [{ name, domains: ['*'], routes }] },
              http_filters: [
                ...filters,
                extension('envoy.filters.http.router', 'extensions.filters.http.router.v3.Router'),
              ],
            },
          ),
        ],
      },
    ],
  };
}
