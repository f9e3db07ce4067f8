import { Construct } from 'constructs';
import { PodSecurityLevel } from '../../contracts/component';
import { IEnvironment } from '../../contracts/environment';
import { fail } from '../../contracts/errors';
import { PLATFORM_GROUP } from '../../contracts/names';
import { NetworkPeer } from '../../contracts/network';
import { Tier } from '../../contracts/tier';
import { NamespaceQuota } from './namespace-quota';
import { Team } from './team';
import { TeamRoles } from './team-roles';
import { TenantNamespace } from './tenant-namespace';

/** Options of the platform's five teams. */
export interface StandardTeamsProps {
  /** The environment. Its tier decides the quotas. */
  readonly environment: IEnvironment;
  /**
   * The roles that people get.
   *
   * @default - new ones
   */
  readonly roles?: TeamRoles;
  /**
   * Pods that may scrape metrics in the teams' namespaces, usually `Monitoring.SCRAPER`.
   *
   * @default - nothing scrapes them
   */
  readonly scraper?: NetworkPeer;
  /**
   * Quotas that differ from the table, by namespace.
   *
   * @default - the table
   */
  readonly quotas?: { [namespaceName: string]: NamespaceQuota };
}

/**
 * The five teams of the platform, each with a namespace of its own name:
 *
 * | namespace | Pod Security | local | development | staging | production |
 * | --- | --- | --- | --- | --- | --- |
 * | `app-core-team` | restricted | 4 / 8 | 8 / 16 | 16 / 32 | 32 / 64 |
 * | `app-ml-team` | restricted | 8 / 16, 4 GPUs | 16 / 64, 4 GPUs | 32 / 128, 8 GPUs | 128 / 512, 32 GPUs |
 * | `app-data-team` | restricted | 8 / 16 | 16 / 64 | 32 / 128 | 64 / 256 |
 * | `security-scanning` | privileged | 2 / 4 | 4 / 8 | 8 / 16 | 16 / 32 |
 * | `data-platform-monitoring` | privileged | 4 / 8 | 8 / 16 | 16 / 48 | 32 / 96 |
 *
 * (cores / GiB of memory, as requests). `security-scanning` is privileged because Falco reads the kernel of each node, and
 * `data-platform-monitoring` because the node exporter reads its file system and network. Terraform makes these two, since
 * components are installed into them; the other three are manifests.
 */
export class StandardTeams extends Construct {
  /** The roles that people get. */
  public readonly roles: TeamRoles;
  /** Namespace `app-core-team`. */
  public readonly core: TenantNamespace;
  /** Namespace `app-ml-team`. */
  public readonly ml: TenantNamespace;
  /** Namespace `app-data-team`. */
  public readonly data: TenantNamespace;
  /** Namespace `security-scanning`. */
  public readonly securityScanning: TenantNamespace;
  /** Namespace `data-platform-monitoring`. */
  public readonly monitoring: TenantNamespace;

  /** @throws InvalidInputError when a quota is for none of the five namespaces */
  public constructor(scope: Construct, id: string, props: StandardTeamsProps) {
    super(scope, id);
    this.roles = props.roles ?? new TeamRoles(this, 'Roles');
    const unknown = Object.keys(props.quotas ?? {}).filter((name) => !(name in SIZES));
    if (unknown.length > 0) {
      fail(this, 'quotas', `must be for ${Object.keys(SIZES).join(', ')}`, unknown, 'make other teams with Team');
    }
    const make = (name: string, privileged = false): TenantNamespace =>
      new Team(this, name, { roles: this.roles }).addNamespace(name, {
        podSecurity: privileged ? PodSecurityLevel.PRIVILEGED : PodSecurityLevel.RESTRICTED,
        quota: props.quotas?.[name] ?? standardQuota(name, props.environment.tier),
        scraper: props.scraper,
        madeByTerraformOf: privileged ? props.environment : undefined,
      });
    this.core = make('app-core-team');
    this.ml = make('app-ml-team');
    this.data = make('app-data-team');
    this.securityScanning = make('security-scanning', true);
    this.monitoring = make('data-platform-monitoring', true);
    // the checks look for the scraper there
    this.monitoring.addLabel(`${PLATFORM_GROUP}/scraper`, 'true');
  }

  /** The five namespaces. */
  public get namespaces(): TenantNamespace[] {
    return [this.core, this.ml, this.data, this.securityScanning, this.monitoring];
  }
}

interface Size {
  readonly cpu: number;
  readonly memoryGiB: number;
  readonly gpus?: number;
  readonly storageGiB: number;
}

type Sizes = { readonly [tier in Tier]: Size };

const SIZES: { [namespaceName: string]: Sizes } = {
  'app-core-team': {
    local: { cpu: 4, memoryGiB: 8, storageGiB: 20 },
    development: { cpu: 8, memoryGiB: 16, storageGiB: 100 },
    staging: { cpu: 16, memoryGiB: 32, storageGiB: 200 },
    production: { cpu: 32, memoryGiB: 64, storageGiB: 500 },
  },
  'app-ml-team': {
    local: { cpu: 8, memoryGiB: 16, gpus: 4, storageGiB: 50 },
    development: { cpu: 16, memoryGiB: 64, gpus: 4, storageGiB: 500 },
    staging: { cpu: 32, memoryGiB: 128, gpus: 8, storageGiB: 1000 },
    production: { cpu: 128, memoryGiB: 512, gpus: 32, storageGiB: 5000 },
  },
  'app-data-team': {
    local: { cpu: 8, memoryGiB: 16, storageGiB: 50 },
    development: { cpu: 16, memoryGiB: 64, storageGiB: 500 },
    staging: { cpu: 32, memoryGiB: 128, storageGiB: 1000 },
    production: { cpu: 64, memoryGiB: 256, storageGiB: 5000 },
  },
  'security-scanning': {
    local: { cpu: 2, memoryGiB: 4, storageGiB: 10 },
    development: { cpu: 4, memoryGiB: 8, storageGiB: 20 },
    staging: { cpu: 8, memoryGiB: 16, storageGiB: 50 },
    production: { cpu: 16, memoryGiB: 32, storageGiB: 100 },
  },
  'data-platform-monitoring': {
    local: { cpu: 4, memoryGiB: 8, storageGiB: 50 },
    development: { cpu: 8, memoryGiB: 16, storageGiB: 100 },
    staging: { cpu: 16, memoryGiB: 48, storageGiB: 500 },
    production: { cpu: 32, memoryGiB: 96, storageGiB: 2000 },
  },
};

/** Daemons run on every node, so the number of their pods grows with the cluster. */
const PODS: { readonly [tier in Tier]: number } = { local: 50, development: 100, staging: 200, production: 500 };

function standardQuota(name: string, tier: Tier): NamespaceQuota {
  return { ...SIZES[name][tier], pods: PODS[tier] };
}
