import { Tier } from '../../src/contracts';
import { portableValues, sampleOf } from './provider-contract';
import { existing, kind } from './providers';

test('a workload does not know whether it runs on Kind or on an existing cluster', () => {
  const onKind = sampleOf(kind(), { kubernetesVersion: '1.35', workloadIdentity: false });
  const elsewhere = sampleOf(existing(), {
    kubernetesVersion: '1.35',
    workloadIdentity: false,
    tier: Tier.PRODUCTION,
  });
  expect(portableValues(onKind)).toEqual({
    BUS_BOOTSTRAP_SERVERS: 'bus-kafka-bootstrap.backing-services.svc.cluster.local:9093',
    BUS_SECURITY_PROTOCOL: 'SASL_SSL',
    BUS_SASL_MECHANISM: 'SCRAM-SHA-512',
    BUS_USERNAME: 'bus-credentials.ml-backend/username',
    BUS_PASSWORD: 'bus-credentials.ml-backend/password',
    BUS_CA: 'bus-credentials.ml-backend/ca.crt',
    CACHE_HOST: 'cache.backing-services.svc.cluster.local',
    CACHE_PASSWORD: 'cache-credentials.ml-backend/password',
    CACHE_PORT: '6379',
    CACHE_USERNAME: 'cache-credentials.ml-backend/username',
    DATABASE_HOST: 'database.backing-services.svc.cluster.local',
    DATABASE_NAME: 'database_db',
    DATABASE_PASSWORD: 'database-credentials.ml-backend/password',
    DATABASE_PORT: '5432',
    DATABASE_USERNAME: 'database-credentials.ml-backend/username',
  });
  expect(portableValues(elsewhere)).toEqual(portableValues(onKind));
});
