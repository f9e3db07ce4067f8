import { k8s } from 'cdk8s-plus-28';
import { FeatureMetric } from '../../api/generated';
import { DNS_EGRESS, egressTo, ruleSide, tcpPorts } from '../../constructs/tenancy/network-rules';
import { serverSelector, usesOperator } from './feast-server';
import { FeatureStoreContext, Manifest } from './feature-store-context';
import { labelsOf, nameWith } from './feature-store-names';

const STORE_PORTS: { readonly [storage: string]: number[] } = {
  redis: [6379],
  valkey: [6379],
  postgres: [5432],
  cassandra: [9042],
  redshift: [5439],
};

/** Who may reach the pods of a feature store, and what they may reach. */
export function networkPolicies(context: FeatureStoreContext): Manifest[] {
  const { settings, model, namespace, streams } = context;
  const ports = [80, 443, 8080, ...endpointPort(settings.s3Endpoint)]
    .concat(STORE_PORTS[model.online?.storage ?? ''] ?? [], STORE_PORTS[model.offline.storage] ?? [])
    .concat(addressPort(settings.onlineAddress));
  const pods = { matchLabels: { feature_store: context.name } };
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
  const servers = usesOperator(context) ? { matchLabels: serverSelector(context) } : pods;
  const own = [
    policy('NetworkPolicy', nameWith(context.name, 'features', 63), access(pods)),
    ...(usesOperator(context) && model.online
      ? [policy('ServerNetworkPolicy', nameWith(context.name, 'servers', 63), access(servers))]
      : []),
  ];
  if (streams.length === 0) return own;
  const brokers = [...new Set((settings.bootstrapServers ?? '').split(',').flatMap(addressPort))];
  return [
    ...own,
    // on top of what the engine's own policy lets through
    policy('StreamNetworkPolicy', nameWith(context.name, 'streams', 63), {
      podSelector: {
        matchLabels: { 'nstarx.io/feature-store': context.name, 'app.kubernetes.io/component': 'feature-stream' },
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

/** Alerts about the values of a feature store. */
export function alerts(context: FeatureStoreContext): Manifest[] {
  const { spec, settings, name, namespace } = context;
  const metrics = spec.monitoring?.metrics ?? [FeatureMetric.FEATURE_FRESHNESS, FeatureMetric.FEATURE_COVERAGE];
  if (
    settings.alerts === false ||
    spec.monitoring?.enabled === false ||
    metrics.length === 0 ||
    context.model.views.length === 0
  )
    return [];
  const series = (metric: string) =>
    `max by (namespace, feature_store, feature) (${metric}{namespace="${namespace}",feature_store="${name}"})`;
  const wants = (...some: FeatureMetric[]) => some.some((metric) => metrics.includes(metric));
  const rules: object[] = [];
  const rule = (alert: string, expr: string, duration: string, severity: string, summary: string) =>
    rules.push({
      alert,
      expr,
      for: duration,
      labels: { severity, namespace, feature_store: name },
      annotations: { summary },
    });
  if (wants(FeatureMetric.FEATURE_FRESHNESS, FeatureMetric.FEATURE_STALENESS)) {
    rule(
      'FeatureOlderThanMaxAge',
      `time() - ${series('feature_last_update_timestamp_seconds')} > ${series('feature_max_age_seconds')}`,
      '15m',
      'critical',
      `Feature {{ $labels.feature }} of ${name} was updated {{ $value | humanizeDuration }} ago, longer than its maxAge`,
    );
    rule(
      'FeatureNeverComputed',
      // the age is known from the start, a value only once there is one
      `${series('feature_max_age_seconds')} unless ${series('feature_last_update_timestamp_seconds')}`,
      '1d',
      'warning',
      `Feature {{ $labels.feature }} of ${name} has had no value for a day`,
    );
  }
  if (wants(FeatureMetric.FEATURE_COVERAGE)) {
    rule(
      'FeatureCoverageLow',
      `${series('feature_coverage_ratio')} < ${settings.minimumCoverage}`,
      '30m',
      'warning',
      `Only {{ $value | humanizePercentage }} of the entities have a value of feature {{ $labels.feature }} of ${name}`,
    );
  }
  if (wants(FeatureMetric.FEATURE_DRIFT)) {
    rule(
      'FeatureDrift',
      `${series('feature_drift_psi')} > ${settings.maximumDrift}`,
      '30m',
      'warning',
      `Feature {{ $labels.feature }} of ${name} has drifted: population stability index {{ $value | humanize }}`,
    );
  }
  rule(
    'FeatureMetricsMissing',
    `absent(up{namespace="${namespace}",service="${nameWith(name, 'metrics', 63)}"} == 1)`,
    '30m',
    'warning',
    `Nothing is known of the features of ${name}: its metrics cannot be scraped`,
  );
  return [
    {
      id: 'Alerts',
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      name: nameWith(name, 'features', 63),
      labels: labelsOf(name, 'feature-alerts'),
      body: { spec: { groups: [{ name: `feature-store.${namespace}.${name}`, rules }] } },
    },
  ];
}
