import { ApiObject, Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import { environmentOf } from '../../contracts/environment-scope';
import { HOST_NAME_PATTERN, HOST_SEPARATOR, PUNYCODE_PREFIX } from '../../contracts/host-names';
import { ENVOY_GATEWAY_NAMESPACE, PLATFORM_GROUP } from '../../contracts/names';

import { samePaths } from './route-paths';
import { binding, NOT_BEING_DELETED, policy, resourceRule, SPEC_CHANGES } from '../security/admission-policies';

const GATEWAY_API = 'gateway.networking.k8s.io';

/** Kinds of routes that have host names, and what the API server calls them. */
const ROUTES: { readonly [kind: string]: string } = {
  GRPCRoute: 'grpcroutes',
  HTTPRoute: 'httproutes',
  TLSRoute: 'tlsroutes',
};

/**
 * The host names below and beside the platform's domain, and the namespaces that may use them: `<label>--<namespace>.<domain>` is the namespace's
 * own, every other one is granted.
 */
export class NamespaceHosts {
  private readonly grants = new Set<string>();

  public constructor(private readonly domain: string) {}

  /** Lets a namespace use a host name. */
  public grant(namespace: string, host: string): void {
    this.grants.add(granted(namespace, host));
  }

  /** The namespace that a host name belongs to without a grant; undefined where there is none. */
  public ownerOf(host: string): string | undefined {
    if (host.startsWith(PUNYCODE_PREFIX) || !host.endsWith(`.${this.domain}`)) return undefined;
    const label = host.slice(0, -this.domain.length - 1);
    return new RegExp(`^${HOST_NAME_PATTERN}${HOST_SEPARATOR}([a-z0-9]([a-z0-9-]*[a-z0-9])?)$`).exec(label)?.[2];
  }

  /** Whether a namespace may use a host name. */
  public allows(namespace: string, host: string): boolean {
    return this.ownerOf(host) === namespace || this.grants.has(granted(namespace, host));
  }

  /**
   * The same as `allows`, in CEL, with the grants of the moment. Call it when the program is written out.
   *
   * @param namespace expression for the namespace
   * @param host expression for the host name
   */
  public celAllows(namespace: string, host: string): string {
    const below = this.domain.replace(/\./g, '[.]');
    const own = `${host}.matches('^${HOST_NAME_PATTERN}${HOST_SEPARATOR}' + ${namespace} + '[.]${below}$')`;
    const list = [...this.grants].sort().map((one) => `'${one}'`);
    return `((${own} && !${host}.startsWith('${PUNYCODE_PREFIX}')) || (${namespace} + '/' + ${host}) in [${list.join(', ')}])`;
  }

  /** What to do about a host name that is refused: an expression (CEL) for the second half of a message. */
  public celFix(namespace: string): string {
    return `'use <name>${HOST_SEPARATOR}' + ${namespace} + '.${this.domain}, or have the platform grant it (PlatformGateway.grantHost)'`;
  }
}

function granted(namespace: string, host: string): string {
  return `${namespace}/${host}`;
}

/** The namespace of the request. */
const NAMESPACE = 'request.namespace';

/** Every namespace but the gateway's own, where the platform itself has a route without a host. */
const OTHER_NAMESPACES = {
  namespaceSelector: {
    matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: [ENVOY_GATEWAY_NAMESPACE] }],
  },
};

/**
 * Admission policies for what is attached to the platform's Gateway, whoever writes it, so that operators and controllers are held to them too:
 *
 * - Routes name host names, each the namespace's own or granted to it. A route without one, or with a wildcard, would take requests to all.
 * - ListenerSets are in the namespaces of zones, with host names below a domain of their own: a listener with a host name goes before the
 *   platform's, which has none.
 *
 * The environment's routes are checked at synthesis.
 */
export function hostPolicies(scope: Construct, gateway: string, domain: string, hosts: NamespaceHosts): void {
  const conditions = (refs: string): object[] => [
    NOT_BEING_DELETED,
    SPEC_CHANGES,
    { name: 'on-the-gateway-of-the-platform', expression: refs },
  ];
  const ref = (one: string): string =>
    `((!has(${one}.kind) || ${one}.kind == 'Gateway') && ${one}.name == '${gateway}' && has(${one}.namespace) && ${one}.namespace == '${ENVOY_GATEWAY_NAMESPACE}')`;
  const routes = `hosts-routes.${PLATFORM_GROUP}`;
  policy(scope, routes, {
    failurePolicy: 'Fail',
    matchConstraints: { resourceRules: [resourceRule(GATEWAY_API, '*', Object.values(ROUTES))] },
    matchConditions: conditions(
      `has(object.spec.parentRefs) && object.spec.parentRefs.exists(parent, ${ref('parent')})`,
    ),
    validations: Lazy.any({ produce: () => routeValidations(hosts) }) as unknown,
  });
  binding(scope, routes, { matchResources: OTHER_NAMESPACES });
  const listeners = `listener-sets.${PLATFORM_GROUP}`;
  policy(scope, listeners, {
    failurePolicy: 'Fail',
    matchConstraints: { resourceRules: [resourceRule(GATEWAY_API, '*', ['listenersets'])] },
    matchConditions: conditions(ref('object.spec.parentRef')),
    validations: listenerValidations(domain),
  });
  binding(scope, listeners, { matchResources: OTHER_NAMESPACES });
  scope.node.addValidation({
    validate: () => [
      ...refusedRoutes(scope, gateway, hosts),
      ...samePaths(scope, (one) => isAttached(one.toJson() as RouteJson, gateway)),
    ],
  });
}

function routeValidations(hosts: NamespaceHosts): object[] {
  const allowed = hosts.celAllows(NAMESPACE, 'host');
  const refused = `object.spec.hostnames.filter(host, !${allowed}).join(', ')`;
  return [
    {
      expression: 'has(object.spec.hostnames) && size(object.spec.hostnames) > 0',
      message: 'spec.hostnames: name a host, since a route without one takes the requests to all of them',
      reason: 'Invalid',
    },
    {
      expression: `!has(object.spec.hostnames) || object.spec.hostnames.all(host, ${allowed})`,
      messageExpression: `'spec.hostnames: namespace ' + ${NAMESPACE} + ' may not use ' + ${refused} + ': ' + ${hosts.celFix(NAMESPACE)}`,
      reason: 'Forbidden',
    },
  ];
}

function listenerValidations(domain: string): object[] {
  // `*.ml.example.com` takes all hosts of the platform, and `*.example.com` all that have no listener of their own
  const own = `(has(one.hostname) && one.hostname != '${domain}' && !'.${domain}'.endsWith(one.hostname.replace('*', '')) && (!one.hostname.endsWith('.${domain}') || one.hostname.matches('^[^.]+([.][^.]+)+[.]${domain.replace(/\./g, '[.]')}$')))`;
  return [
    {
      expression: `has(namespaceObject.metadata.labels) && '${PLATFORM_GROUP}/zone' in namespaceObject.metadata.labels`,
      message:
        "spec.parentRef: only AIZones have listeners on the platform's Gateway; use routes, or make the ListenerSet in the Gateway's namespace",
      reason: 'Forbidden',
    },
    {
      expression: `object.spec.listeners.all(one, ${own})`,
      message: `spec.listeners: give each a hostname below a domain of the zone, such as *.vision.${domain}, that takes no host of the platform`,
      reason: 'Forbidden',
    },
  ];
}

/** What the policy would refuse among the routes of the environment. */
function refusedRoutes(scope: Construct, gateway: string, hosts: NamespaceHosts): string[] {
  return environmentOf(scope)
    .node.findAll()
    .flatMap((one) => {
      if (!ApiObject.isApiObject(one) || !(one.kind in ROUTES) || !one.apiVersion.startsWith(GATEWAY_API)) return [];
      const { metadata, spec } = one.toJson() as RouteJson;
      const namespace = metadata.namespace ?? 'default';
      if (!isAttached({ metadata, spec }, gateway) || namespace === ENVOY_GATEWAY_NAMESPACE) return [];
      const names = spec.hostnames ?? [];
      const refused = names.filter((host) => !hosts.allows(namespace, host));
      if (names.length > 0 && refused.length === 0) return [];
      const found = names.length === 0 ? 'nothing' : refused.join(', ');
      return [
        `[${one.node.path}] spec.hostnames must be hosts of namespace ${namespace}, got ${found}: use <name>${HOST_SEPARATOR}${namespace}.<domain>, or grant it with gateway.grantHost()`,
      ];
    });
}

function isAttached({ spec }: RouteJson, gateway: string): boolean {
  return (spec.parentRefs ?? []).some(
    ({ kind = 'Gateway', name, namespace }) =>
      kind === 'Gateway' && name === gateway && namespace === ENVOY_GATEWAY_NAMESPACE,
  );
}

interface RouteJson {
  readonly metadata: { readonly namespace?: string };
  readonly spec: {
    readonly hostnames?: readonly string[];
    readonly parentRefs?: readonly { readonly kind?: string; readonly name: string; readonly namespace?: string }[];
  };
}
