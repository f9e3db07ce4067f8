import { ApiObject } from 'cdk8s';
import { Backup, BackupProps } from '../../../src/constructs/backup';
import { Monitoring } from '../../../src/constructs/monitoring';
import { Namespace } from '../../../src/constructs/tenancy';
import { Access, Tier } from '../../../src/contracts';
import {
  Json,
  manifest,
  manifests,
  TestCluster,
  TestEnvironment,
  TestStore,
  text,
  validationErrors,
} from '../tenancy/support';

interface Given {
  readonly tier?: Tier;
  readonly keys?: boolean;
  readonly volumeSnapshots?: boolean;
  readonly props?: Partial<BackupProps>;
}

function sample(given: Given = {}) {
  const environment = new TestEnvironment(given.tier);
  const store = new TestStore(environment, given.keys ?? false);
  new TestCluster(environment, { volumeSnapshots: given.volumeSnapshots ?? false });
  const backup = new Backup(environment.chart('backup'), 'backup', { store, ...given.props });
  const components = environment.components.sorted();
  const values = components.find((one) => one.name === 'velero')?.values as unknown as Json;
  return { environment, store, backup, values, installed: components.map((one) => one.name) };
}

function scheduleOf(backup: Backup): Json {
  return manifest(backup, 'Schedule', 'platform').spec;
}

test('the namespaces are those that manifests make or live in, also such as come later', () => {
  const { environment, backup } = sample();
  const chart = environment.chart('teams');
  new Namespace(chart, 'app-ml-team');
  new ApiObject(chart, 'model', {
    apiVersion: 'serving.kserve.io/v1beta1',
    kind: 'InferenceService',
    metadata: { name: 'model', namespace: 'ml-models' },
  });
  new ApiObject(chart, 'role', {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', namespace: 'kube-system' },
  });
  expect(scheduleOf(backup).template.includedNamespaces).toEqual(['app-ml-team', 'ml-models']);
});

test('namespaces can be added and left out', () => {
  const { environment, backup } = sample({
    props: { includedNamespaces: ['legacy'], excludedNamespaces: ['scratch'] },
  });
  const chart = environment.chart('teams');
  ['scratch', 'kept'].forEach((name) => new Namespace(chart, name));
  expect(scheduleOf(backup).template.includedNamespaces).toEqual(['kept', 'legacy']);
});

test('an empty list, which would mean every namespace, is refused at synthesis', () => {
  const { environment, backup } = sample();
  expect(validationErrors(backup)).toEqual([
    'backs up no namespace: add manifests, name includedNamespaces, or leave the backup out',
  ]);
  new Namespace(environment.chart('teams'), 'app-ml-team');
  expect(validationErrors(backup)).toEqual([]);
});

test.each([
  [Tier.LOCAL, '0 3 * * *', '24h0m0s'],
  [Tier.DEVELOPMENT, '0 3 * * *', '72h0m0s'],
  [Tier.STAGING, '0 3 * * *', '168h0m0s'],
  [Tier.PRODUCTION, '0 */6 * * *', '720h0m0s'],
])('in %s a backup is made at %s and kept for %s', (tier, schedule, ttl) => {
  const spec = scheduleOf(sample({ tier }).backup);
  expect(spec.schedule).toBe(schedule);
  expect(spec.template.ttl).toBe(ttl);
});

function alertOf(values: Json): string {
  const [, missing] = values.metrics.prometheusRule.spec as unknown as { expr: string }[];
  return missing.expr;
}

test.each([
  [{}, 49],
  [{ schedule: '0 */6 * * *' }, 13],
  [{ schedule: '0 1 * * 6,0' }, 289],
  [{ schedule: '*/30 * * * *' }, 2],
  [{ schedule: '0 */6 * * *', alertAfterHours: 20 }, 20],
])('with %p an alert fires after %p hours without a backup', (props, hours) => {
  const { backup, values } = sample({ props });
  expect(backup.alertAfterHours).toBe(hours);
  expect(alertOf(values)).toBe(`time() - velero_backup_last_successful_timestamp{schedule!=""} > ${hours} * 3600`);
});

test('Prometheus is there before Velero, which would install no alerts otherwise', () => {
  const environment = new TestEnvironment();
  new TestCluster(environment);
  new Monitoring(environment.chart('monitoring'), 'monitoring');
  const store = new TestStore(environment, false);
  new Backup(environment.chart('backup'), 'backup', { store });
  const velero = environment.components.sorted().find(({ name }) => name === 'velero');
  expect(velero?.requires.map(({ name }) => name)).toEqual(['kube-prometheus-stack']);
});

test('what needs more backups than the defaults make gets them, with their alert', () => {
  const { environment, backup } = sample();
  backup._requireAtLeast(environment, { everyHours: 6, retentionDays: 30 });
  // less is no reason to change anything
  backup._requireAtLeast(environment, { everyHours: 24, retentionDays: 2 });
  expect(backup.schedule).toBe('0 */6 * * *');
  expect(backup.retentionDays).toBe(30);
  const spec = scheduleOf(backup);
  expect(spec.schedule).toBe('0 */6 * * *');
  expect(spec.template.ttl).toBe('720h0m0s');
  const velero = environment.components.sorted().find(({ name }) => name === 'velero');
  expect(alertOf(velero?.values as unknown as Json)).toContain('> 13 * 3600');
});

test('what the props say is refused where it is less than is needed, and never changed', () => {
  const seldom = sample({ props: { schedule: '0 0 * * 1-5' } });
  expect(() => {
    seldom.backup._requireAtLeast(seldom.environment, { everyHours: 24, retentionDays: 1 });
  }).toThrow(
    '[test] backup.schedule must have a backup at least every 24 hours, got "0 0 * * 1-5": leave it out of test/backup/backup, or raise it.',
  );
  const often = sample({ props: { schedule: '15 * * * *', retentionDays: 2 } });
  often.backup._requireAtLeast(often.environment, { everyHours: 1, retentionDays: 2 });
  expect(scheduleOf(often.backup).schedule).toBe('15 * * * *');
  expect(() => {
    often.backup._requireAtLeast(often.environment, { everyHours: 1, retentionDays: 3 });
  }).toThrow('[test] backup.retentionDays must be at least 3, got 2: leave it out of test/backup/backup.');
  expect(() => {
    often.backup._requireAtLeast(often.environment, { everyHours: 5, retentionDays: 1 });
  }).toThrow('[test] everyHours must divide a day, got 5: use 1, 2, 3, 4, 6, 8, 12 or 24.');
});

test('cluster-scoped objects are backed up too, and volumes where they can be', () => {
  const template = scheduleOf(sample().backup).template;
  expect(template).toMatchObject({
    storageLocation: 'default',
    includedNamespaceScopedResources: ['*'],
    includedClusterScopedResources: ['*'],
    snapshotVolumes: false,
  });
  const able = sample({ volumeSnapshots: true });
  expect(scheduleOf(able.backup).template.snapshotVolumes).toBe(true);
  expect(able.values.configuration.features).toBe('EnableCSI');
  expect(sample().values.configuration.features).toBeUndefined();
});

test("with a workload identity Velero's ServiceAccount is bound, and no key is anywhere", () => {
  const { store, backup, values, installed } = sample();
  expect(store.bound).toEqual([
    { identity: { namespace: 'velero', serviceAccountName: 'velero-server' }, access: Access.READ_WRITE },
  ]);
  expect(values.serviceAccount.server.name).toBe('velero-server');
  expect(values.credentials).toEqual({ useSecret: false });
  expect(values.configuration.backupStorageLocation).toEqual([
    {
      name: 'default',
      provider: 'aws',
      bucket: 'acme-backups',
      prefix: 'velero',
      default: true,
      accessMode: 'ReadWrite',
      config: { region: 'eu-west-1' },
    },
  ]);
  expect(manifests(backup).map((one) => text(one.kind))).toEqual(['Schedule']);
  expect(installed).toEqual(['velero']);
});

test("without one External Secrets writes the bucket's keys as Velero reads them", () => {
  const { environment, backup, values, installed } = sample({ keys: true });
  expect(installed).toEqual(['external-secrets', 'velero']);
  expect(environment.namespaces.velero).toEqual({
    podSecurity: 'restricted',
    labels: { 'nstarx.io/uses-backups': 'true' },
  });
  expect(values.configuration.backupStorageLocation[0]).toMatchObject({
    credential: { name: 'velero-object-store', key: 'cloud' },
    config: { s3Url: 'http://s3.backing-services.svc:8333', s3ForcePathStyle: 'true' },
  });
  const { spec } = manifest(backup, 'ExternalSecret', 'velero-object-store');
  expect(spec.target.template.data.cloud).toBe(
    '[default]\naws_access_key_id={{ .id }}\naws_secret_access_key={{ .key }}\n',
  );
  expect(spec.data).toEqual([
    { secretKey: 'id', remoteRef: { key: 'backups-credentials', property: 'accessKey' } },
    { secretKey: 'key', remoteRef: { key: 'backups-credentials', property: 'secretKey' } },
  ]);
  expect(manifests(backup).map((one) => text(one.kind))).not.toContain('Secret');
});

test('the store reads that one Secret and no other', () => {
  const { backup } = sample({ keys: true });
  expect(manifest(backup, 'Role', 'velero-object-store').rules).toEqual([
    { apiGroups: [''], resources: ['secrets'], resourceNames: ['backups-credentials'], verbs: ['get'] },
  ]);
  expect(manifest(backup, 'RoleBinding', 'velero-object-store').subjects).toEqual([
    { kind: 'ServiceAccount', name: 'velero-object-store', namespace: 'velero' },
  ]);
  expect(manifest(backup, 'SecretStore', 'velero-object-store').spec.provider.kubernetes).toMatchObject({
    remoteNamespace: 'velero',
    auth: { serviceAccount: { name: 'velero-object-store' } },
  });
});

test.each<[string, Partial<BackupProps>, string]>([
  [
    'a schedule that is none',
    { schedule: '61 * * * *' },
    '[test/backup/backup] schedule must have five fields within their bounds, but minute "61" is not within 0-59, got "61 * * * *": write minute, hour, day of the month, month and day of the week, such as \'30 2 * * *\'.',
  ],
  [
    'a schedule that never comes',
    { schedule: '0 3 30 2 *' },
    '[test/backup/backup] schedule must be at a time that comes, got "0 3 30 2 *": write it such as \'0 */6 * * *\'.',
  ],
  [
    'to keep nothing',
    { retentionDays: 0 },
    '[test/backup/backup] retentionDays must be a whole number between 1 and 3650, got 0: give days.',
  ],
  [
    'a pattern of namespaces',
    { includedNamespaces: ['tenant-*'] },
    '[test/backup/backup] includedNamespaces must be a DNS label of at most 63 characters, got "tenant-*"',
  ],
  [
    'a namespace that is in and out',
    { includedNamespaces: ['a'], excludedNamespaces: ['a'] },
    '[test/backup/backup] includedNamespaces must not be excluded as well, got ["a"]: remove them from one of the lists.',
  ],
])('refuses %s', (_, props, message) => {
  expect(() => sample({ props })).toThrow(message);
});
