import { Condition } from './conditions';
import { KubernetesObject } from './protocol';

/**
 * The newest time that the objects of a request speak of: when one was made, written or changed its state. A hook has no clock, so
 * that the same request always has the same answer; this is its "now", never later than the real one.
 */
export function observedTime(objects: readonly KubernetesObject[]): string {
  let newest = 0;
  const see = (time: unknown): void => {
    const at = typeof time === 'string' ? Date.parse(time) : NaN;
    if (at > newest) newest = at;
  };
  for (const { metadata, status } of objects) {
    see(metadata.creationTimestamp);
    see(metadata.deletionTimestamp);
    for (const { time } of metadata.managedFields ?? []) see(time);
    const { conditions, startTime, completionTime } = (status ?? {}) as {
      readonly conditions?: readonly Partial<Condition>[];
      readonly startTime?: unknown;
      readonly completionTime?: unknown;
    };
    see(startTime);
    see(completionTime);
    if (Array.isArray(conditions)) for (const condition of conditions) see((condition as Condition).lastTransitionTime);
  }
  return toSeconds(newest);
}

/** A time as the API server writes it, without fractions of seconds. */
export function toSeconds(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}
