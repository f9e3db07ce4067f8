import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { fail } from '../../contracts/errors';
import { dnsLabel } from '../../contracts/names';
import { NamespaceQuota, quotaBounds } from '../tenancy/namespace-quota';

/** Options of a tenant of Capsule. */
export interface CapsuleTenantProps {
  /** Name of the tenant. Its namespaces start with it. */
  readonly tenantName: string;
  /** Group of the identity provider whose members own the tenant. Capsule must know it as one of its users. */
  readonly ownerGroup: string;
  /** Labels of the tenant's namespaces. */
  readonly labels: { [key: string]: string };
  /** What all of the tenant's namespaces together may use at most. */
  readonly quota: NamespaceQuota;
  /** Whether Capsule refuses to delete the tenant. */
  readonly preventDeletion: boolean;
  /**
   * Largest number of namespaces.
   *
   * @default 10
   */
  readonly namespaces?: number;
}

/**
 * A tenant whose owners make its namespaces by themselves, by Capsule. Each starts with the tenant's name, has the labels,
 * enforces Pod Security `restricted`, and counts towards one quota. The owners are admins of them. No NetworkPolicy is made.
 */
export class CapsuleTenant extends Construct {
  /** The Tenant. */
  public readonly tenant: ApiObject;
  /** Group of the identity provider whose members own the tenant. */
  public readonly ownerGroup: string;

  /** @throws InvalidInputError when the name, the group or the number of namespaces is wrong */
  public constructor(scope: Construct, id: string, props: CapsuleTenantProps) {
    super(scope, id);
    const name = dnsLabel(this, 'tenantName', props.tenantName, 40);
    if (props.ownerGroup.trim() === '' || props.ownerGroup.startsWith('system:')) {
      fail(
        this,
        'selfServiceGroup',
        'must be a group of the identity provider',
        props.ownerGroup,
        'name a group of your own; those that start with system: are built in',
      );
    }
    this.ownerGroup = props.ownerGroup;
    const namespaces = props.namespaces ?? 10;
    if (!Number.isInteger(namespaces) || namespaces < 1) {
      fail(this, 'namespaces', 'must be a whole number of at least 1', namespaces, 'give the largest number allowed');
    }
    const hard = quotaBounds(this, props.quota);
    this.tenant = new ApiObject(this, 'Resource', {
      apiVersion: 'capsule.clastix.io/v1beta2',
      kind: 'Tenant',
      metadata: { name },
      spec: {
        owners: [{ kind: 'Group', name: props.ownerGroup }],
        preventDeletion: props.preventDeletion,
        forceTenantPrefix: true,
        namespaceOptions: {
          quota: namespaces,
          additionalMetadataList: [{ labels: { ...props.labels, 'pod-security.kubernetes.io/enforce': 'restricted' } }],
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
