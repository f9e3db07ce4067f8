import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { PLATFORM_GROUP } from '../../contracts/names';

/** The label of namespaces that the API server refuses to delete. */
export const DELETION_PROTECTED_LABEL = `${PLATFORM_GROUP}/deletion-protected`;

const API_VERSION = 'admissionregistration.k8s.io/v1';

/**
 * Has the API server refuse to delete namespaces labelled `nstarx.io/deletion-protected: "true"`, since everything in them
 * would be deleted too. One per environment.
 */
export class DeletionProtection extends Construct {
  /** The ValidatingAdmissionPolicy. */
  public readonly policy: ApiObject;

  public constructor(scope: Construct, id: string) {
    super(scope, id);
    const name = `namespace-deletion.${PLATFORM_GROUP}`;
    this.policy = new ApiObject(this, 'Resource', {
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
