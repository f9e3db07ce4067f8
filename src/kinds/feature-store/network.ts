import { k8s } from 'cdk8s-plus-28';
import { DNS_EGRESS, egressTo, ruleSide, tcpPorts } from '../../constructs/tenancy/network-rules';
import { publicAddresses } from '../../contracts/addresses';
import { CHILD, childName, ownLabel } from '../child-names';
import { platformServices, Service, servicesOf } from '../egress';
import { busOf, FeatureStorePlan, Manifest, modelUrl } from './plan';
import { podSelector, serverSelector, usesOperator } from './server';

/** The services of the stores of a spec. */
const STORES: { readonly [storage: string]: Service } = {
  redis: 'redis',
  valkey: 'redis',
  postgres: 'postgresql',
  cassandra: 'cassandra',
  redshift: 'redshift',
};

/** Who may reach the pods of a feature store, and what they may reach. */
export function networkPolicies(plan: FeatureStorePlan): Manifest[] {
  const { settings, model, namespace, streams } = plan;
  const stores = [model.online?.storage, model.offline.storage].flatMap((storage) => {
    const service = STORES[storage ?? ''] as Service | undefined;
    return service ?? [];
  });
  const destinations = [
    ...(settings.destinations ?? servicesOf(namespace, ['http', ...stores])),
    ...platformServices(namespace, modelUrl(settings.modelUrl, { name: 'model' }, namespace)),
    ...(settings.services ?? platformServices(namespace, settings.s3Endpoint, settings.onlineAddress)),
  ];
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
    egress: [DNS_EGRESS, ...destinations.map(egressTo)],
  });
  const servers = usesOperator(plan) ? { matchLabels: serverSelector(plan) } : pods;
  const own = [
    policy('NetworkPolicy', plan.serverName, access(pods)),
    ...(usesOperator(plan) && model.online
      ? [policy('ServerNetworkPolicy', childName(plan.name, CHILD.FEATURE_SERVERS), access(servers))]
      : []),
  ];
  if (streams.length === 0) return own;
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
        ...[
          publicAddresses([443]),
          ...platformServices(namespace, settings.bootstrapServers, settings.s3Endpoint),
          ...(busOf(settings)?.egress ?? []),
        ].map(egressTo),
      ],
    }),
  ];
}
