import { Chart } from 'cdk8s';
import { Construct, IConstruct } from 'constructs';
import { k8s } from 'cdk8s-plus-28';
import { checked } from '../../contracts/checked';
import { findEnvironment } from '../../contracts/environment-scope';
import { fail } from '../../contracts/errors';
import { dnsLabel, PLATFORM_GROUP } from '../../contracts/names';
import { Namespace, NamespaceProps } from './namespace';

/** The members of a team, as groups of the identity provider. */
export interface TeamGroups {
  /**
   * Group whose members may look.
   *
   * @default '<team>-viewers'
   */
  readonly viewerGroup?: string;
  /**
   * Group whose members build.
   *
   * @default '<team>-developers'
   */
  readonly developerGroup?: string;
  /**
   * Group whose members answer for the namespaces.
   *
   * @default '<team>-maintainers'
   */
  readonly maintainerGroup?: string;
}

/** Options of a team. */
export interface TeamProps extends TeamGroups {
  /**
   * Name of the team, a DNS label.
   *
   * @default - the construct's id
   */
  readonly name?: string;
}

/**
 * A team: its namespaces, labelled `nstarx.io/team`, and in each of them the roles of its members (see `TeamRoles`). A team has
 * no permission outside its namespaces.
 *
 * Where there is a `DataPlatform`, its `addTeam()` makes a team with one namespace.
 *
 * @example
 * const vision = new Team(chart, 'vision', { developerGroup: 'acme:vision' });
 * const training = vision.addNamespace('vision-training', { quota: { cpu: '32', memory: '128Gi', gpus: 4 } });
 */
@checked('Team')
export class Team extends Construct {
  /** Name of the team. */
  public readonly teamName: string;
  private readonly bindings: { [suffix: string]: { role: string; group: string } };
  private readonly added: Namespace[] = [];

  /** @throws InvalidInputError when the name is no DNS label, or a group is empty or one of Kubernetes itself */
  public constructor(scope: Construct, id: string, props: TeamProps = {}) {
    super(scope, id);
    this.teamName = dnsLabel(this, 'name', props.name ?? id, 50);
    const roles = TeamRoles.of(this);
    this.bindings = {
      viewers: { role: roles.viewer, group: this.group('viewerGroup', props.viewerGroup, 'viewers') },
      developers: { role: roles.developer, group: this.group('developerGroup', props.developerGroup, 'developers') },
      maintainers: {
        role: roles.maintainer,
        group: this.group('maintainerGroup', props.maintainerGroup, 'maintainers'),
      },
    };
  }

  /** The team's namespaces, in the order in which they were added. */
  public get namespaces(): Namespace[] {
    return [...this.added];
  }

  /**
   * Adds a namespace.
   *
   * @param id construct id, and the namespace's name unless the props have another
   */
  public addNamespace(id: string, props: NamespaceProps = {}): Namespace {
    const namespace = new Namespace(this, id, props);
    namespace.addLabel(`${PLATFORM_GROUP}/team`, this.teamName);
    for (const [suffix, { role, group }] of Object.entries(this.bindings)) {
      new k8s.KubeRoleBinding(namespace, suffix, {
        metadata: { name: `team-${suffix}`, namespace: namespace.namespaceName },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: group }],
      });
    }
    this.added.push(namespace);
    return namespace;
  }

  private group(prop: string, given: string | undefined, suffix: string): string {
    const name = given ?? `${this.teamName}-${suffix}`;
    if (name.trim() === '' || name.startsWith('system:')) {
      fail(
        this,
        prop,
        'must be a group of the identity provider',
        name,
        'name a group of your own; those that start with system: are built in',
      );
    }
    return name;
  }
}

const READ = ['get', 'list', 'watch'];
const WRITE = ['create', 'update', 'patch', 'delete'];
const ROLES = ['viewer', 'developer', 'maintainer'] as const;
type Role = (typeof ROLES)[number];

/** The roles by what they are one of: an environment, or the root of a tree without one. */
const ALL_ROLES = new WeakMap<IConstruct, TeamRoles>();

/** A kind that teams work with. */
export interface TeamKind {
  /** API group, such as `serving.kserve.io`. */
  readonly apiGroup: string;
  /** Plural names in lower case, such as `inferenceservices`. */
  readonly resources: string[];
  /**
   * Whether developers may write it; otherwise they only read it, and no team member writes it.
   *
   * @default true
   */
  readonly developersWrite?: boolean;
}

/**
 * What users may do in their team's namespaces: three ClusterRoles, each of which has the permissions of the one before.
 *
 * - `platform-viewer` reads workloads and logs, but no Secret, and runs nothing in a pod.
 * - `platform-developer` also writes workloads, configuration and volumes, and runs commands in pods.
 * - `platform-maintainer` also has Secrets, ServiceAccounts, and who has which role in the namespace.
 *
 * Quotas, network policies, namespaces and ExternalSecrets stay with the platform: a user who writes an ExternalSecret could
 * read what other teams keep in the same store. A developer can read the Secrets of a namespace by way of
 * a pod that mounts them; that is how Kubernetes works.
 *
 * The roles aggregate: a ClusterRole labelled `nstarx.io/aggregate-to-viewer: "true"` (or `-developer`, `-maintainer`) adds
 * its rules to that role and to those above it. `allow()` makes such a ClusterRole.
 *
 * One per environment: the first team has it made in its own chart. To have the ClusterRoles in another one, make this
 * before the teams.
 *
 * @example
 * TeamRoles.of(chart).allow('serving', { apiGroup: 'serving.kserve.io', resources: ['inferenceservices'] });
 */
@checked('TeamRoles')
export class TeamRoles extends Construct {
  /**
   * The roles of the environment that a construct is in; outside an environment, of the construct's root. Made when they are
   * first asked for, in the chart of the construct.
   *
   * @throws InvalidInputError when there are none yet, and the construct is in no chart
   */
  public static of(scope: IConstruct): TeamRoles {
    const found = ALL_ROLES.get(ownerOf(scope));
    if (found) return found;
    const chart = scope.node.scopes.reverse().find((one) => Chart.isChart(one));
    if (!chart) {
      fail(scope, 'scope', 'must be in a chart', scope.node.path, 'make it in environment.addChart(id)');
    }
    return new TeamRoles(chart, 'team-roles');
  }

  /** Name of the ClusterRole for those who look. */
  public readonly viewer: string = 'platform-viewer';
  /** Name of the ClusterRole for those who build. */
  public readonly developer: string = 'platform-developer';
  /** Name of the ClusterRole for those who answer for the namespace. */
  public readonly maintainer: string = 'platform-maintainer';

  /** @throws InvalidInputError when the environment has them already */
  public constructor(scope: Construct, id: string) {
    super(scope, id);
    const owner = ownerOf(this);
    const other = ALL_ROLES.get(owner);
    if (other) {
      fail(
        this,
        'scope',
        'must have no TeamRoles yet',
        other.node.path,
        'use TeamRoles.of(), or make these before any team',
      );
    }
    ALL_ROLES.set(owner, this);
    ROLES.forEach((role, level) => {
      new k8s.KubeClusterRole(this, role, {
        metadata: { name: `platform-${role}` },
        // the rules are filled in by the control plane
        aggregationRule: {
          clusterRoleSelectors: ROLES.slice(0, level + 1).map((below) => ({ matchLabels: aggregateTo(below) })),
        },
      });
    });
    this.aggregated('viewer', 'workloads', viewerRules());
    this.aggregated('developer', 'workloads', developerRules());
    this.aggregated('maintainer', 'namespace', maintainerRules());
  }

  /**
   * Lets teams work with a kind: viewers read it, developers write it.
   *
   * @param id name of the permission, a DNS label that is unique among them
   * @throws InvalidInputError when the kind is a wildcard, or none is named
   */
  public allow(id: string, kind: TeamKind): void {
    const resources = kind.resources;
    if (kind.apiGroup.includes('*') || resources.length === 0 || !resources.every((one) => /^[a-z0-9/-]+$/.test(one))) {
      fail(
        this,
        'allow',
        'must name its resources one by one, in lower case',
        { apiGroup: kind.apiGroup, resources },
        'list the plural names of the kinds; wildcards grant what does not exist yet',
      );
    }
    this.aggregated('viewer', id, [rule([kind.apiGroup], resources, READ)]);
    if (kind.developersWrite ?? true) this.aggregated('developer', id, [rule([kind.apiGroup], resources, WRITE)]);
  }

  private aggregated(role: Role, id: string, rules: k8s.PolicyRule[]): void {
    new k8s.KubeClusterRole(this, `${role}-${id}`, {
      metadata: { name: `platform-${role}-${id}`, labels: aggregateTo(role) },
      rules,
    });
  }
}

function ownerOf(scope: IConstruct): IConstruct {
  return findEnvironment(scope) ?? scope.node.root;
}

function aggregateTo(role: Role): { [key: string]: string } {
  return { [`${PLATFORM_GROUP}/aggregate-to-${role}`]: 'true' };
}

function rule(apiGroups: string[], resources: string[], verbs: string[]): k8s.PolicyRule {
  return { apiGroups, resources, verbs };
}

function viewerRules(): k8s.PolicyRule[] {
  const core = ['configmaps', 'endpoints', 'events', 'limitranges', 'persistentvolumeclaims', 'pods', 'pods/log'];
  return [
    rule([''], [...core, 'resourcequotas', 'serviceaccounts', 'services'], READ),
    rule(['apps'], ['daemonsets', 'deployments', 'replicasets', 'statefulsets'], READ),
    rule(['autoscaling'], ['horizontalpodautoscalers'], READ),
    rule(['batch'], ['cronjobs', 'jobs'], READ),
    rule(['discovery.k8s.io'], ['endpointslices'], READ),
    rule(['events.k8s.io'], ['events'], READ),
    rule(['external-secrets.io'], ['externalsecrets', 'secretstores'], READ),
    rule(['gateway.networking.k8s.io'], ['gateways', 'grpcroutes', 'httproutes'], READ),
    rule(['metrics.k8s.io'], ['pods'], ['get', 'list']),
    rule(['monitoring.coreos.com'], ['podmonitors', 'prometheusrules', 'servicemonitors'], READ),
    rule(['networking.k8s.io'], ['networkpolicies'], READ),
    rule(['policy'], ['poddisruptionbudgets'], READ),
    rule(['snapshot.storage.k8s.io'], ['volumesnapshots'], READ),
  ];
}

function developerRules(): k8s.PolicyRule[] {
  return [
    rule([''], ['configmaps', 'persistentvolumeclaims', 'pods', 'services'], WRITE),
    rule([''], ['pods/attach', 'pods/exec', 'pods/portforward'], ['create', 'get']),
    rule([''], ['pods/eviction'], ['create']),
    rule(['apps'], ['deployments', 'statefulsets'], WRITE),
    rule(['apps'], ['deployments/scale', 'statefulsets/scale'], ['get', 'patch', 'update']),
    rule(['autoscaling'], ['horizontalpodautoscalers'], WRITE),
    rule(['batch'], ['cronjobs', 'jobs'], WRITE),
    rule(['gateway.networking.k8s.io'], ['grpcroutes', 'httproutes'], WRITE),
    rule(['monitoring.coreos.com'], ['podmonitors', 'prometheusrules', 'servicemonitors'], WRITE),
    rule(['policy'], ['poddisruptionbudgets'], WRITE),
    rule(['snapshot.storage.k8s.io'], ['volumesnapshots'], WRITE),
  ];
}

function maintainerRules(): k8s.PolicyRule[] {
  return [
    rule([''], ['secrets'], [...READ, ...WRITE]),
    rule([''], ['serviceaccounts'], WRITE),
    // Kubernetes lets users grant only what they have themselves
    rule(['rbac.authorization.k8s.io'], ['rolebindings', 'roles'], [...READ, ...WRITE]),
  ];
}
