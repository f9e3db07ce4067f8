import {
  VolumeAccess,
  VolumeClaim,
  VolumeClaimProps,
  VolumeSnapshotClass,
  VolumeSnapshotClassProps,
} from '../../../src/constructs/storage';
import { Namespace } from '../../../src/constructs/tenancy';
import { manifests, TestCluster, TestEnvironment } from '../tenancy/support';

function claim(props: Partial<VolumeClaimProps> = {}): VolumeClaim {
  const environment = new TestEnvironment();
  new TestCluster(environment);
  const chart = environment.chart();
  return new VolumeClaim(chart, 'data', {
    namespace: new Namespace(chart, 'ml'),
    size: '10Gi',
    ...props,
  });
}

test("a claim gets the cluster's default class, for one node", () => {
  expect(manifests(claim())).toEqual([
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data', namespace: 'ml' },
      spec: {
        accessModes: ['ReadWriteOnce'],
        storageClassName: 'fast',
        resources: { requests: { storage: '10Gi' } },
      },
    },
  ]);
});

test('a claim for many nodes names a class', () => {
  const [{ spec }] = manifests(claim({ access: VolumeAccess.READ_WRITE_MANY, storageClass: 'shared' }));
  expect(spec).toMatchObject({ accessModes: ['ReadWriteMany'], storageClassName: 'shared' });
});

test.each<[string, Partial<VolumeClaimProps>, string]>([
  [
    'a size without a unit',
    { size: '10' },
    "[test/chart/data] size must be a Kubernetes quantity of at least 1Mi, got \"10\": write it in bytes with a suffix, such as '512Mi' or '2Gi'.",
  ],
  [
    'one volume for many nodes on block storage',
    { access: VolumeAccess.READ_WRITE_MANY },
    '[test/chart/data] access must suit the cluster\'s default StorageClass (fast), which one node mounts at a time, got "ReadWriteMany": name a storageClass for shared file systems, or keep the data in a bucket.',
  ],
])('refuses %s', (_, props, message) => {
  expect(() => claim(props)).toThrow(message);
});

function snapshots(able: boolean, props: Partial<VolumeSnapshotClassProps> = {}): VolumeSnapshotClass {
  const environment = new TestEnvironment();
  new TestCluster(environment, { volumeSnapshots: able });
  return new VolumeSnapshotClass(environment.chart(), 'ebs', { driver: 'ebs.csi.aws.com', ...props });
}

test('the default class of snapshots is known to Velero and keeps them', () => {
  expect(manifests(snapshots(true))).toEqual([
    {
      apiVersion: 'snapshot.storage.k8s.io/v1',
      kind: 'VolumeSnapshotClass',
      metadata: {
        name: 'ebs',
        annotations: { 'snapshot.storage.kubernetes.io/is-default-class': 'true' },
        labels: { 'velero.io/csi-volumesnapshot-class': 'true' },
      },
      driver: 'ebs.csi.aws.com',
      deletionPolicy: 'Retain',
    },
  ]);
});

test('another class is neither', () => {
  const [other] = manifests(snapshots(true, { isDefault: false, retain: false }));
  expect(other.metadata).toEqual({ name: 'ebs' });
  expect(other.deletionPolicy).toBe('Delete');
});

test('refuses snapshots where there are none, and a driver that is none', () => {
  expect(() => snapshots(false)).toThrow(
    '[test/chart/ebs] cluster must be able to make volume snapshots, got "test": make none here: ask cluster.capabilities.volumeSnapshots first, and rely on logical backups such as DatabaseDump.',
  );
  expect(() => snapshots(true, { driver: 'EBS' })).toThrow(
    '[test/chart/ebs] driver must be the name of a CSI driver, got "EBS": give one such as \'ebs.csi.aws.com\'.',
  );
});
