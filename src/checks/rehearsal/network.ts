import { Component } from '../../contracts/component';
import { ResolvedFootprint, ResolvedWorkload } from '../../contracts/resolved-footprint';
import { Finding } from '../check';
import { NamespacedLabelIndex } from '../labels';
import { Manifest, ManifestGraph } from '../manifest-graph';
import { NetworkPolicies, NO_DNS } from '../network-policies';
import { BootStep } from './boot-step';
import { FootprintOf } from './footprints';

/** Pods of a component. */
interface ComponentPods {
  readonly step: BootStep;
  readonly component: Component;
  readonly workload: ResolvedWorkload;
  /** Whether they work on objects of the API server. */
  readonly isController: boolean;
  /** Whether the API server asks them before it takes an object. */
  readonly isWebhook: boolean;
}

/**
 * The NetworkPolicies of the graph do not cut the pods of components off from DNS, controllers from the API server, nor the API server from
 * webhooks.
 */
export function networkFindings(steps: readonly BootStep[], footprints: FootprintOf, graph: ManifestGraph): Finding[] {
  const pods = steps.flatMap((step) =>
    step.components.flatMap((component) => podsOf(step, component, footprints(component))),
  );
  const index = new NamespacedLabelIndex<ComponentPods>();
  const unlabelled = new Map<string, ComponentPods[]>();
  for (const one of pods) {
    const { namespace } = one.component;
    if (Object.keys(one.workload.podLabels).length > 0) index.add(namespace, one, one.workload.podLabels);
    else unlabelled.set(namespace, [...(unlabelled.get(namespace) ?? []), one]);
  }
  const policies = new NetworkPolicies(graph, index, unlabelled);
  return pods.flatMap((one) => {
    const egress = policies.restrictEgress(one);
    const ingress = policies.restrictIngress(one);
    return [
      ...(policies.allowsDns(one) ? [] : [finding(one, 'cannot reach DNS', egress, NO_DNS)]),
      ...(!one.isController || policies.allowsApiServer(one)
        ? []
        : [finding(one, 'cannot reach the API server', egress, NO_API_SERVER)]),
      ...(!one.isWebhook || policies.allowsFromApiServer(one)
        ? []
        : [finding(one, 'cannot be asked by the API server', ingress, NO_WEBHOOK)]),
    ];
  });
}

const NO_API_SERVER =
  'allow no egress to it; add a rule for TCP ports 443 and 6443 without peers, or leave out the policies where nothing else restricts these pods';
const NO_WEBHOOK = 'allow ingress from pods only; add a rule for the port of the webhook without peers';

function podsOf(step: BootStep, component: Component, footprint: ResolvedFootprint | undefined): ComponentPods[] {
  const webhooks = new Set((footprint?.webhooks ?? []).map(({ servedBy }) => servedBy));
  // what defines kinds works on objects of them
  const isController = component.customResources.length > 0 || webhooks.size > 0;
  return (footprint?.workloads ?? []).map((workload) => ({
    step,
    component,
    workload,
    isController,
    isWebhook: webhooks.has(workload.name),
  }));
}

function finding(
  { step, component, workload }: ComponentPods,
  what: string,
  policies: readonly Manifest[],
  why: string,
) {
  const names = policies.map(({ name }) => name).join(', ');
  return {
    // one of the policies has to be changed, or joined by another one
    path: policies[0].path,
    message: `component ${component.name} (${step.name}): the pods of ${workload.kind} ${workload.name} ${what}, since the NetworkPolicies that select them (${names}) ${why}`,
  };
}
