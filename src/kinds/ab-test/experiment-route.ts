import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { ABTestStickinessType } from '../../api/generated/ab-test';
import { fail } from '../../contracts/errors';
import { GatewaySettings } from '../../contracts/network';
import { endingsBetween } from './endings';

/** How users are told apart. */
export interface Stickiness {
  /** What tells users apart. */
  readonly type: ABTestStickinessType;
  /** Name of the header or cookie. */
  readonly name: string;
}

/** Where a share of the requests goes. */
export interface ExperimentBackend {
  /** Name of the variant. */
  readonly variant: string;
  /** Service of its model, in the namespace of the route. */
  readonly serviceName: string;
  /** Port of the Service. */
  readonly servicePort: number;
  /** Percentage of the requests. */
  readonly weight: number;
}

/** Options of an experiment's route. */
export interface ExperimentRouteProps {
  /** Name of the route. */
  readonly name: string;
  /** Namespace of the route. */
  readonly namespace: string;
  /** Host name that is shared. */
  readonly hostname: string;
  /**
   * Prefix of the paths that are shared.
   *
   * @default '/'
   */
  readonly path?: string;
  /** The variants; their weights add up to 100. */
  readonly backends: ExperimentBackend[];
  /**
   * Keep each user with one variant.
   *
   * @default - each request is shared out anew
   */
  readonly stickiness?: Stickiness;
  /** The Gateway. */
  readonly gateway: GatewaySettings;
}

/** Header of requests and answers that names the variant. */
export const VARIANT_HEADER = 'x-model-variant';

/** A cookie outlives a test. */
const COOKIE_SECONDS = 90 * 24 * 3600;

/**
 * An HTTPRoute that shares requests among variants of a model. The header `x-model-variant` names the variant, in the request for the
 * model and in the answer for the caller, who can count successes by it.
 *
 * With stickiness by header, users whose id ends in two digits keep their variant: the hundred endings are shared out by the weights.
 * Requests without such an id are shared out one by one. With stickiness by cookie, the first answer sets it.
 *
 * Source: https://gateway-api.sigs.k8s.io/reference/spec/#httproute; filters of single backends are an extension, which Envoy
 * Gateway has for header modifiers.
 */
export class ExperimentRoute extends Construct {
  /** The HTTPRoute. */
  public readonly route: ApiObject;

  /** @throws InvalidInputError when the weights do not add up to 100 */
  public constructor(scope: Construct, id: string, props: ExperimentRouteProps) {
    super(scope, id);
    const sum = props.backends.reduce((total, { weight }) => total + weight, 0);
    if (sum !== 100) fail(this, 'variants', 'must have weights that sum to 100', sum, 'change the weight of a variant');
    const path = { type: 'PathPrefix', value: props.path ?? '/' };
    const { gateway, stickiness } = props;
    const sticky = stickiness ? stickyRules(props.backends, stickiness, path) : [];
    const isCookie = stickiness?.type === ABTestStickinessType.COOKIE;
    this.route = new ApiObject(this, 'Resource', {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: {
        name: props.name,
        namespace: props.namespace,
        labels: { 'app.kubernetes.io/name': props.name, 'app.kubernetes.io/part-of': 'ml-platform' },
      },
      spec: {
        parentRefs: [{ name: gateway.name, namespace: gateway.namespace, sectionName: 'https' }],
        hostnames: [props.hostname],
        rules: [
          ...sticky,
          {
            matches: [{ path }],
            backendRefs: props.backends.map((backend) =>
              backendRef(backend, backend.weight, isCookie ? stickiness.name : undefined),
            ),
          },
        ],
      },
    });
  }
}

function backendRef(backend: ExperimentBackend, weight: number, cookie?: string): { [key: string]: unknown } {
  const { variant, serviceName, servicePort } = backend;
  const named = { set: [{ name: VARIANT_HEADER, value: variant }] };
  const attributes = `Path=/; Max-Age=${COOKIE_SECONDS}; Secure; HttpOnly; SameSite=Lax`;
  const add =
    cookie === undefined ? {} : { add: [{ name: 'set-cookie', value: `${cookie}=${variant}; ${attributes}` }] };
  return {
    name: serviceName,
    port: servicePort,
    weight,
    filters: [
      { type: 'RequestHeaderModifier', requestHeaderModifier: named },
      { type: 'ResponseHeaderModifier', responseHeaderModifier: { ...named, ...add } },
    ],
  };
}

/** A rule for each variant that gets anything; they come before the one that shares requests out. */
function stickyRules(backends: ExperimentBackend[], { type, name }: Stickiness, path: object): object[] {
  let start = 0;
  return backends.flatMap((backend) => {
    const from = start;
    start += backend.weight;
    if (backend.weight === 0) return [];
    const header =
      type === ABTestStickinessType.COOKIE
        ? { name: 'cookie', value: `(.*; ?)?${escaped(name)}=${escaped(backend.variant)}(;.*)?` }
        : { name, value: `.*(${endingsBetween(from, start)})` };
    return [
      {
        matches: [{ path, headers: [{ type: 'RegularExpression', ...header }] }],
        backendRefs: [backendRef(backend, 1)],
      },
    ];
  });
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
