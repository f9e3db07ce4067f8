import { Component } from '../../contracts/component';
import { meets, ResolvedFootprint, ResolvedWebhook } from '../../contracts/resolved-footprint';
import { Finding } from '../check';
import { asLabels, asText, at } from '../json';
import { Labels } from '../labels';
import { ManifestGraph, ObjectOfGraph, podTemplateOf } from '../manifest-graph';
import { BootOrder, BootStep } from './boot-step';
import { FootprintOf } from './footprints';

/** A webhook that refuses what it judges while nothing answers. */
interface Gate {
  readonly step: BootStep;
  readonly component: Component;
  readonly webhook: ResolvedWebhook;
}

/** An object that is created, as a webhook sees it. */
interface Judged {
  /** How a message names it. */
  readonly what: string;
  /** Path of the construct that has to be changed. */
  readonly path: string;
  /** `group/resource`. */
  readonly resource: string;
  readonly labels: Labels;
  /** Whether it has a namespace. */
  readonly isNamespaced: boolean;
  /** Labels of its namespace; undefined for an object without one, which no namespace selector leaves out. */
  readonly namespaceLabels?: Labels;
}

/** The objects of one maker in a step: a component, or the program. */
interface Batch {
  readonly step: BootStep;
  readonly component?: Component;
  readonly objects: readonly Judged[];
}

/**
 * Webhooks with failurePolicy Fail answer before anything is created that they judge: their pods are waited for in an earlier step, or
 * they come when it is there already. Without an order, whoever is first decides whether the boot succeeds.
 */
export function webhookFindings(order: BootOrder, footprints: FootprintOf, graph: ManifestGraph): Finding[] {
  const gates = gatesByResource(order.steps, footprints);
  if (gates.size === 0) return [];
  const plurals = pluralsOf(order.steps);
  const batches = order.steps.flatMap((step) => batchesOf(step, footprints, graph, plurals));
  return batches.flatMap((batch) => findingsOf(batch, gates, order));
}

/** A webhook with failurePolicy Fail survives the loss of a pod: two pods answer it. */
export function singleServerFindings({ steps }: BootOrder, footprints: FootprintOf, path: string): Finding[] {
  const installed = steps.flatMap((step) => step.components.map((component) => ({ step, component })));
  return installed.flatMap(({ step, component }) => {
    const footprint = footprints(component);
    const webhooks = failing(footprint);
    return (footprint?.workloads ?? []).flatMap(({ kind, name, replicas = 2, replicasAt }) => {
      const served = webhooks.filter(({ servedBy }) => servedBy === name);
      if (replicas >= 2 || served.length === 0) return [];
      const names = [...new Set(served.map((one) => one.name))].join(', ');
      const judged = [...new Set(served.flatMap((one) => one.judges))].join(', ');
      const more =
        replicasAt === undefined
          ? 'give the chart a value for at least 2 replicas'
          : `set ${replicasAt} to at least 2 (environment.components.override)`;
      return {
        path,
        message: `component ${component.name} (${step.name}): ${kind} ${name} answers the webhook ${names} with ${replicas} pod, and what it judges (${judged}) is refused while that is gone; ${more}, or set the failurePolicy to Ignore`,
      };
    });
  });
}

function findingsOf({ step, component, objects }: Batch, gates: Gates, order: BootOrder): Finding[] {
  const refused = new Map<Component, { gate: Gate; objects: Judged[] }>();
  for (const object of objects) {
    const [group, resource] = object.resource.split('/');
    for (const pattern of [object.resource, `${group}/*`, `*/${resource}`, '*/*']) {
      for (const gate of gates.get(pattern) ?? []) {
        if (gate.component === component || !judges(gate.webhook, object) || isOrdered(order, gate.step, step))
          continue;
        const known = refused.get(gate.component);
        if (!known) refused.set(gate.component, { gate, objects: [object] });
        else if (!known.objects.includes(object)) known.objects.push(object);
      }
    }
  }
  return [...refused.values()].map(({ gate, objects: all }) => {
    const others = all.length > 1 ? ` and ${all.length - 1} other objects` : '';
    const who = component ? `component ${component.name} (${step.name}): ` : '';
    const where = component ? '' : ` (${step.name})`;
    return {
      path: all[0].path,
      message: `${who}${all[0].what}${others}${where} may be refused while the webhook ${gate.webhook.name} of component ${gate.component.name} (${gate.step.name}) has no pods, since ${reasonOf(gate.step, step)}; ${fixOf(gate, component)}`,
    };
  });
}

/** Whether the webhook answers when the step begins, or does not exist until it is done. */
function isOrdered(order: BootOrder, gate: BootStep, step: BootStep): boolean {
  return (gate.waits && order.isBefore(gate, step)) || order.isBefore(step, gate);
}

function reasonOf(gate: BootStep, step: BootStep): string {
  if (gate === step) return 'both come in the same step';
  return gate.waits ? 'nothing says which of the two comes first' : 'nothing waits for them';
}

function fixOf({ component: server }: Gate, judged: Component | undefined): string {
  const order = judged
    ? `have ${judged.name} require ${server.name} (component.addDependency), or the other way round`
    : `have Terraform install ${server.name} (bootstrap: true)`;
  return `${order}, or switch the webhook off, or set its failurePolicy to Ignore`;
}

function judges({ scope, namespaceSelector, objectSelector }: ResolvedWebhook, object: Judged): boolean {
  const { labels, isNamespaced, namespaceLabels } = object;
  if (scope === (isNamespaced ? 'Cluster' : 'Namespaced')) return false;
  return (namespaceLabels === undefined || meets(namespaceLabels, namespaceSelector)) && meets(labels, objectSelector);
}

type Gates = ReadonlyMap<string, Gate[]>;

function gatesByResource(steps: readonly BootStep[], footprints: FootprintOf): Gates {
  const gates = new Map<string, Gate[]>();
  for (const step of steps) {
    for (const component of step.components) {
      for (const webhook of failing(footprints(component))) {
        for (const resource of webhook.judges) {
          gates.set(resource, [...(gates.get(resource) ?? []), { step, component, webhook }]);
        }
      }
    }
  }
  return gates;
}

/** The webhooks without whose answer nothing is created. */
function failing(footprint: ResolvedFootprint | undefined): ResolvedWebhook[] {
  return (footprint?.webhooks ?? []).filter(({ failurePolicy }) => failurePolicy === 'Fail');
}

function batchesOf(step: BootStep, footprints: FootprintOf, graph: ManifestGraph, plurals: Plurals): Batch[] {
  const own = step.manifests.flatMap((manifest) => judgedOf(manifest, graph, plurals));
  const ofComponents = step.components.map((component) => ({
    step,
    component,
    objects: objectsOf(component, footprints(component), graph),
  }));
  return [{ step, objects: own }, ...ofComponents];
}

/** An object, and the pods that it makes. */
function judgedOf(manifest: ObjectOfGraph, graph: ManifestGraph, plurals: Plurals): Judged[] {
  const { kind, group, name, namespace, path, json } = manifest;
  const labels = asLabels(at(json, 'metadata', 'labels'));
  const isNamespace = kind === 'Namespace' && group === '';
  const base = {
    what: `${kind} ${name}`,
    path,
    isNamespaced: !isNamespace && namespace !== undefined,
    namespaceLabels: isNamespace
      ? { ...labels, 'kubernetes.io/metadata.name': name }
      : namespace === undefined
        ? undefined
        : labelsOf(namespace, graph),
  };
  const object = { ...base, resource: `${group}/${plurals.get(`${kind}.${group}`) ?? pluralOf(kind)}`, labels };
  const template = podTemplateOf(manifest);
  if (!template || kind === 'Pod') return [object];
  return [object, { ...base, what: `a pod of ${base.what}`, resource: '/pods', labels: template.labels }];
}

const OF_WORKLOADS: { readonly [kind: string]: string | undefined } = {
  Deployment: 'apps/deployments',
  StatefulSet: 'apps/statefulsets',
  DaemonSet: 'apps/daemonsets',
  Job: 'batch/jobs',
};

/** What the chart of a component makes, as far as its footprint has it. */
function objectsOf(component: Component, footprint: ResolvedFootprint | undefined, graph: ManifestGraph): Judged[] {
  const base = { path: graph.path, isNamespaced: true, namespaceLabels: labelsOf(component.namespace, graph) };
  const services = (footprint?.services ?? []).map(({ name }) => ({
    ...base,
    what: `Service ${name}`,
    resource: '/services',
    labels: {},
  }));
  const workloads = (footprint?.workloads ?? []).flatMap(({ kind, name, podLabels: labels }) => [
    { ...base, what: `${kind} ${name}`, resource: OF_WORKLOADS[kind] ?? '', labels },
    { ...base, what: `a pod of ${kind} ${name}`, resource: '/pods', labels },
  ]);
  return [...services, ...workloads];
}

function labelsOf(namespace: string, graph: ManifestGraph): Labels {
  return graph.labelsOfNamespace(namespace) ?? { 'kubernetes.io/metadata.name': namespace };
}

type Plurals = ReadonlyMap<string, string>;

/** The resources of the kinds that the graph itself defines. */
function pluralsOf(steps: readonly BootStep[]): Plurals {
  const plurals = new Map<string, string>();
  for (const { kind, json } of steps.flatMap(({ manifests }) => manifests)) {
    if (kind !== 'CustomResourceDefinition') continue;
    const names = at(json, 'spec', 'names');
    const key = `${asText(at(names, 'kind')) ?? ''}.${asText(at(json, 'spec', 'group')) ?? ''}`;
    plurals.set(key, asText(at(names, 'plural')) ?? '');
  }
  return plurals;
}

/** By the rule that nearly all kinds keep to. */
function pluralOf(kind: string): string {
  const lower = kind.toLowerCase();
  if (lower === 'endpoints') return lower;
  if (/(s|x|z|ch|sh)$/.test(lower)) return `${lower}es`;
  return /[^aeiou]y$/.test(lower) ? `${lower.slice(0, -1)}ies` : `${lower}s`;
}
