import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { checked } from '../../contracts/checked';
import { fail } from '../../contracts/errors';
import { keep } from '../../contracts/kept';
import { checkLabel, dnsLabel, isReservedLabel, PLATFORM_GROUP, RESERVED_LABELS } from '../../contracts/names';
import { Namespace } from '../tenancy/namespace';
import { NamespaceQuota, quotaBounds } from '../tenancy/namespace-quota';
import { Team } from '../tenancy/team';

/** The label of a tenant's namespaces; its value is the tenant's name. */
const TENANT_LABEL = `${PLATFORM_GROUP}/tenant`;
/** The label that names the tenant above. */
const PARENT_TENANT_LABEL = `${PLATFORM_GROUP}/parent-tenant`;
/** The label of namespaces that the API server refuses to delete. */
export const DELETION_PROTECTED_LABEL = `${PLATFORM_GROUP}/deletion-protected`;

/** Labels of the multi-tenancy document that give a namespace nothing. */
const FREE_LABELS = [`${PLATFORM_GROUP}/billing-id`, `${PLATFORM_GROUP}/tier`];

/** Options of a tenant. */
export interface TenantProps {
  /**
   * Name of the tenant, a DNS label.
   *
   * @default - the construct's id
   */
  readonly name?: string;
  /**
   * What the tenant's namespace may use at most. Bounds for the platform's kinds are added unless it has its own: 100
   * AIModels, 500 MLWorkflows, 200 DataPipelines, 100 FeatureStores, 100 ABTests.
   *
   * @default - 1000 cores, 10 TiB of memory, 20 GPUs, 10 TiB of volumes, 1000 pods, 100 claims, 50 services
   */
  readonly quota?: NamespaceQuota;
  /**
   * Labels of the namespaces of this tenant and of all below it, such as `nstarx.io/billing-id`. Other labels of
   * the platform, and those of Kubernetes and of what is installed, are refused: they decide what a namespace may reach.
   *
   * @default - those of the tenant above
   */
  readonly labels?: { [key: string]: string };
  /**
   * Labels by which the platform's services know the namespaces that may reach them: `namespaceLabels` of a `ServiceBinding`.
   *
   * @default - those of the tenant above, or of the hierarchy
   */
  readonly serviceLabels?: { [key: string]: string };
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
  /**
   * Largest number of namespaces that the members of `selfServiceGroup` may make.
   *
   * @default 10
   */
  readonly selfServiceNamespaces?: number;
}

/**
 * A tenant: the namespace `tenant-<name>` with quota, defaults and isolation, labelled `nstarx.io/tenant`, and the tenants below
 * it, which inherit its labels. Its members get their roles in its namespace only, by the groups `<name>-viewers`,
 * `<name>-developers` and `<name>-maintainers`.
 *
 * Made by `TenantHierarchy.addTenant()` or by the tenant above. A tenant is a customer; a group inside the company is a `Team`.
 *
 * @example
 * const tenants = new TenantHierarchy(chart, 'tenants');
 * const acme = tenants.addTenant('acme', { labels: { 'nstarx.io/billing-id': 'acme-1' } });
 * const research = acme.addTenant('research', { quota: { cpu: '64', memory: '256Gi' } });
 * const namespace = research.namespace;
 */
@checked('Tenant')
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
  public readonly namespace: Namespace;
  /** Labels that the tenant's namespaces have, and those of the tenants below. */
  public readonly inheritedLabels: { [key: string]: string };
  /**
   * Group of the identity provider whose members own the tenant in Capsule.
   *
   * @default - none: namespaces are made by the program only
   */
  public readonly selfServiceGroup?: string;
  private readonly below: Tenant[] = [];

  /**
   * @throws InvalidInputError when the name, the group, the number of namespaces or a label is wrong, or a label differs from an
   * inherited one
   */
  public constructor(
    scope: Construct,
    id: string,
    private readonly props: TenantProps = {},
    parent?: Tenant,
  ) {
    super(scope, id);
    this.parent = parent;
    this.tenantName = dnsLabel(this, 'name', props.name ?? id, 40);
    this.inheritedLabels = this.inherit(parent?.inheritedLabels ?? {}, props.labels ?? {});
    const team = new Team(this, 'Team', { name: this.tenantName });
    const deletable = props.allowCascadingDeletion ?? false;
    this.namespace = team.addNamespace(`tenant-${this.tenantName}`, {
      quota: tenantQuota(props.quota),
      labels: {
        ...this.inheritedLabels,
        ...props.serviceLabels,
        [TENANT_LABEL]: this.tenantName,
        ...(parent ? { [PARENT_TENANT_LABEL]: parent.tenantName } : {}),
        ...(deletable ? {} : { [DELETION_PROTECTED_LABEL]: 'true' }),
      },
    });
    // what takes the tenant out of the program leaves its namespace
    if (!deletable && this.namespace.resource) keep(this.namespace.resource);
    this.selfServiceGroup = props.selfServiceGroup;
    if (props.selfServiceGroup !== undefined) {
      new CapsuleTenant(this, 'Capsule', {
        name: this.tenantName,
        ownerGroup: props.selfServiceGroup,
        labels: { ...this.inheritedLabels, ...props.serviceLabels, [TENANT_LABEL]: this.tenantName },
        quota: tenantQuota(props.quota),
        preventDeletion: !deletable,
        namespaces: props.selfServiceNamespaces ?? 10,
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
    const { serviceLabels } = this.props;
    const child = new Tenant(this, id, { serviceLabels, ...props, allowCascadingDeletion }, this);
    this.below.push(child);
    return child;
  }

  private inherit(above: { [key: string]: string }, own: { [key: string]: string }): { [key: string]: string } {
    for (const [key, value] of Object.entries(own)) {
      checkLabel(this, 'labels', key, value);
      if (key === TENANT_LABEL || key === PARENT_TENANT_LABEL) {
        fail(this, 'labels', 'must not have the labels of the hierarchy itself', key, 'leave it out; it is set');
      }
      if (isReservedLabel(key) && !FREE_LABELS.includes(key)) {
        const rule = 'must not have labels of the platform, of Kubernetes or of what is installed';
        fail(this, 'labels', rule, key, 'use a domain of your own');
      }
      const inherited = above[key] as string | undefined;
      if (inherited !== undefined && inherited !== value) {
        fail(this, 'labels', `must not change the inherited label ${key}`, value, `leave it at ${inherited}`);
      }
    }
    return { ...above, ...own };
  }
}

/** How many objects of the platform's kinds a tenant may have. */
const OBJECT_COUNTS: { readonly [resource: string]: number } = {
  'aimodels.nstarx.io': 100,
  'mlworkflows.nstarx.io': 500,
  'datapipelines.nstarx.io': 200,
  'featurestores.nstarx.io': 100,
  'abtests.nstarx.io': 100,
};

const DEFAULT_QUOTA: NamespaceQuota = {
  cpu: '1000',
  memory: '10Ti',
  gpus: 20,
  storage: '10240Gi',
  pods: 1000,
  extra: { persistentvolumeclaims: '100', services: '50' },
};

/** A tenant's quota with bounds for the platform's kinds, unless it has its own. */
function tenantQuota(quota: NamespaceQuota = DEFAULT_QUOTA): NamespaceQuota {
  const added = Object.entries(OBJECT_COUNTS).filter(([resource]) => !(`count/${resource}` in (quota.extra ?? {})));
  return { ...quota, objectCounts: { ...Object.fromEntries(added), ...quota.objectCounts } };
}

/** Options of a tenant of Capsule. */
interface CapsuleTenantProps {
  /** Name of the tenant. Its namespaces start with it. */
  readonly name: string;
  /** Group of the identity provider whose members own the tenant. Capsule must know it as one of its users. */
  readonly ownerGroup: string;
  /** Labels of the tenant's namespaces. */
  readonly labels: { [key: string]: string };
  /** What all of the tenant's namespaces together may use at most. */
  readonly quota: NamespaceQuota;
  /** Whether Capsule refuses to delete the tenant. */
  readonly preventDeletion: boolean;
  /** Largest number of namespaces. */
  readonly namespaces: number;
}

/**
 * A tenant whose owners make its namespaces by themselves, by Capsule. Each starts with the tenant's name, has the labels,
 * enforces Pod Security `restricted`, and counts towards one quota. The owners are admins of them. No NetworkPolicy is made.
 */
class CapsuleTenant extends Construct {
  public constructor(scope: Construct, id: string, props: CapsuleTenantProps) {
    super(scope, id);
    const { name, ownerGroup, namespaces } = props;
    if (ownerGroup.trim() === '' || ownerGroup.startsWith('system:')) {
      fail(
        this,
        'selfServiceGroup',
        'must be a group of the identity provider',
        ownerGroup,
        'name a group of your own; those that start with system: are built in',
      );
    }
    if (!Number.isInteger(namespaces) || namespaces < 1) {
      fail(
        this,
        'selfServiceNamespaces',
        'must be a whole number of at least 1',
        namespaces,
        'give the largest number allowed',
      );
    }
    const hard = quotaBounds(this, props.quota);
    new ApiObject(this, 'Resource', {
      apiVersion: 'capsule.clastix.io/v1beta2',
      kind: 'Tenant',
      metadata: { name },
      spec: {
        owners: [{ kind: 'Group', name: ownerGroup }],
        preventDeletion: props.preventDeletion,
        forceTenantPrefix: true,
        namespaceOptions: {
          quota: namespaces,
          additionalMetadataList: [{ labels: { ...props.labels, 'pod-security.kubernetes.io/enforce': 'restricted' } }],
          // what Capsule sets itself is let through
          forbiddenLabels: { deniedRegex: RESERVED_LABELS },
        },
        // shared by all of the tenant's namespaces
        rules: [
          {
            quota: [
              {
                name: 'tenant',
                hard: Object.fromEntries(Object.entries(hard).map(([key, value]) => [key, String(value.value)])),
              },
            ],
          },
        ],
      },
    });
  }
}
