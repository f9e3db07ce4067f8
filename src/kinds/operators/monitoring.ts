import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { METACONTROLLER_NAMESPACE } from '../../components/metacontroller';
import { INamespace } from '../../contracts/namespace';
import { runbookUrl } from '../../contracts/runbooks';
import { AlertRules, AlertSeverity } from '../../constructs/monitoring/alert-rules';
import { HOOK_SERVER_LABELS } from './hook-server';

/** Has Prometheus scrape all hook servers of a namespace. */
export function hookServerMonitor(
  scope: Construct,
  id: string,
  namespaceName: string,
  caSecretName: string,
  serverName: string,
): ApiObject {
  return new ApiObject(scope, id, {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'ServiceMonitor',
    metadata: { name: 'operators', namespace: namespaceName },
    spec: {
      selector: { matchLabels: { ...HOOK_SERVER_LABELS } },
      endpoints: [
        {
          port: 'http',
          path: '/metrics',
          interval: '30s',
          scheme: 'https',
          tlsConfig: { ca: { secret: { name: caSecretName, key: 'ca.crt' } }, serverName },
        },
      ],
    },
  });
}

/** Has Prometheus scrape Metacontroller. */
export function metacontrollerMonitor(scope: Construct, id: string): ApiObject {
  return new ApiObject(scope, id, {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'ServiceMonitor',
    metadata: { name: 'metacontroller', namespace: METACONTROLLER_NAMESPACE },
    spec: {
      selector: { matchLabels: { 'app.kubernetes.io/instance': 'metacontroller' } },
      endpoints: [{ port: 'metrics', path: '/metrics', interval: '30s' }],
    },
  });
}

/** Alerts about operators that fail, are slow, fall behind or do not run. */
export function operatorAlerts(
  scope: Construct,
  id: string,
  namespace: INamespace,
  operators: readonly string[],
): AlertRules {
  const rules = new AlertRules(scope, id, { namespace, name: 'operators' });
  const answered = 'sum by (operator) (rate(nstarx_hook_requests_total[5m]))';
  rules.add({
    name: 'OperatorHookErrors',
    runbookUrl: runbookUrl('OperatorHookErrors'),
    expression: `sum by (operator) (rate(nstarx_hook_requests_total{outcome="error"}[5m])) / ${answered} > 0.01`,
    summary:
      'Operator {{ $labels.operator }} fails {{ $value | humanizePercentage }} of its calls; its log names the objects',
    severity: AlertSeverity.CRITICAL,
    forMinutes: 10,
  });
  rules.add({
    name: 'OperatorHookSlow',
    runbookUrl: runbookUrl('OperatorHookSlow'),
    expression:
      'histogram_quantile(0.99, sum by (operator, le) (rate(nstarx_hook_duration_seconds_bucket[5m]))) > 0.25',
    summary: 'One call in 100 of operator {{ $labels.operator }} takes {{ $value | humanizeDuration }}',
    forMinutes: 15,
  });
  rules.add({
    name: 'OperatorHooksAbsent',
    runbookUrl: runbookUrl('OperatorHooksAbsent'),
    // hook servers count from zero, so a platform without objects has the series too
    expression: operators.map((name) => `absent(nstarx_hook_requests_total{operator="${name}"})`).join(' or '),
    summary: 'No hook server runs for operator {{ $labels.operator }}: its objects are accepted and nothing happens',
    severity: AlertSeverity.CRITICAL,
    forMinutes: 10,
  });
  rules.add({
    name: 'OperatorUnreachable',
    runbookUrl: runbookUrl('OperatorUnreachable'),
    // calls that are not answered are in no counter; every object is looked at again each five minutes
    expression: `sum by (name) (rate(workqueue_adds_total{name=~"CompositeController-nstarx-.*"}[15m])) > 0 unless on (name) (${[
      'sync',
      'finalize',
    ]
      .map(
        (hook) =>
          `label_replace(sum by (controller_name) (rate(metacontroller_${hook}_requests_total{code="200"}[15m])) > 0, "name", "CompositeController-$1", "controller_name", "(.+)")`,
      )
      .join(' or ')})`,
    summary: '{{ $labels.name }} has objects to look at, and no call of its hooks is answered',
    severity: AlertSeverity.CRITICAL,
    forMinutes: 10,
  });
  rules.add({
    name: 'OperatorRefuses',
    runbookUrl: runbookUrl('OperatorRefuses'),
    // errors of operators are in OperatorHookErrors; 20 minutes, since a call is tried again after 1000 seconds at most
    expression:
      'sum by (controller_name, code) (increase(metacontroller_sync_requests_total{code!~"200|429|500"}[20m])) > 0',
    summary: 'Calls of {{ $labels.controller_name }} are answered with {{ $labels.code }}',
    forMinutes: 25,
  });
  rules.add({
    name: 'OperatorBehind',
    runbookUrl: runbookUrl('OperatorBehind'),
    expression:
      'histogram_quantile(0.95, sum by (name, le) (rate(workqueue_queue_duration_seconds_bucket{name=~"CompositeController-nstarx-.*"}[5m]))) > 60',
    summary: 'Objects of {{ $labels.name }} wait {{ $value | humanizeDuration }} until they are looked at',
    forMinutes: 10,
  });
  rules.add({
    name: 'OperatorNotStarted',
    runbookUrl: runbookUrl('OperatorNotStarted'),
    // longer than what is between two attempts; one that succeeds soon after the installation is no alert
    expression: 'increase(controller_runtime_reconcile_errors_total{controller="composite-metacontroller"}[20m]) > 0',
    summary: 'Metacontroller cannot start a controller, most often because a CRD is missing; its events say which',
    forMinutes: 25,
  });
  return rules;
}
