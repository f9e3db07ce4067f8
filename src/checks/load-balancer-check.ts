import { LoadBalancerAnnotations } from '../contracts/cluster';
import { Finding, ICheck } from './check';
import { asLabels, at } from './json';
import { ManifestGraph } from './manifest-graph';

/**
 * A Service of type LoadBalancer says which controller makes its load balancer, where the cluster needs that: by its class, or by the
 * annotations that internal and public ones have in common.
 */
export class LoadBalancerCheck implements ICheck {
  public constructor(private readonly annotations: LoadBalancerAnnotations) {}

  public check(graph: ManifestGraph): Finding[] {
    const { internal, internetFacing } = this.annotations;
    // the first of them says whose it is, the others how it is made
    const [owner] = Object.entries(internal).filter(([key, value]) => internetFacing[key] === value);
    if (owner === undefined) return [];
    const [key, value] = owner;
    return graph
      .ofKind('Service', '')
      .filter(({ json }) => at(json, 'spec', 'type') === 'LoadBalancer')
      .filter(({ json }) => at(json, 'spec', 'loadBalancerClass') === undefined)
      .filter(({ json }) => asLabels(at(json, 'metadata', 'annotations'))[key] !== value)
      .map(({ path, name }) => ({
        path,
        message: `Service ${name}: is of type LoadBalancer and does not say which controller makes the load balancer, so that the one built into Kubernetes makes a legacy one; give it the annotations of cluster.loadBalancerAnnotations (internal or internetFacing), such as ${key}: ${value}, or spec.loadBalancerClass`,
      }));
  }
}
