import { ApiObject } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { Component } from '../contracts/component';
import { ResolvedFootprint, resolveFootprint } from '../contracts/resolved-footprint';
import { SynthesizedEnvironment } from './synthesized-environment';

/**
 * Adds what charts cannot or should not have: PodDisruptionBudgets where a chart has none, and PodMonitors, which a chart makes only
 * where Prometheus came before it. They are manifests as others, and so come after all components.
 */
export function addComponentObjects(environment: SynthesizedEnvironment, components: Component[]): void {
  const known = components.flatMap((component) => {
    const resolved = resolveFootprint(component);
    return resolved ? [{ namespace: component.namespace, resolved }] : [];
  });
  const scraped =
    environment.scraper !== undefined &&
    components.some(({ customResources }) => customResources.includes('PodMonitor.monitoring.coreos.com'));
  const budgets = known.flatMap(({ namespace, resolved }) => budgetsOf(namespace, resolved));
  const monitors = scraped ? known.flatMap(({ namespace, resolved }) => monitorsOf(namespace, resolved)) : [];
  if (budgets.length + monitors.length === 0) return;
  const chart = environment.addChart('component-objects');
  for (const { name, namespace, podLabels } of budgets) {
    new k8s.KubePodDisruptionBudget(chart, `${namespace}-${name}`, {
      metadata: { name, namespace },
      spec: { maxUnavailable: k8s.IntOrString.fromNumber(1), selector: { matchLabels: { ...podLabels } } },
    });
  }
  for (const { name, namespace, podLabels, port, path } of monitors) {
    new ApiObject(chart, `${namespace}-${name}-metrics`, {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PodMonitor',
      metadata: { name, namespace },
      spec: {
        selector: { matchLabels: { ...podLabels } },
        podMetricsEndpoints: [{ portNumber: port, path, interval: '30s' }],
      },
    });
  }
}

interface Target {
  readonly name: string;
  readonly namespace: string;
  readonly podLabels: { readonly [label: string]: string };
}

/** A drained node takes one pod at a time of what runs several times. */
function budgetsOf(namespace: string, { workloads }: ResolvedFootprint): Target[] {
  return workloads
    .filter(({ replicas = 1, disruptionBudget, hook }) => replicas > 1 && !disruptionBudget && hook === undefined)
    .filter(({ podLabels }) => Object.keys(podLabels).length > 0)
    .map(({ name, podLabels }) => ({ name, namespace, podLabels }));
}

function monitorsOf(
  namespace: string,
  { metrics }: ResolvedFootprint,
): (Target & { readonly port: number; readonly path: string })[] {
  return metrics.map(({ name, podLabels, port, path = '/metrics' }) => ({ name, namespace, podLabels, port, path }));
}
