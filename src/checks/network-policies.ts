import { asObject, asObjects, asText, at, JsonObject } from './json';
import { Labels, NamespacedLabelIndex, selects } from './labels';
import { Manifest, ManifestGraph } from './manifest-graph';
import { PodTemplate } from './pod-template';

/** One end of a connection that is asked about. */
export interface Peer {
  /** Labels of its namespace. */
  readonly namespaceLabels: Labels;
  /** Name of its namespace. */
  readonly namespace: string;
  /** Labels of its pods; undefined when they are not known, so that any selector may match. */
  readonly podLabels?: Labels;
}

/** A port that is asked about. */
export interface Port {
  readonly protocol: 'TCP' | 'UDP';
  readonly number: number;
  /** Its name, by which a rule may allow it too. */
  readonly name?: string;
}

/** The NetworkPolicies of a graph, and what they allow its pods: the union of all that select them. */
export class NetworkPolicies {
  private readonly ingress = new Map<PodTemplate, Manifest[]>();
  private readonly egress = new Map<PodTemplate, Manifest[]>();

  public constructor(graph: ManifestGraph, pods: NamespacedLabelIndex<PodTemplate>) {
    for (const policy of graph.ofKind('NetworkPolicy', 'networking.k8s.io')) {
      const spec = asObject(policy.json.spec);
      for (const pod of pods.find(policy.namespace ?? 'default', spec.podSelector)) {
        if (hasType(spec, 'Ingress')) push(this.ingress, pod, policy);
        if (hasType(spec, 'Egress')) push(this.egress, pod, policy);
      }
    }
  }

  /** Whether some pods may connect to a peer. */
  public allowsEgress(pod: PodTemplate, to: Peer, port: Port): boolean {
    return allows(this.egress.get(pod), 'egress', 'to', to, port);
  }

  /** Whether some pods may be connected to from a peer; without a peer, whether anybody but an address may. */
  public allowsIngress(pod: PodTemplate, from: Peer | undefined, port: Port): boolean {
    return allows(this.ingress.get(pod), 'ingress', 'from', from, port);
  }

  /** Names of the policies that restrict what some pods may connect to. */
  public egressPolicies(pod: PodTemplate): string[] {
    return (this.egress.get(pod) ?? []).map(({ name }) => name);
  }

  /** Names of the policies that restrict who may connect to some pods. */
  public ingressPolicies(pod: PodTemplate): string[] {
    return (this.ingress.get(pod) ?? []).map(({ name }) => name);
  }
}

function allows(
  policies: Manifest[] | undefined,
  direction: 'ingress' | 'egress',
  side: 'from' | 'to',
  peer: Peer | undefined,
  port: Port,
): boolean {
  // pods that no policy selects are not restricted
  if (!policies) return true;
  return policies.some((policy) =>
    asObjects(at(policy.json, 'spec', direction)).some((rule) => {
      const peers = asObjects(rule[side]);
      const ports = asObjects(rule.ports);
      return (
        (peers.length === 0 || peers.some((one) => matchesPeer(one, policy.namespace ?? 'default', peer))) &&
        (ports.length === 0 || ports.some((one) => matchesPort(one, port)))
      );
    }),
  );
}

/** Address ranges are for what is outside the cluster: whether they match pods depends on the network plugin. */
function matchesPeer(rule: JsonObject, policyNamespace: string, peer: Peer | undefined): boolean {
  if (rule.ipBlock !== undefined) return false;
  if (!peer) return true;
  const namespaceMatches =
    rule.namespaceSelector === undefined
      ? peer.namespace === policyNamespace
      : selects(asObject(rule.namespaceSelector), peer.namespaceLabels);
  return (
    namespaceMatches &&
    (rule.podSelector === undefined || !peer.podLabels || selects(asObject(rule.podSelector), peer.podLabels))
  );
}

function matchesPort(rule: JsonObject, port: Port): boolean {
  if ((asText(rule.protocol) ?? 'TCP') !== port.protocol) return false;
  if (rule.port === undefined) return true;
  if (typeof rule.port === 'string') return rule.port === port.name;
  if (typeof rule.port !== 'number') return false;
  const last = typeof rule.endPort === 'number' ? rule.endPort : rule.port;
  return rule.port <= port.number && port.number <= last;
}

function hasType(spec: JsonObject, type: 'Ingress' | 'Egress'): boolean {
  if (Array.isArray(spec.policyTypes)) return spec.policyTypes.includes(type);
  return type === 'Ingress' || spec.egress !== undefined;
}

function push(map: Map<PodTemplate, Manifest[]>, pod: PodTemplate, policy: Manifest): void {
  const list = map.get(pod);
  if (list) list.push(policy);
  else map.set(pod, [policy]);
}
