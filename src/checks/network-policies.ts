import { asObject, asObjects, asText, at, JsonObject } from './json';
import { Labels, NamespacedLabelIndex, selects } from './labels';
import { addToList } from './lists';
import { Manifest, ManifestGraph } from './manifest-graph';

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

/** CoreDNS as EKS, Kind and kubeadm label it; its port has this name. */
const DNS_POD_LABELS = { 'k8s-app': 'kube-dns' };
const DNS_PORT: Port = { protocol: 'UDP', number: 53, name: 'dns' };

/** The Service of the API server, and the server itself where it is asked without it; which of the two a policy sees is the plugin's. */
const API_SERVER_PORTS: readonly Port[] = [443, 6443].map((number) => ({ protocol: 'TCP', number }));

/** How a message about DNS goes on. */
export const NO_DNS =
  'allow no egress to port 53 of k8s-app=kube-dns in namespace kube-system; allow it over UDP and TCP';

/**
 * The NetworkPolicies of a graph, and what they allow some pods: the union of all that select them.
 *
 * @typeParam Pods what stands for equal pods
 */
export class NetworkPolicies<Pods> {
  private readonly ingress = new Map<Pods, Manifest[]>();
  private readonly egress = new Map<Pods, Manifest[]>();
  private readonly mayApply = new Map<Pods, Manifest[]>();
  private readonly dns: Peer;

  /**
   * @param pods by their labels
   * @param unlabelled pods of which the labels are not known, by namespace: a policy with labels may select them, so that they are taken to
   *   have what it allows, and not to be restricted by it
   */
  public constructor(
    graph: ManifestGraph,
    pods: NamespacedLabelIndex<Pods>,
    unlabelled: ReadonlyMap<string, readonly Pods[]> = new Map(),
  ) {
    this.dns = {
      namespace: 'kube-system',
      namespaceLabels: graph.labelsOfNamespace('kube-system') ?? {},
      podLabels: DNS_POD_LABELS,
    };
    for (const policy of graph.ofKind('NetworkPolicy', 'networking.k8s.io')) {
      const spec = asObject(policy.json.spec);
      const namespace = policy.namespace ?? 'default';
      const unknown = unlabelled.get(namespace) ?? [];
      const selectsAll = selects(asObject(spec.podSelector), {});
      for (const pod of [...pods.find(namespace, spec.podSelector), ...(selectsAll ? unknown : [])]) {
        if (hasType(spec, 'Ingress')) addToList(this.ingress, pod, policy);
        if (hasType(spec, 'Egress')) addToList(this.egress, pod, policy);
      }
      if (!selectsAll) unknown.forEach((pod) => addToList(this.mayApply, pod, policy));
    }
  }

  /** Whether some pods may ask the cluster's DNS. */
  public allowsDns(pod: Pods): boolean {
    return allows(this.all(this.egress, pod), 'egress', 'to', this.dns, DNS_PORT);
  }

  /** Whether some pods may connect to the API server, which has an address and no pods, and one of two ports. */
  public allowsApiServer(pod: Pods): boolean {
    return API_SERVER_PORTS.some((port) => allowsAddress(this.all(this.egress, pod), 'egress', 'to', port));
  }

  /** Whether the API server may connect to some pods, on whatever port. */
  public allowsFromApiServer(pod: Pods): boolean {
    return allowsAddress(this.all(this.ingress, pod), 'ingress', 'from');
  }

  /** Whether some pods may be connected to from a peer; without a peer, whether anybody but an address may. */
  public allowsIngress(pod: Pods, from: Peer | undefined, port: Port): boolean {
    return allows(this.all(this.ingress, pod), 'ingress', 'from', from, port);
  }

  /** What may allow something to some pods; undefined where nothing restricts them. */
  private all(restricting: ReadonlyMap<Pods, Manifest[]>, pod: Pods): Manifest[] | undefined {
    const policies = restricting.get(pod);
    return policies && [...policies, ...(this.mayApply.get(pod) ?? [])];
  }

  /** The policies that restrict what some pods may connect to. */
  public restrictEgress(pod: Pods): readonly Manifest[] {
    return this.egress.get(pod) ?? [];
  }

  /** The policies that restrict who may connect to some pods. */
  public restrictIngress(pod: Pods): readonly Manifest[] {
    return this.ingress.get(pod) ?? [];
  }
}

/** Whether a rule has no peers, or address ranges: which they are is for others to know. */
function allowsAddress(
  policies: Manifest[] | undefined,
  direction: 'ingress' | 'egress',
  side: 'from' | 'to',
  port?: Port,
): boolean {
  return someRule(policies, direction, side, ({ ipBlock }) => ipBlock !== undefined, port);
}

function allows(
  policies: Manifest[] | undefined,
  direction: 'ingress' | 'egress',
  side: 'from' | 'to',
  peer: Peer | undefined,
  port: Port,
): boolean {
  const isPeer = (one: JsonObject, { namespace }: Manifest) => matchesPeer(one, namespace ?? 'default', peer);
  return someRule(policies, direction, side, isPeer, port);
}

/** Whether a rule names a peer that is meant, or none, and the port, or none; any port will do where none is given. */
function someRule(
  policies: Manifest[] | undefined,
  direction: 'ingress' | 'egress',
  side: 'from' | 'to',
  isPeer: (one: JsonObject, policy: Manifest) => boolean,
  port?: Port,
): boolean {
  // pods that no policy selects are not restricted
  if (!policies) return true;
  return policies.some((policy) =>
    asObjects(at(policy.json, 'spec', direction)).some((rule) => {
      const peers = asObjects(rule[side]);
      const ports = asObjects(rule.ports);
      return (
        (peers.length === 0 || peers.some((one) => isPeer(one, policy))) &&
        (ports.length === 0 || port === undefined || ports.some((one) => matchesPort(one, port)))
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
