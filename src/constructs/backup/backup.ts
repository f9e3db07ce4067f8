import { ApiObject, Lazy } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { externalSecrets } from '../../components/external-secrets';
import {
  BACKUP_STORAGE_LOCATION,
  velero,
  VELERO_IDENTITY,
  VELERO_NAMESPACE,
  VeleroCredential,
} from '../../components/velero';
import { Access, IObjectStore, SecretVariable, ServiceBinding } from '../../contracts/backing-service';
import { ICluster } from '../../contracts/cluster';
import { PodSecurityLevel } from '../../contracts/component';
import { ComponentRegistry } from '../../contracts/component-registry';
import { IEnvironment } from '../../contracts/environment';
import { fail } from '../../contracts/errors';
import { dnsLabel } from '../../contracts/names';
import { Tier } from '../../contracts/tier';
import { scheduleProblem } from '../workloads/cron-schedule';

const CREDENTIALS = 'velero-object-store';

/** Options of the backup. */
export interface BackupProps {
  /** The environment that is backed up. */
  readonly environment: IEnvironment;
  /** The cluster, which knows whether volumes can be snapshotted. */
  readonly cluster: ICluster;
  /** Bucket that the backups are kept in. It should be encrypted, since Secrets are among them. */
  readonly store: IObjectStore;
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
   * @default - 13 in production, else 49: two runs of the default schedule and an hour
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

/**
 * Backs up what the environment's manifests describe, by Velero.
 *
 * The namespaces are those that a manifest makes or lives in when the app is synthesized: none is listed by hand, and none
 * is forgotten. Cluster-scoped objects are backed up with them. Volumes are snapshotted where the cluster can; elsewhere
 * their contents are not part of the backup (see `DatabaseDump`).
 *
 * Velero reaches the bucket as its ServiceAccount. Where the cluster has no workload identity, External Secrets writes the
 * bucket's keys in the form that Velero reads. One per environment.
 */
export class Backup extends Construct {
  /** The Schedule. */
  public readonly backupSchedule: ApiObject;
  private readonly environment: IEnvironment;
  private readonly included: string[];
  private readonly excluded: Set<string>;

  /** @throws InvalidInputError when the schedule is none, or a number is out of bounds */
  public constructor(scope: Construct, id: string, props: BackupProps) {
    super(scope, id);
    const defaults = DEFAULTS[props.environment.tier];
    const schedule = props.schedule ?? defaults.schedule;
    const problem = scheduleProblem(schedule);
    if (problem !== undefined) {
      fail(
        this,
        'schedule',
        `must have five fields within their bounds, but ${problem}`,
        schedule,
        "write it such as '0 */6 * * *'",
      );
    }
    const retentionDays = this.whole('retentionDays', props.retentionDays ?? defaults.retentionDays, 3650, 'give days');
    this.environment = props.environment;
    this.included = (props.includedNamespaces ?? []).map((name) => dnsLabel(this, 'includedNamespaces', name));
    const excluded = (props.excludedNamespaces ?? []).map((name) => dnsLabel(this, 'excludedNamespaces', name));
    this.excluded = new Set([...NEVER, ...excluded]);
    const both = this.included.filter((name) => this.excluded.has(name));
    if (both.length > 0) {
      fail(this, 'includedNamespaces', 'must not be excluded as well', both, 'remove them from one of the lists');
    }
    const volumeSnapshots = props.cluster.capabilities.volumeSnapshots;
    this.install(props.store, {
      volumeSnapshots,
      alertAfterHours: this.whole(
        'alertAfterHours',
        props.alertAfterHours ?? defaults.alertAfterHours,
        8760,
        'give hours',
      ),
    });
    this.backupSchedule = new ApiObject(this, 'Resource', {
      apiVersion: 'velero.io/v1',
      kind: 'Schedule',
      metadata: { name: 'platform', namespace: VELERO_NAMESPACE },
      spec: {
        schedule,
        useOwnerReferencesInBackup: false,
        template: {
          storageLocation: BACKUP_STORAGE_LOCATION,
          ttl: `${retentionDays * 24}h0m0s`,
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

  private install(store: IObjectStore, options: { volumeSnapshots: boolean; alertAfterHours: number }): void {
    const binding = store.bind(VELERO_IDENTITY, Access.READ_WRITE);
    this.environment.requireNamespace(VELERO_NAMESPACE, PodSecurityLevel.RESTRICTED, binding.namespaceLabels);
    const registry = ComponentRegistry.of(this);
    const credential = this.credential(binding);
    if (credential) registry.require(externalSecrets());
    registry.require(
      velero({
        bucketName: store.bucketName,
        region: store.region,
        s3Url: binding.variables.AWS_ENDPOINT_URL_S3,
        credential,
        ...options,
      }),
    );
  }

  /** Velero wants keys as a shared credentials file of AWS, so External Secrets writes one from the Secret with the keys. */
  private credential(binding: ServiceBinding): VeleroCredential | undefined {
    const variable = (name: string): SecretVariable | undefined =>
      binding.secretVariables.find((one) => one.name === name);
    const id = variable('AWS_ACCESS_KEY_ID');
    const key = variable('AWS_SECRET_ACCESS_KEY');
    if (!id || !key) return undefined;
    this.reader([...new Set([id.secretName, key.secretName])]);
    new ApiObject(this, 'Credentials', {
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
  private reader(secretNames: string[]): void {
    const metadata = { name: CREDENTIALS, namespace: VELERO_NAMESPACE };
    new k8s.KubeServiceAccount(this, 'Reader', { metadata, automountServiceAccountToken: false });
    new k8s.KubeRole(this, 'ReaderRole', {
      metadata,
      rules: [{ apiGroups: [''], resources: ['secrets'], resourceNames: secretNames, verbs: ['get'] }],
    });
    new k8s.KubeRoleBinding(this, 'ReaderBinding', {
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: CREDENTIALS },
      subjects: [{ kind: 'ServiceAccount', name: CREDENTIALS, namespace: VELERO_NAMESPACE }],
    });
    new ApiObject(this, 'SecretStore', {
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

  private whole(prop: string, value: number, max: number, mend: string): number {
    if (!Number.isInteger(value) || value < 1 || value > max) {
      fail(this, prop, `must be a whole number between 1 and ${max}`, value, mend);
    }
    return value;
  }
}

const NEVER = ['default', 'kube-system', 'kube-public', 'kube-node-lease', VELERO_NAMESPACE];

interface Defaults {
  readonly schedule: string;
  readonly retentionDays: number;
  readonly alertAfterHours: number;
}

const DEFAULTS: { readonly [tier in Tier]: Defaults } = {
  local: { schedule: '0 3 * * *', retentionDays: 1, alertAfterHours: 49 },
  development: { schedule: '0 3 * * *', retentionDays: 3, alertAfterHours: 49 },
  staging: { schedule: '0 3 * * *', retentionDays: 7, alertAfterHours: 49 },
  production: { schedule: '0 */6 * * *', retentionDays: 30, alertAfterHours: 13 },
};
