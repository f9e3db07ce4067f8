import { Construct } from 'constructs';
import { k8s } from 'cdk8s-plus-28';
import { fail } from '../../contracts/errors';
import { PLATFORM_GROUP } from '../../contracts/names';

const READ = ['get', 'list', 'watch'];
const WRITE = ['create', 'update', 'patch', 'delete'];
const ROLES = ['viewer', 'developer', 'maintainer'] as const;
type Role = (typeof ROLES)[number];

/** A kind that teams work with. */
export interface TeamKind {
  /** API group, such as `serving.kserve.io`. */
  readonly apiGroup: string;
  /** Plural names in lower case, such as `inferenceservices`. */
  readonly resources: string[];
  /**
   * Whether developers may write it; otherwise they only read it, and nobody in a team writes it.
   *
   * @default true
   */
  readonly developersWrite?: boolean;
}

/**
 * What people may do in their team's namespaces: three ClusterRoles, each of which has the permissions of the one before.
 *
 * - `platform-viewer` reads workloads and logs, but no Secret, and runs nothing in a pod.
 * - `platform-developer` also writes workloads, configuration and volumes, and runs commands in pods.
 * - `platform-maintainer` also has Secrets, ServiceAccounts, and who has which role in the namespace.
 *
 * Quotas, network policies, namespaces and ExternalSecrets stay with the platform: whoever writes an ExternalSecret could
 * read what other teams keep in the same store. A developer can read the Secrets of a namespace by way of
 * a pod that mounts them; that is how Kubernetes works.
 *
 * The roles aggregate: a ClusterRole labelled `nstarx.io/aggregate-to-viewer: "true"` (or `-developer`, `-maintainer`) adds
 * its rules to that role and to those above it. `allow()` makes such a ClusterRole. One per environment.
 */
export class TeamRoles extends Construct {
  /** Name of the ClusterRole for those who look. */
  public readonly viewer: string = 'platform-viewer';
  /** Name of the ClusterRole for those who build. */
  public readonly developer: string = 'platform-developer';
  /** Name of the ClusterRole for those who answer for the namespace. */
  public readonly maintainer: string = 'platform-maintainer';

  public constructor(scope: Construct, id: string) {
    super(scope, id);
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
    // Kubernetes lets nobody grant what they do not have themselves
    rule(['rbac.authorization.k8s.io'], ['rolebindings', 'roles'], [...READ, ...WRITE]),
  ];
}
