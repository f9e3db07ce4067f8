import { ManifestGraph, ManifestGraphContext, objectFrom } from '../../../src/checks/manifest-graph';
import { BootStep } from '../../../src/checks/rehearsal/boot-step';
import { rehearse, Rehearsal, RehearsalOptions } from '../../../src/checks/rehearsal/rehearsal';
import { ComponentFootprint, NodeCapability } from '../../../src/contracts';
import { Component } from '../../../src';
import { chartOf, CONTEXT, Json } from '../graph';

const GIB = 2 ** 30;

/** Two nodes with 4 GiB that are there, and two more that may come. */
export const GENERAL: NodeCapability = {
  pool: 'general',
  instanceType: 't3.medium',
  cpu: 2,
  memory: 4 * GIB,
  pods: 17,
  min: 2,
  max: 4,
  zones: ['a', 'b'],
};

export const GPU: NodeCapability = {
  ...GENERAL,
  pool: 'gpu-t4',
  instanceType: 'g4dn.xlarge',
  memory: 16 * GIB,
  min: 0,
  max: 2,
  gpus: 1,
  taint: 'nvidia.com/gpu',
  productLabel: 'Tesla-T4',
};

export const GPUS = [
  { pool: 'gpu-t4', resourceName: 'nvidia.com/gpu', productLabel: 'Tesla-T4', perNode: 1, total: 2 },
];

/** A component in the namespace of its name. */
export function component(name: string, footprint: ComponentFootprint, more: Partial<Component> = {}): Component {
  return new Component(name, {
    chart: { repository: 'https://charts.example.org', name, version: '1.2.3' },
    namespace: more.namespace ?? name,
    customResources: more.customResources,
    values: more.values,
    footprint,
  });
}

/** A footprint with one workload. */
export function pods(more: Partial<ComponentFootprint['workloads'][0]> = {}, cpu = '100m', memory = '128Mi') {
  return { workloads: [{ kind: 'Deployment', name: 'server', containers: [{ name: 'a', cpu, memory }], ...more }] };
}

interface Step {
  readonly after?: string[];
  readonly waits?: boolean;
  readonly waitsForCustomResources?: boolean;
  readonly components?: Component[];
  readonly manifests?: Json[];
}

/** A boot in the steps; each is after the one before it unless it says otherwise, and waits unless it says that it does not. */
export function boot(
  steps: { [name: string]: Step },
  context: Partial<ManifestGraphContext> = {},
  options: RehearsalOptions = {},
): Rehearsal {
  const names = Object.keys(steps);
  const all = Object.values(steps).flatMap(({ manifests = [] }) => manifests);
  const graph = ManifestGraph.of(chartOf(all), { ...CONTEXT, ...context });
  const paths = new Map(all.map((json, at) => [json, graph.manifests[at].path]));
  return rehearse(
    graph,
    names.map((name, at): BootStep => {
      const { after = at === 0 ? [] : [names[at - 1]], waits = true, components = [], manifests = [] } = steps[name];
      const { waitsForCustomResources } = steps[name];
      return {
        name,
        after,
        waits,
        waitsForCustomResources,
        components,
        manifests: manifests.map((one) => objectFrom(paths.get(one) ?? '', one)),
      };
    }),
    { defaultStorageClass: 'gp3', ...options },
  );
}

/** What is found, without its path. */
export function messages({ findings }: Rehearsal): string[] {
  return findings.map(({ message }) => message);
}
