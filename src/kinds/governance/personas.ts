import { Construct, IConstruct } from 'constructs';
import { k8s } from 'cdk8s-plus-28';
import { checked } from '../../contracts/checked';
import { checkReferences, onePerEnvironment } from '../../contracts/environment-scope';
import { fail } from '../../contracts/errors';
import { dnsLabel, PLATFORM_GROUP } from '../../contracts/names';
import { INamespace, namespaceNameOf } from '../../contracts/namespace';
import { GRANTED, ZONE_GRANT } from '../../contracts/placement';

/** API group of roles and bindings. */
const RBAC = 'rbac.authorization.k8s.io';
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
 * What users may do with the platform's kinds, as four ClusterRoles:
 *
 * - `nstarx:data-scientist` writes AIModels, DataPipelines, FeatureStores and MLWorkflows, and reads the rest.
 * - `nstarx:ml-engineer` also writes ABTests and ModelDeployments.
 * - `nstarx:model-reviewer` reads everything, and sets the condition `Approved` in the status of a ModelDeployment.
 * - `nstarx:platform-admin` also writes AIZones and may use each of them, and each ServiceAccount and PriorityClass in a spec.
 *
 * The first three are bound per namespace (`TenantPersonas`), the last one in the whole cluster. None of them reads Secrets,
 * runs commands in pods, or has a wildcard. RBAC knows no owner: a user who may change the models of a namespace may change all
 * of them. A model is scaled by its spec, not by its `scale` subresource, where the policies would not see it.
 *
 * The roles aggregate: a ClusterRole labelled `nstarx.io/aggregate-to-data-scientist: "true"` (or another persona's name)
 * adds its rules. One per environment; `NeuralPlatform` has one, `personas`.
 *
 * @example
 * const personas = new Personas(chart, 'personas', { platformAdminGroup: 'acme:ml-platform' });
 */
@checked('Personas')
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
    onePerEnvironment(scope, id, 'Personas');
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
    rule('scheduling.k8s.io', ['priorityclasses'], [...READ, 'use']),
    // what a spec may name; who makes a token of an account needs more
    rule('', ['serviceaccounts'], ['use']),
  ];
}

/** Options of a tenant's personas. */
export interface TenantPersonasProps {
  /** The roles that its members get. */
  readonly personas: Personas;
  /** The namespaces in which they get them. */
  readonly namespaces: INamespace[];
  /**
   * Name of the tenant, a DNS label.
   *
   * @default - the construct's id
   */
  readonly name?: string;
  /**
   * Group of the identity provider whose members make models.
   *
   * @default '<tenant>-data-scientists'
   */
  readonly dataScientistGroup?: string;
  /**
   * Group of the identity provider whose members bring models into production.
   *
   * @default '<tenant>-ml-engineers'
   */
  readonly mlEngineerGroup?: string;
  /**
   * Group of the identity provider whose members judge models.
   *
   * @default '<tenant>-model-reviewers'
   */
  readonly modelReviewerGroup?: string;
  /**
   * AIZones by name that data scientists may use.
   *
   * @default - none
   */
  readonly dataScientistZones?: string[];
  /**
   * AIZones by name that ML engineers may use.
   *
   * @default - those of the data scientists
   */
  readonly mlEngineerZones?: string[];
}

/**
 * The users of a tenant: what they may do in its namespaces, and which AIZones they may use. Outside its namespaces they
 * read AIZones and nothing else.
 *
 * Being allowed to use a zone takes effect where the policies of `NeuralPlatform` ask for it: of the user who writes a spec, and of the
 * namespace whose pods go there, which gets the label `zone.nstarx.io/<zone>`.
 *
 * @example
 * const personas = new Personas(chart, 'personas');
 * new TenantPersonas(chart, 'vision', { personas, namespaces: [platform.teams.ml], dataScientistZones: ['vision'] });
 */
@checked('TenantPersonas')
export class TenantPersonas extends Construct {
  /** Name of the tenant. */
  public readonly tenantName: string;

  /**
   * @throws InvalidInputError when the name is no DNS label, no namespace is given or one twice, a group is empty or one of
   * Kubernetes itself, or a zone has no valid name or is named twice
   */
  public constructor(scope: Construct, id: string, props: TenantPersonasProps) {
    super(scope, id);
    checkReferences(this, props);
    this.tenantName = dnsLabel(this, 'name', props.name ?? id, 50);
    const names = props.namespaces.map((namespace, at) => namespaceNameOf(this, namespace, `namespaces[${at}]`));
    if (names.length === 0 || new Set(names).size < names.length) {
      fail(this, 'namespaces', 'must be one namespace or more, each once', names, 'name the namespaces of the tenant');
    }
    const group = (prop: string, given: string | undefined, persona: string): string =>
      checkGroup(this, prop, given ?? `${this.tenantName}-${persona}`);
    const scientists = group('dataScientistGroup', props.dataScientistGroup, 'data-scientists');
    const engineers = group('mlEngineerGroup', props.mlEngineerGroup, 'ml-engineers');
    const reviewers = group('modelReviewerGroup', props.modelReviewerGroup, 'model-reviewers');
    const { personas } = props;
    for (const namespace of names) {
      this.bindIn(namespace, 'data-scientists', personas.dataScientist, scientists);
      this.bindIn(namespace, 'ml-engineers', personas.mlEngineer, engineers);
      this.bindIn(namespace, 'model-reviewers', personas.modelReviewer, reviewers);
    }
    this.bindEverywhere('zone-readers', personas.zoneReader, [...new Set([scientists, engineers, reviewers])]);
    const scientistZones = props.dataScientistZones ?? [];
    this.grantZones('data-scientists', 'dataScientistZones', scientistZones, scientists);
    const engineerZones = props.mlEngineerZones ?? scientistZones;
    this.grantZones('ml-engineers', 'mlEngineerZones', engineerZones, engineers);
    // pods are made by operators, who may use every zone: there the namespace counts
    for (const zone of new Set([...scientistZones, ...engineerZones])) {
      for (const namespace of props.namespaces) namespace.addLabel(`${ZONE_GRANT}${zone}`, GRANTED);
    }
  }

  private bindIn(namespace: string, who: string, role: string, group: string): void {
    new k8s.KubeRoleBinding(this, `${namespace}-${who}`, {
      metadata: { name: `${this.tenantName}-${who}`, namespace },
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: role },
      subjects: [{ apiGroup: RBAC, kind: 'Group', name: group }],
    });
  }

  private bindEverywhere(who: string, role: string, groups: string[]): void {
    new k8s.KubeClusterRoleBinding(this, who, {
      metadata: { name: `nstarx:${this.tenantName}:${who}` },
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: role },
      subjects: groups.map((name) => ({ apiGroup: RBAC, kind: 'Group', name })),
    });
  }

  /** AIZones are in no namespace, so the right to use some of them is given in the whole cluster, by their names. */
  private grantZones(who: string, prop: string, zones: string[], group: string): void {
    if (zones.length === 0) return;
    for (const zone of zones) dnsLabel(this, prop, zone);
    if (new Set(zones).size < zones.length) fail(this, prop, 'must name each zone once', zones, 'leave out the second');
    const name = `nstarx:${this.tenantName}:zones-of-${who}`;
    new k8s.KubeClusterRole(this, `zones-of-${who}-role`, {
      metadata: { name },
      rules: [{ apiGroups: [PLATFORM_GROUP], resources: ['aizones'], resourceNames: zones, verbs: ['use'] }],
    });
    this.bindEverywhere(`zones-of-${who}`, name, [group]);
  }
}

/** Refuses a group that cannot be one of the identity provider. */
function checkGroup(where: IConstruct, prop: string, name: string): string {
  if (name.trim() === '' || name.startsWith('system:')) {
    fail(
      where,
      prop,
      'must be a group of the identity provider',
      name,
      'name a group of your own; those that start with system: are built in',
    );
  }
  return name;
}
