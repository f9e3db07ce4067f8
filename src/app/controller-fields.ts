import { Component } from '../contracts/component';

/** Fields of objects that Argo CD leaves alone, as its Applications name them. */
export interface IgnoredDifference {
  readonly group: string;
  readonly kind: string;
  readonly jqPathExpressions: readonly string[];
}

/** Certificates of webhooks, which cert-manager, a certificate rotator or the program itself writes once it has one. */
const CA_BUNDLE = '.webhooks[]?.clientConfig.caBundle';

/**
 * Charts whose webhooks begin with `Ignore`, and whose program, or a Job, makes it `Fail` once it answers. Argo CD would change it back, and so on.
 *
 * Sources: https://github.com/istio/istio/issues/52785, https://github.com/prometheus-community/helm-charts/issues/2516
 */
export const FAILURE_POLICY_CHANGES = ['base', 'istiod', 'kube-prometheus-stack'];

/** Charts with an aggregated API whose program writes its certificate. */
export const API_SERVICE_CHANGES = ['keda'];

/**
 * Fields of a component's objects that a controller changes after they were applied. With `RespectIgnoreDifferences=true`, Argo CD neither shows
 * nor writes them.
 */
export function controllerFields({ chart, footprint, customResources }: Component): IgnoredDifference[] {
  const name = chart?.name ?? '';
  const changesPolicy = FAILURE_POLICY_CHANGES.includes(name);
  // nothing is known of a component without a footprint
  const hasWebhooks = changesPolicy || footprint === undefined || (footprint.webhooks ?? []).length > 0;
  const webhooks = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'].map((kind) => ({
    group: 'admissionregistration.k8s.io',
    kind,
    jqPathExpressions: [CA_BUNDLE, ...(changesPolicy ? ['.webhooks[]?.failurePolicy'] : [])],
  }));
  return [
    ...(hasWebhooks ? webhooks : []),
    ...(API_SERVICE_CHANGES.includes(name)
      ? [{ group: 'apiregistration.k8s.io', kind: 'APIService', jqPathExpressions: ['.spec.caBundle'] }]
      : []),
    ...(hasWebhooks && customResources.length > 0
      ? [
          {
            group: 'apiextensions.k8s.io',
            kind: 'CustomResourceDefinition',
            jqPathExpressions: ['.spec.conversion.webhook.clientConfig.caBundle'],
          },
        ]
      : []),
  ];
}
