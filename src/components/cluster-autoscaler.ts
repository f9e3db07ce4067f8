import { Component, PodSecurityLevel } from '../contracts/component';
import { IWorkloadIdentity } from '../contracts/identity';
import { chartFootprint, valuesBelow } from './chart-footprint';

/** The identity that needs permissions for Auto Scaling groups. */
export const CLUSTER_AUTOSCALER_IDENTITY: IWorkloadIdentity = {
  namespace: 'kube-system',
  serviceAccountName: 'cluster-autoscaler',
};

/** Options of the Cluster Autoscaler on AWS. */
export interface ClusterAutoscalerOptions {
  /** Name of the EKS cluster; node groups carry it as a tag. */
  readonly clusterName: string;
  /** Region of the cluster. */
  readonly region: string;
  /** Tag of the image: a release of the cluster's version of Kubernetes. */
  readonly imageTag: string;
  /**
   * Number of replicas, of which one works.
   *
   * @default 2
   */
  readonly replicas?: number;
}

/** The Cluster Autoscaler for EKS managed node groups, which it finds by their tags. */
export function clusterAutoscaler(options: ClusterAutoscalerOptions): Component {
  return new Component('cluster-autoscaler', {
    chart: { repository: 'https://kubernetes.github.io/autoscaler', name: 'cluster-autoscaler', version: '9.59.0' },
    namespace: CLUSTER_AUTOSCALER_IDENTITY.namespace,
    podSecurity: PodSecurityLevel.PRIVILEGED,
    // the components that GitOps brings may need more nodes than there are
    bootstrap: true,
    footprint: FOOTPRINT,
    values: {
      cloudProvider: 'aws',
      awsRegion: options.region,
      autoDiscovery: { clusterName: options.clusterName },
      fullnameOverride: 'cluster-autoscaler',
      image: { tag: options.imageTag },
      replicaCount: options.replicas ?? 2,
      rbac: { serviceAccount: { create: true, name: CLUSTER_AUTOSCALER_IDENTITY.serviceAccountName } },
      extraArgs: {
        // groups of one instance type in several zones grow evenly
        'balance-similar-node-groups': true,
        expander: 'least-waste',
        // pods of Deployments are moved away although they use an emptyDir or are alone in their kind
        'skip-nodes-with-local-storage': false,
        'skip-nodes-with-system-pods': false,
      },
      securityContext: { runAsNonRoot: true, runAsUser: 65534, seccompProfile: { type: 'RuntimeDefault' } },
      containerSecurityContext: {
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
        readOnlyRootFilesystem: true,
      },
      resources: { requests: { cpu: '100m', memory: '300Mi' }, limits: { memory: '600Mi' } },
    },
  });
}

/** What the chart brings, and the values that change it. */
const FOOTPRINT = chartFootprint('cluster-autoscaler', {
  references: ['envFromSecret', 'clusterAPIKubeconfigSecret'].map((nameAt) => ({ kind: 'Secret', nameAt })),
  rename: ['cluster-autoscaler-aws-cluster-autoscaler', 'cluster-autoscaler'],
  workloads: {
    'cluster-autoscaler-aws-cluster-autoscaler': valuesBelow('', {
      replicasAt: 'replicaCount',
      imageAt: 'image',
      disruptionBudget: true,
      disruptionBudgetAt: 'podDisruptionBudget',
    }),
  },
});
