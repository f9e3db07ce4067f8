import { parse } from 'yaml';
import {
  AwsProvider,
  DataPlatform,
  DataPlatformProps,
  GeneralPool,
  GpuModel,
  GpuPool,
  IProvider,
  KindProvider,
  PlatformApp,
  PlatformTesting,
  Tier,
} from '../../src';
import type { StackJson } from '../support/synth';

const aws = (): IProvider => AwsProvider.inRegion('eu-west-1', { stateBucket: 'acme-tf-state' });

function synth(provider: IProvider, tier: Tier, props: Partial<DataPlatformProps> = {}) {
  const app = new PlatformApp({ environments: ['test'] });
  const environment = app.environment('test', { provider, tier });
  const platform = new DataPlatform(environment, 'data-platform', { domain: 'ml.acme.example', ...props });
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
  [Tier.DEVELOPMENT, 1, 3, false],
  [Tier.STAGING, 2, 6, true],
  [Tier.PRODUCTION, 3, 12, true],
])('in %s the general pool has %p to %p nodes, and the cluster is protected: %p', (tier, min, max, isProtected) => {
  const { infrastructure } = synth(aws(), tier);
  expect(only(infrastructure, 'aws_eks_node_group').scaling_config).toMatchObject({ min_size: min, max_size: max });
  expect(only(infrastructure, 'aws_eks_cluster').deletion_protection).toBe(isProtected);
});

test('pools, versions and sizes are handed on', () => {
  const { infrastructure, platform } = synth(aws(), Tier.STAGING, {
    generalPools: [GeneralPool.of('steady', { min: 4, max: 5 })],
    gpuPools: [GpuPool.of(GpuModel.T4, { max: 2, spot: true })],
    kubernetesVersion: '1.35',
    clusterDeletionProtection: false,
    database: { storageGiB: 77 },
    backupBucket: { forceDestroy: true, bucketName: 'acme-backups' },
  });
  const groups = Object.values(infrastructure.resource?.aws_eks_node_group ?? {});
  expect(groups.map((group) => [group.capacity_type, group.scaling_config])).toEqual([
    ['SPOT', expect.objectContaining({ min_size: 0, max_size: 2 })],
    ['ON_DEMAND', expect.objectContaining({ min_size: 4, max_size: 5 })],
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

test('no password, key or token stands in any file', () => {
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
