import { Construct } from 'constructs';
import { checked, checkedEnum } from '../../contracts/checked';
import { PodSecurityLevel } from '../../contracts/component';
import { environmentOf } from '../../contracts/environment-scope';
import { fail } from '../../contracts/errors';
import { Tier } from '../../contracts/tier';
import { Namespace } from './namespace';
import { NamespaceQuota } from './namespace-quota';
import { Team } from './team';

/** A team of the platform; its value is the name of its namespace. */
export enum StandardTeam {
  /** What all teams use. */
  CORE = 'app-core-team',
  /** Models: training and serving. */
  ML = 'app-ml-team',
  /** Data: pipelines and services. */
  DATA = 'app-data-team',
  /** Scanners that read the kernel of each node. */
  SECURITY_SCANNING = 'security-scanning',
  /** Prometheus, Alertmanager and Grafana. */
  MONITORING = 'data-platform-monitoring',
}
checkedEnum('StandardTeam', StandardTeam);

/** Options of the platform's teams. */
export interface StandardTeamsProps {
  /**
   * The teams that there are.
   *
   * @default - all five
   */
  readonly teams?: StandardTeam[];
  /**
   * Quotas that differ from the table, by namespace.
   *
   * @default - the table
   */
  readonly quotas?: { [namespaceName: string]: NamespaceQuota };
}

/**
 * The five teams of the platform, or some of them, each with a namespace of its own name:
 *
 * | namespace | Pod Security | local | development | staging | production |
 * | --- | --- | --- | --- | --- | --- |
 * | `app-core-team` | restricted | 4 / 8 | 8 / 16 | 16 / 32 | 32 / 64 |
 * | `app-ml-team` | restricted | 8 / 16, 4 GPUs | 16 / 64, 4 GPUs | 32 / 128, 8 GPUs | 128 / 512, 32 GPUs |
 * | `app-data-team` | restricted | 8 / 16 | 16 / 64 | 32 / 128 | 64 / 256 |
 * | `security-scanning` | privileged | 2 / 4 | 4 / 8 | 8 / 16 | 16 / 32 |
 * | `data-platform-monitoring` | privileged | 4 / 8 | 8 / 16 | 16 / 48 | 32 / 96 |
 *
 * (cores / GiB of memory, as requests, by the environment's tier). `security-scanning` is privileged because Falco reads the
 * kernel of each node, and `data-platform-monitoring` because the node exporter reads its file system and network. Terraform
 * makes these two, since components are installed into them; the other three are manifests.
 *
 * Made by `DataPlatform`; a composition of your own can make it too.
 *
 * @example
 * const teams = new StandardTeams(chart, 'teams', { teams: [StandardTeam.ML, StandardTeam.DATA] });
 * const namespace = teams.ml;
 */
@checked('StandardTeams')
export class StandardTeams extends Construct {
  private readonly made = new Map<StandardTeam, Namespace>();

  /** @throws InvalidInputError when a quota is for none of the teams' namespaces, or the scope is in no environment */
  public constructor(scope: Construct, id: string, props: StandardTeamsProps = {}) {
    super(scope, id);
    const { tier } = environmentOf(this);
    const teams = ALL.filter((team) => (props.teams ?? ALL).includes(team));
    const names: readonly string[] = teams;
    const unknown = Object.keys(props.quotas ?? {}).filter((name) => !names.includes(name));
    if (unknown.length > 0) {
      fail(this, 'quotas', `must be for ${teams.join(', ')}`, unknown, 'make other teams with Team');
    }
    for (const team of teams) {
      const privileged = team === StandardTeam.SECURITY_SCANNING || team === StandardTeam.MONITORING;
      const namespace = new Team(this, team).addNamespace(team, {
        podSecurity: privileged ? PodSecurityLevel.PRIVILEGED : PodSecurityLevel.RESTRICTED,
        quota: props.quotas?.[team] ?? { ...SIZES[team][tier], pods: PODS[tier] },
        terraformManaged: privileged,
      });
      this.made.set(team, namespace);
    }
  }

  /**
   * Namespace `app-core-team`.
   *
   * @throws InvalidInputError when the team was left out
   */
  public get core(): Namespace {
    return this.namespaceOf('core', StandardTeam.CORE);
  }

  /**
   * Namespace `app-ml-team`.
   *
   * @throws InvalidInputError when the team was left out
   */
  public get ml(): Namespace {
    return this.namespaceOf('ml', StandardTeam.ML);
  }

  /**
   * Namespace `app-data-team`.
   *
   * @throws InvalidInputError when the team was left out
   */
  public get data(): Namespace {
    return this.namespaceOf('data', StandardTeam.DATA);
  }

  /**
   * Namespace `security-scanning`.
   *
   * @throws InvalidInputError when the team was left out
   */
  public get securityScanning(): Namespace {
    return this.namespaceOf('securityScanning', StandardTeam.SECURITY_SCANNING);
  }

  /**
   * Namespace `data-platform-monitoring`.
   *
   * @throws InvalidInputError when the team was left out
   */
  public get monitoring(): Namespace {
    return this.namespaceOf('monitoring', StandardTeam.MONITORING);
  }

  /** The namespaces of the teams that there are. */
  public get namespaces(): Namespace[] {
    return [...this.made.values()];
  }

  private namespaceOf(property: string, team: StandardTeam): Namespace {
    return (
      this.made.get(team) ??
      fail(
        this,
        property,
        'must be one of the teams that there are',
        [...this.made.keys()],
        `add StandardTeam.${Object.keys(StandardTeam)[ALL.indexOf(team)]} to the teams`,
      )
    );
  }
}

const ALL: readonly StandardTeam[] = Object.values(StandardTeam);

type Sizes = { readonly [tier in Tier]: NamespaceQuota };

const SIZES: { readonly [team in StandardTeam]: Sizes } = {
  'app-core-team': {
    local: { cpu: '4', memory: '8Gi', storage: '20Gi' },
    development: { cpu: '8', memory: '16Gi', storage: '100Gi' },
    staging: { cpu: '16', memory: '32Gi', storage: '200Gi' },
    production: { cpu: '32', memory: '64Gi', storage: '500Gi' },
  },
  'app-ml-team': {
    local: { cpu: '8', memory: '16Gi', gpus: 4, storage: '50Gi' },
    development: { cpu: '16', memory: '64Gi', gpus: 4, storage: '500Gi' },
    staging: { cpu: '32', memory: '128Gi', gpus: 8, storage: '1000Gi' },
    production: { cpu: '128', memory: '512Gi', gpus: 32, storage: '5000Gi' },
  },
  'app-data-team': {
    local: { cpu: '8', memory: '16Gi', storage: '50Gi' },
    development: { cpu: '16', memory: '64Gi', storage: '500Gi' },
    staging: { cpu: '32', memory: '128Gi', storage: '1000Gi' },
    production: { cpu: '64', memory: '256Gi', storage: '5000Gi' },
  },
  'security-scanning': {
    local: { cpu: '2', memory: '4Gi', storage: '10Gi' },
    development: { cpu: '4', memory: '8Gi', storage: '20Gi' },
    staging: { cpu: '8', memory: '16Gi', storage: '50Gi' },
    production: { cpu: '16', memory: '32Gi', storage: '100Gi' },
  },
  'data-platform-monitoring': {
    local: { cpu: '4', memory: '8Gi', storage: '50Gi' },
    development: { cpu: '8', memory: '16Gi', storage: '100Gi' },
    staging: { cpu: '16', memory: '48Gi', storage: '500Gi' },
    production: { cpu: '32', memory: '96Gi', storage: '2000Gi' },
  },
};

/** Daemons run on every node, so the number of their pods grows with the cluster. */
const PODS: { readonly [tier in Tier]: number } = { local: 50, development: 100, staging: 200, production: 500 };
