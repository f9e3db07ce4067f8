import { ApiObject, Lazy } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { Construct, IConstruct } from 'constructs';
import { externalSecrets } from '../../components/external-secrets';
import {
  BACKUP_STORAGE_LOCATION,
  velero,
  veleroAlerts,
  VeleroCredential,
  VELERO_IDENTITY,
  VELERO_NAMESPACE,
} from '../../components/velero';
import { Access, IObjectStore, SecretEnv, ServiceBinding } from '../../contracts/backing-service';
import { checkWhole } from '../../contracts/bounds';
import { checked } from '../../contracts/checked';
import { PodSecurityLevel } from '../../contracts/component';
import { ComponentRegistry } from '../../contracts/component-registry';
import { IEnvironment } from '../../contracts/environment';
import {
  checkReferences,
  environmentOf,
  expectNoLaterScraper,
  onePerEnvironment,
} from '../../contracts/environment-scope';
import { fail } from '../../contracts/errors';
import { dnsLabel } from '../../contracts/names';
import { Tier } from '../../contracts/tier';
import { Monitoring } from '../monitoring/monitoring';
import { cronSchedule, longestGapMinutes } from '../../contracts/cron-schedule';

/** What is backed up, when, and for how long it is kept. */
export interface BackupSettings {
  /**
   * When a backup is made (UTC), as five fields of cron.
   *
   * @default - every 6 hours in production, else every night
   */
  readonly schedule?: string;
  /**
   * Days that a backup is kept.
   *
   * @default - 1 locally, 3 in development, 7 in staging, 30 in production
   */
  readonly retentionDays?: number;
  /**
   * Hours without a successful backup after which an alert fires.
   *
   * @default - twice the longest time between two runs of the schedule, and an hour: 13 for every six hours, 49 for nightly
   */
  readonly alertAfterHours?: number;
  /**
   * Namespaces that are backed up although no manifest is in them.
   *
   * @default - none
   */
  readonly includedNamespaces?: string[];
  /**
   * Namespaces that are not backed up although manifests are in them.
   *
   * @default - none; those of Kubernetes and of Velero itself never are
   */
  readonly excludedNamespaces?: string[];
}

/** Options of the backup. */
export interface BackupProps extends BackupSettings {
  /** Bucket that the backups are kept in. It should be encrypted, since Secrets are among them. */
  readonly store: IObjectStore;
}

/** What something that is backed up needs at least. */
export interface BackupMinimum {
  /** Longest time between two backups: 1, 2, 3, 4, 6, 8, 12 or 24. */
  readonly everyHours: number;
  /** Days that a backup is kept, at least. */
  readonly retentionDays: number;
}

/**
 * Backs up what the environment's manifests describe, by Velero.
 *
 * The namespaces are those that a manifest makes or lives in when the app is synthesized: none is listed by hand, and none
 * is forgotten. Cluster-scoped objects are backed up with them. Volumes are snapshotted where the cluster can; elsewhere
 * their contents are not part of the backup (see `DatabaseDump`).
 *
 * Velero reaches the bucket as its ServiceAccount. Where the cluster has no workload identity, External Secrets writes the
 * bucket's keys in the form that Velero reads. One per environment.
 *
 * Where the environment has `Monitoring`, which must come before, Prometheus alerts on missing and failed backups.
 *
 * @example
 * const store = environment.addObjectStore('nightly-backups');
 * new Backup(chart, 'backup', { store, schedule: '0 2 * * *', retentionDays: 14 });
 */
@checked('Backup')
export class Backup extends Construct {
  /** The Schedule. */
  public readonly backupSchedule: ApiObject;
  private readonly environment: IEnvironment;
  private readonly included: string[];
  private readonly excluded: Set<string>;
  private readonly given: BackupSettings;
  private theSchedule: string;
  private theRetentionDays: number;

  /**
   * @throws InvalidInputError when the schedule is none or never runs, a number is out of bounds, or the environment has no cluster
   */
  public constructor(scope: Construct, id: string, props: BackupProps) {
    onePerEnvironment(scope, id, 'Backup');
    super(scope, id);
    checkReferences(this, props);
    this.environment = environmentOf(this);
    const defaults = DEFAULTS[this.environment.tier];
    const schedule = props.schedule ?? defaults.schedule;
    cronSchedule(this, 'schedule', schedule);
    const retentionDays = checkWhole(
      this,
      'retentionDays',
      props.retentionDays ?? defaults.retentionDays,
      1,
      3650,
      'give days',
    );
    this.given = props;
    this.theSchedule = schedule;
    this.theRetentionDays = retentionDays;
    this.included = (props.includedNamespaces ?? []).map((name) => dnsLabel(this, 'includedNamespaces', name));
    const excluded = (props.excludedNamespaces ?? []).map((name) => dnsLabel(this, 'excludedNamespaces', name));
    this.excluded = new Set([...NEVER, ...excluded]);
    const both = this.included.filter((name) => this.excluded.has(name));
    if (both.length > 0) {
      fail(this, 'includedNamespaces', 'must not be excluded as well', both, 'remove them from one of the lists');
    }
    const volumeSnapshots = this.environment.cluster.capabilities.volumeSnapshots;
    checkWhole(this, 'alertAfterHours', props.alertAfterHours, 1, 8760, 'give hours');
    this.install(props, volumeSnapshots);
    this.backupSchedule = new ApiObject(this, 'Resource', {
      apiVersion: 'velero.io/v1',
      kind: 'Schedule',
      metadata: { name: 'platform', namespace: VELERO_NAMESPACE },
      spec: {
        schedule: Lazy.any({ produce: () => this.theSchedule }) as unknown,
        useOwnerReferencesInBackup: false,
        template: {
          storageLocation: BACKUP_STORAGE_LOCATION,
          ttl: Lazy.any({ produce: () => `${this.theRetentionDays * 24}h0m0s` }) as unknown,
          includedNamespaces: Lazy.any({ produce: () => this.namespaces() }) as unknown,
          includedNamespaceScopedResources: ['*'],
          includedClusterScopedResources: ['*'],
          // an event describes what happened, not what is
          excludedNamespaceScopedResources: ['events', 'events.events.k8s.io'],
          snapshotVolumes: volumeSnapshots,
        },
      },
    });
    this.node.addValidation({
      validate: () =>
        // an empty list would mean every namespace
        this.namespaces().length > 0
          ? []
          : ['backs up no namespace: add manifests, name includedNamespaces, or leave the backup out'],
    });
  }

  /** When a backup is made (UTC), as five fields of cron. */
  public get schedule(): string {
    return this.theSchedule;
  }

  /** Days that a backup is kept. */
  public get retentionDays(): number {
    return this.theRetentionDays;
  }

  /** Hours without a successful backup after which an alert fires. */
  public get alertAfterHours(): number {
    return this.given.alertAfterHours ?? Math.ceil(2 * this.longestHours) + 1;
  }

  /**
   * Has backups made more often and kept longer, where the defaults fall short of what something needs. What the props say is
   * never changed.
   *
   * @param requester what needs it, for the error
   * @throws InvalidInputError when the props say less, or hours do not divide a day
   * @internal
   */
  public _requireAtLeast(requester: IConstruct, minimum: BackupMinimum): void {
    const { everyHours, retentionDays } = minimum;
    if (!Number.isInteger(everyHours) || everyHours < 1 || 24 % everyHours !== 0) {
      fail(requester, 'everyHours', 'must divide a day', everyHours, 'use 1, 2, 3, 4, 6, 8, 12 or 24');
    }
    if (this.longestHours > everyHours) {
      if (this.given.schedule !== undefined) {
        const rule = `must have a backup at least every ${everyHours} hours`;
        fail(requester, 'backup.schedule', rule, this.given.schedule, `leave it out of ${this.node.path}, or raise it`);
      }
      this.theSchedule = everyHours === 24 ? '0 3 * * *' : `0 */${everyHours} * * *`;
      ComponentRegistry.of(this).override('velero', {
        values: { metrics: { prometheusRule: { spec: veleroAlerts(this.alertAfterHours) } } },
      });
    }
    if (this.theRetentionDays < retentionDays) {
      if (this.given.retentionDays !== undefined) {
        const rule = `must be at least ${retentionDays}`;
        fail(requester, 'backup.retentionDays', rule, this.given.retentionDays, `leave it out of ${this.node.path}`);
      }
      this.theRetentionDays = checkWhole(this, 'retentionDays', retentionDays, 1, 3650, 'give days');
    }
  }

  /** The namespaces that are backed up, by what the environment's tree holds now. */
  public namespaces(): string[] {
    const names = new Set(this.included);
    for (const construct of this.environment.node.findAll()) {
      if (!ApiObject.isApiObject(construct)) continue;
      const isNamespace = construct.kind === 'Namespace' && construct.apiVersion === 'v1';
      const name = isNamespace ? construct.name : construct.metadata.namespace;
      if (name !== undefined) names.add(name);
    }
    return [...names].filter((name) => !this.excluded.has(name)).sort();
  }

  private get longestHours(): number {
    return (longestGapMinutes(this.theSchedule) ?? 0) / 60;
  }

  private install({ store }: BackupProps, volumeSnapshots: boolean): void {
    const binding = store.bind(VELERO_IDENTITY, Access.READ_WRITE);
    this.environment.requireNamespace(VELERO_NAMESPACE, PodSecurityLevel.RESTRICTED, binding.namespaceLabels);
    const registry = ComponentRegistry.of(this);
    const credential = veleroCredential(this, binding);
    const monitoring = Monitoring._find(this)?._component;
    if (!monitoring) expectNoLaterScraper(this, 'alerts');
    if (credential) registry.require(externalSecrets());
    registry.require(
      velero({
        bucketName: store.bucketName,
        region: store.region,
        s3Url: binding.env.AWS_ENDPOINT_URL_S3,
        credential,
        monitoring,
        volumeSnapshots,
        alertAfterHours: this.alertAfterHours,
      }),
    );
  }
}

const NEVER = ['default', 'kube-system', 'kube-public', 'kube-node-lease', VELERO_NAMESPACE];

interface Defaults {
  readonly schedule: string;
  readonly retentionDays: number;
}

const DEFAULTS: { readonly [tier in Tier]: Defaults } = {
  local: { schedule: '0 3 * * *', retentionDays: 1 },
  development: { schedule: '0 3 * * *', retentionDays: 3 },
  staging: { schedule: '0 3 * * *', retentionDays: 7 },
  production: { schedule: '0 */6 * * *', retentionDays: 30 },
};

const CREDENTIALS = 'velero-object-store';

/** Velero wants keys as a shared credentials file of AWS, so External Secrets writes one from the Secret with the keys. */
function veleroCredential(scope: Construct, binding: ServiceBinding): VeleroCredential | undefined {
  const variable = (name: string): SecretEnv | undefined => binding.secretEnv.find((one) => one.name === name);
  const id = variable('AWS_ACCESS_KEY_ID');
  const key = variable('AWS_SECRET_ACCESS_KEY');
  if (!id || !key) return undefined;
  reader(scope, [...new Set([id.secretName, key.secretName])]);
  new ApiObject(scope, 'Credentials', {
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata: { name: CREDENTIALS, namespace: VELERO_NAMESPACE },
    spec: {
      refreshInterval: '10m',
      secretStoreRef: { kind: 'SecretStore', name: CREDENTIALS },
      target: {
        name: CREDENTIALS,
        template: {
          data: { cloud: '[default]\naws_access_key_id={{ .id }}\naws_secret_access_key={{ .key }}\n' },
        },
      },
      data: [
        { secretKey: 'id', remoteRef: { key: id.secretName, property: id.key } },
        { secretKey: 'key', remoteRef: { key: key.secretName, property: key.key } },
      ],
    },
  });
  return { secretName: CREDENTIALS, key: 'cloud' };
}

/** A store that reads these Secrets of Velero's namespace, and nothing else. */
function reader(scope: Construct, secretNames: string[]): void {
  const metadata = { name: CREDENTIALS, namespace: VELERO_NAMESPACE };
  new k8s.KubeServiceAccount(scope, 'Reader', { metadata, automountServiceAccountToken: false });
  new k8s.KubeRole(scope, 'ReaderRole', {
    metadata,
    rules: [{ apiGroups: [''], resources: ['secrets'], resourceNames: secretNames, verbs: ['get'] }],
  });
  new k8s.KubeRoleBinding(scope, 'ReaderBinding', {
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: CREDENTIALS },
    subjects: [{ kind: 'ServiceAccount', name: CREDENTIALS, namespace: VELERO_NAMESPACE }],
  });
  new ApiObject(scope, 'SecretStore', {
    apiVersion: 'external-secrets.io/v1',
    kind: 'SecretStore',
    metadata,
    spec: {
      provider: {
        kubernetes: {
          remoteNamespace: VELERO_NAMESPACE,
          server: { caProvider: { type: 'ConfigMap', name: 'kube-root-ca.crt', key: 'ca.crt' } },
          auth: { serviceAccount: { name: CREDENTIALS } },
        },
      },
    },
  });
}
