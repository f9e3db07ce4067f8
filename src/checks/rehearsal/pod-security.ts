import { Finding } from '../check';
import { ManifestGraph } from '../manifest-graph';
import { BootStep } from './boot-step';
import { FootprintOf } from './footprints';

const LAXEST_FIRST = ['privileged', 'baseline', 'restricted'];

/** The pods of components meet the Pod Security level that their namespace enforces; those of manifests have a check of their own. */
export function podSecurityFindings(
  steps: readonly BootStep[],
  footprints: FootprintOf,
  graph: ManifestGraph,
): Finding[] {
  return steps.flatMap((step) =>
    step.components.flatMap((component) => {
      const { name, namespace } = component;
      const enforced = graph.labelsOfNamespace(namespace)?.['pod-security.kubernetes.io/enforce'] ?? 'privileged';
      return (footprints(component)?.workloads ?? [])
        .filter(({ podSecurity }) => LAXEST_FIRST.indexOf(podSecurity) < LAXEST_FIRST.indexOf(enforced))
        .map((workload) => ({
          path: graph.path,
          message: `component ${name} (${step.name}): the pods of ${workload.kind} ${workload.name} meet Pod Security ${workload.podSecurity}, and namespace ${namespace} enforces ${enforced}, so that none is made; set podSecurity of the component to ${workload.podSecurity}, or have values of the chart set the securityContext that ${enforced} asks for and say so in the footprint`,
        }));
    }),
  );
}
