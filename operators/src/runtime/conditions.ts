import { shortened } from './fitted';
import { KubernetesObject } from './protocol';

/** A condition of a status, after the conventions of the Kubernetes API. */
export interface Condition {
  readonly type: string;
  readonly status: ConditionStatus;
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration: number;
  readonly lastTransitionTime: string;
}

export type ConditionStatus = 'True' | 'False' | 'Unknown';

/** What an operator says of one aspect. */
export interface ConditionReport {
  /** The aspect, in CamelCase: `Ready`. */
  readonly type: string;
  readonly status: ConditionStatus | boolean;
  /** The machine-readable reason, in CamelCase. */
  readonly reason: string;
  /** A human-readable message. */
  readonly message: string;
}

/** Greatest length of a message; the CRDs and the API conventions have a bound. */
const MESSAGE_LENGTH = 4096;

/**
 * The conditions of a status, in the order of their reports. The transition time of one whose status is as before is kept.
 *
 * @param now the time of those whose status is new
 */
export function conditionsOf(parent: KubernetesObject, reports: readonly ConditionReport[], now: string): Condition[] {
  const before = new Map(previousConditions(parent).map((condition) => [condition.type, condition]));
  return reports.map(({ type, status, reason, message }) => {
    const value = typeof status === 'boolean' ? (status ? 'True' : 'False') : status;
    const known = before.get(type);
    return {
      type,
      status: value,
      reason,
      message: shortened(message, MESSAGE_LENGTH),
      observedGeneration: parent.metadata.generation ?? 0,
      lastTransitionTime: known?.status === value && known.lastTransitionTime ? known.lastTransitionTime : now,
    };
  });
}

/** The conditions that the parent came with. */
export function previousConditions(parent: KubernetesObject): Condition[] {
  const conditions = parent.status?.conditions;
  return Array.isArray(conditions) ? (conditions as Condition[]) : [];
}

/** A condition of any observed object. */
export function conditionOf(object: KubernetesObject | undefined, type: string): Partial<Condition> | undefined {
  const conditions = object?.status?.conditions;
  return Array.isArray(conditions)
    ? (conditions as Partial<Condition>[]).find((condition) => condition.type === type)
    : undefined;
}
