import { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { IEnvironment } from '../../contracts/environment';
import type { EksCluster } from './eks-cluster';

/**
 * The default StorageClass: encrypted gp3 volumes, made in the zone where the pod lands, since a volume cannot leave its
 * zone. EKS has a class `gp2` too, which has not been the default since Kubernetes 1.30.
 */
export function addDefaultStorageClass(environment: IEnvironment, cluster: EksCluster): void {
  const chart = new Chart(environment, 'storage-class', { disableResourceNameHashes: true });
  new k8s.KubeStorageClass(chart, 'gp3', {
    metadata: {
      name: cluster.defaultStorageClass,
      labels: { 'app.kubernetes.io/name': 'gp3', 'app.kubernetes.io/part-of': 'ml-platform' },
      annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' },
    },
    provisioner: 'ebs.csi.aws.com',
    parameters: {
      type: 'gp3',
      encrypted: 'true',
      // an alias, as the ARN is known to Terraform only
      kmsKeyId: cluster.volumesKey.aliasName,
      'csi.storage.k8s.io/fstype': 'ext4',
    },
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'WaitForFirstConsumer',
    allowVolumeExpansion: true,
  });
}
