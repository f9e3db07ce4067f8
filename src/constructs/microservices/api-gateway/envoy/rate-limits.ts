import { EnvoyJson, EnvoySettings, extension, RouteSettings, seconds } from './settings';
import { CLAIMS_METADATA, TOKEN_FILTER } from './tokens';

/** Clients that are counted at a time; the one that was silent longest is forgotten for another. */
const MOST_CLIENTS = 10_000;

/** An address of a client; of IPv6 the network of it, since a client has all addresses of one. */
const BY_ADDRESS: EnvoyJson = { masked_remote_address: { v4_prefix_mask_len: 32, v6_prefix_mask_len: 64 } };
const ADDRESS_KEY = 'masked_remote_address';

/** The subject of the token that was verified. */
const SUBJECT_KEY = 'subject';
const BY_SUBJECT: EnvoyJson = {
  metadata: {
    descriptor_key: SUBJECT_KEY,
    metadata_key: { key: TOKEN_FILTER, path: [{ key: CLAIMS_METADATA }, { key: 'sub' }] },
    source: 'DYNAMIC',
  },
};

/** The limit that counts for a route, in the route's metadata: for clients by their subject, or by their address. */
const ROUTE_METADATA = 'nstarx.io/limit';
const LIMIT_KEY = 'limit';
const COMMON_LIMIT = 'gateway';

/**
 * Before tokens are looked at: what an address may send in all, so that none keeps the gateway busy with signatures.
 *
 * Source: https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/http/http_filters/local_rate_limit_filter
 */
export function addressLimitFilter({ requestsPerMinutePerAddress: limit }: EnvoySettings): EnvoyJson {
  return limitFilter('per-address', {
    // for requests without an address, of which there are none
    token_bucket: bucket(limit),
    rate_limits: [{ actions: [BY_ADDRESS] }],
    descriptors: [{ entries: [{ key: ADDRESS_KEY }], token_bucket: bucket(limit) }],
  });
}

/** After tokens were looked at: what a client may send, by the subject of its token or else by its address, in all or on a route. */
export function clientLimitFilter({ requestsPerMinute, routes }: EnvoySettings): EnvoyJson {
  const limits = new Map([[COMMON_LIMIT, requestsPerMinute]]);
  for (const route of routes) limits.set(limitOf(route), route.requestsPerMinute ?? requestsPerMinute);
  return limitFilter('per-client', {
    // all requests whose tokens have no subject
    token_bucket: bucket(requestsPerMinute),
    rate_limits: [
      { actions: [limitOfRoute(SUBJECT_KEY), BY_SUBJECT] },
      { actions: [limitOfRoute(ADDRESS_KEY), BY_ADDRESS] },
    ],
    descriptors: [...limits].flatMap(([value, limit]) =>
      [SUBJECT_KEY, ADDRESS_KEY].map((key) => ({
        entries: [{ key: LIMIT_KEY, value }, { key }],
        token_bucket: bucket(limit),
      })),
    ),
  });
}

/** What a route says in its metadata of its limit, and of what its clients are told apart by. */
export function routeLimit(route: RouteSettings): EnvoyJson {
  return {
    filter_metadata: { [ROUTE_METADATA]: { [route.allowAnonymous ? ADDRESS_KEY : SUBJECT_KEY]: limitOf(route) } },
  };
}

/** Of a route without it there is no descriptor. */
function limitOfRoute(key: string): EnvoyJson {
  return {
    metadata: {
      descriptor_key: LIMIT_KEY,
      metadata_key: { key: ROUTE_METADATA, path: [{ key }] },
      source: 'ROUTE_ENTRY',
    },
  };
}

function limitOf({ requestsPerMinute, pathPrefix }: RouteSettings): string {
  return requestsPerMinute === undefined ? COMMON_LIMIT : pathPrefix;
}

function limitFilter(name: string, config: EnvoyJson): EnvoyJson {
  const always = (runtimeKey: string): EnvoyJson => ({
    runtime_key: runtimeKey,
    default_value: { numerator: 100, denominator: 'HUNDRED' },
  });
  return extension(`rate-limit-${name}`, 'extensions.filters.http.local_ratelimit.v3.LocalRateLimit', {
    stat_prefix: name.replace('-', '_'),
    filter_enabled: always('rate_limit_enabled'),
    filter_enforced: always('rate_limit_enforced'),
    // a request that a descriptor counts is counted by nothing else
    always_consume_default_token_bucket: false,
    max_dynamic_descriptors: MOST_CLIENTS,
    enable_retry_after_header: true,
    ...config,
  });
}

/** As many requests as a minute has, at once or one by one. */
function bucket(requestsPerMinute: number): EnvoyJson {
  return { max_tokens: requestsPerMinute, tokens_per_fill: requestsPerMinute, fill_interval: seconds(60) };
}
