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

test('only users and what makes them reach a cache, and it connects to nothing', () => {
  const environment = environmentOf();
  environment.addCache('cache');
  expect(specOf(manifest(environment, 'NetworkPolicy', 'cache'))).toEqual({
    podSelector: { matchLabels: { 'app.kubernetes.io/name': 'valkey', 'app.kubernetes.io/instance': 'valkey-cache' } },
    policyTypes: ['Ingress'],
    ingress: [
      {
        from: [
          { namespaceSelector: { matchLabels: { 'nstarx.io/uses-cache': 'true' } } },
          {
            podSelector: {
              matchLabels: {
                'app.kubernetes.io/name': 'cache-user-provisioner',
                'app.kubernetes.io/component': 'cache-user-provisioner',
                'app.kubernetes.io/part-of': 'backing-services',
                'app.kubernetes.io/instance': 'cache-users',
              },
            },
          },
        ],
        ports: [{ protocol: 'TCP', port: 6379 }],
      },
    ],
  });
});

test('each workload has a user with its rules, which the server is not started anew for', () => {
  const environment = environmentOf();
  const cache = environment.addCache('cache');
  const values = () => environment.components.sorted().find(({ name }) => name === 'valkey-cache')?.values;
  const before = JSON.stringify(values());
  cache.bind({ namespace: 'b', serviceAccountName: 'api' }, Access.READ, { prefixes: ['session:'] });
  cache.bind({ namespace: 'a', serviceAccountName: 'api' }, Access.READ_WRITE);
  expect(JSON.stringify(values())).toBe(before);
  expect(values()?.auth).toEqual({
    enabled: true,
    usersExistingSecret: 'cache-admin',
    aclUsers: {
      default: { permissions: 'off resetkeys resetchannels -@all' },
      administrator: { permissions: 'resetkeys resetchannels -@all +acl +info +ping' },
    },
  });
  expect(manifest(environment, 'ConfigMap', 'cache-users').data).toMatchObject({
    'users.txt': `a.api on ~* resetchannels &* +@all -@admin -@dangerous +info
b.api on %R~session:* resetchannels +@read +@connection +@transaction -@admin -@dangerous +info -scan -randomkey
`,
  });
  const { template } = specOf(manifest(environment, 'Deployment', 'cache-users')) as {
    template: { spec: { volumes: { name: string; projected?: object; secret?: object }[] } };
  };
  const volume = (name: string) => template.spec.volumes.find((one) => one.name === name);
  expect(volume('admin')?.secret).toEqual({ secretName: 'cache-admin' });
  expect(volume('users')?.projected).toEqual({
    sources: ['a.api', 'b.api'].map((name) => ({
      secret: { name: `user.cache.${name}`, items: [{ key: 'password', path: name }] },
    })),
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
    'cache-users',
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
