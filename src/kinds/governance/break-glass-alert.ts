import { Construct } from 'constructs';
import { MODEL_DEPLOYMENT } from '../../api/kinds/model-deployment';
import { ComponentRegistry } from '../../contracts/component-registry';
import { runbookUrl } from '../../contracts/runbooks';
import { AlertSeverity } from '../../constructs/monitoring/alert-rules';
import { AlertRules } from '../../constructs/monitoring';
import { Namespace } from '../../constructs/tenancy';
import { BREAK_GLASS, BREAK_GLASS_BY, BREAK_GLASS_UNTIL } from '../model-deployment/break-glass';

const PREFIX = 'mlifecycle';
const METRIC = 'break_glass_until_seconds';

/** Options of the alert. */
export interface BreakGlassAlertProps {
  /** Name of the namespace of the monitoring. */
  readonly namespaceName: string;
}

/** An alert for each ModelDeployment that is served past the policies, of what kube-state-metrics reads from its annotations. */
export class BreakGlassAlert extends Construct {
  public constructor(scope: Construct, id: string, { namespaceName }: BreakGlassAlertProps) {
    super(scope, id);
    ComponentRegistry.of(this).override('kube-prometheus-stack', {
      values: {
        'kube-state-metrics': {
          customResourceState: { enabled: true, config: STATE_METRICS },
          // the chart lets it read definitions, and no objects of theirs
          rbac: {
            extraRules: [
              { apiGroups: [MODEL_DEPLOYMENT.group], resources: [MODEL_DEPLOYMENT.plural], verbs: ['list', 'watch'] },
            ],
          },
        },
      },
    });
    const namespace = Namespace.fromName(this, 'namespace', namespaceName);
    new AlertRules(this, 'Rules', { namespace, name: 'break-glass' }).add({
      name: 'ModelBreakGlass',
      runbookUrl: runbookUrl('ModelBreakGlass'),
      expression: `max by (namespace, name, reason, by) (${PREFIX}_${METRIC})`,
      summary:
        'ModelDeployment {{ $labels.name }} in {{ $labels.namespace }} is served past the policies until {{ $value | humanizeTimestamp }}, by {{ $labels.by }}: {{ $labels.reason }}',
      severity: AlertSeverity.CRITICAL,
      forMinutes: 0,
    });
  }
}

/** https://github.com/kubernetes/kube-state-metrics/blob/main/docs/metrics/extend/customresourcestate-metrics.md */
const STATE_METRICS = {
  kind: 'CustomResourceStateMetrics',
  spec: {
    resources: [
      {
        groupVersionKind: {
          group: MODEL_DEPLOYMENT.group,
          version: MODEL_DEPLOYMENT.version,
          kind: MODEL_DEPLOYMENT.kind,
        },
        metricNamePrefix: PREFIX,
        // those without the annotations have no series, and are no error
        errorLogV: 10,
        labelsFromPath: { name: ['metadata', 'name'], namespace: ['metadata', 'namespace'] },
        metrics: [
          {
            name: METRIC,
            help: 'When it ends that a ModelDeployment is served past the policies, in seconds since 1970.',
            each: {
              type: 'Gauge',
              gauge: {
                path: ['metadata', 'annotations'],
                labelsFromPath: { reason: [BREAK_GLASS], by: [BREAK_GLASS_BY] },
                valueFrom: [BREAK_GLASS_UNTIL],
              },
            },
          },
        ],
      },
    ],
  },
};
