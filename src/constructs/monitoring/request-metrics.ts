import { checked } from '../../contracts/checked';
import { fail } from '../../contracts/errors';

/** What a histogram of durations is called, and what it can tell. */
export interface HistogramOptions {
  /**
   * Histogram of the durations of requests, without `_bucket`.
   *
   * @default 'http_server_request_duration_seconds'
   */
  readonly duration?: string;
  /**
   * Label of the histogram with the status code. A request without the label, or with an empty one, counts as failed.
   *
   * @default 'http_response_status_code'
   */
  readonly statusLabel?: string;
  /**
   * Upper bounds of its buckets, in milliseconds.
   *
   * @default - those that OpenTelemetry advises: 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000
   */
  readonly bucketsMilliseconds?: number[];
}

/** Which requests of an Envoy proxy are meant. */
export interface EnvoyMetricsOptions {
  /**
   * The `stat_prefix` of the HTTP connection manager that clients connect to.
   *
   * @default - all listeners of the proxy but that of its administration
   */
  readonly statPrefix?: string;
  /**
   * Regular expression of the names of the clusters that requests are routed to.
   *
   * @default - all clusters of the proxy
   */
  readonly clusters?: string;
}

/** How many requests a program answered, how many of them failed, and how long they took: the names of its metrics. */
@checked('RequestMetrics')
export class RequestMetrics {
  /**
   * A histogram of durations in seconds, by default the one of OpenTelemetry's conventions as Prometheus names it. Answers of 5xx count as failed.
   *
   * Source: https://opentelemetry.io/docs/specs/semconv/http/http-metrics/#metric-httpserverrequestduration
   *
   * @throws InvalidInputError when a name is no name of a metric or label, or the buckets do not rise
   */
  public static histogram(options: HistogramOptions = {}): RequestMetrics {
    const duration = options.duration ?? 'http_server_request_duration_seconds';
    const status = options.statusLabel ?? 'http_response_status_code';
    const buckets = options.bucketsMilliseconds ?? OPENTELEMETRY_BUCKETS;
    checkName('histogram', 'duration', duration, /^[a-zA-Z_:][a-zA-Z0-9_:]*$/, 'http_server_request_duration_seconds');
    checkName('histogram', 'statusLabel', status, /^[a-zA-Z_][a-zA-Z0-9_]*$/, 'http_response_status_code');
    if (buckets.length === 0 || buckets.some((bound, at) => !(bound > (at === 0 ? 0 : buckets[at - 1])))) {
      fail(
        'RequestMetrics.histogram',
        'bucketsMilliseconds',
        'must rise from above 0',
        buckets,
        'give the upper bounds of the buckets in milliseconds, the smallest first, without the infinite one',
      );
    }
    return new RequestMetrics({
      duration,
      requests: `${duration}_count`,
      // OpenTelemetry has no status code where no answer was sent
      failed: `${status}=~"5..|"`,
      matchers: [],
      millisecondsPerUnit: 1000,
      buckets: [...buckets],
    });
  }

  /**
   * What Envoy says of itself at `/stats/prometheus`, by its default buckets: 0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000 milliseconds and longer ones. The
   * time is that from the first byte of a request to the last of its answer, as clients see it.
   *
   * Source: https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/stats
   */
  public static envoy(options: EnvoyMetricsOptions = {}): RequestMetrics {
    const { statPrefix, clusters } = options;
    if (statPrefix !== undefined) {
      checkName('envoy', 'statPrefix', statPrefix, /^[^"\\\n]+$/, 'http');
    }
    if (clusters !== undefined) checkName('envoy', 'clusters', clusters, /^[^"\\\n]+$/, 'shop_.+');
    return new RequestMetrics({
      duration: 'envoy_http_downstream_rq_time',
      requests: 'envoy_http_downstream_rq_xx',
      failed: 'envoy_response_code_class="5"',
      matchers: [
        statPrefix === undefined
          ? 'envoy_http_conn_manager_prefix!="admin"'
          : `envoy_http_conn_manager_prefix="${statPrefix}"`,
      ],
      millisecondsPerUnit: 1,
      buckets: ENVOY_BUCKETS,
      upstream: {
        duration: 'envoy_cluster_upstream_rq_time',
        matchers: clusters === undefined ? [] : [`envoy_cluster_name=~"${clusters}"`],
      },
    });
  }

  private constructor(private readonly names: Names) {}

  /**
   * Upper bounds of the buckets, in milliseconds.
   *
   * @internal
   */
  public get _buckets(): readonly number[] {
    return this.names.buckets;
  }

  /**
   * Whether requests are sent on, so that there is a time that this adds.
   *
   * @internal
   */
  public get _isOfProxy(): boolean {
    return this.names.upstream !== undefined;
  }

  /**
   * PromQL for requests a second.
   *
   * @internal
   */
  public _requests(selector: string, window: string): string {
    return this.rate(this.names.requests, [selector], window);
  }

  /**
   * PromQL for failed requests a second; none where none has failed yet.
   *
   * @internal
   */
  public _failed(selector: string, window: string): string {
    return this.rate(this.names.requests, [selector, this.names.failed], window);
  }

  /**
   * PromQL for requests a second that took longer than a bound, which must be one of a bucket.
   *
   * @internal
   */
  public _slow(selector: string, milliseconds: number, window: string): string {
    const bound = String(milliseconds / this.names.millisecondsPerUnit);
    // Prometheus 3 writes whole numbers as 1.0, older ones as the program does
    const le = bound.includes('.') ? `le="${bound}"` : `le=~"${bound}([.]0)?"`;
    const all = this.rate(`${this.names.duration}_count`, [selector], window);
    const within = this.rate(`${this.names.duration}_bucket`, [selector, le], window);
    // never below 0, where a scrape falls between the count and its buckets
    return `clamp_min(${all} - ${within}, 0)`;
  }

  /**
   * PromQL for the seconds that a share of the requests takes at most.
   *
   * @internal
   */
  public _quantile(selector: string, percent: number, window: string): string {
    const { duration, matchers, millisecondsPerUnit } = this.names;
    const series = [selector, ...matchers].join(',');
    const quantile = `histogram_quantile(${percent / 100}, sum by (le) (rate(${duration}_bucket{${series}}[${window}])))`;
    return millisecondsPerUnit === 1000 ? quantile : `${quantile} / ${1000 / millisecondsPerUnit}`;
  }

  /**
   * PromQL for the mean seconds that routing adds to a request: the time of clients less that of services; undefined where the program does not route.
   *
   * @internal
   */
  public _overhead(selector: string, window: string): string | undefined {
    const { duration, requests, upstream, millisecondsPerUnit } = this.names;
    if (!upstream) return undefined;
    const inside = [selector, ...upstream.matchers].join(',');
    const downstream = this.rate(`${duration}_sum`, [selector], window);
    // nothing was routed yet where there is no series
    const routed = `(sum(rate(${upstream.duration}_sum{${inside}}[${window}])) or vector(0))`;
    // the durations have health checks among them, which take no time
    const count = this.rate(requests, [selector], window);
    return `(${downstream} - ${routed}) / ${count} / ${1000 / millisecondsPerUnit}`;
  }

  private rate(series: string, matchers: readonly string[], window: string): string {
    return `sum(rate(${series}{${[...matchers, ...this.names.matchers].join(',')}}[${window}]))`;
  }
}

/** Source: https://opentelemetry.io/docs/specs/semconv/http/http-metrics/#metric-httpserverrequestduration */
const OPENTELEMETRY_BUCKETS = [5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000];

/** Source: https://github.com/envoyproxy/envoy/blob/main/source/common/stats/histogram_impl.cc (defaultBuckets) */
const ENVOY_BUCKETS = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000,
  3_600_000,
];

interface Names {
  readonly duration: string;
  /** Counter of requests that were answered. */
  readonly requests: string;
  /** Matcher of those that failed. */
  readonly failed: string;
  readonly matchers: readonly string[];
  /** What the durations are counted in. */
  readonly millisecondsPerUnit: number;
  readonly buckets: readonly number[];
  /** The durations of requests that a proxy sends on. */
  readonly upstream?: { readonly duration: string; readonly matchers: readonly string[] };
}

function checkName(factory: string, prop: string, name: string, pattern: RegExp, example: string): void {
  if (pattern.test(name)) return;
  fail(`RequestMetrics.${factory}`, prop, 'must be a name in PromQL', name, `write it as in '${example}'`);
}
