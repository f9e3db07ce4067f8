import { ENVOY_GATEWAY_NAMESPACE, ENVOY_PROXY_LABELS, PLATFORM_GROUP } from '../contracts/names';
import { Finding, ICheck } from './check';
import { asLabels, asObject, asObjects, asText, asTexts, at, JsonObject } from './json';
import { NamespacedLabelIndex } from './labels';
import { containersOf, Manifest, ManifestGraph, PodTemplate } from './manifest-graph';
import { NetworkPolicies, NO_DNS, Peer, Port } from './network-policies';

/** The label of a namespace whose pods scrape metrics. */
const SCRAPER_LABEL = `${PLATFORM_GROUP}/scraper`;

const GATEWAY_API = 'gateway.networking.k8s.io';
/** Who runs the GatewayClasses of Envoy Gateway. */
const ENVOY_CONTROLLER = 'gateway.envoyproxy.io/gatewayclass-controller';

/**
 * NetworkPolicies do not cut pods off from what they need: pods whose egress is restricted reach the cluster's DNS, pods
 * that a ServiceMonitor or PodMonitor selects are reached by the scraper on the port of their metrics, and pods that a route
 * leads to by the proxies of its gateway.
 *
 * The scraper lives in `context.scraperNamespaces`, or in the namespaces with the label `nstarx.io/scraper: "true"`. Where
 * neither says so, some rule has to let pods to the port. What labels the scraper's own pods have is not known, so a rule's
 * podSelector is taken to match them.
 */
export class NetworkPolicyCheck implements ICheck {
  public check(graph: ManifestGraph): Finding[] {
    const pods = new NamespacedLabelIndex<PodTemplate>();
    for (const template of graph.podTemplates()) {
      // policies do not hold for pods in the node's network
      if (template.spec.hostNetwork !== true) pods.add(template.namespace, template, template.labels);
    }
    const policies: Policies = new NetworkPolicies(graph, pods);
    return [
      ...dnsFindings(graph, policies),
      ...scraperFindings(graph, policies, pods),
      ...routeFindings(graph, policies, pods),
    ];
  }
}

type Policies = NetworkPolicies<PodTemplate>;

function dnsFindings(graph: ManifestGraph, policies: Policies): Finding[] {
  return graph
    .podTemplates()
    .filter((pod) => !policies.allowsDns(pod))
    .map((pod) => ({
      path: pod.manifest.path,
      message: `${pod.manifest.kind} ${pod.manifest.name}: cannot reach DNS, since the NetworkPolicies that select its pods (${namesOf(policies.restrictEgress(pod))}) ${NO_DNS}`,
    }));
}

function namesOf(policies: readonly Manifest[]): string {
  return policies.map(({ name }) => name).join(', ');
}

/** A port of some pods that a monitor scrapes. */
interface Target {
  readonly pod: PodTemplate;
  readonly port: Port;
}

function scraperFindings(graph: ManifestGraph, policies: Policies, pods: NamespacedLabelIndex<PodTemplate>): Finding[] {
  const scrapers = scraperPeers(graph);
  const services = new NamespacedLabelIndex<Manifest>();
  for (const service of graph.ofKind('Service', '')) {
    services.add(service.namespace ?? 'default', service, asLabels(at(service.json, 'metadata', 'labels')));
  }
  const findings: Finding[] = [];
  const report = (monitor: Manifest, { targets, problems }: Targets): void => {
    findings.push(...problems.map((problem) => finding(monitor, problem)));
    for (const { pod, port } of targets) {
      const cutOff = scrapers.filter((scraper) => !policies.allowsIngress(pod, scraper, port));
      if (cutOff.length === 0) continue;
      const who = cutOff.map((scraper) => (scraper ? `namespace ${scraper.namespace}` : 'any pod')).join(', ');
      findings.push(
        finding(
          monitor,
          `scrapes port ${port.number} of ${pod.manifest.kind} ${pod.manifest.name}, but the NetworkPolicies that select its pods (${namesOf(policies.restrictIngress(pod))}) allow no ingress from ${who} to it; allow it`,
        ),
      );
    }
  };
  for (const monitor of graph.ofKind('ServiceMonitor', 'monitoring.coreos.com')) {
    report(monitor, serviceTargets(monitor, services, pods));
  }
  for (const monitor of graph.ofKind('PodMonitor', 'monitoring.coreos.com')) report(monitor, podTargets(monitor, pods));
  return findings;
}

function finding({ path, kind, name }: Manifest, problem: string): Finding {
  return { path, message: `${kind} ${name}: ${problem}` };
}

/** Where the scraper is; a single undefined when that is not known. */
function scraperPeers(graph: ManifestGraph): (Peer | undefined)[] {
  const names =
    graph.context.scraperNamespaces ??
    graph.namespaces().filter((name) => graph.labelsOfNamespace(name)?.[SCRAPER_LABEL] === 'true');
  if (names.length === 0) return [undefined];
  return names.map((namespace) => ({
    namespace,
    namespaceLabels: graph.labelsOfNamespace(namespace) ?? { 'kubernetes.io/metadata.name': namespace },
  }));
}

interface Targets {
  readonly targets: Target[];
  readonly problems: string[];
}

function serviceTargets(
  monitor: Manifest,
  services: NamespacedLabelIndex<Manifest>,
  pods: NamespacedLabelIndex<PodTemplate>,
): Targets {
  const targets: Target[] = [];
  const problems: string[] = [];
  for (const namespace of selectedNamespaces(monitor, services.namespaces())) {
    for (const service of services.find(namespace, at(monitor.json, 'spec', 'selector'))) {
      const matchLabels = at(service.json, 'spec', 'selector');
      // a Service without a selector has endpoints that are not pods of the graph
      if (matchLabels === undefined) continue;
      const selected = pods.find(namespace, { matchLabels });
      for (const endpoint of asObjects(at(monitor.json, 'spec', 'endpoints'))) {
        const wanted = targetPort(endpoint, service);
        if (wanted === undefined) {
          problems.push(
            `scrapes the port ${String(endpoint.port)}, which Service ${service.name} does not have; name one of its ports`,
          );
          continue;
        }
        targets.push(...resolve(selected, wanted));
      }
    }
  }
  return { targets, problems };
}

function podTargets(monitor: Manifest, pods: NamespacedLabelIndex<PodTemplate>): Targets {
  const targets: Target[] = [];
  const problems: string[] = [];
  for (const namespace of selectedNamespaces(monitor, pods.namespaces())) {
    for (const pod of pods.find(namespace, at(monitor.json, 'spec', 'selector'))) {
      for (const endpoint of asObjects(at(monitor.json, 'spec', 'podMetricsEndpoints'))) {
        const wanted = endpoint.port ?? endpoint.portNumber ?? endpoint.targetPort;
        const found = resolve([pod], wanted);
        if (found.length === 0) {
          problems.push(
            `scrapes the port ${String(wanted)}, which ${pod.manifest.kind} ${pod.manifest.name} does not have; name one of its container ports`,
          );
        }
        targets.push(...found);
      }
    }
  }
  return { targets, problems };
}

/** The port of the pods that an endpoint of a ServiceMonitor means: a name or a number. */
function targetPort(endpoint: JsonObject, service: Manifest): unknown {
  const name = asText(endpoint.port);
  if (name === undefined) return endpoint.targetPort;
  const port = asObjects(at(service.json, 'spec', 'ports')).find((one) => one.name === name);
  return port && (port.targetPort ?? port.port);
}

/** A port of pods, by name or number; a number need not be declared. */
function resolve(pods: PodTemplate[], wanted: unknown): Target[] {
  return pods.flatMap((pod) => {
    const declared = containersOf(pod.spec)
      .flatMap((container) => asObjects(container.ports))
      .find((port) => (typeof wanted === 'number' ? port.containerPort === wanted : port.name === wanted));
    const number = typeof wanted === 'number' ? wanted : declared?.containerPort;
    if (typeof number !== 'number') return [];
    return [{ pod, port: { protocol: 'TCP' as const, number, name: asText(declared?.name) } }];
  });
}

function selectedNamespaces(monitor: Manifest, all: string[]): string[] {
  const selector = at(monitor.json, 'spec', 'namespaceSelector');
  if (at(selector, 'any') === true) return all;
  const named = asTexts(at(selector, 'matchNames'));
  return named.length > 0 ? named : [monitor.namespace ?? 'default'];
}

/** What routes of Envoy's gateways lead to, unless its pods are made by something else than the graph. */
function routeFindings(graph: ManifestGraph, policies: Policies, pods: NamespacedLabelIndex<PodTemplate>): Finding[] {
  const services = new Map(graph.ofKind('Service', '').map((one) => [objectKey(one.namespace, one.name), one]));
  const findings: Finding[] = [];
  for (const route of ['HTTPRoute', 'GRPCRoute'].flatMap((kind) => graph.ofKind(kind, GATEWAY_API))) {
    const proxies = proxyPeers(graph, route);
    const backends = asObjects(at(route.json, 'spec', 'rules')).flatMap((rule) => asObjects(rule.backendRefs));
    for (const { kind = 'Service', name, namespace = route.namespace, port } of proxies.length > 0 ? backends : []) {
      const service = kind === 'Service' ? services.get(objectKey(namespace, name)) : undefined;
      const matchLabels = service && at(service.json, 'spec', 'selector');
      if (!service || matchLabels === undefined) continue;
      const servicePort = asObjects(at(service.json, 'spec', 'ports')).find((one) => one.port === port);
      if (!servicePort) {
        const problem = `leads to port ${String(port)}, which Service ${service.name} does not have; name one of its ports`;
        findings.push(finding(route, problem));
        continue;
      }
      const selected = pods.find(service.namespace ?? 'default', { matchLabels });
      for (const target of resolve(selected, servicePort.targetPort ?? servicePort.port)) {
        if (proxies.every((proxy) => policies.allowsIngress(target.pod, proxy, target.port))) continue;
        findings.push(
          finding(
            route,
            `leads to port ${String(port)} of Service ${service.name}, but the NetworkPolicies that select the pods of ${target.pod.manifest.kind} ${target.pod.manifest.name} (${namesOf(policies.restrictIngress(target.pod))}) allow no ingress from the gateway's proxies in namespace ${ENVOY_GATEWAY_NAMESPACE} to port ${target.port.number}; name the workload in the HttpRoute, or call workload.allowFrom(gateway.peer)`,
          ),
        );
      }
    }
  }
  return findings;
}

/** The proxies of the gateways that a route is attached to, as far as the graph has them. */
function proxyPeers(graph: ManifestGraph, route: Manifest): Peer[] {
  const classes = graph
    .ofKind('GatewayClass', GATEWAY_API)
    .filter(({ json }) => at(json, 'spec', 'controllerName') === ENVOY_CONTROLLER)
    .map(({ name }) => name);
  const parents = asObjects(at(route.json, 'spec', 'parentRefs')).flatMap((parent) => {
    const { kind = 'Gateway', name, namespace = route.namespace } = parent;
    if (kind !== 'ListenerSet') return [objectKey(namespace, name)];
    // a ListenerSet adds listeners to a Gateway
    const set = graph
      .ofKind('ListenerSet', GATEWAY_API)
      .find((one) => objectKey(one.namespace, one.name) === objectKey(namespace, name));
    const gateway = asObject(at(set?.json, 'spec', 'parentRef'));
    return [objectKey(gateway.namespace ?? set?.namespace, gateway.name)];
  });
  return graph
    .ofKind('Gateway', GATEWAY_API)
    .filter((gateway) => parents.includes(objectKey(gateway.namespace, gateway.name)))
    .filter(({ json }) => classes.includes(String(at(json, 'spec', 'gatewayClassName'))))
    .map((gateway) => ({
      namespace: ENVOY_GATEWAY_NAMESPACE,
      namespaceLabels: graph.labelsOfNamespace(ENVOY_GATEWAY_NAMESPACE) ?? {
        'kubernetes.io/metadata.name': ENVOY_GATEWAY_NAMESPACE,
      },
      podLabels: {
        ...ENVOY_PROXY_LABELS,
        'app.kubernetes.io/managed-by': 'envoy-gateway',
        'gateway.envoyproxy.io/owning-gateway-name': gateway.name,
        'gateway.envoyproxy.io/owning-gateway-namespace': gateway.namespace ?? 'default',
      },
    }));
}

function objectKey(namespace: unknown, name: unknown): string {
  return `${asText(namespace) ?? 'default'}/${String(name)}`;
}
