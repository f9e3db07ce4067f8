import { Component } from '../contracts/component';
import { certManager } from './cert-manager';
import { chartFootprint, valuesBelow } from './chart-footprint';

/** Namespace of KServe's controller. */
export const KSERVE_NAMESPACE = 'kserve';

const REPOSITORY = 'oci://ghcr.io/kserve/charts';
const VERSION = 'v0.20.0';

/** How model servers reach an S3 API that is not AWS's own, or takes keys. */
export interface KserveS3 {
  /** Host and port of the API, without a scheme. */
  readonly endpoint: string;
  /** Whether it speaks TLS. */
  readonly tls: boolean;
  /** Region that requests are signed for. */
  readonly region: string;
  /** Key of the Secret that holds the access key's id. */
  readonly accessKeyIdKey: string;
  /** Key of the Secret that holds the secret access key. */
  readonly secretAccessKeyKey: string;
}

/** Options of KServe. */
export interface KserveOptions {
  /** Domain below which models are served, as `<name>-<namespace>.<domain>`. */
  readonly domain: string;
  /** The Gateway that models are reached through, as `<namespace>/<name>`. */
  readonly gateway: string;
  /**
   * What brings the CRDs of the Gateway API. The controller ends at once where there are no HTTPRoutes.
   *
   * @default - they are there already
   */
  readonly gatewayApi?: Component;
  /**
   * Where models are stored, unless it is AWS's S3 with the permissions of the ServiceAccount.
   *
   * @default - AWS's S3
   */
  readonly s3?: KserveS3;
}

/**
 * KServe, which serves models: InferenceServices become Deployments and HTTPRoutes (mode `Standard`; Knative is not needed).
 *
 * Three releases: the CRDs, the controller, and the runtimes for TensorFlow, PyTorch, scikit-learn, Triton and others.
 *
 * Source: https://github.com/kserve/kserve/tree/master/charts
 */
export function kserve(options: KserveOptions): Component {
  const crds = new Component('kserve-crd', {
    chart: { repository: REPOSITORY, name: 'kserve-crd', version: VERSION },
    namespace: KSERVE_NAMESPACE,
    customResources: [
      'ClusterServingRuntime',
      'ClusterStorageContainer',
      'InferenceGraph',
      'InferenceService',
      'ServingRuntime',
      'TrainedModel',
    ].map((kind) => `${kind}.serving.kserve.io`),
    footprint: chartFootprint('kserve-crd'),
    clusterScopedResources: ['ClusterServingRuntime.serving.kserve.io', 'ClusterStorageContainer.serving.kserve.io'],
  });
  const controller = new Component('kserve', {
    chart: { repository: REPOSITORY, name: 'kserve-resources', version: VERSION },
    namespace: KSERVE_NAMESPACE,
    requires: [crds, certManager(), ...(options.gatewayApi ? [options.gatewayApi] : [])],
    footprint: FOOTPRINT,
    values: {
      kserve: {
        controller: {
          deploymentMode: 'Standard',
          gateway: {
            domain: options.domain,
            // one label below the domain, which the gateway's wildcard certificate covers
            domainTemplate: '{{ .Name }}-{{ .Namespace }}.{{ .IngressDomain }}',
            urlScheme: 'https',
            disableIstioVirtualHost: true,
            ingressGateway: { enableGatewayApi: true, createGateway: false, kserveGateway: options.gateway },
          },
          resources: { requests: { cpu: '100m', memory: '300Mi' }, limits: { memory: '600Mi' } },
        },
        ...(options.s3 ? { storage: { s3: s3Values(options.s3) } } : {}),
      },
    },
  });
  return new Component('kserve-runtimes', {
    chart: { repository: REPOSITORY, name: 'kserve-runtime-configs', version: VERSION },
    namespace: KSERVE_NAMESPACE,
    // the controller's webhook checks the runtimes
    requires: [controller],
    footprint: chartFootprint('kserve-runtime-configs'),
    values: { kserve: { servingruntime: { enabled: true } } },
  });
}

function s3Values(s3: KserveS3): { [key: string]: unknown } {
  return {
    endpoint: s3.endpoint,
    useHttps: s3.tls ? '1' : '0',
    region: s3.region,
    // such stores rarely know virtual hosts
    useVirtualBucket: 'false',
    accessKeyIdName: s3.accessKeyIdKey,
    secretAccessKeyName: s3.secretAccessKeyKey,
  };
}

/** What the chart brings, and the values that change it. */
const FOOTPRINT = chartFootprint('kserve-resources', {
  workloads: {
    'kserve-controller-manager': valuesBelow('kserve.controller', {
      replicasAt: undefined,
      resourcesAt: {
        manager: 'kserve.controller.resources',
        'kube-rbac-proxy': 'kserve.controller.rbacProxy.resources',
      },
      imageAt: { 'kube-rbac-proxy': 'kserve.controller.rbacProxyImage' },
    }),
  },
});
