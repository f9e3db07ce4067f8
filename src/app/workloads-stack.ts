import { Manifest } from '@cdktf/provider-kubernetes/lib/manifest';
import { TerraformStack } from 'cdktf';
import { addClusterProviders } from './bootstrap';
import type { Environment } from './environment';

/**
 * Adds the stack `<env>-workloads`, which applies every manifest. Terraform plans it after `<env>-bootstrap` is applied,
 * so the CRDs are there.
 */
export function addWorkloadsStack(environment: Environment): void {
  const stack = environment._addStack('workloads');
  stack.addDependency(TerraformStack.of(environment.bootstrap));
  addClusterProviders(stack, environment.cluster.connection);
  const graph = environment._manifests();
  const namespaces = new Map<string, Manifest>();
  for (const manifest of graph.ofKind('Namespace', '')) {
    namespaces.set(manifest.name, resource(manifest.json, manifest.path));
  }
  for (const manifest of graph.manifests) {
    if (manifest.kind === 'Namespace' && manifest.group === '') continue;
    const namespace = manifest.namespace !== undefined ? namespaces.get(manifest.namespace) : undefined;
    resource(manifest.json, manifest.path, namespace);
  }

  function resource(manifest: { [key: string]: unknown }, path: string, namespace?: Manifest): Manifest {
    const id = path.split('/').slice(1).join('-');
    return new Manifest(stack, id, {
      manifest,
      fieldManager: { name: 'terraform', forceConflicts: true },
      dependsOn: namespace && [namespace],
    });
  }
}
