import { Construct } from 'constructs';
import { capsule } from '../../components/capsule';
import { ComponentRegistry } from '../../contracts/component-registry';
import { NetworkPeer } from '../../contracts/network';
import { TeamRoles } from '../tenancy/team-roles';
import { DeletionProtection } from './deletion-protection';
import { Tenant, TenantProps } from './tenant';

/** Options of a hierarchy of tenants. */
export interface TenantHierarchyProps {
  /** The roles that tenants' people get. */
  readonly roles: TeamRoles;
  /**
   * Pods that may scrape metrics in the tenants' namespaces, usually `Monitoring.SCRAPER`.
   *
   * @default - nothing scrapes them
   */
  readonly scraper?: NetworkPeer;
  /**
   * Groups of the identity provider whose members may own tenants of Capsule. With it, Capsule is installed, and tenants can
   * have a `selfServiceGroup`.
   *
   * @default - no Capsule
   */
  readonly selfServiceGroups?: string[];
}

/**
 * The tenants of an environment, as a tree. A tenant inherits the labels of those above it. The namespace of a tenant cannot be
 * deleted unless it says so (`allowCascadingDeletion`). One per environment.
 */
export class TenantHierarchy extends Construct {
  /** What keeps the tenants' namespaces. */
  public readonly deletionProtection: DeletionProtection;
  private readonly top: Tenant[] = [];

  public constructor(
    scope: Construct,
    id: string,
    private readonly props: TenantHierarchyProps,
  ) {
    super(scope, id);
    this.deletionProtection = new DeletionProtection(this, 'DeletionProtection');
    const groups = props.selfServiceGroups ?? [];
    if (groups.length > 0) ComponentRegistry.of(this).require(capsule({ ownerGroups: [...groups].sort() }));
    this.node.addValidation({
      validate: () =>
        this.tenants
          .filter(({ capsule: tenant }) => tenant !== undefined && !groups.includes(tenant.ownerGroup))
          .map(({ tenantName, capsule: tenant }) => {
            const group = tenant?.ownerGroup ?? '';
            return `tenant ${tenantName}: selfServiceGroup ${group} is unknown to Capsule; add it to selfServiceGroups of the hierarchy`;
          }),
    });
  }

  /** All tenants, each before those below it. */
  public get tenants(): Tenant[] {
    const withChildren = (tenant: Tenant): Tenant[] => [tenant, ...tenant.children.flatMap(withChildren)];
    return this.top.flatMap(withChildren);
  }

  /**
   * Adds a tenant at the top.
   *
   * @param id construct id, and the tenant's name unless the props have another
   */
  public addTenant(id: string, props: TenantProps = {}): Tenant {
    const { roles, scraper } = this.props;
    const tenant = new Tenant(this, id, props, { roles, scraper });
    this.top.push(tenant);
    return tenant;
  }
}
