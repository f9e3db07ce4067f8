import { Construct } from 'constructs';
import { k8s } from 'cdk8s-plus-28';
import { fail } from '../../contracts/errors';
import { dnsLabel, PLATFORM_GROUP } from '../../contracts/names';
import { INamespace } from '../../contracts/namespace';
import { Personas } from './personas';
import { checkGroup, RBAC } from './subjects';

/** Options of a tenant's personas. */
export interface TenantPersonasProps {
  /** The roles that its people get. */
  readonly personas: Personas;
  /** The namespaces in which they get them. */
  readonly namespaces: INamespace[];
  /**
   * Name of the tenant, a DNS label.
   *
   * @default - the construct's id
   */
  readonly tenantName?: string;
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
 * The people of a tenant: what they may do in its namespaces, and which AIZones they may use. Outside its namespaces they
 * read AIZones and nothing else.
 *
 * Being allowed to use a zone takes effect where `PlatformPolicies` asks for it.
 */
export class TenantPersonas extends Construct {
  /** Name of the tenant. */
  public readonly tenantName: string;

  /**
   * @throws InvalidInputError when the name is no DNS label, no namespace is given or one twice, a group is empty or one of
   * Kubernetes itself, or a zone has no valid name or is named twice
   */
  public constructor(scope: Construct, id: string, props: TenantPersonasProps) {
    super(scope, id);
    this.tenantName = dnsLabel(this, 'tenantName', props.tenantName ?? id, 50);
    const names = props.namespaces.map((namespace) => namespace.namespaceName);
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
    this.grantZones('ml-engineers', 'mlEngineerZones', props.mlEngineerZones ?? scientistZones, engineers);
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
