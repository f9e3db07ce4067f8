import { seaweedfs, SEAWEEDFS_IMAGE } from '../../src/components/seaweedfs';

const storage = seaweedfs({ namespace: 'backing-services', storageGiB: 20, storageClass: 'standard' });

test('SeaweedFS is one pod with S3 on a volume, and nothing else of the chart', () => {
  expect(storage.chart).toEqual({
    repository: 'https://seaweedfs.github.io/seaweedfs/helm',
    name: 'seaweedfs',
    version: '4.44.0',
  });
  expect(storage.values).toMatchObject({
    master: { enabled: false },
    volume: { enabled: false },
    filer: { enabled: false },
    allInOne: {
      enabled: true,
      s3: { enabled: true },
      data: { type: 'persistentVolumeClaim', size: '20Gi', storageClass: 'standard' },
    },
  });
});

test('SeaweedFS may do nothing in the Kubernetes API and runs as another user than root', () => {
  expect(storage.values).toMatchObject({
    global: { seaweedfs: { createClusterRole: false, automountServiceAccountToken: false } },
    allInOne: {
      serviceAccountName: 'seaweedfs',
      podSecurityContext: { enabled: true, runAsNonRoot: true, runAsUser: 1000 },
      containerSecurityContext: { enabled: true, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    },
  });
});

test('SeaweedFS on a small disk has volumes small enough for many buckets', () => {
  const sizeLimit = (storageGiB: number) =>
    seaweedfs({ namespace: 'backing-services', storageGiB, storageClass: 'standard' }).values.master;
  expect(sizeLimit(20)).toMatchObject({ volumeSizeLimitMB: 100 });
  expect(sizeLimit(100)).toMatchObject({ volumeSizeLimitMB: 1000 });
});

test("the image of SeaweedFS's tools is that of its chart", () => {
  expect(storage.chart?.version).toBe(`${SEAWEEDFS_IMAGE.split(/[:@]/)[1]}.0`);
});
