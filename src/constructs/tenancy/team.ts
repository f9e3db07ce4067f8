import { Construct } from 'constructs';
import { k8s } from 'cdk8s-plus-28';
import { fail } from '../../contracts/errors';
import { dnsLabel, PLATFORM_GROUP } from '../../contracts/names';
import { TeamRoles } from './team-roles';
import { TenantNamespace, TenantNamespaceProps } from './tenant-namespace';

/** Label of a team's namespaces; its value is the team's name. */
export const TEAM_LABEL = `${PLATFORM_GROUP}/team`;

/** Options of a team. */
export interface TeamProps {
  /** The roles that its people get. */
  readonly roles: TeamRoles;
  /**
   * Name of the team, a DNS label.
   *
   * @default - the construct's id
   */
  readonly teamName?: string;
  /**
   * Group of the identity provider whose members may look.
   *
   * @default '<team>-viewers'
   */
  readonly viewerGroup?: string;
  /**
   * Group of the identity provider whose members build.
   *
   * @default '<team>-developers'
   */
  readonly developerGroup?: string;
  /**
   * Group of the identity provider whose members answer for the namespaces.
   *
   * @default '<team>-maintainers'
   */
  readonly maintainerGroup?: string;
}

/**
 * A team: its namespaces, labelled `nstarx.io/team`, and in each of them the roles of its people. A team has no permission
 * outside its namespaces.
 */
export class Team extends Construct {
  /** Name of the team. */
  public readonly teamName: string;
  private readonly bindings: { [suffix: string]: { role: string; group: string } };
  private readonly added: TenantNamespace[] = [];

  /** @throws InvalidInputError when the name is no DNS label, or a group is empty or one of Kubernetes itself */
  public constructor(scope: Construct, id: string, props: TeamProps) {
    super(scope, id);
    this.teamName = dnsLabel(this, 'teamName', props.teamName ?? id, 50);
    const group = (prop: string, given: string | undefined, suffix: string): string => {
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
    };
    this.bindings = {
      viewers: { role: props.roles.viewer, group: group('viewerGroup', props.viewerGroup, 'viewers') },
      developers: { role: props.roles.developer, group: group('developerGroup', props.developerGroup, 'developers') },
      maintainers: {
        role: props.roles.maintainer,
        group: group('maintainerGroup', props.maintainerGroup, 'maintainers'),
      },
    };
  }

  /** The team's namespaces, in the order in which they were added. */
  public get namespaces(): TenantNamespace[] {
    return [...this.added];
  }

  /**
   * Adds a namespace.
   *
   * @param id construct id, and the namespace's name unless the props have another
   */
  public addNamespace(id: string, props: TenantNamespaceProps = {}): TenantNamespace {
    const namespace = new TenantNamespace(this, id, props);
    namespace.addLabel(TEAM_LABEL, this.teamName);
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
}
