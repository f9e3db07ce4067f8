import { Component } from '../contracts/component';
import {
  METACONTROLLER_METRICS_PORT,
  METACONTROLLER_NAMESPACE,
  METACONTROLLER_POD_LABELS,
  METACONTROLLER_ROLE_LABEL,
  METACONTROLLER_SERVICE_ACCOUNT,
} from '../contracts/metacontroller';
import { preferOtherNodes } from '../contracts/placement';
import { chartFootprint, valuesBelow } from './chart-footprint';

/** Options of Metacontroller. */
export interface MetacontrollerOptions {
  /** Label that its controllers have, as `key=value`; it leaves others alone. */
  readonly controllerSelector: string;
  /**
   * Pods, of which one works.
   *
   * @default 1
   */
  readonly replicas?: number;
  /**
   * Name of the PriorityClass.
   *
   * @default - the cluster's default priority
   */
  readonly priorityClassName?: string;
}

/**
 * Metacontroller, which runs the operators: it watches objects, calls the hooks and applies what they answer by server-side
 * apply.
 *
 * What it may do is the sum of the ClusterRoles with the label `METACONTROLLER_ROLE_LABEL`; the chart would let it do everything.
 *
 * Source: https://github.com/metacontroller/metacontroller/tree/master/deploy/helm/metacontroller
 */
export function metacontroller(options: MetacontrollerOptions): Component {
  const replicas = options.replicas ?? 1;
  return new Component('metacontroller', {
    chart: {
      repository: 'oci://ghcr.io/metacontroller',
      name: 'metacontroller-helm',
      // before 4.17.2 controllers that ignore status changes were not resynced
      version: '4.17.2',
    },
    namespace: METACONTROLLER_NAMESPACE,
    customResources: ['CompositeController', 'ControllerRevision', 'DecoratorController'].map(
      (kind) => `${kind}.metacontroller.k8s.io`,
    ),
    clusterScopedResources: ['CompositeController.metacontroller.k8s.io', 'DecoratorController.metacontroller.k8s.io'],
    footprint: FOOTPRINT,
    values: {
      fullnameOverride: 'metacontroller',
      serviceAccount: { create: true, name: METACONTROLLER_SERVICE_ACCOUNT },
      replicas,
      ...(replicas > 1
        ? { podDisruptionBudget: { maxUnavailable: 1 }, affinity: preferOtherNodes(METACONTROLLER_POD_LABELS) }
        : {}),
      ...(options.priorityClassName ? { priorityClassName: options.priorityClassName } : {}),
      commandArgs: [
        '--zap-log-level=info',
        '--apply-strategy=server-side-apply',
        '--leader-election',
        '--leader-election-id=metacontroller',
        `--leader-election-namespace=${METACONTROLLER_NAMESPACE}`,
        // the defaults, 5 and 10, are reached by a single parent with its children
        '--client-go-qps=100',
        '--client-go-burst=200',
        '--workers=20',
        `--target-label-selector=${options.controllerSelector}`,
        '--discovery-interval=30s',
        '--cache-flush-interval=30m',
        `--metrics-address=:${METACONTROLLER_METRICS_PORT}`,
        '--health-probe-bind-address=:8081',
      ],
      clusterRole: {
        aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [METACONTROLLER_ROLE_LABEL]: 'true' } }] },
        rules: [],
      },
      service: {
        enabled: true,
        // a number: the chart gives the container's port no name
        ports: [
          {
            name: 'metrics',
            port: METACONTROLLER_METRICS_PORT,
            targetPort: METACONTROLLER_METRICS_PORT,
            protocol: 'TCP',
          },
        ],
      },
      podSecurityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
      securityContext: {
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
        readOnlyRootFilesystem: true,
      },
      resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '1Gi' } },
    },
  });
}

/** What the chart brings, and the values that change it. */
const FOOTPRINT = chartFootprint('metacontroller-helm', {
  rename: ['metacontroller-helm', 'metacontroller'],
  workloads: {
    'metacontroller-helm': valuesBelow('', {
      // with our security contexts
      podSecurity: 'restricted',
      imageAt: 'image',
      disruptionBudgetAt: 'podDisruptionBudget',
      podLabels: METACONTROLLER_POD_LABELS,
    }),
  },
  moreServices: [{ name: 'metacontroller', ports: { metrics: METACONTROLLER_METRICS_PORT } }],
});
