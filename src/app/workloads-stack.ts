import { Release } from '@cdktf/provider-helm/lib/release';
import { DefaultServiceAccountV1 } from '@cdktf/provider-kubernetes/lib/default-service-account-v1';
import { TerraformStack } from 'cdktf';
import { Manifest } from '../checks/manifest-graph';
import { PLATFORM_NAMESPACE } from '../contracts/names';
import { addClusterProviders } from './cluster-providers';
import type { Environment } from './environment';
import { escapeTemplate } from './helm-values';
import { manifestChart } from './manifest-chart';

/** What objects of other charts need before they can be made. */
const FOUNDATION = [
  'ClusterRole',
  'CustomResourceDefinition',
  'Namespace',
  'PriorityClass',
  'ServiceAccount',
  'StorageClass',
];

/**
 * Adds the stack `<env>-workloads`, which applies every manifest: namespaces and the like first, then a Helm release per
 * chart.
 *
 * Through Helm rather than `kubernetes_manifest`: that one plans with the cluster's API, and fails when the API server
 * writes a value in another form than it was given (`1024Mi` as `1Gi`).
 */
export function addWorkloadsStack(environment: Environment): void {
  const stack = environment._addStack('workloads');
  stack.addDependency(TerraformStack.of(environment.bootstrap));
  addClusterProviders(stack, environment.cluster.connection);
  const manifests = environment._manifests().manifests;
  const isFoundation = (manifest: Manifest) => FOUNDATION.includes(manifest.kind) && !isDefaultAccount(manifest);
  const chart = manifestChart(stack, 'manifests-chart');
  const foundation = release('foundation', manifests.filter(isFoundation));
  const byChart = new Map<string, Manifest[]>();
  for (const manifest of manifests.filter((one) => !isFoundation(one))) {
    if (isDefaultAccount(manifest)) {
      // Kubernetes makes it, and Helm would refuse to take it over
      new DefaultServiceAccountV1(stack, `default-service-account-${manifest.namespace ?? ''}`, {
        metadata: { namespace: manifest.namespace },
        automountServiceAccountToken: manifest.json.automountServiceAccountToken === true,
        dependsOn: [foundation],
      });
      continue;
    }
    const name = manifest.source.chart.node.path.split('/').slice(1).join('-');
    byChart.set(name, [...(byChart.get(name) ?? []), manifest]);
  }
  for (const [name, objects] of byChart) release(name, objects, foundation);

  function release(name: string, objects: Manifest[], after?: Release): Release {
    return new Release(stack, name, {
      name,
      chart,
      namespace: PLATFORM_NAMESPACE,
      values: [escapeTemplate(JSON.stringify({ manifests: objects.map((object) => object.json) }, undefined, 2))],
      wait: false,
      // not atomic, since that waits; a first install that failed is repaired by the next apply
      upgradeInstall: true,
      dependsOn: after && [after],
    });
  }
}

function isDefaultAccount(manifest: Manifest): boolean {
  return manifest.kind === 'ServiceAccount' && manifest.name === 'default';
}
