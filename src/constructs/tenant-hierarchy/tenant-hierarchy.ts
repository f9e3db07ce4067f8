import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { capsule } from '../../components/capsule';
import { checked } from '../../contracts/checked';
import { ComponentRegistry } from '../../contracts/component-registry';
import { onePerEnvironment } from '../../contracts/environment-scope';
import { PLATFORM_GROUP } from '../../contracts/names';
import { DELETION_PROTECTED_LABEL, Tenant, TenantProps } from './tenant';

/** Options of a hierarchy of tenants. */
export interface TenantHierarchyProps {
  /**
   * Groups of the identity provider whose members may own tenants of Capsule. With it, Capsule is installed, and tenants can
   * have a `selfServiceGroup`.
   *
   * @default - no Capsule
   */
  readonly selfServiceGroups?: string[];
  /**
   * Labels of the namespaces of every tenant by which the platform's services know who may reach them: `namespaceLabels` of a
   * `ServiceBinding`.
   *
   * @default - none: the tenants reach no service that asks for one
   */
  readonly serviceLabels?: { [key: string]: string };
}

/**
 * The tenants of an environment, as a tree. A tenant inherits the labels of those above it. The namespace of a tenant cannot be
 * deleted unless it says so (`allowCascadingDeletion`). One per environment; `NeuralPlatform` has one, `tenants`.
 *
 * @example
 * const tenants = new TenantHierarchy(chart, 'tenants', { selfServiceGroups: ['acme-owners'] });
 * tenants.addTenant('acme', { selfServiceGroup: 'acme-owners' });
 */
@checked('TenantHierarchy')
export class TenantHierarchy extends Construct {
  private readonly top: Tenant[] = [];

  public constructor(
    scope: Construct,
    id: string,
    private readonly props: TenantHierarchyProps = {},
  ) {
    onePerEnvironment(scope, id, 'TenantHierarchy');
    super(scope, id);
    new DeletionProtection(this, 'DeletionProtection');
    const groups = props.selfServiceGroups ?? [];
    if (groups.length > 0) ComponentRegistry.of(this).require(capsule({ ownerGroups: [...groups].sort() }));
    this.node.addValidation({
      validate: () =>
        this.tenants
          .filter(({ selfServiceGroup: group }) => group !== undefined && !groups.includes(group))
          .map(
            ({ tenantName, selfServiceGroup }) =>
              `tenant ${tenantName}: selfServiceGroup ${selfServiceGroup} is unknown to Capsule; add it to selfServiceGroups of the hierarchy`,
          ),
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
    const tenant = new Tenant(this, id, { serviceLabels: this.props.serviceLabels, ...props });
    this.top.push(tenant);
    return tenant;
  }
}

const API_VERSION = 'admissionregistration.k8s.io/v1';

/**
 * Has the API server refuse to delete namespaces labelled `nstarx.io/deletion-protected: "true"`, since everything in them
 * would be deleted too. One per environment.
 */
class DeletionProtection extends Construct {
  public constructor(scope: Construct, id: string) {
    super(scope, id);
    const name = `namespace-deletion.${PLATFORM_GROUP}`;
    new ApiObject(this, 'Resource', {
      apiVersion: API_VERSION,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['DELETE'], resources: ['namespaces'] }],
        },
        validations: [
          {
            expression: `oldObject.metadata.?labels[?'${DELETION_PROTECTED_LABEL}'].orValue('') != 'true'`,
            messageExpression: `'the tenant of namespace ' + oldObject.metadata.name + ' is protected, and everything in it would be deleted too: set allowCascadingDeletion, or remove the label ${DELETION_PROTECTED_LABEL}'`,
            reason: 'Forbidden',
          },
        ],
      },
    });
    new ApiObject(this, 'Binding', {
      apiVersion: API_VERSION,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: { policyName: name, validationActions: ['Deny'] },
    });
  }
}
