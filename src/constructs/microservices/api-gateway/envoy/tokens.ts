import { EnvoyJson, extension, FOLDERS, seconds, socketAddress, TokenSettings, typed } from './settings';

/** Header in which services find the claims of a token that was verified: its payload, base64url. */
export const CLAIMS_HEADER = 'x-jwt-payload';

/** The filter's name, which routes refer to, and which keeps what it learnt of a request in the metadata of that name. */
export const TOKEN_FILTER = 'envoy.filters.http.jwt_authn';

/** The claims of a token, in the metadata of the request. */
export const CLAIMS_METADATA = 'claims';

/** Why a token was refused, in the metadata of the request. */
export const FAILURE_METADATA = 'failure';

const PROVIDER = 'issuer';
const JWKS_CLUSTER = 'jwks';

/** Authorities of the image that sign public servers: those of Debian, on which distroless images are built. */
const PUBLIC_CA = '/etc/ssl/certs/ca-certificates.crt';

/**
 * Refuses requests without a valid token, whatever their path is; routes can be left out (`anonymousRoute`). With 401, where the token is
 * missing, malformed, out of time, of another issuer or not signed by a key of the issuer, and with 403, where it is for another audience.
 *
 * Source: https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/http/http_filters/jwt_authn_filter
 */
export function tokenFilter(tokens: TokenSettings): EnvoyJson {
  return extension(TOKEN_FILTER, 'extensions.filters.http.jwt_authn.v3.JwtAuthentication', {
    providers: {
      [PROVIDER]: {
        issuer: tokens.issuer,
        audiences: tokens.audiences,
        require_expiration: true,
        clock_skew_seconds: 30,
        // without it a parameter of the query would count too, and stand in logs
        from_headers: [{ name: 'authorization', value_prefix: 'Bearer ' }],
        // services need what is in a token, not what they could pass off as the client with
        forward: false,
        forward_payload_header: CLAIMS_HEADER,
        payload_in_metadata: CLAIMS_METADATA,
        failed_status_in_metadata: FAILURE_METADATA,
        jwt_cache_config: { jwt_cache_size: 1000 },
        remote_jwks: {
          http_uri: { uri: tokens.jwksUri, cluster: JWKS_CLUSTER, timeout: seconds(5) },
          cache_duration: seconds(300),
          // in the background: neither a request nor the start of a pod waits for the issuer
          async_fetch: { fast_listener: true, failed_refetch_duration: seconds(2) },
          retry_policy: { num_retries: 2, retry_back_off: { base_interval: '0.2s', max_interval: seconds(2) } },
        },
      },
    },
    rules: [{ match: { prefix: '/' }, requires: { provider_name: PROVIDER } }],
  });
}

/** What a route says of the filter whose requests need no token. */
export function anonymousRoute(): EnvoyJson {
  return { [TOKEN_FILTER]: typed('extensions.filters.http.jwt_authn.v3.PerRouteConfig', { disabled: true }) };
}

/** The server with the issuer's keys. */
export function jwksCluster({ jwksUri, hasOwnCa }: TokenSettings): EnvoyJson {
  const { protocol, hostname, port } = new URL(jwksUri);
  const isTls = protocol === 'https:';
  return {
    name: JWKS_CLUSTER,
    connect_timeout: seconds(3),
    cluster_type: extension('envoy.cluster.dns', 'extensions.clusters.dns.v3.DnsCluster', {
      // an address of many, as a public server has: a new connection goes to the one of the moment
      all_addresses_in_single_endpoint: true,
      respect_dns_ttl: true,
    }),
    load_assignment: {
      cluster_name: JWKS_CLUSTER,
      endpoints: [
        {
          lb_endpoints: [
            { endpoint: { address: socketAddress(hostname, port === '' ? (isTls ? 443 : 80) : Number(port)) } },
          ],
        },
      ],
    },
    ...(isTls
      ? {
          transport_socket: extension(
            'envoy.transport_sockets.tls',
            'extensions.transport_sockets.tls.v3.UpstreamTlsContext',
            {
              sni: hostname,
              common_tls_context: {
                tls_params: { tls_minimum_protocol_version: 'TLSv1_2' },
                validation_context: {
                  trusted_ca: { filename: hasOwnCa ? `${FOLDERS.jwksCa}/ca.crt` : PUBLIC_CA },
                  match_typed_subject_alt_names: [{ san_type: 'DNS', matcher: { exact: hostname } }],
                },
              },
            },
          ),
        }
      : {}),
  };
}
