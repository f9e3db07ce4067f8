import { Component, PodSecurityLevel } from '../contracts/component';
import { IWorkloadIdentity } from '../contracts/identity';
import { chartFootprint, valuesBelow } from './chart-footprint';

/** The identity that needs permissions for Elastic Load Balancing. */
export const AWS_LOAD_BALANCER_CONTROLLER_IDENTITY: IWorkloadIdentity = {
  namespace: 'kube-system',
  serviceAccountName: 'aws-load-balancer-controller',
};

/** Options of the AWS Load Balancer Controller. */
export interface AwsLoadBalancerControllerOptions {
  /** Name of the EKS cluster. */
  readonly clusterName: string;
  /** Region of the cluster. */
  readonly region: string;
  /** Id of the VPC; may be a Terraform token. */
  readonly vpcId: string;
  /** Tags of everything that it makes. */
  readonly tags: { [key: string]: string };
}

/**
 * The AWS Load Balancer Controller, which makes load balancers for Services of type LoadBalancer and for Ingresses.
 *
 * Region and VPC are given, because pods cannot ask the instance metadata service for them.
 */
export function awsLoadBalancerController(options: AwsLoadBalancerControllerOptions): Component {
  return new Component('aws-load-balancer-controller', {
    chart: {
      repository: 'https://aws.github.io/eks-charts',
      name: 'aws-load-balancer-controller',
      version: '3.5.0',
    },
    namespace: AWS_LOAD_BALANCER_CONTROLLER_IDENTITY.namespace,
    podSecurity: PodSecurityLevel.PRIVILEGED,
    bootstrap: true,
    customResources: [
      'ALBTargetControlConfig.elbv2.k8s.aws',
      'GlobalAccelerator.aga.k8s.aws',
      'IngressClassParams.elbv2.k8s.aws',
      'TargetGroupBinding.elbv2.k8s.aws',
      'ListenerRuleConfiguration.gateway.k8s.aws',
      'LoadBalancerConfiguration.gateway.k8s.aws',
      'TargetGroupConfiguration.gateway.k8s.aws',
    ],
    clusterScopedResources: ['IngressClassParams.elbv2.k8s.aws'],
    footprint: FOOTPRINT,
    values: {
      clusterName: options.clusterName,
      region: options.region,
      vpcId: options.vpcId,
      defaultTags: options.tags,
      serviceAccount: { create: true, name: AWS_LOAD_BALANCER_CONTROLLER_IDENTITY.serviceAccountName },
      // it would judge every Service of the cluster, and refuse them while no pod of the controller runs: at the first boot, and those of
      // what the controller's own nodes need. Whoever wants a balancer says so by annotations, or by `loadBalancerClass`.
      enableServiceMutatorWebhook: false,
      // straight to the pods, which have addresses of the VPC
      defaultTargetType: 'ip',
      // each of them would need permissions that the platform does not use
      enableShield: false,
      enableWaf: false,
      enableWafv2: false,
      // upgrades would make a new certificate, and the API server would not trust it for a while
      keepTLSSecret: true,
      podDisruptionBudget: { maxUnavailable: 1 },
      resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '256Mi' } },
    },
  });
}

/** What the chart brings, and the values that change it. */
const FOOTPRINT = chartFootprint('aws-load-balancer-controller', {
  workloads: {
    'aws-load-balancer-controller': valuesBelow('', {
      replicasAt: 'replicaCount',
      imageAt: 'image',
      disruptionBudgetAt: 'podDisruptionBudget',
    }),
  },
  webhooks: {
    'mservice.elbv2.k8s.aws': {
      enabledAt: 'enableServiceMutatorWebhook',
      failurePolicyAt: 'serviceMutatorWebhookConfig.failurePolicy',
      namespaceSelectorAt: 'serviceMutatorWebhookConfig.namespaceSelectors',
    },
    'mpod.elbv2.k8s.aws': { failurePolicyAt: 'podMutatorWebhookConfig.failurePolicy' },
    // the chart's own spelling
    'vingress.elbv2.k8s.aws': {
      failurePolicyAt: 'webhookConfig.ingressValdationFailurePolicy',
      namespaceSelectorAt: 'webhookConfig.ingressValidationNamespaceSelector',
      objectSelectorAt: 'webhookConfig.ingressValidationObjectSelector',
    },
  },
});
