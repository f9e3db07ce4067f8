import { Construct } from 'constructs';
import { fail } from '../../contracts/errors';
import { checkLabel, dnsLabel, PLATFORM_GROUP } from '../../contracts/names';
import { NetworkPeer } from '../../contracts/network';
import { NamespaceQuota } from '../tenancy/namespace-quota';
import { Team } from '../tenancy/team';
import { TeamRoles } from '../tenancy/team-roles';
import { TenantNamespace } from '../tenancy/tenant-namespace';
import { CapsuleTenant } from './capsule-tenant';
import { DELETION_PROTECTED_LABEL } from './deletion-protection';
import { tenantQuota } from './tenant-quota';

/** The label of a tenant's namespaces; its value is the tenant's name. */
export const TENANT_LABEL = `${PLATFORM_GROUP}/tenant`;
/** The label that names the tenant above. */
export const PARENT_TENANT_LABEL = `${PLATFORM_GROUP}/parent-tenant`;

/** Options of a tenant. */
export interface TenantProps {
  /**
   * Name of the tenant, a DNS label.
   *
   * @default - the construct's id
   */
  readonly tenantName?: string;
  /**
   * What the tenant's namespace may use at most. Bounds for the platform's kinds are added unless it has its own: 100
   * AIModels, 500 MLWorkflows, 200 DataPipelines, 100 FeatureStores, 100 ABTests.
   *
   * @default - 1000 cores, 10 TiB of memory, 20 GPUs, 10 TiB of volumes, 1000 pods, 100 claims, 50 services
   */
  readonly quota?: NamespaceQuota;
  /**
   * Labels of the namespaces of this tenant and of all below it, such as `nstarx.io/billing-id`.
   *
   * @default - those of the tenant above
   */
  readonly labels?: { [key: string]: string };
  /**
   * Whether the namespaces may be deleted with everything in them. Until then the API server refuses it.
   *
   * @default false
   */
  readonly allowCascadingDeletion?: boolean;
  /**
   * Group of the identity provider whose members own the tenant. With it, Capsule lets them make further namespaces of the
   * tenant by themselves.
   *
   * @default - namespaces are made by the program only
   */
  readonly selfServiceGroup?: string;
}

/** What all tenants of an environment share. */
export interface TenantSettings {
  /** The roles that tenants' people get. */
  readonly roles: TeamRoles;
  /**
   * Pods that may scrape metrics in the tenants' namespaces.
   *
   * @default - nothing scrapes them
   */
  readonly scraper?: NetworkPeer;
}

/**
 * A tenant: the namespace `tenant-<name>` with quota, defaults and isolation, labelled `nstarx.io/tenant`, and the tenants below
 * it, which inherit its labels. Its people get their roles in its namespace only, by the groups `<name>-viewers`,
 * `<name>-developers` and `<name>-maintainers`.
 *
 * Made by `TenantHierarchy.addTenant()` or by the tenant above.
 */
export class Tenant extends Construct {
  /** Name of the tenant. */
  public readonly tenantName: string;
  /**
   * The tenant above.
   *
   * @default - none: it is at the top
   */
  public readonly parent?: Tenant;
  /** The namespace `tenant-<name>`. */
  public readonly namespace: TenantNamespace;
  /** Labels that the tenant's namespaces have, and those of the tenants below. */
  public readonly inheritedLabels: { [key: string]: string };
  /**
   * The tenant of Capsule.
   *
   * @default - none: there is no selfServiceGroup
   */
  public readonly capsule?: CapsuleTenant;
  private readonly below: Tenant[] = [];

  /**
   * @throws InvalidInputError when the name or a label is malformed, or a label differs from an inherited one
   */
  public constructor(
    scope: Construct,
    id: string,
    private readonly props: TenantProps,
    private readonly settings: TenantSettings,
    parent?: Tenant,
  ) {
    super(scope, id);
    this.parent = parent;
    this.tenantName = dnsLabel(this, 'tenantName', props.tenantName ?? id, 40);
    this.inheritedLabels = this.inherit(parent?.inheritedLabels ?? {}, props.labels ?? {});
    const team = new Team(this, 'Team', { roles: settings.roles, teamName: this.tenantName });
    const deletable = props.allowCascadingDeletion ?? false;
    this.namespace = team.addNamespace(`tenant-${this.tenantName}`, {
      quota: tenantQuota(props.quota),
      scraper: settings.scraper,
      labels: {
        ...this.inheritedLabels,
        [TENANT_LABEL]: this.tenantName,
        ...(parent ? { [PARENT_TENANT_LABEL]: parent.tenantName } : {}),
        ...(deletable ? {} : { [DELETION_PROTECTED_LABEL]: 'true' }),
      },
    });
    // what takes the tenant out of the program leaves its namespace
    if (!deletable)
      this.namespace.namespace?.metadata.addAnnotation('argocd.argoproj.io/sync-options', 'Prune=false,Delete=false');
    if (!deletable) this.namespace.namespace?.metadata.addAnnotation('helm.sh/resource-policy', 'keep');
    if (props.selfServiceGroup !== undefined) {
      this.capsule = new CapsuleTenant(this, 'Capsule', {
        tenantName: this.tenantName,
        ownerGroup: props.selfServiceGroup,
        labels: { ...this.inheritedLabels, [TENANT_LABEL]: this.tenantName },
        quota: tenantQuota(props.quota),
        preventDeletion: !deletable,
      });
    }
  }

  /** The tenants directly below, in the order in which they were added. */
  public get children(): Tenant[] {
    return [...this.below];
  }

  /**
   * Adds a tenant below this one.
   *
   * @param id construct id, and the tenant's name unless the props have another
   * @throws InvalidInputError when the child may be deleted with everything in it and this one may not
   */
  public addTenant(id: string, props: TenantProps = {}): Tenant {
    if ((this.props.allowCascadingDeletion ?? false) && props.allowCascadingDeletion === false) {
      fail(
        this,
        'allowCascadingDeletion',
        `must be false above a protected tenant (${id})`,
        true,
        'protect this tenant too, or let the one below be deleted',
      );
    }
    const allowCascadingDeletion = props.allowCascadingDeletion ?? this.props.allowCascadingDeletion;
    const child = new Tenant(this, id, { ...props, allowCascadingDeletion }, this.settings, this);
    this.below.push(child);
    return child;
  }

  private inherit(above: { [key: string]: string }, own: { [key: string]: string }): { [key: string]: string } {
    for (const [key, value] of Object.entries(own)) {
      checkLabel(this, 'labels', key, value);
      if (key === TENANT_LABEL || key === PARENT_TENANT_LABEL) {
        fail(this, 'labels', 'must not have the labels of the hierarchy itself', key, 'leave it out; it is set');
      }
      const inherited = above[key] as string | undefined;
      if (inherited !== undefined && inherited !== value) {
        fail(this, 'labels', `must not change the inherited label ${key}`, value, `leave it at ${inherited}`);
      }
    }
    return { ...above, ...own };
  }
}
