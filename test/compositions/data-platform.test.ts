import { parse } from 'yaml';
import {
  AlertReceiver,
  AwsProvider,
  DataPlatform,
  DataPlatformProps,
  GeneralPool,
  GpuModel,
  GpuPool,
  IProvider,
  HttpRoute,
  KindProvider,
  Namespace,
  PlatformApp,
  PlatformTesting,
  ServiceWorkload,
  StandardTeam,
  Tier,
} from '../../src';
import { InvalidInputError } from '../../src/contracts/errors';
import { manifest } from '../constructs/tenancy/support';
import type { StackJson } from '../support/synth';

const aws = (): IProvider => AwsProvider.inRegion('eu-west-1', { stateBucket: 'acme-tf-state' });

const PAGER = AlertReceiver.pagerDuty({ routingKeySecretName: 'pagerduty' });

function synth(provider: IProvider, tier: Tier, props: Partial<DataPlatformProps> = {}) {
  const app = new PlatformApp({ environments: ['test'] });
  const environment = app.environment('test', { provider, tier });
  // in production someone must be told of alerts
  const receivers =
    tier === Tier.PRODUCTION && (props.standardTeams?.includes(StandardTeam.MONITORING) ?? true)
      ? { criticalAlertReceivers: [PAGER] }
      : {};
  const platform = new DataPlatform(environment, 'data-platform', {
    domain: 'ml.acme.example',
    ...receivers,
    ...props,
  });
  const files = PlatformTesting.synth(app);
  const stack = (name: string) => JSON.parse(files[`stacks/test-${name}/cdk.tf.json`]) as StackJson;
  return { environment, platform, files, infrastructure: stack('infrastructure'), bootstrap: stack('bootstrap') };
}

function only(stack: StackJson, type: string): Record<string, unknown> {
  const all = Object.values(stack.resource?.[type] ?? {});
  expect(all).toHaveLength(1);
  return all[0];
}

function labelsOfTeamNamespaces(files: { [file: string]: string }): unknown {
  return Object.entries(files)
    .filter(([file]) => file.startsWith('test/tenancy/namespace-'))
    .map(([, content]) => (parse(content) as { metadata: { labels: unknown } }).metadata.labels);
}

test('what teams see is the same on Kind and on AWS', () => {
  const kind = synth(KindProvider.local(), Tier.DEVELOPMENT);
  const cloud = synth(aws(), Tier.DEVELOPMENT);
  const shared = (files: { [file: string]: string }) =>
    Object.entries(files).filter(([file]) => /^test\/(tenancy|security|scaling|monitoring)\//.test(file));
  expect(shared(kind.files).length).toBeGreaterThan(50);
  expect(shared(kind.files)).toEqual(shared(cloud.files));
  expect(labelsOfTeamNamespaces(kind.files)).toEqual(labelsOfTeamNamespaces(cloud.files));
  for (const service of ['database', 'cache'] as const) {
    expect(kind.platform[service].host).toBe(cloud.platform[service].host);
  }
});

test.each([
  [Tier.DEVELOPMENT, 1, 8, false],
  [Tier.STAGING, 2, 6, true],
  [Tier.PRODUCTION, 3, 12, true],
])('in %s the general pool has %p to %p nodes, and the cluster is protected: %p', (tier, min, max, isProtected) => {
  const { infrastructure } = synth(aws(), tier);
  const sizes = Object.values(infrastructure.resource?.aws_eks_node_group ?? {}).map(
    ({ scaling_config }) => scaling_config as { min_size: number; max_size: number },
  );
  expect(sizes.reduce((sum, { min_size }) => sum + min_size, 0)).toBe(min);
  expect(sizes.reduce((sum, { max_size }) => sum + max_size, 0)).toBe(max);
  expect(only(infrastructure, 'aws_eks_cluster').deletion_protection).toBe(isProtected);
});

test('pools, versions and sizes are passed on', () => {
  const { infrastructure, platform } = synth(aws(), Tier.STAGING, {
    generalPools: [GeneralPool.of('steady', { min: 4, max: 5 })],
    gpuPools: [GpuPool.of(GpuModel.T4, { max: 2, spot: true })],
    kubernetesVersion: '1.35',
    clusterDeletionProtection: false,
    database: { storage: '77Gi' },
    backupBucket: { forceDestroy: true, bucketName: 'acme-backups' },
  });
  const groups = Object.values(infrastructure.resource?.aws_eks_node_group ?? {});
  const sizes = groups.map(({ capacity_type, scaling_config }) => {
    const { min_size, max_size } = scaling_config as { min_size: number; max_size: number };
    return [capacity_type, min_size, max_size];
  });
  // a group of one pool in each zone
  expect(sizes).toEqual([
    ['SPOT', 0, 2],
    ['ON_DEMAND', 2, 2],
    ['ON_DEMAND', 1, 2],
    ['ON_DEMAND', 1, 1],
  ]);
  expect(only(infrastructure, 'aws_eks_cluster')).toMatchObject({ version: '1.35', deletion_protection: false });
  expect(only(infrastructure, 'aws_db_instance').allocated_storage).toBe(77);
  const buckets = Object.values(infrastructure.resource?.aws_s3_bucket ?? {});
  expect(buckets.find((bucket) => bucket.bucket === 'acme-backups')?.force_destroy).toBe(true);
  expect(platform.cluster.capabilities.gpus.map((gpu) => gpu.total)).toEqual([2]);
});

test('the gateway is internal unless it is asked to face the internet', () => {
  const proxy = (internetFacing?: boolean) =>
    synth(aws(), Tier.STAGING, { internetFacing }).files['test/gateway/envoy-gateway-system/envoyproxy-platform.yaml'];
  expect(proxy()).toContain('service.beta.kubernetes.io/aws-load-balancer-scheme: internal');
  expect(proxy(true)).toContain('service.beta.kubernetes.io/aws-load-balancer-scheme: internet-facing');
});

test('Grafana is served below the domain, and lets the gateway in', () => {
  const { files } = synth(KindProvider.local(), Tier.LOCAL);
  expect(files['test/gateway/data-platform-monitoring/httproute-grafana.yaml']).toContain('grafana.ml.acme.example');
  expect(files['test/monitoring/data-platform-monitoring/networkpolicy-grafana-clients.yaml']).toContain(
    'kubernetes.io/metadata.name: envoy-gateway-system',
  );
});

test('backups cover every namespace that the platform makes or uses', () => {
  const { files } = synth(KindProvider.local(), Tier.LOCAL);
  const schedule = parse(files['test/backup/velero/schedule-platform.yaml']) as {
    spec: { template: { includedNamespaces: string[] } };
  };
  const { includedNamespaces } = schedule.spec.template;
  expect(includedNamespaces).toEqual([...includedNamespaces].sort());
  expect(includedNamespaces).toEqual(
    expect.arrayContaining(['app-core-team', 'app-data-team', 'app-ml-team', 'backing-services']),
  );
});

test('no password, key or token is in any file', () => {
  for (const provider of [KindProvider.local(), aws()]) {
    const { files } = synth(provider, Tier.PRODUCTION);
    const all = Object.values(files).join('\n');
    expect(all).not.toMatch(/^kind: Secret$/m);
    expect(all).not.toMatch(/"(password|secret_string|auth_token)":/);
  }
});

test('backups can be made more often than the tier has it, with an alert that follows', () => {
  const environment = new PlatformApp().environment('local', { provider: KindProvider.local(), tier: Tier.LOCAL });
  const backup = { schedule: '0 */12 * * *', retentionDays: 14, excludedNamespaces: ['scratch'] };
  const platform = new DataPlatform(environment, 'platform', { domain: 'ml.localhost.example', backup });
  expect(platform.backup.schedule).toBe('0 */12 * * *');
  expect(platform.backup.retentionDays).toBe(14);
  expect(platform.backup.alertAfterHours).toBe(25);
});

const PROVIDERS: [string, () => IProvider][] = [
  ['Kind', () => KindProvider.local()],
  ['AWS', aws],
];
const WITHOUT_MONITORING = [
  StandardTeam.CORE,
  StandardTeam.ML,
  StandardTeam.DATA,
  StandardTeam.SECURITY_SCANNING,
] as const;

interface LeftOut {
  readonly props: Partial<DataPlatformProps>;
  /** What nothing of the output names, in paths and contents. */
  readonly absent: RegExp;
  /** What asks for it. */
  readonly ask: (platform: DataPlatform) => unknown;
  readonly message: string;
}

const left = (what: string, by: string): string =>
  `[test/data-platform] ${what} must be part of the platform, got "${by}": change that, or do without what needs it.`;
const team = (property: string, others: string[], member: string): string =>
  `[test/data-platform/tenancy/teams] ${property} must be one of the teams that there are, got ${JSON.stringify(others)}: add StandardTeam.${member} to the teams.`;
const LEFT_OUT: { readonly [what: string]: LeftOut } = {
  'the database': {
    props: { createDatabase: false },
    absent: /aws_db_instance|postgresql\.cnpg\.io/,
    ask: ({ database }) => database,
    message: left('database', 'createDatabase: false'),
  },
  'the cache': {
    props: { createCache: false },
    absent: /aws_elasticache|valkey/,
    ask: ({ cache }) => cache,
    message: left('cache', 'createCache: false'),
  },
  'the bucket of models and data': {
    props: { createArtifactBucket: false },
    absent: /artifacts/,
    ask: ({ artifactBucket }) => artifactBucket,
    message: left('artifactBucket', 'createArtifactBucket: false'),
  },
  'the backups and their bucket': {
    props: { createBackup: false },
    absent: /velero\.io\/v1|-backups/,
    ask: ({ backup }) => backup,
    message: left('backup', 'createBackup: false'),
  },
  'the monitoring, with its namespace and the route to Grafana': {
    props: { standardTeams: [...WITHOUT_MONITORING] },
    absent: /kube-prometheus-stack|data-platform-monitoring|monitoring\.coreos\.com\/v1/,
    ask: ({ monitoring }) => monitoring,
    message: left('monitoring', 'standardTeams without StandardTeam.MONITORING'),
  },
  'the namespace of the monitoring': {
    props: { standardTeams: [...WITHOUT_MONITORING] },
    absent: /kube-prometheus-stack/,
    ask: ({ teams }) => teams.monitoring,
    message: team('monitoring', [...WITHOUT_MONITORING], 'MONITORING'),
  },
  'the core team': {
    props: { standardTeams: [StandardTeam.MONITORING] },
    absent: /app-core-team/,
    ask: ({ teams }) => teams.core,
    message: team('core', ['data-platform-monitoring'], 'CORE'),
  },
  'the ML team': {
    props: { standardTeams: [StandardTeam.MONITORING, StandardTeam.DATA] },
    absent: /app-ml-team/,
    ask: ({ teams }) => teams.ml,
    message: team('ml', ['app-data-team', 'data-platform-monitoring'], 'ML'),
  },
  'the data team': {
    props: { standardTeams: [StandardTeam.MONITORING] },
    absent: /app-data-team/,
    ask: ({ teams }) => teams.data,
    message: team('data', ['data-platform-monitoring'], 'DATA'),
  },
  'the team of scanners': {
    props: { standardTeams: [StandardTeam.MONITORING] },
    absent: /security-scanning/,
    ask: ({ teams }) => teams.securityScanning,
    message: team('securityScanning', ['data-platform-monitoring'], 'SECURITY_SCANNING'),
  },
};

test.each(
  PROVIDERS.flatMap(([provider, make]) =>
    Object.entries(LEFT_OUT).map(([what, one]) => ({ provider, make, what, one })),
  ),
)('on $provider, $what can be left out; requiring it is refused', ({ make, one }) => {
  const { platform, files } = synth(make(), Tier.DEVELOPMENT, one.props);
  const named = Object.entries(files)
    .flatMap((file) => file.join('\n').split('\n'))
    .filter((line) => one.absent.test(line));
  expect(named).toEqual([]);
  expect(() => one.ask(platform)).toThrow(new InvalidInputError('', '', one.message));
});

test.each(PROVIDERS)('on %s, everything can be left out', (_provider, make) => {
  const { files, platform } = synth(make(), Tier.PRODUCTION, {
    createDatabase: false,
    createCache: false,
    createArtifactBucket: false,
    createBackup: false,
    standardTeams: [],
  });
  expect(platform.teams.namespaces).toEqual([]);
  expect(Object.keys(files).some((file) => file.startsWith('test/gateway/'))).toBe(true);
});

test.each<[Partial<DataPlatformProps>, string]>([
  [{ createDatabase: false, database: {} }, '[test/data-platform] database must not come with createDatabase: false'],
  [{ createCache: false, cache: {} }, '[test/data-platform] cache must not come with createCache: false'],
  [
    { createArtifactBucket: false, artifactBucket: {} },
    '[test/data-platform] artifactBucket must not come with createArtifactBucket: false',
  ],
  [{ createBackup: false, backup: {} }, '[test/data-platform] backup must not come with createBackup: false'],
  [
    { createBackup: false, backupBucket: {} },
    '[test/data-platform] backupBucket must not come with createBackup: false, got {}: leave one of them out.',
  ],
  [
    { standardTeams: [StandardTeam.ML], quotas: { 'app-core-team': { cpu: '1', memory: '1Gi' } } },
    '[test/data-platform/tenancy/teams] quotas must be for app-ml-team, got ["app-core-team"]',
  ],
])('settings of what is left out are refused: %j', (props, message) => {
  expect(() => synth(KindProvider.local(), Tier.LOCAL, props)).toThrow(message);
});

test('a team of its own has a namespace as the standard teams have', () => {
  const environment = new PlatformApp().environment('local', { provider: KindProvider.local(), tier: Tier.LOCAL });
  const platform = new DataPlatform(environment, 'platform', { domain: 'ml.localhost.example', standardTeams: [] });
  const vision = platform.addTeam('vision', {
    developerGroup: 'acme:vision',
    quota: { cpu: '2', memory: '4Gi' },
    labels: { 'example.com/cost-center': '42' },
  });
  platform.addTeam('speech', { name: 'speech-models' });
  expect(vision.namespaceName).toBe('vision');
  expect(manifest(environment, 'Namespace', 'vision').metadata.labels).toMatchObject({
    'nstarx.io/team': 'vision',
    'example.com/cost-center': '42',
  });
  expect(manifest(environment, 'Namespace', 'speech-models').metadata.labels['nstarx.io/team']).toBe('speech');
  expect(manifest(environment, 'RoleBinding', 'team-developers', 'vision').subjects[0].name).toBe('acme:vision');
  expect(manifest(environment, 'RoleBinding', 'team-viewers', 'vision').subjects[0].name).toBe('vision-viewers');
  expect(manifest(environment, 'ResourceQuota', 'tenant', 'vision').spec.hard['requests.cpu']).toBe('2000m');
  expect(() => platform.addTeam('vision')).toThrow(
    '[local/platform] addTeam must have a name of its own, got "vision": choose another; the platform has a team of that name.',
  );
});

test('what runs in a namespace that exists already has what it has elsewhere', () => {
  const app = new PlatformApp();
  const environment = app.environment('local', { provider: KindProvider.local(), tier: Tier.LOCAL });
  const platform = new DataPlatform(environment, 'platform', { domain: 'ml.localhost.example' });
  const chart = environment.addChart('shared');
  const labels = { 'nstarx.io/uses-cache': 'true', 'nstarx.io/gateway-access': 'true' };
  const namespace = Namespace.fromName(chart, 'Shared', 'shared', { labels });
  const api = new ServiceWorkload(chart, 'api', {
    namespace,
    image: 'registry.example/api:1.2.3',
    metricsPort: 9000,
  });
  platform.cache.grantRead(api);
  new HttpRoute(chart, 'route', { gateway: platform.gateway, workload: api, host: 'api' });
  const files = Object.keys(PlatformTesting.synth(app)).filter((file) => file.startsWith('local/shared/'));
  expect(files.map((file) => file.slice('local/shared/shared/'.length)).sort()).toEqual(
    expect.arrayContaining(['deployment-api.yaml', 'httproute-route.yaml', 'servicemonitor-api.yaml']),
  );
  expect(files.filter((file) => file.includes('namespace-shared'))).toEqual([]);
  expect(platform.backup.namespaces()).toContain('shared');
});
