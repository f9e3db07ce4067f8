import { Construct } from 'constructs';
import { ML_WORKFLOW } from '../../api/kinds/ml-workflow';
import { RUN_ANNOTATION } from '../../api/run-annotation';
import { policy } from '../../constructs/security/admission-policies';
import { RUN_REQUESTER_ACCOUNT } from '../../contracts/engine-accounts';
import { bindToTenants } from './tenant-pods';

/** Fields of the metadata that a user can change, beside annotations, with what they are when they are absent. */
const KEPT = [
  ['labels', '{}'],
  ['ownerReferences', '[]'],
  ['finalizers', '[]'],
] as const;

function kept(object: string, field: string, none: string): string {
  return `${object}.metadata.?${field}.orValue(${none})`;
}

/** What the annotations of one object are in another, but for that of runs. */
function others(object: string, other: string): string {
  const annotations = (one: string): string => `${one}.metadata.?annotations.orValue({})`;
  return (
    `${annotations(object)}.all(key, key == '${RUN_ANNOTATION}' || ` +
    `${annotations(other)}[?key].orValue('') == ${annotations(object)}[key])`
  );
}

/**
 * What starts runs for pushes changes the annotation that asks for a run, of workflows that start so, and nothing else: RBAC gives it the whole
 * object.
 */
export function runRequests(scope: Construct, actions: readonly string[]): void {
  const name = `${RUN_REQUESTER_ACCOUNT}.${ML_WORKFLOW.group}`;
  policy(scope, name, {
    failurePolicy: 'Fail',
    matchConstraints: {
      resourceRules: [
        {
          apiGroups: [ML_WORKFLOW.group],
          apiVersions: [ML_WORKFLOW.version],
          operations: ['UPDATE'],
          resources: [ML_WORKFLOW.plural],
        },
      ],
    },
    matchConditions: [
      {
        name: 'by-a-push',
        expression: `request.userInfo.username == 'system:serviceaccount:' + request.namespace + ':${RUN_REQUESTER_ACCOUNT}'`,
      },
    ],
    validations: [
      {
        expression: [
          `object.spec == oldObject.spec && object.spec.trigger.type == 'git'`,
          others('object', 'oldObject'),
          others('oldObject', 'object'),
          ...KEPT.map(([field, none]) => `${kept('object', field, none)} == ${kept('oldObject', field, none)}`),
        ].join(' && '),
        message: `ServiceAccount ${RUN_REQUESTER_ACCOUNT}: change the annotation ${RUN_ANNOTATION} of a workflow with trigger.type git only`,
        reason: 'Forbidden',
      },
    ],
  });
  bindToTenants(scope, name, actions);
}
