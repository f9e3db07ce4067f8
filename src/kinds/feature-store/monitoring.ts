import { FeatureMetric } from '../../api/generated';
import { promSelector } from '../../contracts/quoting';
import { runbookUrl } from '../../contracts/runbooks';
import { CHILD, childName } from '../child-names';
import { FeatureStorePlan, Manifest, PROGRAMS_FOLDER } from './plan';
import { feastPod, selectorOf } from './server';

/** The metrics of the values: a pod that reads them, and its Service. */
export function metricsExporter(plan: FeatureStorePlan): Manifest[] {
  if (plan.spec.monitoring?.enabled === false || plan.model.views.length === 0) return [];
  const component = 'feature-metrics';
  const name = childName(plan.name, CHILD.FEATURE_METRICS);
  return [
    {
      id: 'Exporter',
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      name,
      body: {
        spec: {
          replicas: 1,
          strategy: { type: 'Recreate' },
          selector: { matchLabels: selectorOf(plan, component) },
          template: feastPod(plan, {
            container: 'metrics',
            component,
            command: ['python', `${PROGRAMS_FOLDER}/feature_metrics.py`, `${PROGRAMS_FOLDER}/metrics.json`],
            ports: { metrics: 8000 },
            cpu: '100m',
            memory: '2Gi',
            programs: true,
            ends: false,
          }),
        },
      },
    },
    {
      id: 'ExporterService',
      apiVersion: 'v1',
      kind: 'Service',
      name,
      labels: { 'nstarx.io/component': 'feature-server', feature_store: plan.name },
      body: {
        spec: {
          selector: selectorOf(plan, component),
          ports: [{ name: 'metrics', port: 8000, targetPort: 8000, protocol: 'TCP' }],
        },
      },
    },
  ];
}

/** Alerts about the values of a feature store. */
export function alerts(plan: FeatureStorePlan): Manifest[] {
  const { spec, settings, name, namespace } = plan;
  const metrics = spec.monitoring?.metrics ?? [FeatureMetric.FEATURE_FRESHNESS, FeatureMetric.FEATURE_COVERAGE];
  if (
    settings.alerts === false ||
    spec.monitoring?.enabled === false ||
    metrics.length === 0 ||
    plan.model.views.length === 0
  )
    return [];
  const series = (metric: string) =>
    `max by (namespace, feature_store, feature) (${metric}${promSelector({ namespace, feature_store: name })})`;
  const wants = (...some: FeatureMetric[]) => some.some((metric) => metrics.includes(metric));
  const rules: object[] = [];
  const rule = (alert: string, expr: string, duration: string, severity: string, summary: string) =>
    rules.push({
      alert,
      expr,
      for: duration,
      labels: { severity, namespace, feature_store: name },
      annotations: { summary, runbook_url: runbookUrl(alert) },
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
    `absent(up${promSelector({ namespace, service: childName(name, CHILD.FEATURE_METRICS) })} == 1)`,
    '30m',
    'warning',
    `Nothing is known of the features of ${name}: its metrics cannot be scraped`,
  );
  return [
    {
      id: 'Alerts',
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      name: plan.serverName,
      labels: { ...plan.labels, 'app.kubernetes.io/component': 'feature-alerts' },
      body: { spec: { groups: [{ name: `feature-store.${namespace}.${name}`, rules }] } },
    },
  ];
}
