import { k8s } from 'cdk8s-plus-28';
import { Construct, IConstruct } from 'constructs';
import { AIModelEndpoint, HttpMethod } from '../../api/generated/ai-model';
import { DNS_EGRESS, egressTo, ruleSide, tcpPorts } from '../../constructs/tenancy/network-rules';
import { publicAddresses } from '../../contracts/addresses';
import { defaultHost } from '../../contracts/host-names';
import { PLATFORM_GROUP } from '../../contracts/names';
import { ChildEnding, childName } from '../child-names';
import { isMonitored, jobSelector, Json, modelLabels, ModelPlan, MODEL_SERVER, serverSelector } from './plan';
import { ModelRuntime } from './runtimes';
import { AIModelSettings } from './settings';

/** Connections of Istio's ambient mesh come to this port, encrypted. */
export const MESH_PORT = 15_008;
/** Where the kubelet's probes come from in the ambient mesh. */
export const MESH_PROBES = '169.254.7.127/32';

/** The annotation of a route with the URL that leads to it; a route itself does not know whether it is encrypted. */
export const URL_ANNOTATION = `${PLATFORM_GROUP}/url`;

/**
 * The Service `<name>-model`: the same name and ports whatever serves the model. KServe's own Service has no port `metrics`, so that
 * nothing is scraped twice; a model that is not monitored has none either.
 */
export function service(plan: ModelPlan): Json {
  const { runtime } = plan;
  const port = servicePort(plan);
  const metrics = [runtime.metricsPort, 9090, 9091].find((candidate) => candidate !== port);
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: plan.serverName,
      namespace: plan.namespace,
      labels: { ...plan.labels, [`${PLATFORM_GROUP}/component`]: MODEL_SERVER, model_name: plan.name },
    },
    spec: {
      selector: serverSelector(plan.name),
      ports: [
        { name: 'http', port, targetPort: runtime.port, protocol: 'TCP' },
        // what scrapes looks for this name
        ...(isMonitored(plan.spec)
          ? [{ name: 'metrics', port: metrics, targetPort: runtime.metricsPort, protocol: 'TCP' as const }]
          : []),
      ],
    },
  };
}

/**
 * Lets in the Gateway and the pods of the same namespace to the server, and what scrapes to the metrics. Lets out to DNS and to
 * where models are kept.
 */
export function networkPolicy(plan: ModelPlan): Json {
  const { runtime, settings, zone } = plan;
  const mesh = zone?.mesh ?? false;
  const tcp = (port: number) => tcpPorts([port, ...(mesh ? [MESH_PORT] : [])]);
  const scraper = isMonitored(plan.spec) ? settings.scraper : undefined;
  const gateway = externalAddress(plan) && settings.gateway;
  const pods = (namespace: string, podLabels: { readonly [key: string]: string }) =>
    ruleSide({ namespace, podLabels: { ...podLabels } });
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: plan.serverName, namespace: plan.namespace, labels: plan.labels },
    spec: k8s.toJson_NetworkPolicySpec({
      podSelector: { matchLabels: serverSelector(plan.name) },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        { from: [{ podSelector: {} }], ports: tcp(runtime.port) },
        ...(gateway ? [{ from: pods(gateway.podNamespace, gateway.podLabels), ports: tcp(runtime.port) }] : []),
        ...(scraper ? [{ from: pods(scraper.namespace, scraper.podLabels), ports: tcp(runtime.metricsPort) }] : []),
        ...(mesh ? [{ from: [{ ipBlock: { cidr: MESH_PROBES } }] }] : []),
      ],
      egress: storeEgress(settings),
    }) as Json,
  };
}

/** Lets the pods of a model's job out to DNS and to where models are kept, and denies all ingress. */
export function jobNetworkPolicy(
  model: string,
  namespace: string,
  job: { readonly component: string; readonly ending: ChildEnding },
  settings: AIModelSettings,
): Json {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: childName(model, job.ending), namespace, labels: modelLabels(model) },
    spec: k8s.toJson_NetworkPolicySpec({
      podSelector: { matchLabels: jobSelector(model, job.component) },
      // no rule lets anybody in
      policyTypes: ['Ingress', 'Egress'],
      egress: storeEgress(settings),
    }) as Json,
  };
}

function storeEgress({ storage }: AIModelSettings): k8s.NetworkPolicyEgressRule[] {
  const stores = storage?.egress ?? [publicAddresses([443])];
  return [DNS_EGRESS, ...stores.map(egressTo)];
}

/**
 * The route to a model. It has the endpoints of the spec; without any, the paths of the server's protocol for inference, never
 * those that load and unload models. Undefined when the model is not reached from outside.
 *
 * @param filters what is done with requests beside handing them on
 * @throws InvalidInputError when the name leaves no unambiguous label of a host name
 */
export function httpRoute(plan: ModelPlan, scope: Construct, filters: readonly Json[]): Json | undefined {
  const { name, serverName, namespace, runtime, spec } = plan;
  const address = externalAddress(plan);
  if (!address) return undefined;
  const hostname = address.hostname(scope);
  const backendRefs = [{ name: serverName, port: servicePort(plan) }];
  const endpoints = spec.endpoints ?? [];
  const rules =
    endpoints.length > 0
      ? endpoints.map((endpoint) => ({ ...endpointRule(name, runtime, endpoint, filters), backendRefs }))
      : [{ matches: protocolPaths(name, runtime), ...filtered(filters), backendRefs }];
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    // KServe makes none: the InferenceService is cluster-local
    metadata: {
      name: serverName,
      namespace,
      labels: plan.labels,
      annotations: { [URL_ANNOTATION]: `${address.tls ? 'https' : 'http'}://${hostname}` },
    },
    spec: {
      parentRefs: [address.parentRef],
      hostnames: [hostname],
      rules,
    },
  };
}

/** How a model is reached from outside. */
export interface ExternalAddress {
  readonly parentRef: { readonly [key: string]: string };
  readonly tls: boolean;
  /** @throws InvalidInputError when the name leaves no unambiguous label of a host name */
  readonly hostname: (where: IConstruct) => string;
}

/** That of the zone when the model is in the zone's namespace, else that of the platform's Gateway. */
export function externalAddress({ name, namespace, settings, zone }: ModelPlan): ExternalAddress | undefined {
  const { gateway } = settings;
  if (!gateway) return undefined;
  const inZone = zone !== undefined && (zone.namespace ?? namespace) === namespace;
  if (inZone && !zone.route) return undefined;
  const ofPlatform: ExternalAddress = {
    parentRef: {
      group: 'gateway.networking.k8s.io',
      kind: 'Gateway',
      name: gateway.name,
      namespace: gateway.namespace,
      sectionName: 'https',
    },
    hostname: (where) => defaultHost(where, name, namespace, gateway.domain),
    tls: true,
  };
  if (!inZone || !zone.route) return ofPlatform;
  const { domain, parentRef, tls } = zone.route;
  return { parentRef, tls, hostname: domain === undefined ? ofPlatform.hostname : () => `${name}.${domain}` };
}

/** Port of the Service that requests are sent to. */
function servicePort({ spec }: ModelPlan): number {
  return spec.serving.port ?? 8080;
}

function protocolPaths(name: string, runtime: ModelRuntime): Json[] {
  const prefix = (value: string): Json => ({ path: { type: 'PathPrefix', value } });
  if (runtime.protocol === undefined) return [prefix('/')];
  if (runtime.protocol === 'v2') return [prefix('/v2/models'), prefix('/v2/health')];
  const native = [
    prefix(`/v1/models/${name}`),
    { path: { type: 'RegularExpression', value: `/v1/models/${name}:.*` } },
  ];
  if (runtime.name === 'kserve-tensorflow-serving') return native;
  const openAi = runtime.name === 'kserve-huggingfaceserver' ? [prefix('/openai/v1')] : [];
  return [...native, prefix('/v2/models'), prefix('/v2/health'), ...openAi];
}

/**
 * An endpoint of the spec. A path that the server does not have is written over: what asks goes to the prediction of the model,
 * GET to what the server says of it. A server of the user gets every path as it is.
 */
function endpointRule(name: string, runtime: ModelRuntime, endpoint: AIModelEndpoint, more: readonly Json[]): Json {
  const method = endpoint.method ?? HttpMethod.POST;
  const named = { name: endpoint.name, matches: [{ path: { type: 'Exact', value: endpoint.path }, method }] };
  const { protocol } = runtime;
  if (protocol === undefined || isNative(name, runtime, endpoint.path)) return { ...named, ...filtered(more) };
  const base = `/${protocol}/models/${name}`;
  const predict = protocol === 'v1' ? `${base}:predict` : `${base}/infer`;
  const replaceFullPath = method === HttpMethod.GET ? base : predict;
  return {
    ...named,
    ...filtered([{ type: 'URLRewrite', urlRewrite: { path: { type: 'ReplaceFullPath', replaceFullPath } } }, ...more]),
  };
}

function filtered(filters: readonly Json[]): Json {
  return filters.length > 0 ? { filters } : {};
}

function isNative(name: string, { name: runtime, protocol }: ModelRuntime, path: string): boolean {
  const v1 = path === `/v1/models/${name}` || new RegExp(`^/v1/models/${name}(/versions/[0-9]+)?:[a-z]+$`).test(path);
  const v2 =
    /^\/v2\/(health\/(live|ready)|models\/[^/]+(\/(versions\/[^/]+|infer|ready|generate|generate_stream|stats))*)$/.test(
      path,
    );
  if (protocol === 'v2' || runtime === 'kserve-tensorflow-serving') return protocol === 'v2' ? v2 : v1;
  return v1 || v2 || (runtime === 'kserve-huggingfaceserver' && path.startsWith('/openai/'));
}
