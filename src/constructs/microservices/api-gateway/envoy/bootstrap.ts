import { BUFFER_BYTES, httpListeners } from './http-listeners';
import { adminCluster, adminInterface, kubeletListener, metricsListener } from './inner-listeners';
import { EnvoyJson, EnvoySettings, extension, seconds, socketAddress, UpstreamSettings } from './settings';
import { jwksCluster } from './tokens';

/** Connections of clients that are open at a time, at most. */
const MOST_CONNECTIONS = 10_000;

/** What may be under way to one service at a time; a request beyond that is answered 503 at once. */
const MOST_REQUESTS = { max_connections: 1024, max_pending_requests: 1024, max_requests: 4096 };

/** The whole configuration of Envoy: all of it is static, so that a pod does what its ConfigMap says. */
export function bootstrap(settings: EnvoySettings): EnvoyJson {
  const upstreams = new Map(settings.routes.map(({ upstream }) => [upstream.cluster, upstream]));
  return {
    // what reads certificates asks for both
    node: { id: 'gateway', cluster: 'gateway' },
    admin: adminInterface(),
    overload_manager: overloadManager(settings.memoryBytes),
    static_resources: {
      listeners: [...httpListeners(settings), metricsListener(), kubeletListener(settings)],
      clusters: [
        ...[...upstreams.values()].map(serviceCluster),
        ...(settings.tokens ? [jwksCluster(settings.tokens)] : []),
        adminCluster(),
      ],
    },
  };
}

/**
 * Has the proxy refuse requests rather than be killed when memory is short, and connections when there are too many.
 *
 * Source: https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/operations/overload_manager/overload_manager
 */
function overloadManager(memoryBytes: number): EnvoyJson {
  const heap = 'envoy.resource_monitors.fixed_heap';
  const at = (action: string, value: number): EnvoyJson => ({
    name: `envoy.overload_actions.${action}`,
    triggers: [{ name: heap, threshold: { value } }],
  });
  return {
    refresh_interval: '0.25s',
    resource_monitors: [
      extension(heap, 'extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig', {
        // code and stacks are not in the heap
        max_heap_size_bytes: Math.floor(memoryBytes * 0.8),
      }),
      extension(
        'envoy.resource_monitors.global_downstream_max_connections',
        'extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig',
        { max_active_downstream_connections: MOST_CONNECTIONS },
      ),
    ],
    actions: [at('shrink_heap', 0.9), at('stop_accepting_requests', 0.95)],
  };
}

/**
 * A Service. Its address is that of the Service itself, behind which the cluster chooses a pod that is ready, for each new connection. So a
 * connection is closed after a while, and pods that were added get their share.
 */
function serviceCluster({ cluster, host, port }: UpstreamSettings): EnvoyJson {
  return {
    name: cluster,
    connect_timeout: seconds(2),
    per_connection_buffer_limit_bytes: BUFFER_BYTES,
    cluster_type: extension('envoy.cluster.dns', 'extensions.clusters.dns.v3.DnsCluster', {
      // the cluster's DNS says how long an answer holds, from 5 to 30 seconds
      respect_dns_ttl: true,
      dns_min_refresh_rate: seconds(5),
      dns_failure_refresh_rate: { base_interval: seconds(1), max_interval: seconds(10) },
      typed_dns_resolver_config: extension(
        'envoy.network.dns_resolver.cares',
        'extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig',
        // the name is whole: the search list of a pod would ask for four others first
        { dns_resolver_options: { no_default_search_domain: true }, query_timeout_seconds: 2, query_tries: 3 },
      ),
    }),
    load_assignment: {
      cluster_name: cluster,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: socketAddress(host, port) } }] }],
    },
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
        '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
        common_http_protocol_options: { idle_timeout: seconds(30), max_connection_duration: seconds(300) },
        explicit_http_config: { http_protocol_options: {} },
      },
    },
    circuit_breakers: {
      thresholds: [{ ...MOST_REQUESTS, retry_budget: { budget_percent: { value: 20 }, min_retry_concurrency: 3 } }],
    },
    ...ejection(),
  };
}

/**
 * A Service that answers nothing twenty times in a row (connections that fail or break, answers that do not come) is left alone for five
 * seconds, and longer when that was not enough: clients are told at once. What a service answers does not count, or a client could have it
 * shut out by asking for errors.
 */
function ejection(): EnvoyJson {
  return {
    outlier_detection: {
      split_external_local_origin_errors: true,
      consecutive_local_origin_failure: 20,
      enforcing_consecutive_local_origin_failure: 100,
      enforcing_consecutive_5xx: 0,
      enforcing_consecutive_gateway_failure: 0,
      enforcing_success_rate: 0,
      enforcing_local_origin_success_rate: 0,
      base_ejection_time: seconds(5),
      max_ejection_time: seconds(30),
      interval: seconds(1),
      max_ejection_percent: 100,
    },
    // the address of a Service is the only one: without this it would be used all the same
    common_lb_config: { healthy_panic_threshold: { value: 0 } },
  };
}
