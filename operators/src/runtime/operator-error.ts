import { Condition, ConditionReport, conditionsOf, previousConditions } from './conditions';
import { Observed, observedTime } from './observed';
import { keyOf, SyncRequest, SyncResponse } from './protocol';
import { revisionObject, revisionsOf } from './revisions';

/** A fault of an operator. */
export class OperatorError extends Error {
  public constructor(
    operator: string,
    /** What went wrong. It may quote the object, so it belongs into the log and not into a status. */
    public override readonly cause: unknown,
    /** What can be answered all the same; undefined where an answer would remove something. */
    public readonly response: SyncResponse | undefined,
  ) {
    super(`operator ${operator} failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'OperatorError';
  }
}

/** Seconds after which an object on which its operator failed is looked at again. */
const RETRY = 60;

/**
 * What is answered when an operator has failed: the children stay, and `Accepted` says that the operator could not do it.
 *
 * A status is only written with an answer, and Metacontroller removes every child that an answer does not name. So there is one only
 * where all children are known: they are those of the last revision, or none. Others, such as a run that is under way, are known to the
 * operator alone; then there is no answer, Metacontroller tries again, and the object keeps children and status as they were.
 */
export function answerAfterFault(request: SyncRequest, namespace?: string): SyncResponse | undefined {
  const { parent, finalizing } = request;
  if (finalizing) return undefined;
  try {
    const children = new Observed(request.children);
    const revisions = revisionsOf(children);
    const where = namespace ?? parent.metadata.namespace ?? '';
    const kept = [
      ...(revisions.at(-1)?.objects ?? []),
      ...revisions.map((revision) => revisionObject(parent, where, revision)),
    ];
    const known = new Set(kept.map(keyOf));
    if (!children.everything().every((child) => known.has(keyOf(child)))) return undefined;
    return { status: statusAfterFault(request), children: kept, resyncAfterSeconds: RETRY };
  } catch {
    // a revision cannot be read
    return undefined;
  }
}

function statusAfterFault({ parent, related = {} }: SyncRequest): SyncResponse['status'] {
  const before = previousConditions(parent);
  const now = observedTime([parent, ...new Observed(related).everything()]);
  const failed = (type: string): ConditionReport => ({
    type,
    status: 'Unknown',
    reason: 'OperatorError',
    message:
      'The operator has a fault that this object brings out, and has changed nothing; the log of the hook server has the error. ' +
      'Tell the administrators of the platform; until it is mended, an earlier spec can be applied again',
  });
  const isReported = (type: string): boolean => before.some((condition) => condition.type === type);
  const reports = [failed('Accepted'), ...(isReported('Ready') ? [] : [failed('Ready')])];
  const conditions: Condition[] = [
    ...conditionsOf(parent, reports, now),
    ...before.filter(({ type }) => type !== 'Accepted'),
  ];
  return { ...parent.status, observedGeneration: parent.metadata.generation ?? 0, conditions };
}
