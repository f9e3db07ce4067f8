import { Construct } from 'constructs';
import { INamespace } from '../../contracts/namespace';
import { AlertRules, AlertSeverity } from '../monitoring/alert-rules';

/** Alerts about operators that fail, are slow, fall behind or do not run. */
export function operatorAlerts(scope: Construct, id: string, namespace: INamespace): AlertRules {
  const rules = new AlertRules(scope, id, { namespace, name: 'operators' });
  const answered = 'sum by (operator) (rate(nstarx_hook_requests_total[5m]))';
  rules.add({
    name: 'OperatorHookErrors',
    expression: `sum by (operator) (rate(nstarx_hook_requests_total{outcome="error"}[5m])) / ${answered} > 0.01`,
    summary:
      'Operator {{ $labels.operator }} fails {{ $value | humanizePercentage }} of its calls; its log names the objects',
    severity: AlertSeverity.CRITICAL,
    forMinutes: 10,
  });
  rules.add({
    name: 'OperatorHookSlow',
    expression:
      'histogram_quantile(0.99, sum by (operator, le) (rate(nstarx_hook_duration_seconds_bucket[5m]))) > 0.25',
    summary: 'One call in 100 of operator {{ $labels.operator }} takes {{ $value | humanizeDuration }}',
    forMinutes: 15,
  });
  rules.add({
    name: 'OperatorHooksAbsent',
    expression: 'absent(nstarx_hook_requests_total)',
    summary: 'No hook server runs: objects of the platform are accepted and nothing happens',
    severity: AlertSeverity.CRITICAL,
    forMinutes: 10,
  });
  rules.add({
    name: 'OperatorUnreachable',
    // calls that are not answered are in no counter of requests
    expression: 'sum by (name) (rate(workqueue_retries_total{name=~"CompositeController-nstarx-.*"}[5m])) > 0.1',
    summary: '{{ $labels.name }} tries {{ $value | humanize }} objects a second again',
    forMinutes: 15,
  });
  rules.add({
    name: 'OperatorBehind',
    expression:
      'histogram_quantile(0.95, sum by (name, le) (rate(workqueue_queue_duration_seconds_bucket{name=~"CompositeController-nstarx-.*"}[5m]))) > 60',
    summary: 'Objects of {{ $labels.name }} wait {{ $value | humanizeDuration }} until they are looked at',
    forMinutes: 10,
  });
  rules.add({
    name: 'OperatorNotStarted',
    expression: 'increase(controller_runtime_reconcile_errors_total{controller="composite-metacontroller"}[15m]) > 0',
    summary: 'Metacontroller cannot start a controller, most often because a CRD is missing; its events say which',
    forMinutes: 15,
  });
  return rules;
}
