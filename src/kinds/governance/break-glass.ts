import { Construct } from 'constructs';
import { MODEL_DEPLOYMENT } from '../../api/kinds/model-deployment';
import { binding, NOT_BEING_DELETED, policy, resourceRule } from '../../constructs/security/admission-policies';
import {
  BREAK_GLASS,
  BREAK_GLASS_BY,
  BREAK_GLASS_REASON,
  BREAK_GLASS_TIME,
  BREAK_GLASS_UNTIL,
} from '../model-deployment/break-glass';

/** The verb by which RBAC says who may do it. */
export const BREAK_GLASS_VERB = 'break-glass';

const ANNOTATIONS = [BREAK_GLASS, BREAK_GLASS_UNTIL, BREAK_GLASS_BY];

const of = (object: string): string => `${object}.metadata.?annotations.orValue({})`;

/** Whether an object has one of the annotations. */
const has = (object: string): string => `${listed()}.exists(key, key in ${of(object)})`;

function listed(): string {
  return `[${ANNOTATIONS.map((key) => `'${key}'`).join(', ')}]`;
}

/** A person grants it: what applies manifests from a repository may do everything, and says nothing of who wrote them. */
const BY_A_PERSON = `!request.userInfo.username.startsWith('system:serviceaccount:')`;

const MAY =
  `authorizer.group('${MODEL_DEPLOYMENT.group}').resource('${MODEL_DEPLOYMENT.plural}')` +
  `.namespace(request.namespace).check('${BREAK_GLASS_VERB}').allowed()`;

/** What it is about changes: the grant, or what is served by it. Who takes it away gives nothing. */
const GRANTS = {
  name: 'grants',
  expression:
    `${has('object')} && (oldObject == null || object.spec != oldObject.spec || ` +
    `${listed()}.exists(key, ${of('object')}[?key] != ${of('oldObject')}[?key]))`,
};

/**
 * Who may have a ModelDeployment served past the policies: persons with the verb `break-glass` on ModelDeployments of the namespace, with a ticket and a
 * reason, an end, and their own name. While it is there, only they change the spec. Each use is a warning to who does it, and an
 * annotation of the API server's audit log.
 *
 * How long it counts is not judged here, since such a policy knows no time: what honours it does.
 */
export function breakGlass(scope: Construct): void {
  const rules = [resourceRule(MODEL_DEPLOYMENT.group, MODEL_DEPLOYMENT.version, [MODEL_DEPLOYMENT.plural])];
  const guard = `break-glass-${MODEL_DEPLOYMENT.plural}.${MODEL_DEPLOYMENT.group}`;
  const annotation = (key: string): string => `${of('object')}[?'${key}'].orValue('')`;
  policy(scope, guard, {
    failurePolicy: 'Fail',
    matchConstraints: { resourceRules: rules },
    matchConditions: [NOT_BEING_DELETED, GRANTS],
    validations: [
      {
        expression: `${BY_A_PERSON} && ${MAY}`,
        messageExpression:
          `'metadata.annotations: ' + request.userInfo.username + ' may not serve a model past the policies, nor change one that is: ` +
          `ask a member of the break-glass group, or remove the annotations ${ANNOTATIONS.join(', ')}'`,
        reason: 'Forbidden',
      },
      {
        expression: `${annotation(BREAK_GLASS)}.matches('${BREAK_GLASS_REASON}')`,
        message: `metadata.annotations["${BREAK_GLASS}"]: write a ticket and a reason of 10 characters or more, such as "INC-4711: the registry with the signatures is down"`,
        reason: 'Invalid',
      },
      {
        expression: `${annotation(BREAK_GLASS_UNTIL)}.matches('${BREAK_GLASS_TIME}')`,
        message: `metadata.annotations["${BREAK_GLASS_UNTIL}"]: write when it ends, in UTC, such as "2026-11-30T04:00:00Z"`,
        reason: 'Invalid',
      },
      {
        expression: `${annotation(BREAK_GLASS_BY)} == request.userInfo.username`,
        messageExpression: `'metadata.annotations["${BREAK_GLASS_BY}"]: write your own name, ' + request.userInfo.username`,
        reason: 'Invalid',
      },
    ],
    auditAnnotations: [
      {
        key: 'grant',
        valueExpression: `request.userInfo.username + ' until ' + ${annotation(BREAK_GLASS_UNTIL)} + ': ' + ${annotation(BREAK_GLASS)}`,
      },
    ],
  });
  // also where other policies only warn: a grant that anyone could give would switch the gate off
  binding(scope, guard);
  const used = `break-glass-used-${MODEL_DEPLOYMENT.plural}.${MODEL_DEPLOYMENT.group}`;
  policy(scope, used, {
    failurePolicy: 'Ignore',
    matchConstraints: { resourceRules: rules },
    matchConditions: [NOT_BEING_DELETED, GRANTS],
    validations: [
      {
        expression: 'false',
        messageExpression:
          `request.namespace + '/' + object.metadata.name + ' is served past the policies until ' + ${annotation(BREAK_GLASS_UNTIL)} + ', by ' + ` +
          `request.userInfo.username + ': this is logged and alerted'`,
      },
    ],
  });
  binding(scope, used, { validationActions: ['Warn', 'Audit'] });
}
