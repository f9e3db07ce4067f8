import { addressLimitFilter, clientLimitFilter } from './rate-limits';
import { redirectTable, routeTable } from './route-table';
import {
  EnvoyJson,
  EnvoySettings,
  extension,
  FILES,
  FOLDERS,
  HEALTH_PATH,
  PORTS,
  seconds,
  socketAddress,
} from './settings';
import { CLAIMS_HEADER, FAILURE_METADATA, TOKEN_FILTER, tokenFilter } from './tokens';

/** Statistics of requests have it as the label `envoy_http_conn_manager_prefix`. */
export const STAT_PREFIX = 'gateway';

/** Largest buffer of a connection; with more on the way, the sender waits. */
export const BUFFER_BYTES = 32_768;

/**
 * What clients connect to, set up as Envoy's documentation says for the edge.
 *
 * Source: https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/best_practices/edge
 */
export function httpListeners(settings: EnvoySettings): EnvoyJson[] {
  const { httpsPort } = settings;
  const services = routeTable(settings);
  if (httpsPort === undefined) return [listener('http', connectionManager(settings, services))];
  return [
    listener('http', connectionManager(settings, redirectTable(settings, httpsPort))),
    listener('https', connectionManager(settings, services), tls()),
  ];
}

function listener(name: 'http' | 'https', manager: EnvoyJson, transport?: EnvoyJson): EnvoyJson {
  return {
    name,
    address: socketAddress('0.0.0.0', PORTS[name]),
    per_connection_buffer_limit_bytes: BUFFER_BYTES,
    filter_chains: [{ filters: [manager], ...(transport ? { transport_socket: transport } : {}) }],
  };
}

/** The certificate is read again when it is renewed. */
function tls(): EnvoyJson {
  return extension('envoy.transport_sockets.tls', 'extensions.transport_sockets.tls.v3.DownstreamTlsContext', {
    common_tls_context: {
      alpn_protocols: ['h2', 'http/1.1'],
      tls_params: { tls_minimum_protocol_version: 'TLSv1_2' },
      tls_certificate_sds_secret_configs: [
        {
          name: 'certificate',
          sds_config: {
            path_config_source: { path: `${FOLDERS.config}/${FILES.certificate}` },
            resource_api_version: 'V3',
          },
        },
      ],
    },
  });
}

/** The file that says where the certificate is, and that its folder is to be watched. */
export function certificateSource(): EnvoyJson {
  return {
    resources: [
      {
        '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret',
        name: 'certificate',
        tls_certificate: {
          certificate_chain: { filename: `${FOLDERS.tls}/tls.crt` },
          private_key: { filename: `${FOLDERS.tls}/tls.key` },
          watched_directory: { path: FOLDERS.tls },
        },
      },
    ],
  };
}

function connectionManager(settings: EnvoySettings, routes: EnvoyJson): EnvoyJson {
  const longest = Math.max(...settings.routes.map(({ timeoutSeconds }) => timeoutSeconds));
  return extension(
    'envoy.filters.network.http_connection_manager',
    'extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    {
      stat_prefix: STAT_PREFIX,
      codec_type: 'AUTO',
      // the address that connects is the client's, but for so many proxies that add to x-forwarded-for
      use_remote_address: true,
      xff_num_trusted_hops: settings.trustedProxies,
      early_header_mutation_extensions: [headersOfTheGateway(settings)],
      always_set_request_id_in_response: true,
      normalize_path: true,
      merge_slashes: true,
      path_with_escaped_slashes_action: 'REJECT_REQUEST',
      // the services' own is taken away with the other headers that tell of them
      server_header_transformation: 'PASS_THROUGH',
      common_http_protocol_options: {
        idle_timeout: seconds(300),
        // what puts headers into variables takes x_jwt_payload for x-jwt-payload
        headers_with_underscores_action: 'REJECT_REQUEST',
        max_headers_count: 100,
      },
      http2_protocol_options: {
        max_concurrent_streams: 100,
        initial_stream_window_size: 65_536,
        initial_connection_window_size: 1_048_576,
      },
      max_request_headers_kb: 60,
      request_headers_timeout: seconds(10),
      request_timeout: seconds(longest),
      stream_idle_timeout: seconds(longest + 5),
      drain_timeout: seconds(5),
      local_reply_config: localReplies(),
      access_log: [accessLog()],
      route_config: routes,
      http_filters: filters(settings),
    },
  );
}

function filters(settings: EnvoySettings): EnvoyJson[] {
  return [
    extension('envoy.filters.http.health_check', 'extensions.filters.http.health_check.v3.HealthCheck', {
      pass_through_mode: false,
      headers: [{ name: ':path', string_match: { exact: HEALTH_PATH } }],
    }),
    addressLimitFilter(settings),
    ...(settings.tokens ? [tokenFilter(settings.tokens)] : []),
    clientLimitFilter(settings),
    extension('envoy.filters.http.body_size_limit', 'extensions.filters.http.body_size_limit.v3.BodySizeLimit', {
      max_request_bytes: settings.maxRequestBytes,
    }),
    extension('envoy.filters.http.router', 'extensions.filters.http.router.v3.Router', {
      suppress_envoy_headers: true,
    }),
  ];
}

/**
 * Takes what only the gateway may say from requests, before anything reads it: claims, headers by which Envoy is told how to treat a request,
 * and where a request comes from, unless proxies in front say so.
 */
function headersOfTheGateway({ trustedProxies }: EnvoySettings): EnvoyJson {
  const prefixed = (prefix: string): EnvoyJson => ({
    remove_on_match: { key_matcher: { prefix, ignore_case: true } },
  });
  const origin = [prefixed('x-forwarded-'), { remove: 'forwarded' }, { remove: 'x-real-ip' }];
  return extension(
    'envoy.http.early_header_mutation.header_mutation',
    'extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation',
    { mutations: [{ remove: CLAIMS_HEADER }, prefixed('x-envoy-'), ...(trustedProxies === 0 ? origin : [])] },
  );
}

/**
 * What the gateway itself answers, as JSON. Only refused tokens are explained: other explanations of Envoy name addresses of the cluster.
 * Where a token could not be looked at, since there are no keys, it is the gateway that fails.
 */
function localReplies(): EnvoyJson {
  const error = (text: string): EnvoyJson => ({
    json_format: { status: '%RESPONSE_CODE%', error: text, requestId: '%REQ(X-REQUEST-ID)%' },
    content_type: 'application/json',
  });
  return {
    mappers: [
      {
        filter: {
          metadata_filter: {
            matcher: {
              filter: TOKEN_FILTER,
              path: [{ key: FAILURE_METADATA }, { key: 'message' }],
              value: { string_match: { contains: 'remote fetch' } },
            },
            match_if_key_not_found: false,
          },
        },
        status_code: 503,
        body_format_override: error('the keys of the issuer are not available'),
      },
      ...[401, 403].map((status) => ({
        filter: {
          status_code_filter: {
            comparison: { op: 'EQ', value: { default_value: status, runtime_key: `explained_${status}` } },
          },
        },
        body_format_override: error('%LOCAL_REPLY_BODY%'),
      })),
    ],
    body_format: error('%RESPONSE_CODE_DETAILS%'),
  };
}

/** One line a request: no headers, and no query, which may hold secrets. */
function accessLog(): EnvoyJson {
  return {
    ...extension('envoy.access_loggers.stdout', 'extensions.access_loggers.stream.v3.StdoutAccessLog', {
      log_format: {
        omit_empty_values: true,
        json_format: {
          time: '%START_TIME%',
          method: '%REQ(:METHOD)%',
          path: '%PATH(NQ)%',
          protocol: '%PROTOCOL%',
          status: '%RESPONSE_CODE%',
          details: '%RESPONSE_CODE_DETAILS%',
          flags: '%RESPONSE_FLAGS%',
          bytesReceived: '%BYTES_RECEIVED%',
          bytesSent: '%BYTES_SENT%',
          milliseconds: '%DURATION%',
          upstreamMilliseconds: '%RESPONSE_DURATION%',
          client: '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%',
          requestId: '%REQ(X-REQUEST-ID)%',
          route: '%ROUTE_NAME%',
          service: '%UPSTREAM_CLUSTER%',
          attempts: '%UPSTREAM_REQUEST_ATTEMPT_COUNT%',
        },
      },
    }),
    filter: { not_health_check_filter: {} },
  };
}
