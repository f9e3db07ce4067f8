import { ApiObject } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { CLOUDNATIVE_PG_NAMESPACE, cloudnativePg } from '../../components/cloudnative-pg';
import {
  Access,
  BackingService,
  DatabaseProps,
  GrantOptions,
  IDatabase,
  ServiceBinding,
} from '../../contracts/backing-service';
import { checked } from '../../contracts/checked';
import { ICluster } from '../../contracts/cluster';
import { ComponentRegistry } from '../../contracts/component-registry';
import { IEnvironment } from '../../contracts/environment';
import { fail } from '../../contracts/errors';
import { IWorkloadIdentity } from '../../contracts/identity';
import { wholeUnits } from '../../contracts/quantity';
import { databaseNameOf } from '../../contracts/service-names';
import { Tier } from '../../contracts/tier';
import { backingServicesNamespaceOf, databaseBinding, hostOf, isProtected } from '../backing-service';
import {
  apiServerEgress,
  BackingServices,
  DELETION_PROTECTION_LABEL,
  lazily,
  metadata,
  pods,
  podsIn,
  scrapedOn,
  tcp,
  usersOf,
} from './backing-services';
import { DatabaseUsers } from './database-users';
import { USERS_SUFFIX } from './user-credentials';

/**
 * The image of each major version. A tag without the time of its making, such as `17-standard-trixie`, is rebuilt every Monday: two instances of
 * one cluster could run different images.
 *
 * Source: https://github.com/cloudnative-pg/artifacts/blob/main/image-catalogs/catalog-standard-trixie.yaml, August 17, 2026
 */
const POSTGRES_IMAGES: { readonly [version: string]: string } = {
  '16': '16.15-202608170814-standard-trixie@sha256:3df9103d7f89c8abc2870463d4d446944c81b5f1f4b707c590895dc003ecbb65',
  '17': '17.11-202608170816-standard-trixie@sha256:91e0de662d53895a45f1396f4ee1a75daeb0c26fc87853afc9c8f43e01fdaa21',
  '18': '18.6-202608170814-standard-trixie@sha256:771f9eab5225587af259d84680cc69a5b6e374ac32bb24effafde1f3368a1241',
};

const POSTGRES_PORT = 5432;
/** Port of CloudNativePG's instance manager in each pod. */
const STATUS_PORT = 8000;
const METRICS_PORT = 9187;

/** Endings of the Services that CloudNativePG makes for a cluster. */
const CNPG_SERVICES = ['-rw', '-ro', '-r'];

const STORAGE_GIB: { [tier in Tier]: number } = {
  [Tier.LOCAL]: 10,
  [Tier.DEVELOPMENT]: 20,
  [Tier.STAGING]: 50,
  [Tier.PRODUCTION]: 100,
};

/** Memory of one instance in MiB and its CPU request in millicores. */
const RESOURCES: { [tier in Tier]: { memoryMiB: number; cpuMillis: number } } = {
  [Tier.LOCAL]: { memoryMiB: 512, cpuMillis: 100 },
  [Tier.DEVELOPMENT]: { memoryMiB: 1024, cpuMillis: 250 },
  [Tier.STAGING]: { memoryMiB: 2048, cpuMillis: 500 },
  [Tier.PRODUCTION]: { memoryMiB: 4096, cpuMillis: 1000 },
};

/** What PostgreSQL and CloudNativePG's instance manager beside it can work with. */
const MIN_MEMORY_MIB = 256;

/**
 * PostgreSQL in the cluster, run by CloudNativePG.
 *
 * Each workload that is bound has a user of its own; the owner of the database makes them, and no workload has its password.
 * Highly available means three instances, of which one standby has every transaction before it is
 * confirmed: one instance can be lost with neither data nor availability. There are no automated backups.
 */
@checked('IDatabase')
export class InClusterDatabase extends BackingService implements IDatabase {
  public readonly serviceName: string;
  public readonly databaseName: string;
  public readonly host: string;
  public readonly port = POSTGRES_PORT;
  private readonly users: DatabaseUsers;

  public constructor(environment: IEnvironment, name: string, cluster: ICluster, props: DatabaseProps) {
    const services = BackingServices.ofEnvironment(environment);
    services.reserveName(name, [...CNPG_SERVICES, USERS_SUFFIX]);
    super(services, name);
    this.serviceName = name;
    this.databaseName = databaseNameOf(this, name, props.databaseName);
    this.host = hostOf(environment, name);
    this.check(environment.tier, props);
    ComponentRegistry.of(environment).require(cloudnativePg());
    const deletionProtection = props.deletionProtection ?? isProtected(environment.tier);
    if (deletionProtection) services.protectDatabases();
    this.addCluster(environment.tier, cluster, props, deletionProtection);
    this.users = new DatabaseUsers(services, this, 'users', {
      database: this,
      // made by CloudNativePG, for the owner of the database
      adminSecretName: `${name}-app`,
      egress: { to: [pods(this.podLabels)], ports: tcp(POSTGRES_PORT) },
    });
    this.addNetworkPolicy();
  }

  public bind(identity: IWorkloadIdentity, access: Access, options?: GrantOptions): ServiceBinding {
    const secretName = this.users.add(identity, access, options);
    return databaseBinding(this, options?.database, secretName, {
      namespace: backingServicesNamespaceOf(this),
      podLabels: this.podLabels,
    });
  }

  public get databaseNames(): string[] {
    return this.users.databaseNames;
  }

  private get podLabels(): { [key: string]: string } {
    return { 'cnpg.io/cluster': this.serviceName };
  }

  private addCluster(tier: Tier, cluster: ICluster, props: DatabaseProps, deletionProtection: boolean): ApiObject {
    const highlyAvailable = props.highlyAvailable ?? isProtected(tier);
    const { cpuMillis } = RESOURCES[tier];
    const memoryMiB = this.memoryMiB(tier, props);
    const base = metadata(this, this.serviceName, 'postgresql');
    return new ApiObject(this, 'Resource', {
      apiVersion: 'postgresql.cnpg.io/v1',
      kind: 'Cluster',
      metadata: deletionProtection
        ? { ...base, labels: { ...base.labels, [DELETION_PROTECTION_LABEL]: 'true' } }
        : base,
      spec: {
        instances: highlyAvailable ? 3 : 1,
        imageName: `ghcr.io/cloudnative-pg/postgresql:${POSTGRES_IMAGES[props.postgresVersion ?? '17']}`,
        enableSuperuserAccess: false,
        // with one instance it would forbid every drain of its node
        enablePDB: highlyAvailable,
        bootstrap: {
          initdb: {
            database: this.databaseName,
            owner: this.databaseName,
            encoding: 'UTF8',
            dataChecksums: true,
          },
        },
        storage: {
          size: props.storage ?? `${STORAGE_GIB[tier]}Gi`,
          storageClass: cluster.defaultStorageClass,
        },
        resources: {
          requests: { cpu: `${cpuMillis}m`, memory: `${memoryMiB}Mi` },
          limits: { memory: `${memoryMiB}Mi` },
        },
        postgresql: {
          parameters: { shared_buffers: `${Math.floor(memoryMiB / 4)}MB` },
          ...(highlyAvailable && { synchronous: { method: 'any', number: 1 } }),
        },
        affinity: {
          enablePodAntiAffinity: true,
          podAntiAffinityType: 'preferred',
          topologyKey: cluster.capabilities.zones.length > 1 ? 'topology.kubernetes.io/zone' : 'kubernetes.io/hostname',
        },
        managed: {
          // it makes the users of the workloads; without a passwordSecret, its password stays as CloudNativePG has made it
          roles: lazily(() => [
            { name: this.databaseName, ensure: 'present', login: true, createrole: true, ...this.databaseRights },
          ]),
          // a Service with the database's own name, so that its host is the same on every provider
          services: {
            additional: [
              {
                selectorType: 'rw',
                serviceTemplate: { metadata: { name: this.serviceName }, spec: { type: 'ClusterIP' } },
              },
            ],
          },
        },
        monitoring: { enablePodMonitor: false },
      },
    });
  }

  /** It makes databases only where there are others than the first. */
  private get databaseRights(): { createdb?: boolean } {
    return this.databaseNames.length > 1 ? { createdb: true } : {};
  }

  private memoryMiB(tier: Tier, { memory }: DatabaseProps): number {
    if (memory === undefined) return RESOURCES[tier].memoryMiB;
    return wholeUnits(this, 'memory', memory, 'Mi', MIN_MEMORY_MIB, 2 ** 20);
  }

  private addNetworkPolicy(): void {
    const instances = pods(this.podLabels);
    new k8s.KubeNetworkPolicy(this, 'network-policy', {
      metadata: metadata(this, this.serviceName, 'postgresql'),
      spec: {
        podSelector: { matchLabels: this.podLabels },
        policyTypes: ['Ingress', 'Egress'],
        ingress: lazily(() => [
          { from: [usersOf(this.serviceName), pods(this.users.podLabels)], ports: tcp(POSTGRES_PORT) },
          { from: [instances], ports: tcp(POSTGRES_PORT, STATUS_PORT) },
          ...scrapedOn(this, METRICS_PORT),
          {
            from: [podsIn(CLOUDNATIVE_PG_NAMESPACE, { 'app.kubernetes.io/name': 'cloudnative-pg' })],
            ports: tcp(POSTGRES_PORT, STATUS_PORT),
          },
        ]),
        egress: [{ to: [instances], ports: tcp(POSTGRES_PORT, STATUS_PORT) }, apiServerEgress()],
      },
    });
  }

  private check(tier: Tier, props: DatabaseProps): void {
    if (props.postgresVersion !== undefined && !Object.keys(POSTGRES_IMAGES).includes(props.postgresVersion)) {
      fail(
        this,
        'postgresVersion',
        `must be one of ${Object.keys(POSTGRES_IMAGES).join(', ')}`,
        props.postgresVersion,
        'give the major version only',
      );
    }
    if (props.storage !== undefined) wholeUnits(this, 'storage', props.storage, 'Gi', 1, 65_536);
    if ((props.backupRetentionDays ?? 0) > 0 && tier !== Tier.LOCAL) {
      fail(
        this,
        'backupRetentionDays',
        'must be 0 for a database inside the cluster',
        props.backupRetentionDays,
        'leave it out and add a DatabaseDump, or use a provider with managed databases',
      );
    }
  }
}
