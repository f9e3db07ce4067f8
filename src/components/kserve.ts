import { Component } from '../contracts/component';
import { ComponentFootprint } from '../contracts/footprint';
import { HOST_SEPARATOR } from '../contracts/host-names';
import { certManager } from './cert-manager';
import { chartFootprint, valuesBelow } from './chart-footprint';

/** Namespace of KServe's controller. */
export const KSERVE_NAMESPACE = 'kserve';

/** Name of the Deployment of KServe's controller. */
export const KSERVE_CONTROLLER = 'kserve-controller-manager';

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
  /** Domain below which models are served, as `<name>--<namespace>.<domain>`. */
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
   * Pods of the controller, one of which works while all answer its webhooks. The chart has no value for it: whoever asks for several has
   * a HorizontalPodAutoscaler for `KSERVE_CONTROLLER`.
   *
   * @default 1
   */
  readonly replicas?: number;
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
    footprint: footprint(options.replicas ?? 1),
    values: {
      kserve: {
        controller: {
          deploymentMode: 'Standard',
          gateway: {
            domain: options.domain,
            // one label below the domain, which the gateway's wildcard certificate covers; the same as `defaultHost`
            domainTemplate: `{{ .Name }}${HOST_SEPARATOR}{{ .Namespace }}.{{ .IngressDomain }}`,
            urlScheme: 'https',
            disableIstioVirtualHost: true,
            ingressGateway: { enableGatewayApi: true, createGateway: false, kserveGateway: options.gateway },
          },
          // the chart's own CPU limits stay unless they are taken away: a throttled webhook times out
          resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { cpu: null, memory: '512Mi' } },
          rbacProxy: { resources: { requests: { cpu: '5m', memory: '32Mi' }, limits: { cpu: null, memory: '128Mi' } } },
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
    values: {
      // the chart's own is the latest, whatever that is on the day
      kserve: { servingruntime: { enabled: true, vllmserver: { tag: 'v0.24.0' } } },
    },
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
function footprint(replicas: number): ComponentFootprint {
  return chartFootprint('kserve-resources', {
    references: [{ kind: 'ConfigMap', nameAt: 'kserve.storage.caBundleConfigMapName' }],
    workloads: {
      [KSERVE_CONTROLLER]: valuesBelow('kserve.controller', {
        replicas,
        replicasAt: undefined,
        podLabels: { 'control-plane': KSERVE_CONTROLLER },
        resourcesAt: {
          manager: 'kserve.controller.resources',
          'kube-rbac-proxy': 'kserve.controller.rbacProxy.resources',
        },
        imageAt: { 'kube-rbac-proxy': 'kserve.controller.rbacProxyImage' },
      }),
    },
  });
}
