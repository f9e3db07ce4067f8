import { Component } from '../contracts/component';
import { chartFootprint, valuesBelow } from './chart-footprint';

/** Namespace of the CloudNativePG operator. */
export const CLOUDNATIVE_PG_NAMESPACE = 'cnpg-system';

/** CloudNativePG, which runs PostgreSQL in the cluster. */
export function cloudnativePg(): Component {
  return new Component('cloudnative-pg', {
    chart: { repository: 'https://cloudnative-pg.github.io/charts', name: 'cloudnative-pg', version: '0.29.0' },
    namespace: CLOUDNATIVE_PG_NAMESPACE,
    customResources: [
      'Backup.postgresql.cnpg.io',
      'Cluster.postgresql.cnpg.io',
      'ClusterImageCatalog.postgresql.cnpg.io',
      'Database.postgresql.cnpg.io',
      'DatabaseRole.postgresql.cnpg.io',
      'FailoverQuorum.postgresql.cnpg.io',
      'ImageCatalog.postgresql.cnpg.io',
      'Pooler.postgresql.cnpg.io',
      'Publication.postgresql.cnpg.io',
      'ScheduledBackup.postgresql.cnpg.io',
      'Subscription.postgresql.cnpg.io',
    ],
    clusterScopedResources: ['ClusterImageCatalog.postgresql.cnpg.io'],
    footprint: FOOTPRINT,
    highAvailabilityValues: { replicaCount: 2 },
    values: {
      // no CPU limit: a throttled operator is late at a failover
      resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '256Mi' } },
    },
  });
}

/** What the chart brings, and the values that change it. */
const FOOTPRINT = chartFootprint('cloudnative-pg', {
  workloads: {
    'cloudnative-pg': valuesBelow('', {
      replicasAt: 'replicaCount',
      imageAt: 'image',
      podLabels: { 'app.kubernetes.io/name': 'cloudnative-pg' },
    }),
  },
  webhooks: {
    ...policies('webhook.mutating.failurePolicy', ['mbackup', 'mcluster', 'mdatabase', 'mscheduledbackup']),
    ...policies('webhook.validating.failurePolicy', [
      'vbackup',
      'vcluster',
      'vdatabase',
      'vpooler',
      'vscheduledbackup',
    ]),
  },
});

function policies(failurePolicyAt: string, names: readonly string[]): { [name: string]: { failurePolicyAt: string } } {
  return Object.fromEntries(names.map((name) => [`${name}.cnpg.io`, { failurePolicyAt }]));
}
