import { velero, VeleroOptions } from '../../src/components/velero';

interface Json {
  readonly [key: string]: Json;
}

const OPTIONS: VeleroOptions = {
  bucketName: 'backups',
  region: 'eu-west-1',
  volumeSnapshots: true,
  alertAfterHours: 13,
};

test('versions of Velero and its plugin are pinned, and belong together', () => {
  const component = velero(OPTIONS);
  expect(component.chart).toMatchObject({ name: 'velero', version: '12.1.0' });
  const values = component.values as unknown as Json;
  expect(values.image.tag).toBe('v1.18.1');
  expect(values.initContainers[0].image).toBe('docker.io/velero/velero-plugin-for-aws:v1.14.2');
});

test('every pod of the chart meets Pod Security restricted', () => {
  const component = velero(OPTIONS);
  expect(component.podSecurity).toBe('restricted');
  const values = component.values as unknown as Json;
  expect(values.podSecurityContext).toMatchObject({
    runAsNonRoot: true,
    runAsUser: 65532,
    seccompProfile: { type: 'RuntimeDefault' },
  });
  const container = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
  expect(values.containerSecurityContext).toEqual(container);
  expect(values.initContainers[0].securityContext).toEqual(container);
  expect(values.deployNodeAgent).toBe(false);
});

test('a store that is not AWS has its own URL, and no newer checksums', () => {
  const config = (options: VeleroOptions) =>
    (velero(options).values as unknown as Json).configuration.backupStorageLocation[0].config;
  expect(config(OPTIONS)).toEqual({ region: 'eu-west-1' });
  expect(config({ ...OPTIONS, s3Url: 'http://s3:8333' })).toEqual({
    region: 'eu-west-1',
    s3Url: 'http://s3:8333',
    s3ForcePathStyle: 'true',
    checksumAlgorithm: '',
  });
});

test('keys are named, never given', () => {
  const values = velero({ ...OPTIONS, credential: { secretName: 'keys', key: 'cloud' } }).values as unknown as Json;
  expect(values.configuration.backupStorageLocation[0].credential).toEqual({ name: 'keys', key: 'cloud' });
  expect(values.credentials).toEqual({ useSecret: false });
});

test('a backup that fails or is missing fires an alert', () => {
  const { spec } = (velero(OPTIONS).values as unknown as Json).metrics.prometheusRule;
  expect((spec as unknown as Json[]).map((one) => one.expr)).toEqual([
    'velero_backup_last_status{schedule!=""} != 1',
    'time() - velero_backup_last_successful_timestamp{schedule!=""} > 13 * 3600',
  ]);
});
