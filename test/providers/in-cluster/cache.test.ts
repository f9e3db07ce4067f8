import { Access, CacheProps, Tier } from '../../../src/contracts';
import { environmentOf, manifest, manifestsOf, specOf } from './support';

test('a cache is a release of Valkey with the memory of the tier', () => {
  const environment = environmentOf(Tier.LOCAL);
  environment.addCache('cache');
  environment.addCache('sessions', { memory: '1Gi' });
  const memory = environment.components
    .sorted()
    .filter((component) => component.name.startsWith('valkey-'))
    .map((component) => [component.name, component.namespace, component.values.resources]);
  expect(memory).toEqual([
    ['valkey-cache', 'backing-services', { requests: { cpu: '50m', memory: '256Mi' }, limits: { memory: '256Mi' } }],
    [
      'valkey-sessions',
      'backing-services',
      { requests: { cpu: '50m', memory: '1024Mi' }, limits: { memory: '1024Mi' } },
    ],
  ]);
});

test('only users reach a cache, and it connects to nothing', () => {
  const environment = environmentOf();
  environment.addCache('cache');
  expect(specOf(manifest(environment, 'NetworkPolicy', 'cache'))).toEqual({
    podSelector: { matchLabels: { 'app.kubernetes.io/name': 'valkey', 'app.kubernetes.io/instance': 'valkey-cache' } },
    policyTypes: ['Ingress'],
    ingress: [
      {
        from: [{ namespaceSelector: { matchLabels: { 'nstarx.io/uses-cache': 'true' } } }],
        ports: [{ protocol: 'TCP', port: 6379 }],
      },
    ],
  });
});

test('each workload has a user with its rules; nobody else is let in', () => {
  const environment = environmentOf();
  const cache = environment.addCache('cache');
  const values = () => environment.components.sorted().find(({ name }) => name === 'valkey-cache')?.values.auth;
  expect(values()).toEqual({
    enabled: true,
    usersExistingSecret: 'cache-users',
    aclUsers: { default: { permissions: 'off resetkeys resetchannels -@all' } },
  });
  cache.bind({ namespace: 'b', serviceAccountName: 'api' }, Access.READ, { prefixes: ['session:'] });
  cache.bind({ namespace: 'a', serviceAccountName: 'api' }, Access.READ_WRITE);
  expect(values()).toMatchObject({
    aclUsers: {
      'a.api': { permissions: '~* resetchannels &* +@all -@admin -@dangerous +info' },
      'b.api': {
        permissions:
          '%R~session:* resetchannels +@read +@connection +@transaction -@admin -@dangerous +info -scan -randomkey',
      },
    },
  });
  expect(specOf(manifest(environment, 'ExternalSecret', 'cache-users'))).toMatchObject({
    target: { template: { data: { default: '{{ .password }}', 'a.api': '{{ .key0 }}', 'b.api': '{{ .key1 }}' } } },
    data: [
      { secretKey: 'key0', remoteRef: { key: 'user.cache.a.api', property: 'password' } },
      { secretKey: 'key1', remoteRef: { key: 'user.cache.b.api', property: 'password' } },
    ],
  });
});

test('what no policy names is denied, but DNS', () => {
  const environment = environmentOf();
  environment.addCache('cache');
  expect(specOf(manifest(environment, 'NetworkPolicy', 'default-deny'))).toEqual({
    podSelector: {},
    policyTypes: ['Ingress', 'Egress'],
  });
  expect(specOf(manifest(environment, 'NetworkPolicy', 'allow-dns'))).toMatchObject({
    podSelector: {},
    egress: [
      {
        to: [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
            podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
          },
        ],
        ports: [
          { protocol: 'UDP', port: 53 },
          { protocol: 'TCP', port: 53 },
        ],
      },
    ],
  });
  expect(manifestsOf(environment, 'NetworkPolicy').map((policy) => policy.metadata.name)).toEqual([
    'default-deny',
    'allow-dns',
    'cache',
  ]);
});

const refused: [string, CacheProps, string][] = [
  [
    'too little memory',
    { memory: '32Mi' },
    'memory must be a whole number of Mi between 64Mi and 1048576Mi, got "32Mi": write it like \'64Mi\'.',
  ],
  [
    'a failover that is not possible',
    { highlyAvailable: true },
    'highlyAvailable must be false for a cache inside the cluster, got true: leave it out, or use a provider with managed caches; the Valkey chart has no failover.',
  ],
];

test.each(refused)('a cache refuses %s', (_what, props, message) => {
  const environment = environmentOf(Tier.STAGING);
  expect(() => environment.addCache('cache', props)).toThrow(new Error(`[sample/backing-services/cache] ${message}`));
});

test('a cache and a database cannot have one name', () => {
  const environment = environmentOf();
  environment.addDatabase('shared');
  expect(() => environment.addCache('shared')).toThrow(/must be unique among the backing services/);
});
