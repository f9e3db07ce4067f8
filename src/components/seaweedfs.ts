import { Component } from '../contracts/component';
import { chartFootprint } from './chart-footprint';

/** Image of the server, as the chart names it. */
const CHART_IMAGE = 'chrislusf/seaweedfs:4.44';

/**
 * The image of the server by its digest, for its tools.
 *
 * It is the digest of the index of all platforms, as public projects pin it: https://hub.docker.com/r/chrislusf/seaweedfs/tags
 */
export const SEAWEEDFS_IMAGE = `docker.io/${CHART_IMAGE}@sha256:e67e8c385484120b78bff47ba5f4debbca47fbd27ed1a39f016f47e8baea615b`;

/** Name of the Service of the server: master, filer and S3. */
export const SEAWEEDFS_SERVICE = 'seaweedfs-all-in-one';

/** Labels of the server's pod. */
export const SEAWEEDFS_POD_LABELS: { [key: string]: string } = {
  'app.kubernetes.io/name': 'seaweedfs',
  'app.kubernetes.io/instance': 'seaweedfs',
  'app.kubernetes.io/component': 'seaweedfs-all-in-one',
};

/** TCP ports of the server. */
export const SEAWEEDFS_PORTS = {
  master: 9333,
  masterGrpc: 19333,
  filer: 8888,
  filerGrpc: 18888,
  s3: 8333,
  metrics: 9324,
};

/** Options of SeaweedFS. */
export interface SeaweedFsOptions {
  /** Namespace that it runs in. */
  readonly namespace: string;
  /** Size of its volume, in GiB. */
  readonly storageGiB: number;
  /** StorageClass of its volume. */
  readonly storageClass: string;
  /**
   * Memory of the pod, in MiB, which it asks for and is bounded by.
   *
   * @default - it asks for 512 and is bounded by 1024
   */
  readonly memoryMiB?: number;
}

/**
 * SeaweedFS as one pod with one volume: master, volume server, filer and S3 gateway in a process.
 *
 * The release carries no credentials. The gateway keeps its identities in the filer, where they are put after the
 * installation: the chart's own Secret would be made anew at every rendering by Argo CD, which has no `lookup`.
 */
export function seaweedfs(options: SeaweedFsOptions): Component {
  return new Component('seaweedfs', {
    chart: { repository: 'https://seaweedfs.github.io/seaweedfs/helm', name: 'seaweedfs', version: '4.44.0' },
    namespace: options.namespace,
    footprint: FOOTPRINT,
    values: {
      global: { seaweedfs: { createClusterRole: false, automountServiceAccountToken: false } },
      // a bucket grows by several SeaweedFS volumes at once: small ones, so that a small disk has space for many buckets
      master: { enabled: false, volumeSizeLimitMB: options.storageGiB >= 100 ? 1000 : 100 },
      volume: { enabled: false },
      filer: { enabled: false },
      allInOne: {
        enabled: true,
        serviceAccountName: 'seaweedfs',
        s3: { enabled: true },
        data: {
          type: 'persistentVolumeClaim',
          size: `${options.storageGiB}Gi`,
          storageClass: options.storageClass,
        },
        podLabels: { 'app.kubernetes.io/part-of': 'backing-services' },
        podSecurityContext: {
          enabled: true,
          runAsNonRoot: true,
          runAsUser: 1000,
          runAsGroup: 1000,
          fsGroup: 1000,
          seccompProfile: { type: 'RuntimeDefault' },
        },
        containerSecurityContext: {
          enabled: true,
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
        },
        resources: resources(options.memoryMiB),
      },
    },
  });
}

function resources(memoryMiB: number | undefined): {
  requests: { cpu: string; memory: string };
  limits: { memory: string };
} {
  const [memory, limit] = memoryMiB === undefined ? ['512Mi', '1Gi'] : [`${memoryMiB}Mi`, `${memoryMiB}Mi`];
  return { requests: { cpu: '100m', memory }, limits: { memory: limit } };
}

/** What the chart brings, and the values that change it: our pod is not rendered with its default values. */
const FOOTPRINT = chartFootprint('seaweedfs', {
  references: [
    ...['s3', 'filer.s3', 'allInOne.s3', 'sftp', 'allInOne.sftp', 'cosi'].map((part) => ({
      kind: 'Secret',
      nameAt: `${part}.existingConfigSecret`,
      enabledAt: `${part}.enabled`,
    })),
    ...['sftp', 'allInOne.sftp'].flatMap((part) =>
      ['existingSshConfigSecret', 'existingCAKeysSecret'].map((key) => ({
        kind: 'Secret',
        nameAt: `${part}.${key}`,
        enabledAt: `${part}.enabled`,
      })),
    ),
    { kind: 'Secret', nameAt: 'admin.secret.existingSecret', enabledAt: 'admin.enabled' },
    { kind: 'Secret', nameAt: 'global.seaweedfs.license.existingSecret' },
  ],
  workloads: {
    'seaweedfs-master': { enabledAt: 'master.enabled' },
    'seaweedfs-volume': { enabledAt: 'volume.enabled' },
    'seaweedfs-filer': { enabledAt: 'filer.enabled' },
  },
  moreWorkloads: [
    {
      kind: 'Deployment',
      name: SEAWEEDFS_SERVICE,
      enabledAt: 'allInOne.enabled',
      enabled: false,
      replicasAt: 'allInOne.replicas',
      containers: [
        {
          name: 'seaweedfs',
          image: CHART_IMAGE,
          cpu: '500m',
          memory: '1Gi',
          resourcesAt: 'allInOne.resources',
        },
      ],
      volumes: [{ sizeAt: 'allInOne.data.size', storageClassAt: 'allInOne.data.storageClass' }],
      podLabels: SEAWEEDFS_POD_LABELS,
      onePerNode: true,
    },
  ],
  moreServices: [{ name: SEAWEEDFS_SERVICE, ports: SEAWEEDFS_PORTS, enabledAt: 'allInOne.enabled' }],
  services: {
    'seaweedfs-master': { enabledAt: 'master.enabled' },
    'seaweedfs-volume': { enabledAt: 'volume.enabled' },
    'seaweedfs-filer': { enabledAt: 'filer.enabled' },
    'seaweedfs-filer-client': { enabledAt: 'filer.enabled' },
  },
});
