import { k8s } from 'cdk8s-plus-28';
import { DNS_EGRESS, egressTo, ruleSide, tcpPorts } from '../../constructs/tenancy/network-rules';
import { CHILD, childName, ownLabel } from '../child-names';
import { FeatureStorePlan, Manifest } from './plan';
import { podSelector, serverSelector, usesOperator } from './server';

const STORE_PORTS: { readonly [storage: string]: number[] } = {
  redis: [6379],
  valkey: [6379],
  postgres: [5432],
  cassandra: [9042],
  redshift: [5439],
};

/** Who may reach the pods of a feature store, and what they may reach. */
export function networkPolicies(plan: FeatureStorePlan): Manifest[] {
  const { settings, model, namespace, streams } = plan;
  const ports = [80, 443, 8080, ...endpointPort(settings.s3Endpoint)]
    .concat(STORE_PORTS[model.online?.storage ?? ''] ?? [], STORE_PORTS[model.offline.storage] ?? [])
    .concat(addressPort(settings.onlineAddress));
  const pods = { matchLabels: podSelector(plan) };
  const policy = (id: string, name: string, spec: k8s.NetworkPolicySpec): Manifest => ({
    id,
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    name,
    body: { spec: k8s.toJson_NetworkPolicySpec(spec) as object },
  });
  const access = (podSelector: k8s.LabelSelector): k8s.NetworkPolicySpec => ({
    podSelector,
    policyTypes: ['Ingress', 'Egress'],
    ingress: [
      { from: [{ podSelector: {} }, ...(settings.clients ?? []).flatMap(ruleSide)], ports: tcpPorts([6566]) },
      ...(settings.prometheusNamespace !== undefined
        ? [{ from: ruleSide({ namespace: settings.prometheusNamespace }), ports: tcpPorts([8000]) }]
        : []),
    ],
    egress: [
      DNS_EGRESS,
      ...(settings.destinations
        ? settings.destinations.map(egressTo)
        : [{ ports: tcpPorts([...new Set(ports)].sort((a, b) => a - b)) }]),
    ],
  });
  const servers = usesOperator(plan) ? { matchLabels: serverSelector(plan) } : pods;
  const own = [
    policy('NetworkPolicy', plan.serverName, access(pods)),
    ...(usesOperator(plan) && model.online
      ? [policy('ServerNetworkPolicy', childName(plan.name, CHILD.FEATURE_SERVERS), access(servers))]
      : []),
  ];
  if (streams.length === 0) return own;
  const brokers = [...new Set((settings.bootstrapServers ?? '').split(',').flatMap(addressPort))];
  return [
    ...own,
    // on top of what the engine's own policy lets through
    policy('StreamNetworkPolicy', childName(plan.name, CHILD.FEATURE_STREAMS), {
      podSelector: {
        matchLabels: { ...ownLabel('feature-store', plan.name), 'app.kubernetes.io/component': 'feature-stream' },
      },
      policyTypes: ['Egress'],
      egress: [
        DNS_EGRESS,
        { to: ruleSide({ namespace, podLabels: servers.matchLabels }), ports: tcpPorts([6566]) },
        { ports: tcpPorts([...brokers, 443, ...endpointPort(settings.s3Endpoint)]) },
      ],
    }),
  ];
}

function endpointPort(url: string | undefined): number[] {
  const port = /^https?:\/\/[^/]+?:([0-9]+)(\/|$)/.exec(url ?? '')?.[1];
  return port === undefined ? [] : [Number(port)];
}

function addressPort(address: string | undefined): number[] {
  const port = /:([0-9]+)(,|$)/.exec(address ?? '')?.[1];
  return port === undefined ? [] : [Number(port)];
}
