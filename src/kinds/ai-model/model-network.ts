import { k8s } from 'cdk8s-plus-28';
import { AIModelEndpoint, HttpMethod } from '../../api/generated/ai-model';
import { PLATFORM_GROUP } from '../../contracts/names';
import { GatewaySettings } from '../../contracts/network';
import { DNS_EGRESS, egressTo, ruleSide, tcpPorts } from '../../constructs/tenancy/network-rules';
import { ModelPlan, MODEL_SERVER, podSelector } from './model-pod';
import { ModelRuntime } from './model-runtimes';
import { AIModelSettings } from './ai-model-settings';
import { Json, storeEgress } from './model-storage';

/** Connections of Istio's ambient mesh come to this port, encrypted. */
const MESH_PORT = 15_008;
/** Where the kubelet's probes come from in the ambient mesh. */
const MESH_PROBES = '169.254.7.127/32';

/** Port of the Service that requests are sent to. */
export function servicePort({ spec }: ModelPlan): number {
  return spec.serving.port ?? 8080;
}

/**
 * The Service `<name>`: the same name and ports whatever serves the model. KServe's own Service has no port `metrics`, so that
 * nothing is scraped twice.
 */
export function service(plan: ModelPlan): Json {
  const { runtime } = plan;
  const port = servicePort(plan);
  const metrics = [runtime.metricsPort, 9090, 9091].find((candidate) => candidate !== port);
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: plan.name,
      namespace: plan.namespace,
      labels: { ...plan.labels, [`${PLATFORM_GROUP}/component`]: MODEL_SERVER, model_name: plan.name },
    },
    spec: {
      selector: podSelector(plan.name),
      ports: [
        { name: 'http', port, targetPort: runtime.port, protocol: 'TCP' },
        { name: 'metrics', port: metrics, targetPort: runtime.metricsPort, protocol: 'TCP' },
      ],
    },
  };
}

/**
 * Lets in the Gateway and the pods of the same namespace to the server, and what scrapes to the metrics. Lets out to DNS and to
 * where models are kept.
 */
export function networkPolicy(plan: ModelPlan, settings: AIModelSettings): Json {
  const { runtime } = plan;
  const mesh = plan.zone?.mesh ?? false;
  const tcp = (port: number) => tcpPorts([port, ...(mesh ? [MESH_PORT] : [])]);
  const { scraper } = settings;
  const gateway = wayIn(plan, settings.gateway) && settings.gateway;
  const pods = (namespace: string, podLabels: { readonly [key: string]: string }) =>
    ruleSide({ namespace, podLabels: { ...podLabels } });
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: `${plan.name}-server`, namespace: plan.namespace, labels: plan.labels },
    spec: k8s.toJson_NetworkPolicySpec({
      podSelector: { matchLabels: podSelector(plan.name) },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        { from: [{ podSelector: {} }], ports: tcp(runtime.port) },
        ...(gateway ? [{ from: pods(gateway.podNamespace, gateway.podLabels), ports: tcp(runtime.port) }] : []),
        ...(scraper ? [{ from: pods(scraper.namespace, scraper.podLabels), ports: tcp(runtime.metricsPort) }] : []),
        ...(mesh ? [{ from: [{ ipBlock: { cidr: MESH_PROBES } }] }] : []),
      ],
      egress: storeRules(settings),
    }) as Json,
  };
}

/** Egress to DNS and to where models are kept. */
export function storeRules(settings: AIModelSettings): k8s.NetworkPolicyEgressRule[] {
  return [DNS_EGRESS, ...storeEgress(settings.storage ?? {}).map(egressTo)];
}

/** The annotation of a route with the URL that leads to it; a route itself does not know whether it is encrypted. */
export const URL_ANNOTATION = `${PLATFORM_GROUP}/url`;

/** How a model is reached from outside. */
export interface WayIn {
  readonly parentRef: { readonly [key: string]: string };
  readonly hostname: string;
  readonly tls: boolean;
}

/** The way to a model, if there is one: that of its zone when it is in the zone's namespace, else that of the platform. */
export function wayIn(plan: ModelPlan, gateway: GatewaySettings | undefined): WayIn | undefined {
  const { name, namespace, zone } = plan;
  if (!gateway) return undefined;
  const inZone = zone !== undefined && (zone.namespace ?? namespace) === namespace;
  if (inZone && !zone.route) return undefined;
  // one label below the domain, which the Gateway's certificate covers
  const ofPlatform: WayIn = {
    parentRef: {
      group: 'gateway.networking.k8s.io',
      kind: 'Gateway',
      name: gateway.name,
      namespace: gateway.namespace,
      sectionName: 'https',
    },
    hostname: `${name}-${namespace}.${gateway.domain}`,
    tls: true,
  };
  if (!inZone || !zone.route) return ofPlatform;
  const { domain, parentRef, tls } = zone.route;
  return { parentRef, tls, hostname: domain === undefined ? ofPlatform.hostname : `${name}.${domain}` };
}

/**
 * The route to a model. It has the endpoints of the spec; without any, the paths of the server's protocol for inference, never
 * those that load and unload models.
 */
export function httpRoute(plan: ModelPlan, way: WayIn): Json {
  const { name, namespace, runtime, spec } = plan;
  const backendRefs = [{ name, port: servicePort(plan) }];
  const endpoints = spec.endpoints ?? [];
  const rules =
    endpoints.length > 0
      ? endpoints.map((endpoint) => ({ ...endpointRule(name, runtime, endpoint), backendRefs }))
      : [{ matches: protocolPaths(name, runtime), backendRefs }];
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    // KServe has no route of this name, nor does it make any: see inference-service.ts
    metadata: {
      name: `${name}-endpoints`,
      namespace,
      labels: plan.labels,
      annotations: { [URL_ANNOTATION]: `${way.tls ? 'https' : 'http'}://${way.hostname}` },
    },
    spec: {
      parentRefs: [way.parentRef],
      hostnames: [way.hostname],
      rules,
    },
  };
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
function endpointRule(name: string, runtime: ModelRuntime, endpoint: AIModelEndpoint): Json {
  const method = endpoint.method ?? HttpMethod.POST;
  const matches = [{ path: { type: 'Exact', value: endpoint.path }, method }];
  const { protocol } = runtime;
  if (protocol === undefined || isNative(name, runtime, endpoint.path)) return { matches };
  const base = `/${protocol}/models/${name}`;
  const predict = protocol === 'v1' ? `${base}:predict` : `${base}/infer`;
  const replaceFullPath = method === HttpMethod.GET ? base : predict;
  return {
    matches,
    filters: [{ type: 'URLRewrite', urlRewrite: { path: { type: 'ReplaceFullPath', replaceFullPath } } }],
  };
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
