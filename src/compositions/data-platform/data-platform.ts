import { Chart } from 'cdk8s';
import { Construct, IConstruct } from 'constructs';
import { Environment } from '../../app/environment';
import {
  CacheProps,
  DatabaseProps,
  ICache,
  IDatabase,
  IObjectStore,
  ObjectStoreProps,
} from '../../contracts/backing-service';
import { checked } from '../../contracts/checked';
import { ICluster } from '../../contracts/cluster';
import { onePerEnvironment } from '../../contracts/environment-scope';
import { fail } from '../../contracts/errors';
import { GeneralPool, GpuPool } from '../../contracts/node-pool';
import { Tier } from '../../contracts/tier';
import { Backup, BackupSettings } from '../../constructs/backup';
import { HttpRoute, PlatformGateway } from '../../constructs/gateway';
import { AlertReceiver, AlertRouting, Monitoring } from '../../constructs/monitoring';
import { PriorityClasses } from '../../constructs/scaling';
import { AcmeChallenge, AcmeIssuerProps, SecurityBaseline } from '../../constructs/security';
import {
  Namespace,
  NamespaceProps,
  NamespaceQuota,
  StandardTeam,
  StandardTeams,
  Team,
  TeamGroups,
  TeamRoles,
} from '../../constructs/tenancy';
import { MONITORING_PROPS } from './monitoring-props';

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
   * Whether the cluster refuses to be deleted, where the provider can protect it.
   *
   * @default - true in staging and production
   */
  readonly clusterDeletionProtection?: boolean;
  /**
   * Whether there is a PostgreSQL database, with the service name `database`.
   *
   * @default true
   */
  readonly createDatabase?: boolean;
  /**
   * Settings of the database.
   *
   * @default - by tier
   */
  readonly database?: DatabaseProps;
  /**
   * Whether there is a cache, with the service name `cache`.
   *
   * @default true
   */
  readonly createCache?: boolean;
  /**
   * Settings of the cache.
   *
   * @default - by tier
   */
  readonly cache?: CacheProps;
  /**
   * Whether there is a bucket for models and data, with the service name `artifacts`.
   *
   * @default true
   */
  readonly createArtifactBucket?: boolean;
  /**
   * Settings of the bucket for models and data.
   *
   * @default - by tier
   */
  readonly artifactBucket?: ObjectStoreProps;
  /**
   * Whether what the manifests describe is backed up, into a bucket of its own with the service name `backups`.
   *
   * @default true
   */
  readonly createBackup?: boolean;
  /**
   * When backups are made, how long they are kept, and of which namespaces they are.
   *
   * @default - by tier; see `Backup`
   */
  readonly backup?: BackupSettings;
  /**
   * Settings of the bucket that backups are kept in.
   *
   * @default - by tier
   */
  readonly backupBucket?: ObjectStoreProps;
  /**
   * The teams of `StandardTeams` that there are; `addTeam()` adds others. Prometheus, Alertmanager and Grafana live in the
   * namespace of `StandardTeam.MONITORING`: without it there are none, nothing is scraped, no alert fires, and Grafana has no
   * route.
   *
   * @default - all five
   */
  readonly standardTeams?: StandardTeam[];
  /**
   * Who is told of critical alerts; the Secrets that receivers name are in `data-platform-monitoring`. Teams with an `AlertRouting` of
   * their own are told of theirs in its place.
   *
   * @default - no one: in production a finding, since alerts that reach no one are none
   */
  readonly criticalAlertReceivers?: AlertReceiver[];
  /**
   * Who is told of warnings.
   *
   * @default - those of critical alerts
   */
  readonly warningAlertReceivers?: AlertReceiver[];
  /**
   * A dead man's switch outside the cluster, which hears every five minutes that alerts arrive, and raises the alarm when that ends.
   *
   * @default - no one notices when Prometheus or Alertmanager are down
   */
  readonly watchdogReceiver?: AlertReceiver;
  /**
   * Days that Prometheus keeps metrics.
   *
   * @default - by tier; see `Monitoring`
   */
  readonly metricsRetentionDays?: number;
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

/** Options of a team with one namespace. */
export interface DataPlatformTeamProps extends TeamGroups, NamespaceProps {
  /**
   * Who is told of critical alerts of the namespace, in place of the platform's receivers; the Secrets that they name are in it.
   *
   * @default - the platform's receivers
   */
  readonly criticalAlertReceivers?: AlertReceiver[];
  /**
   * Who is told of warnings of the namespace. It comes with `criticalAlertReceivers`.
   *
   * @default - those of critical alerts
   */
  readonly warningAlertReceivers?: AlertReceiver[];
}

/**
 * The three-layer platform of the architecture document: a cluster with general and GPU nodes, a database, a cache and a
 * bucket; and in it the teams, the security baseline, monitoring, a gateway, priorities and backups.
 *
 * It runs unchanged on every provider. Workloads are added to the teams' namespaces: `platform.teams.ml`, or what `addTeam()`
 * gives back. What is not wanted can be left out; asking the platform for it is then an error.
 *
 * Its labels start with `nstarx.io`, the API group of the platform's kinds (docs/which-construct.md says why).
 *
 * @example
 * const staging = app.environment('staging', {
 *   provider: AwsProvider.inRegion('eu-west-1'),
 *   tier: Tier.STAGING,
 * });
 * const dataPlatform = new DataPlatform(staging, 'data-platform', {
 *   domain: 'staging.ml.acme.example',
 *   gpuPools: [GpuPool.of(GpuModel.T4, { max: 2, spot: true })],
 *   standardTeams: [StandardTeam.ML, StandardTeam.MONITORING],
 *   createCache: false,
 * });
 * const vision = dataPlatform.addTeam('vision', { developerGroup: 'acme:vision' });
 */
@checked('DataPlatform')
export class DataPlatform extends Construct {
  /** The cluster. */
  public readonly cluster: ICluster;
  /** The standard teams and their namespaces. */
  public readonly teams: StandardTeams;
  /** The security baseline. */
  public readonly security: SecurityBaseline;
  /** The gateway, by which requests from outside reach the cluster. */
  public readonly gateway: PlatformGateway;
  /** Which pods go first. */
  public readonly priorities: PriorityClasses;
  /**
   * What can be left out.
   *
   * @internal
   */
  public readonly _pieces: DataPlatformPieces;

  /** @throws InvalidInputError when the environment has a cluster or a DataPlatform already, or a prop is wrong */
  public constructor(scope: Environment, id: string, props: DataPlatformProps) {
    onePerEnvironment(
      scope,
      id,
      'DataPlatform',
      'use that one, and remove this; a NeuralPlatform makes one where there is none, so make this before it',
    );
    super(scope, id);
    const { tier } = scope;
    if (scope.hasCluster) {
      fail(
        this,
        'environment',
        'must have no cluster yet',
        scope.cluster.clusterName,
        'leave addCluster() out; this makes the cluster, of generalPools and gpuPools',
      );
    }
    this.checkSettings(props);
    this.cluster = scope.addCluster({
      kubernetesVersion: props.kubernetesVersion,
      deletionProtection: props.clusterDeletionProtection,
      nodePools: [...(props.generalPools ?? [generalPool(tier)]), ...(props.gpuPools ?? [])],
    });
    const { createDatabase = true, createCache = true, createArtifactBucket = true, createBackup = true } = props;
    const database = createDatabase ? scope.addDatabase('database', props.database) : undefined;
    const cache = createCache ? scope.addCache('cache', props.cache) : undefined;
    const artifactBucket = createArtifactBucket ? scope.addObjectStore('artifacts', props.artifactBucket) : undefined;

    this.priorities = new PriorityClasses(this.chart('scaling'), 'priorities');
    const tenancy = this.chart('tenancy');
    new TeamRoles(tenancy, 'roles');
    this.teams = new StandardTeams(tenancy, 'teams', {
      teams: props.standardTeams,
      quotas: props.quotas,
    });
    this.security = new SecurityBaseline(this.chart('security'), 'baseline', { acme: acmeOf(this, props) });
    const gatewayChart = this.chart('gateway');
    this.gateway = new PlatformGateway(gatewayChart, 'gateway', {
      domain: props.domain,
      issuerName: this.security.publicIssuerName,
      internetFacing: props.internetFacing,
      replicas: tier === Tier.PRODUCTION ? 3 : tier === Tier.STAGING ? 2 : 1,
    });
    const monitored = props.standardTeams?.includes(StandardTeam.MONITORING) ?? true;
    this._pieces = {
      database,
      cache,
      artifactBucket,
      monitoring: monitored ? this.addMonitoring(gatewayChart, props) : undefined,
      // after the monitoring, which its alerts need
      backup: createBackup ? this.addBackup(scope, props) : undefined,
    };
  }

  /**
   * The PostgreSQL database.
   *
   * @throws InvalidInputError when it was left out
   */
  public get database(): IDatabase {
    return this._pieces.database ?? this.refuse(this, ['database']);
  }

  /**
   * The cache.
   *
   * @throws InvalidInputError when it was left out
   */
  public get cache(): ICache {
    return this._pieces.cache ?? this.refuse(this, ['cache']);
  }

  /**
   * The bucket for models and data.
   *
   * @throws InvalidInputError when it was left out
   */
  public get artifactBucket(): IObjectStore {
    return this._pieces.artifactBucket ?? this.refuse(this, ['artifactBucket']);
  }

  /**
   * Prometheus, Alertmanager and Grafana.
   *
   * @throws InvalidInputError when they were left out
   */
  public get monitoring(): Monitoring {
    return this._pieces.monitoring ?? this.refuse(this, ['monitoring']);
  }

  /**
   * The backups.
   *
   * @throws InvalidInputError when they were left out
   */
  public get backup(): Backup {
    return this._pieces.backup ?? this.refuse(this, ['backup']);
  }

  /**
   * Adds a team, named by the id, with one namespace, which has the same name unless the props say otherwise. `Team` makes teams
   * with several.
   *
   * @returns the namespace
   * @throws InvalidInputError when the id is no DNS label or taken, or a prop is wrong
   */
  public addTeam(id: string, props: DataPlatformTeamProps = {}): Namespace {
    if (this.teams.node.tryFindChild(id)) {
      fail(this, 'addTeam', 'must have a name of its own', id, 'choose another; the platform has a team of that name');
    }
    const { viewerGroup, developerGroup, maintainerGroup, criticalAlertReceivers, warningAlertReceivers, ...rest } =
      props;
    if (criticalAlertReceivers !== undefined) this._require(this, ['monitoring']);
    else if (warningAlertReceivers !== undefined) this.refuseWarningsAlone(warningAlertReceivers);
    const namespace = new Team(this.teams, id, { viewerGroup, developerGroup, maintainerGroup }).addNamespace(id, rest);
    if (criticalAlertReceivers !== undefined) {
      new AlertRouting(namespace, 'alerts', {
        namespace,
        criticalReceivers: criticalAlertReceivers,
        warningReceivers: warningAlertReceivers,
      });
    }
    return namespace;
  }

  private refuseWarningsAlone(given: readonly AlertReceiver[]): never {
    const shown = given.length === 1 ? 'one receiver' : `${given.length} receivers`;
    return fail(this, 'warningAlertReceivers', 'must come with criticalAlertReceivers', shown, 'give both');
  }

  /**
   * Refuses to go on without what something needs. One error names everything that was left out.
   *
   * @internal
   */
  public _require(who: IConstruct, pieces: readonly DataPlatformPiece[]): void {
    const missing = pieces.filter((piece) => this._pieces[piece] === undefined);
    if (missing.length > 0) this.refuse(who, missing);
  }

  private refuse(who: IConstruct, missing: readonly DataPlatformPiece[]): never {
    const platform = who === this ? '' : ` of ${this.node.path}`;
    return fail(
      who,
      missing.join(', '),
      `must be part of the platform${platform}`,
      missing.map((piece) => LEFT_OUT_BY[piece]).join(', '),
      'change that, or do without what needs it',
    );
  }

  private addMonitoring(gatewayChart: Chart, props: DataPlatformProps): Monitoring {
    const chart = this.chart('monitoring');
    const monitoring = new Monitoring(chart, 'monitoring', {
      retentionDays: props.metricsRetentionDays,
      grafanaClients: [this.gateway.peer],
    });
    if (props.criticalAlertReceivers) {
      new AlertRouting(chart, 'alert-routing', {
        criticalReceivers: props.criticalAlertReceivers,
        warningReceivers: props.warningAlertReceivers,
        watchdogReceiver: props.watchdogReceiver,
      });
    }
    new HttpRoute(gatewayChart, 'grafana', {
      gateway: this.gateway,
      namespace: this.teams.monitoring,
      serviceName: 'kube-prometheus-stack-grafana',
      servicePort: 80,
      host: 'grafana',
    });
    return monitoring;
  }

  private addBackup(scope: Environment, props: DataPlatformProps): Backup {
    const store = scope.addObjectStore('backups', props.backupBucket);
    return new Backup(this.chart('backup'), 'backup', { ...props.backup, store });
  }

  /** Settings of what is left out would do nothing. */
  private checkSettings(props: DataPlatformProps): void {
    const { createDatabase, createCache, createArtifactBucket, createBackup } = props;
    const settings = [
      { created: createDatabase, by: 'createDatabase', prop: 'database', given: props.database },
      { created: createCache, by: 'createCache', prop: 'cache', given: props.cache },
      {
        created: createArtifactBucket,
        by: 'createArtifactBucket',
        prop: 'artifactBucket',
        given: props.artifactBucket,
      },
      { created: createBackup, by: 'createBackup', prop: 'backup', given: props.backup },
      { created: createBackup, by: 'createBackup', prop: 'backupBucket', given: props.backupBucket },
    ];
    for (const { created, by, prop, given } of settings) {
      if (created === false && given !== undefined) {
        fail(this, prop, `must not come with ${by}: false`, given, 'leave one of them out');
      }
    }
    const monitored = props.standardTeams?.includes(StandardTeam.MONITORING) ?? true;
    for (const prop of MONITORING_PROPS) {
      if (monitored || props[prop] === undefined) continue;
      fail(this, prop, `must not come with ${LEFT_OUT_BY.monitoring}`, 'it', 'leave it out, or add the team');
    }
    const { criticalAlertReceivers, warningAlertReceivers, watchdogReceiver } = props;
    if (criticalAlertReceivers !== undefined) return;
    if (warningAlertReceivers !== undefined) this.refuseWarningsAlone(warningAlertReceivers);
    if (watchdogReceiver !== undefined) {
      fail(this, 'watchdogReceiver', 'must come with criticalAlertReceivers', 'it alone', 'give both');
    }
  }

  private chart(id: string): Chart {
    return new Chart(this, id, { disableResourceNameHashes: true });
  }
}

/** What can be left out of a DataPlatform. */
interface DataPlatformPieces {
  readonly database?: IDatabase;
  readonly cache?: ICache;
  readonly artifactBucket?: IObjectStore;
  readonly monitoring?: Monitoring;
  readonly backup?: Backup;
}

/** One of them. */
export type DataPlatformPiece = keyof DataPlatformPieces;

/** What leaves it out. */
const LEFT_OUT_BY: { readonly [piece in DataPlatformPiece]: string } = {
  database: 'createDatabase: false',
  cache: 'createCache: false',
  artifactBucket: 'createArtifactBucket: false',
  monitoring: 'standardTeams without StandardTeam.MONITORING',
  backup: 'createBackup: false',
};

function generalPool(tier: Tier): GeneralPool {
  const size = { local: [1, 3], development: [1, 8], staging: [2, 6], production: [3, 12] }[tier];
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
