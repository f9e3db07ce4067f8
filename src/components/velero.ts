import { Component, PodSecurityLevel } from '../contracts/component';
import { IWorkloadIdentity } from '../contracts/identity';
import { runbookUrl } from '../contracts/runbooks';
import { chartFootprint } from './chart-footprint';

/** Namespace of Velero and of its Schedules. */
export const VELERO_NAMESPACE = 'velero';

/** Velero's ServiceAccount. */
export const VELERO_IDENTITY: IWorkloadIdentity = {
  namespace: VELERO_NAMESPACE,
  serviceAccountName: 'velero-server',
};

/** Name of the one BackupStorageLocation. */
export const BACKUP_STORAGE_LOCATION = 'default';

/** The key of a Secret. */
export interface VeleroCredential {
  /** Name of the Secret in Velero's namespace. */
  readonly secretName: string;
  /** Key that holds an AWS shared credentials file. */
  readonly key: string;
}

/** Options of Velero. */
export interface VeleroOptions {
  /** Bucket that backups are kept in. */
  readonly bucketName: string;
  /** Region of the bucket. */
  readonly region: string;
  /**
   * URL of an S3 API that is not AWS's own.
   *
   * @default - AWS's
   */
  readonly s3Url?: string;
  /**
   * Keys for the bucket.
   *
   * @default - the identity of Velero's ServiceAccount
   */
  readonly credential?: VeleroCredential;
  /** Whether volumes are snapshotted through the CSI driver. */
  readonly volumeSnapshots: boolean;
  /**
   * Prometheus, whose CRDs must be there before Velero for its alerts to be installed.
   *
   * @default - none; alerts are installed where these CRDs are there by chance
   */
  readonly monitoring?: Component;
  /** Longest time in hours without a successful backup before an alert fires. */
  readonly alertAfterHours: number;
}

/**
 * Velero, which backs up Kubernetes objects into a bucket and volumes by snapshots. There is no node agent, so its namespace
 * is restricted.
 *
 * The chart looks for Prometheus' CRDs, and installs its monitor and alerts where it finds them.
 */
export function velero(options: VeleroOptions): Component {
  return new Component('velero', {
    chart: { repository: 'https://vmware-tanzu.github.io/helm-charts', name: 'velero', version: '12.1.0' },
    namespace: VELERO_NAMESPACE,
    podSecurity: PodSecurityLevel.RESTRICTED,
    requires: options.monitoring && [options.monitoring],
    customResources: [
      'Backup',
      'BackupRepository',
      'BackupStorageLocation',
      'DataDownload',
      'DataUpload',
      'DeleteBackupRequest',
      'DownloadRequest',
      'PodVolumeBackup',
      'PodVolumeRestore',
      'Restore',
      'Schedule',
      'ServerStatusRequest',
      'VolumeSnapshotLocation',
    ].map((kind) => `${kind}.velero.io`),
    footprint: FOOTPRINT,
    values: {
      image: { tag: 'v1.18.1' },
      initContainers: [
        {
          name: 'velero-plugin-for-aws',
          image: PLUGIN_IMAGE,
          imagePullPolicy: 'IfNotPresent',
          volumeMounts: [{ mountPath: '/target', name: 'plugins' }],
          securityContext: CONTAINER_SECURITY,
          resources: resources('10m', '64Mi', '128Mi'),
        },
      ],
      // the image names its user instead of numbering it, so Kubernetes could not tell that it is not root
      podSecurityContext: {
        runAsNonRoot: true,
        runAsUser: 65532,
        runAsGroup: 65532,
        fsGroup: 65532,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containerSecurityContext: CONTAINER_SECURITY,
      resources: resources('50m', '128Mi', '512Mi'),
      upgradeJobResources: resources('20m', '64Mi', '256Mi'),
      kubectl: { containerSecurityContext: CONTAINER_SECURITY, resources: resources('10m', '32Mi', '128Mi') },
      serviceAccount: { server: { create: true, name: VELERO_IDENTITY.serviceAccountName } },
      // keys, where there are any, are read by the storage location, so no pod waits for them
      credentials: { useSecret: false },
      backupsEnabled: true,
      // CSI snapshots need no VolumeSnapshotLocation
      snapshotsEnabled: false,
      deployNodeAgent: false,
      configuration: {
        ...(options.volumeSnapshots ? { features: 'EnableCSI' } : {}),
        backupStorageLocation: [storageLocation(options)],
      },
      metrics: {
        enabled: true,
        serviceMonitor: { enabled: true, autodetect: true },
        prometheusRule: { enabled: true, autodetect: true, spec: veleroAlerts(options.alertAfterHours) },
      },
    },
  });
}

const PLUGIN_IMAGE = 'docker.io/velero/velero-plugin-for-aws:v1.14.2';

const CONTAINER_SECURITY = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };

type Values = { [key: string]: unknown };

function storageLocation(options: VeleroOptions): Values {
  const { credential } = options;
  return {
    name: BACKUP_STORAGE_LOCATION,
    provider: 'aws',
    bucket: options.bucketName,
    prefix: 'velero',
    default: true,
    accessMode: 'ReadWrite',
    ...(credential ? { credential: { name: credential.secretName, key: credential.key } } : {}),
    config: {
      region: options.region,
      // stores other than AWS's know neither virtual hosts nor trailing checksums for certain
      ...(options.s3Url ? { s3Url: options.s3Url, s3ForcePathStyle: 'true', checksumAlgorithm: '' } : {}),
    },
  };
}

/** The chart's alerts: `metrics.prometheusRule.spec`. */
export function veleroAlerts(hours: number): Values[] {
  return [
    {
      alert: 'BackupFailed',
      expr: 'velero_backup_last_status{schedule!=""} != 1',
      for: '15m',
      labels: { severity: 'critical', namespace: VELERO_NAMESPACE },
      annotations: {
        summary: 'The last backup of schedule {{ $labels.schedule }} failed',
        runbook_url: runbookUrl('BackupFailed'),
      },
    },
    {
      alert: 'BackupMissing',
      expr: `time() - velero_backup_last_successful_timestamp{schedule!=""} > ${hours} * 3600`,
      for: '15m',
      labels: { severity: 'critical', namespace: VELERO_NAMESPACE },
      annotations: {
        summary: `Schedule {{ $labels.schedule }} has no successful backup for ${hours} hours`,
        runbook_url: runbookUrl('BackupMissing'),
      },
    },
  ];
}

function resources(cpu: string, memory: string, limit: string): Values {
  return { requests: { cpu, memory }, limits: { memory: limit } };
}

/** What the chart brings, and the values that change it. */
const FOOTPRINT = chartFootprint('velero', {
  references: [
    { kind: 'Secret', nameAt: 'credentials.existingSecret', enabledAt: 'credentials.useSecret' },
    { kind: 'Secret', nameAt: 'credentials.extraSecretRef' },
  ],
  workloads: {
    velero: {
      // with our security contexts
      podSecurity: 'restricted',
      resourcesAt: 'resources',
      imageAt: 'image',
      nodeSelectorAt: 'nodeSelector',
      tolerationsAt: 'tolerations',
      disruptionBudgetAt: 'podDisruptionBudget',
      // of our values; it needs less than the server that comes after it
      moreInitContainers: [{ name: 'velero-plugin-for-aws', image: PLUGIN_IMAGE, cpu: '10m', memory: '64Mi' }],
    },
    'velero-upgrade-crds': {
      // with our security contexts
      podSecurity: 'restricted',
      resourcesAt: 'upgradeJobResources',
      imageAt: 'image',
      enabledAt: 'upgradeCRDs',
      moreInitContainers: [{ name: 'kubectl', resourcesAt: 'kubectl.resources' }],
    },
  },
});
