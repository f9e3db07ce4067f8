import { valkey, valkeyPodLabels } from '../../src/components/valkey';

const cache = valkey({
  name: 'sessions',
  namespace: 'backing-services',
  memoryMiB: 256,
  adminSecretName: 'sessions-admin',
});

test('Valkey is a release for each cache, whose Service has the name of the cache', () => {
  expect(cache.name).toBe('valkey-sessions');
  expect(cache.chart).toEqual({ repository: 'https://valkey.io/valkey-helm/', name: 'valkey', version: '0.11.0' });
  expect(cache.values).toMatchObject({ fullnameOverride: 'sessions' });
  expect(valkeyPodLabels('sessions')).toEqual({
    'app.kubernetes.io/name': 'valkey',
    'app.kubernetes.io/instance': 'valkey-sessions',
  });
});

test('Valkey leaves a quarter of its memory free, evicts the least recently used and keeps nothing on disk', () => {
  expect(cache.values).toMatchObject({ resources: { requests: { memory: '256Mi' }, limits: { memory: '256Mi' } } });
  expect(String(cache.values.valkeyConfig).split('\n')).toEqual([
    'maxmemory 192mb',
    'maxmemory-policy allkeys-lru',
    'save ""',
    'appendonly no',
    '',
  ]);
});

test('Valkey passes the Pod Security level restricted', () => {
  expect(cache.podSecurity).toBe('restricted');
  expect(cache.values.podSecurityContext).toMatchObject({
    runAsNonRoot: true,
    seccompProfile: { type: 'RuntimeDefault' },
  });
});
