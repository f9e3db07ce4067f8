import { IProvider } from '../../src/contracts';
import { ExistingClusterProvider } from '../../src/providers/existing';
import { KindProvider } from '../../src/providers/kind';

/** A Kind provider with the defaults. */
export function kind(): IProvider {
  return KindProvider.local();
}

/** A provider of a cluster that has T4s. */
export function existing(): IProvider {
  return ExistingClusterProvider.fromKubeconfig({
    context: 'on-premises',
    kubernetesVersion: '1.35',
    defaultStorageClass: 'ceph-block',
    gpus: [{ pool: 'gpu-t4', resourceName: 'nvidia.com/gpu', productLabel: 'Tesla-T4', perNode: 2, total: 8 }],
  });
}
