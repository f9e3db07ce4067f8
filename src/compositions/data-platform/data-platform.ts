import { Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { Environment } from '../../app/environment';
import {
  CacheProps,
  DatabaseProps,
  ICache,
  IDatabase,
  IObjectStore,
  ObjectStoreProps,
} from '../../contracts/backing-service';
import { ICluster } from '../../contracts/cluster';
import { fail } from '../../contracts/errors';
import { GeneralPool, GpuPool } from '../../contracts/node-pool';
import { Tier } from '../../contracts/tier';
import { Backup, BackupSettings } from '../../constructs/backup';
import { HttpRoute, PlatformGateway } from '../../constructs/gateway';
import { Monitoring } from '../../constructs/monitoring';
import { PriorityClasses } from '../../constructs/scaling';
import { AcmeChallenge, AcmeIssuerProps, SecurityBaseline } from '../../constructs/security';
import { NamespaceQuota, StandardTeams } from '../../constructs/tenancy';

/** Options of a data platform. */
export interface DataPlatformProps {
  /** Domain below which the platform is served, such as `ml.acme.example`. */
  readonly domain: string;
  /**
   * Pools of nodes with GPUs.
   *
   * @default - no GPUs
   */
  readonly gpuPools?: GpuPool[];
  /**
   * Pools of nodes without GPUs.
   *
   * @default - one pool named `general`: 1 to 3 nodes locally and in development, 2 to 6 in staging, 3 to 12 in production
   */
  readonly generalPools?: GeneralPool[];
  /**
   * Minor version of Kubernetes, such as `1.35`.
   *
   * @default - the provider's default
   */
  readonly kubernetesVersion?: string;
  /**
   * Settings of the PostgreSQL database `database`.
   *
   * @default - by tier
   */
  readonly database?: DatabaseProps;
  /**
   * Settings of the cache `cache`.
   *
   * @default - by tier
   */
  readonly cache?: CacheProps;
  /**
   * Settings of the bucket `artifacts`.
   *
   * @default - by tier
   */
  readonly artifacts?: ObjectStoreProps;
  /**
   * Settings of the bucket `backups`.
   *
   * @default - by tier
   */
  readonly backups?: ObjectStoreProps;
  /**
   * When backups are made, how long they are kept, and of which namespaces they are.
   *
   * @default - by tier; see `Backup`
   */
  readonly backup?: BackupSettings;
  /**
   * Whether the cluster refuses to be deleted, where the provider can protect it.
   *
   * @default - true in staging and production
   */
  readonly clusterDeletionProtection?: boolean;
  /**
   * Quotas that differ from those of `StandardTeams`, by namespace.
   *
   * @default - by tier
   */
  readonly quotas?: { [namespaceName: string]: NamespaceQuota };
  /**
   * Whether the internet reaches the gateway.
   *
   * @default false
   */
  readonly internetFacing?: boolean;
  /**
   * Address that Let's Encrypt writes to. With it, and with `acmeChallenge`, the gateway's certificate is publicly trusted.
   *
   * @default - the platform's own certificate authority signs it
   */
  readonly acmeEmail?: string;
  /**
   * How the domain is proved to be ours. The certificate has a wildcard, so the challenge must be by DNS.
   *
   * @default - none
   */
  readonly acmeChallenge?: AcmeChallenge;
}

/**
 * The three-layer platform of the architecture document: a cluster with general and GPU nodes, a database, a cache and a
 * bucket; and in it the five teams, the security baseline, monitoring, a gateway, priorities and backups.
 *
 * It runs unchanged on every provider. Workloads are added to the teams' namespaces: `platform.teams.ml`.
 */
export class DataPlatform extends Construct {
  /** The cluster. */
  public readonly cluster: ICluster;
  /** The PostgreSQL database. */
  public readonly database: IDatabase;
  /** The cache. */
  public readonly cache: ICache;
  /** The bucket for models and data. */
  public readonly artifacts: IObjectStore;
  /** The five teams and their namespaces. */
  public readonly teams: StandardTeams;
  /** The security baseline. */
  public readonly security: SecurityBaseline;
  /** Prometheus, Alertmanager and Grafana. */
  public readonly monitoring: Monitoring;
  /** The way into the cluster. */
  public readonly gateway: PlatformGateway;
  /** Which pods go first. */
  public readonly priorities: PriorityClasses;
  /** The backups. */
  public readonly backup: Backup;

  /** @throws InvalidInputError when the environment has a cluster already, or a prop is wrong */
  public constructor(scope: Environment, id: string, props: DataPlatformProps) {
    super(scope, id);
    const { tier } = scope;
    this.cluster = scope.addCluster({
      kubernetesVersion: props.kubernetesVersion,
      deletionProtection: props.clusterDeletionProtection,
      nodePools: [...(props.generalPools ?? [generalPool(tier)]), ...(props.gpuPools ?? [])],
    });
    this.database = scope.addDatabase('database', props.database);
    this.cache = scope.addCache('cache', props.cache);
    this.artifacts = scope.addObjectStore('artifacts', props.artifacts);

    this.priorities = new PriorityClasses(this.chart('scaling'), 'priorities');
    this.teams = new StandardTeams(this.chart('tenancy'), 'teams', {
      environment: scope,
      scraper: Monitoring.SCRAPER,
      quotas: props.quotas,
    });
    this.security = new SecurityBaseline(this.chart('security'), 'baseline', { tier, acme: acmeOf(this, props) });
    const ingress = this.chart('gateway');
    this.gateway = new PlatformGateway(ingress, 'gateway', {
      cluster: this.cluster,
      domain: props.domain,
      issuerName: this.security.publicIssuerName,
      internetFacing: props.internetFacing,
      replicas: tier === Tier.PRODUCTION ? 3 : tier === Tier.STAGING ? 2 : 1,
    });
    this.monitoring = new Monitoring(this.chart('monitoring'), 'monitoring', {
      tier,
      cluster: this.cluster,
      grafanaClients: [this.gateway.peer],
    });
    new HttpRoute(ingress, 'grafana', {
      gateway: this.gateway,
      namespace: this.teams.monitoring,
      serviceName: 'kube-prometheus-stack-grafana',
      servicePort: 80,
      host: 'grafana',
    });
    this.backup = new Backup(this.chart('backup'), 'backup', {
      environment: scope,
      cluster: this.cluster,
      store: scope.addObjectStore('backups', props.backups),
      monitoring: this.monitoring,
      ...props.backup,
    });
  }

  private chart(id: string): Chart {
    return new Chart(this, id, { disableResourceNameHashes: true });
  }
}

function generalPool(tier: Tier): GeneralPool {
  const size = { local: [1, 3], development: [1, 3], staging: [2, 6], production: [3, 12] }[tier];
  return GeneralPool.of('general', { min: size[0], max: size[1] });
}

function acmeOf(where: Construct, props: DataPlatformProps): AcmeIssuerProps | undefined {
  const { acmeEmail: email, acmeChallenge: challenge, domain } = props;
  if (email === undefined && challenge === undefined) return undefined;
  if (email === undefined || challenge === undefined) {
    fail(where, 'acmeEmail', 'must come with acmeChallenge', email, 'give both, or neither');
  }
  if (challenge._needsGatewayApi()) {
    fail(
      where,
      'acmeChallenge',
      'must be by DNS, since the certificate has a wildcard',
      'AcmeChallenge.gateway',
      'use AcmeChallenge.route53()',
    );
  }
  return { email, domain, challenge };
}
