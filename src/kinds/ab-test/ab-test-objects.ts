import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { ABTestMetricType, ABTestStickinessType } from '../../api/generated/ab-test';
import { fail } from '../../contracts/errors';
import { GatewaySettings } from '../../contracts/network';
import { promMatchers, regexText } from '../../contracts/quoting';
import { CHILD, childName, objectLabels } from '../child-names';

/** A variant and the AIModel that answers for it. */
export interface ABTestObjectsVariant {
  /** Name of the variant. */
  readonly name: string;
  /** Name of the AIModel, which is the label `model_name` of its pods. */
  readonly modelName: string;
  /** Label `model_version` of its pods. */
  readonly modelVersion: string;
  /** Port of the Service. */
  readonly servicePort: number;
  /**
   * Percentage of the requests.
   *
   * @default - it is measured and not in the route
   */
  readonly weight?: number;
}

/** How users are told apart. */
export interface ABTestObjectsStickiness {
  /** What tells users apart. */
  readonly type: ABTestStickinessType;
  /** Name of the header or cookie. */
  readonly name: string;
}

/** Options of the objects of an A/B test. */
export interface ABTestObjectsProps {
  /** Name of the test. */
  readonly name: string;
  /** Namespace of the objects and of the models. */
  readonly namespace: string;
  /** Name of the run: another one when what is measured changes. */
  readonly runName: string;
  /** The variants; their weights add up to 100. */
  readonly variants: ABTestObjectsVariant[];
  /** Host name that is shared. */
  readonly hostname: string;
  /**
   * Prefix of the paths that are shared.
   *
   * @default '/'
   */
  readonly path?: string;
  /**
   * Keep each user with one variant.
   *
   * @default - each request is shared out anew
   */
  readonly stickiness?: ABTestObjectsStickiness;
  /** The Gateway. */
  readonly gateway: GatewaySettings;
  /** Name of the metric that decides. */
  readonly metric: string;
  /** What is compared. */
  readonly type: ABTestMetricType;
  /**
   * The percentile, for that type.
   *
   * @default 95
   */
  readonly percentile?: number;
  /** Names of the metrics that are guarded. */
  readonly guardrails: string[];
  /** Seconds that the test takes at most. */
  readonly seconds: number;
  /** Address of Prometheus. */
  readonly prometheusUrl: string;
  /**
   * Whether measuring has ended.
   *
   * @default false
   */
  readonly ended?: boolean;
}

/**
 * The objects of an A/B test, which its operator makes once every variant's model answers:
 *
 * - an HTTPRoute that shares the requests to a host among the models by weight, and names the variant in a header;
 * - recording rules, which begin with the test, so that what was before does not count;
 * - an AnalysisRun of Argo Rollouts, which asks Prometheus each minute and shows the figures in its status.
 *
 * Requests are those that the model servers count (`inference_requests_total`, KServe's, Triton's and TensorFlow Serving's own). The
 * metric that decides and the guardrails are read from series with the labels `namespace` and `variant`, or else `model_name` and
 * `model_version`.
 */
export class ABTestObjects extends Construct {
  /** The PrometheusRule with the recording rules. */
  public readonly rule: ApiObject;
  /** The AnalysisRun. */
  public readonly analysis: ApiObject;

  /** @throws InvalidInputError when the weights do not add up to 100 */
  public constructor(scope: Construct, id: string, props: ABTestObjectsProps) {
    super(scope, id);
    const { name, namespace, runName, variants } = props;
    const labels = objectLabels('ab-test', name, 'ab-test');
    const own = childName(name, CHILD.AB_TEST);
    const sum = variants.reduce((total, { weight = 0 }) => total + weight, 0);
    if (sum !== 100) fail(this, 'variants', 'must have weights that sum to 100', sum, 'change the weight of a variant');
    new ApiObject(this, 'Route', {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: own, namespace, labels },
      spec: routeSpec(props),
    });
    this.rule = new ApiObject(this, 'Rule', {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: { name: own, namespace, labels },
      spec: {
        groups: [
          {
            name: `${namespace}.${name}.ab-test`,
            interval: '1m',
            rules: variants.flatMap((variant) => recordings(props, variant)),
          },
        ],
      },
    });
    this.analysis = new ApiObject(this, 'Resource', {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AnalysisRun',
      metadata: { name: runName, namespace, labels },
      spec: {
        ...(props.ended ? { terminate: true } : {}),
        metrics: variants.flatMap((variant) =>
          Object.entries(queries(props, variant)).map(([figure, query]) => ({
            name: `${figure}/${variant.name}`,
            interval: '1m',
            // Prometheus may be away for a while; it is asked again after 10 seconds
            consecutiveErrorLimit: ERRORS,
            provider: { prometheus: { address: props.prometheusUrl, query } },
          })),
        ),
      },
    });
  }
}

/** Header of requests and answers that names the variant. */
const VARIANT_HEADER = 'x-model-variant';

/** A cookie outlives a test. */
const COOKIE_SECONDS = 90 * 24 * 3600;

/**
 * The header `x-model-variant` names the variant, in the request for the model and in the answer for the caller, who can count
 * successes by it.
 *
 * With stickiness by header, users whose id ends in two digits keep their variant: the hundred endings are shared out by the weights.
 * Requests without such an id are shared out one by one. With stickiness by cookie, the first answer sets it.
 *
 * Source: https://gateway-api.sigs.k8s.io/reference/spec/#httproute; filters of single backends are an extension, which Envoy
 * Gateway has for header modifiers.
 */
function routeSpec({ variants, hostname, path: prefix = '/', gateway, stickiness }: ABTestObjectsProps): object {
  const path = { type: 'PathPrefix', value: prefix };
  const served = variants.filter(({ weight }) => weight !== undefined);
  const cookie = stickiness?.type === ABTestStickinessType.COOKIE ? stickiness.name : undefined;
  return {
    parentRefs: [{ name: gateway.name, namespace: gateway.namespace, sectionName: 'https' }],
    hostnames: [hostname],
    rules: [
      ...(stickiness ? stickyRules(served, stickiness, path) : []),
      {
        matches: [{ path }],
        backendRefs: served.map((variant) => backendRef(variant, variant.weight ?? 0, cookie)),
      },
    ],
  };
}

function backendRef({ name, modelName, servicePort }: ABTestObjectsVariant, weight: number, cookie?: string): object {
  const named = { set: [{ name: VARIANT_HEADER, value: name }] };
  const attributes = `Path=/; Max-Age=${COOKIE_SECONDS}; Secure; HttpOnly; SameSite=Lax`;
  const add = cookie === undefined ? {} : { add: [{ name: 'set-cookie', value: `${cookie}=${name}; ${attributes}` }] };
  return {
    name: childName(modelName, CHILD.MODEL),
    port: servicePort,
    weight,
    filters: [
      { type: 'RequestHeaderModifier', requestHeaderModifier: named },
      { type: 'ResponseHeaderModifier', responseHeaderModifier: { ...named, ...add } },
    ],
  };
}

/** A rule for each variant that gets anything; they come before the one that shares requests out. */
function stickyRules(
  variants: readonly ABTestObjectsVariant[],
  { type, name }: ABTestObjectsStickiness,
  path: object,
): object[] {
  let start = 0;
  return variants.flatMap((variant) => {
    const { weight = 0 } = variant;
    const from = start;
    start += weight;
    if (weight === 0) return [];
    const header =
      type === ABTestStickinessType.COOKIE
        ? { name: 'cookie', value: `(.*; ?)?${regexText(name)}=${regexText(variant.name)}(;.*)?` }
        : { name, value: `.*(${endingsBetween(from, start)})` };
    return [
      {
        matches: [{ path, headers: [{ type: 'RegularExpression', ...header }] }],
        backendRefs: [backendRef(variant, 1)],
      },
    ];
  });
}

/**
 * A regular expression for the two-digit endings from `from` (inclusive) to `to` (exclusive), both between 0 and 100: one
 * alternative for each ten.
 */
function endingsBetween(from: number, to: number): string {
  const alternatives: string[] = [];
  for (let ten = Math.floor(from / 10); ten * 10 < to; ten++) {
    const first = Math.max(from - ten * 10, 0);
    const last = Math.min(to - ten * 10, 10) - 1;
    alternatives.push(`${ten}${first === last ? first : `[${first}-${last}]`}`);
  }
  return alternatives.join('|');
}

/** Errors in a row, 10 seconds apart, after which nothing would be measured any more: more than a test will ever see. */
const ERRORS = 1_000_000;

/** Minutes between two windows of a mean or percentile. */
const WINDOW = '15m';

/** The series of a variant that the queries read. */
function recordings(props: ABTestObjectsProps, variant: ABTestObjectsVariant): object[] {
  const { name, namespace, runName, metric, type, percentile = 95 } = props;
  // tests of one name in two namespaces are two
  const labels = { namespace, ab_test: name, ab_test_run: runName, variant: variant.name };
  const record = (figure: string, sources: string[]) => ({
    record: `ab_test:${figure}`,
    labels,
    expr: sources.join('\nor\n'),
  });
  const [byVariant, byModel] = matchers(props, variant);
  const both = (expression: (labels: string) => string): string[] => [byVariant, byModel].map(expression);
  const requests = record('requests:increase1m', [
    `60 * sum(rate(inference_requests_total{${byModel}}[5m]))`,
    `60 * sum(rate(request_predict_seconds_count{${byModel}}[5m]))`,
    `60 * sum(rate(nv_inference_request_success{${byModel}}[5m]))`,
    `60 * sum(rate(:tensorflow:serving:request_count{${byModel}}[5m]))`,
  ]);
  if (type === ABTestMetricType.RATIO) {
    const successes = both((selected) => `60 * sum(rate(${metric}{${selected}}[5m]))`);
    return [requests, record('successes:increase1m', successes)];
  }
  const value =
    type === ABTestMetricType.MEAN
      ? (selected: string) =>
          `sum(rate(${metric}_sum{${selected}}[${WINDOW}])) / sum(rate(${metric}_count{${selected}}[${WINDOW}]))`
      : (selected: string) =>
          `histogram_quantile(${percentile / 100}, sum by (le) (rate(${metric}_bucket{${selected}}[${WINDOW}])))`;
  // no requests in the window is no value, not NaN
  return [
    requests,
    record(
      'value:window',
      both((selected) => `(${value(selected)}) >= -Inf`),
    ),
  ];
}

/** The figures of a variant, by name. */
function queries(props: ABTestObjectsProps, variant: ABTestObjectsVariant): { [figure: string]: string } {
  const { namespace, runName, seconds, type, guardrails } = props;
  const ofRun = promMatchers({ namespace, ab_test_run: runName, variant: variant.name });
  const range = `[${seconds}s]`;
  // windows that do not overlap, so that their values are independent
  const windows = `ab_test:value:window{${ofRun}}[${seconds}s:${WINDOW}]`;
  return {
    samples: `sum(sum_over_time(ab_test:requests:increase1m{${ofRun}}${range}))`,
    ...(type === ABTestMetricType.RATIO
      ? { successes: `sum(sum_over_time(ab_test:successes:increase1m{${ofRun}}${range}))` }
      : {
          windows: `sum(count_over_time(${windows}))`,
          mean: `avg(avg_over_time(${windows}))`,
          deviation: `avg(stddev_over_time(${windows}))`,
        }),
    ...Object.fromEntries(
      guardrails.map((guardrail) => [
        `guardrail:${guardrail}`,
        matchers(props, variant)
          .map((labels) => `max(${guardrail}{${labels}})`)
          .join(' or '),
      ]),
    ),
  };
}

/** What selects the series of a variant: by the variant, and by its model. None is of another namespace. */
function matchers({ namespace }: ABTestObjectsProps, variant: ABTestObjectsVariant): [string, string] {
  const { name, modelName, modelVersion } = variant;
  return [
    promMatchers({ namespace, variant: name }),
    promMatchers({ namespace, model_name: modelName, model_version: modelVersion }),
  ];
}
