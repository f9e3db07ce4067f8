import { Construct } from 'constructs';
import { k8s } from 'cdk8s-plus-28';
import { PLATFORM_GROUP } from '../../contracts/names';
import { checkGroup, RBAC } from './subjects';

const READ = ['get', 'list', 'watch'];
const WRITE = ['create', 'update', 'patch', 'delete'];
const MODELS = ['aimodels', 'datapipelines', 'featurestores', 'mlworkflows'];
/** As the documents write it: `nstarx:data-scientist`. */
const PREFIX = 'nstarx:';
const LIFECYCLE_GROUP = 'mlifecycle.io';

const PERSONAS = ['data-scientist', 'ml-engineer', 'model-reviewer', 'platform-admin'] as const;
type Persona = (typeof PERSONAS)[number];

/** Options of the personas. */
export interface PersonasProps {
  /**
   * Group of the identity provider whose members run the platform, in all namespaces.
   *
   * @default 'platform-admins'
   */
  readonly platformAdminGroup?: string;
}

/**
 * What people may do with the platform's kinds, as four ClusterRoles:
 *
 * - `nstarx:data-scientist` writes AIModels, DataPipelines, FeatureStores and MLWorkflows, and reads the rest.
 * - `nstarx:ml-engineer` also writes ABTests and ModelDeployments.
 * - `nstarx:model-reviewer` reads everything, and sets the condition `Approved` in the status of a ModelDeployment.
 * - `nstarx:platform-admin` also writes AIZones and may use each of them.
 *
 * The first three are bound per namespace (`TenantPersonas`), the last one in the whole cluster. None of them reads Secrets,
 * runs commands in pods, or has a wildcard. RBAC knows no owner: whoever may change the models of a namespace may change all
 * of them. A model is scaled by its spec, not by its `scale` subresource, where the policies would not see it.
 *
 * The roles aggregate: a ClusterRole labelled `nstarx.io/aggregate-to-data-scientist: "true"` (or another persona's name)
 * adds its rules. One per environment.
 */
export class Personas extends Construct {
  /** Name of the ClusterRole for those who make models. */
  public readonly dataScientist: string = roleName('data-scientist');
  /** Name of the ClusterRole for those who bring models into production. */
  public readonly mlEngineer: string = roleName('ml-engineer');
  /** Name of the ClusterRole for those who judge models. */
  public readonly modelReviewer: string = roleName('model-reviewer');
  /** Name of the ClusterRole for those who run the platform. */
  public readonly platformAdmin: string = roleName('platform-admin');
  /** Name of the ClusterRole that reads AIZones, which are in no namespace. */
  public readonly zoneReader: string = `${PREFIX}zone-reader`;

  /** @throws InvalidInputError when the group is empty or one of Kubernetes itself */
  public constructor(scope: Construct, id: string, props: PersonasProps = {}) {
    super(scope, id);
    const admins = checkGroup(this, 'platformAdminGroup', props.platformAdminGroup ?? 'platform-admins');
    for (const persona of PERSONAS) {
      new k8s.KubeClusterRole(this, persona, {
        metadata: { name: roleName(persona) },
        // the rules are filled in by the control plane
        aggregationRule: { clusterRoleSelectors: [{ matchLabels: aggregateTo(persona) }] },
      });
    }
    this.role('namespace-view', namespaceRules(), [...PERSONAS]);
    this.role(
      'models-edit',
      [rule(PLATFORM_GROUP, MODELS, WRITE)],
      ['data-scientist', 'ml-engineer', 'platform-admin'],
    );
    this.role('deployments-edit', deploymentRules(), ['ml-engineer', 'platform-admin']);
    this.role(
      'review',
      [rule(LIFECYCLE_GROUP, ['modeldeployments/status'], ['get', 'patch', 'update'])],
      ['model-reviewer'],
    );
    this.role('zones-edit', zoneRules(), ['platform-admin']);
    this.role('zone-reader', [rule(PLATFORM_GROUP, ['aizones'], READ)], []);
    new k8s.KubeClusterRoleBinding(this, 'PlatformAdmins', {
      metadata: { name: `${PREFIX}platform-admins` },
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: this.platformAdmin },
      subjects: [{ apiGroup: RBAC, kind: 'Group', name: admins }],
    });
  }

  private role(name: string, rules: k8s.PolicyRule[], personas: Persona[]): void {
    const labels = Object.assign({}, ...personas.map(aggregateTo)) as { [key: string]: string };
    new k8s.KubeClusterRole(this, name, { metadata: { name: `${PREFIX}${name}`, labels }, rules });
  }
}

function roleName(persona: Persona): string {
  return `${PREFIX}${persona}`;
}

function aggregateTo(persona: Persona): { [key: string]: string } {
  return { [`${PLATFORM_GROUP}/aggregate-to-${persona}`]: 'true' };
}

function rule(apiGroup: string, resources: string[], verbs: string[]): k8s.PolicyRule {
  return { apiGroups: [apiGroup], resources, verbs };
}

/** What is needed to see how a model or a run is doing. */
function namespaceRules(): k8s.PolicyRule[] {
  return [
    rule(PLATFORM_GROUP, [...MODELS, 'abtests'], READ),
    rule(LIFECYCLE_GROUP, ['modeldeployments'], READ),
    rule(
      '',
      ['configmaps', 'events', 'persistentvolumeclaims', 'pods', 'pods/log', 'resourcequotas', 'services'],
      READ,
    ),
    rule('apps', ['deployments', 'replicasets', 'statefulsets'], READ),
    rule('autoscaling', ['horizontalpodautoscalers'], READ),
    rule('batch', ['cronjobs', 'jobs'], READ),
    rule('events.k8s.io', ['events'], READ),
    rule('metrics.k8s.io', ['pods'], ['get', 'list']),
  ];
}

function deploymentRules(): k8s.PolicyRule[] {
  return [rule(PLATFORM_GROUP, ['abtests'], WRITE), rule(LIFECYCLE_GROUP, ['modeldeployments'], WRITE)];
}

function zoneRules(): k8s.PolicyRule[] {
  return [
    rule(PLATFORM_GROUP, ['aizones'], [...READ, ...WRITE, 'use']),
    rule('', ['namespaces', 'nodes'], READ),
    rule('admissionregistration.k8s.io', ['validatingadmissionpolicies', 'validatingadmissionpolicybindings'], READ),
    rule('apiextensions.k8s.io', ['customresourcedefinitions'], READ),
    rule('scheduling.k8s.io', ['priorityclasses'], READ),
  ];
}
