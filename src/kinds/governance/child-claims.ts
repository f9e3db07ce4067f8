import { Construct } from 'constructs';
import { AI_MODEL } from '../../api/kinds/ai-model';
import { MODEL_DEPLOYMENT } from '../../api/kinds/model-deployment';
import { apiVersionOf, KindDefinition } from '../../api/schema/schema';
import {
  binding,
  EVERY_PARAM,
  NOT_BEING_DELETED,
  policy,
  resourceRule,
} from '../../constructs/security/admission-policies';
import { PLATFORM_GROUP } from '../../contracts/names';
import { CLAIMS_AN_OWNER, claims } from './rules';

/** Kinds whose operators go by what Jobs and AnalysisRuns found, and bring back what a revision keeps. */
const JUDGED = [AI_MODEL, MODEL_DEPLOYMENT];

/** Labels by which the controller of Jobs knows the pods of one; it takes over those that have them. */
const JOB_LABELS = ['batch.kubernetes.io/controller-uid', 'batch.kubernetes.io/job-name'];

/**
 * Keeps results from being played, where a role of a team lets its members make Jobs, pods, AnalysisRuns or ControllerRevisions.
 *
 * - Metacontroller takes what has the uid of an object in the label `controller-uid` for a child of it: a Job that always succeeds, a revision
 *   with any objects.
 * - The controller of Jobs takes over pods with its labels, and counts those that succeed.
 *
 * Persons and the ServiceAccounts of the namespace give no such labels and references. Controllers and what restores backups are not looked
 * at: the uid of what is restored is another one.
 *
 * @param kinds those that the cluster has
 */
export function childClaims(scope: Construct, actions: readonly string[], kinds: readonly KindDefinition[]): void {
  for (const kind of JUDGED.filter((one) => kinds.includes(one))) claimsOf(scope, kind, actions);
  const name = `job-pods.${PLATFORM_GROUP}`;
  const given = (object: string): string =>
    `[${JOB_LABELS.map((label) => `${object}.metadata.?labels[?'${label}'].orValue('')`).join(', ')}]`;
  policy(scope, name, {
    failurePolicy: 'Fail',
    matchConstraints: { resourceRules: [resourceRule('', 'v1', ['pods'])] },
    matchConditions: [NOT_BEING_DELETED, BY_A_TENANT],
    validations: [
      {
        expression: `${given('object')}.all(label, label == '') || (oldObject != null && ${given('object')} == ${given('oldObject')})`,
        message: `metadata.labels: leave out ${JOB_LABELS.join(' and ')}: the pods of a Job are made by its controller`,
        reason: 'Forbidden',
      },
    ],
  });
  binding(scope, name, { validationActions: actions });
}

function claimsOf(scope: Construct, kind: KindDefinition, actions: readonly string[]): void {
  const name = `child-claims-${kind.plural}.${kind.group}`;
  policy(scope, name, {
    // it is about Jobs of the whole cluster: before the kind is there, it must not hold them up
    failurePolicy: 'Ignore',
    paramKind: { apiVersion: apiVersionOf(kind), kind: kind.kind },
    matchConstraints: {
      resourceRules: [
        resourceRule('batch', 'v1', ['jobs']),
        resourceRule('apps', 'v1', ['controllerrevisions']),
        resourceRule('argoproj.io', 'v1alpha1', ['analysisruns']),
      ],
    },
    matchConditions: [NOT_BEING_DELETED, BY_A_TENANT, { name: 'claims-an-owner', expression: CLAIMS_AN_OWNER }],
    validations: [
      {
        expression: `!(${claims('params')})`,
        messageExpression:
          `'metadata: the children of ${kind.kind} ' + params.metadata.name + ' are made by its operator: ' + ` +
          `'leave out the label controller-uid and the entry of ownerReferences'`,
        reason: 'Forbidden',
      },
    ],
  });
  binding(scope, name, { validationActions: actions, paramRef: EVERY_PARAM });
}

/** A person, or a program with an account of the namespace. */
const BY_A_TENANT = {
  name: 'by-a-tenant',
  expression:
    `(!request.userInfo.username.startsWith('system:') || ` +
    `request.userInfo.username.startsWith('system:serviceaccount:' + request.namespace + ':')) && ` +
    `!(has(request.userInfo.groups) && 'system:masters' in request.userInfo.groups)`,
};
