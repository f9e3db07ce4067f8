import { Component, PodSecurityLevel } from '../contracts/component';
import { IWorkloadIdentity } from '../contracts/identity';
import { chartFootprint, valuesBelow } from './chart-footprint';

/** The identity that needs permissions for EC2. */
export const KARPENTER_IDENTITY: IWorkloadIdentity = { namespace: 'kube-system', serviceAccountName: 'karpenter' };

const REPOSITORY = 'oci://public.ecr.aws/karpenter';
const VERSION = '1.14.1';

/** Options of Karpenter. */
export interface KarpenterOptions {
  /** Name of the EKS cluster. */
  readonly clusterName: string;
  /** URL of the API server, which new nodes connect to; may be a Terraform token. */
  readonly clusterEndpoint: string;
  /** Region of the cluster. */
  readonly region: string;
  /** Name of the SQS queue that tells of interruptions; may be a Terraform token. */
  readonly interruptionQueue: string;
}

/** Karpenter, which makes nodes for pods that do not fit. Its CRDs are a release of their own, so that they are upgraded. */
export function karpenter(options: KarpenterOptions): Component {
  const crds = new Component('karpenter-crd', {
    chart: { repository: REPOSITORY, name: 'karpenter-crd', version: VERSION },
    namespace: KARPENTER_IDENTITY.namespace,
    podSecurity: PodSecurityLevel.PRIVILEGED,
    bootstrap: true,
    customResources: [
      'CapacityBuffer.autoscaling.x-k8s.io',
      'EC2NodeClass.karpenter.k8s.aws',
      'NodeClaim.karpenter.sh',
      'NodeOverlay.karpenter.sh',
      'NodePool.karpenter.sh',
    ],
    footprint: chartFootprint('karpenter-crd'),
    clusterScopedResources: [
      'EC2NodeClass.karpenter.k8s.aws',
      'NodeClaim.karpenter.sh',
      'NodeOverlay.karpenter.sh',
      'NodePool.karpenter.sh',
    ],
  });
  return new Component('karpenter', {
    chart: { repository: REPOSITORY, name: 'karpenter', version: VERSION },
    // the API server gives this namespace's calls a priority of their own
    namespace: KARPENTER_IDENTITY.namespace,
    podSecurity: PodSecurityLevel.PRIVILEGED,
    bootstrap: true,
    requires: [crds],
    footprint: FOOTPRINT,
    values: {
      replicas: 2,
      serviceAccount: { create: true, name: KARPENTER_IDENTITY.serviceAccountName },
      // the cluster's DNS may need the nodes that Karpenter makes
      dnsPolicy: 'Default',
      settings: {
        clusterName: options.clusterName,
        clusterEndpoint: options.clusterEndpoint,
        interruptionQueue: options.interruptionQueue,
      },
      controller: {
        env: [{ name: 'AWS_REGION', value: options.region }],
        resources: { requests: { cpu: '250m', memory: '512Mi' }, limits: { memory: '1Gi' } },
      },
    },
  });
}

/** What the chart brings, and the values that change it. */
const FOOTPRINT = chartFootprint('karpenter', {
  metrics: [{ name: 'karpenter', podLabels: { 'app.kubernetes.io/name': 'karpenter' }, port: 8080 }],
  workloads: {
    karpenter: valuesBelow('', {
      resourcesAt: 'controller.resources',
      imageAt: 'controller.image',
      disruptionBudget: true,
      disruptionBudgetAt: 'podDisruptionBudget',
      // never on a node that it has made itself
      nodeAffinity: [{ key: 'karpenter.sh/nodepool', operator: 'DoesNotExist' }],
      tolerations: [{ key: 'CriticalAddonsOnly', operator: 'Exists' }],
      onePerNode: true,
    }),
  },
});
