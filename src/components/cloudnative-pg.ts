import { Component } from '../contracts/component';

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
    values: {
      // no CPU limit: a throttled operator is late at a failover
      resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '256Mi' } },
    },
  });
}
