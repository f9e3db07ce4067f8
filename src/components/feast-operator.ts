import { Component } from '../contracts/component';
import { ComponentFootprint } from '../contracts/footprint';
import { KUBECTL_IMAGE } from '../contracts/images';

/** Namespace of the Feast operator. */
export const FEAST_OPERATOR_NAMESPACE = 'feast-operator-system';

const DEPLOYMENT = 'controller-manager';

const CRON_JOB_IMAGE = `${KUBECTL_IMAGE.registry}/${KUBECTL_IMAGE.repository}:${KUBECTL_IMAGE.tag}`;

/**
 * The Feast operator, which runs the servers and jobs of FeatureStores in every namespace. It has no chart: a folder of its
 * repository installs it.
 *
 * Its ClusterRole reads Secrets and runs commands in pods of every namespace, since it starts `feast apply` in them.
 *
 * Source: https://github.com/feast-dev/feast/tree/v0.66.0/infra/feast-operator/config/default
 */
export function feastOperator(): Component {
  return new Component('feast-operator', {
    kustomize: {
      repository: 'https://github.com/feast-dev/feast',
      path: 'infra/feast-operator/config/default',
      revision: 'v0.66.0',
      patches: [
        // Terraform makes it, with its Pod Security level
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'system' }, $patch: 'delete' },
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: DEPLOYMENT },
          spec: {
            template: {
              spec: {
                // the folder's own lacks what Pod Security `restricted` asks for
                securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
                containers: [
                  {
                    name: 'manager',
                    securityContext: { readOnlyRootFilesystem: true },
                    // of the CronJobs that it makes, which call kubectl; the folder's own, origin-cli:4.17, moves
                    env: [{ name: 'RELATED_IMAGE_CRON_JOB', value: CRON_JOB_IMAGE }],
                  },
                ],
              },
            },
          },
        },
      ],
    },
    namespace: FEAST_OPERATOR_NAMESPACE,
    customResources: ['FeatureStore.feast.dev'],
    footprint: FOOTPRINT,
  });
}

/**
 * By hand, for there is no chart to render.
 *
 * Source: config/manager/manager.yaml and config/default/metrics_service.yaml of the folder, v0.66.0, November 2026
 */
const FOOTPRINT: ComponentFootprint = {
  workloads: [
    {
      kind: 'Deployment',
      name: `feast-operator-${DEPLOYMENT}`,
      containers: [{ name: 'manager', image: 'quay.io/feastdev/feast-operator:0.66.0', cpu: '10m', memory: '64Mi' }],
    },
  ],
  services: [{ name: `feast-operator-${DEPLOYMENT}-metrics-service`, ports: { https: 8443 } }],
};
