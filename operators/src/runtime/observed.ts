import { Condition } from './conditions';
import { withTypedStatus } from './observed-status';
import { KubernetesObject, ObjectMap } from './protocol';
import { lookup } from '../../../src/contracts/lookup';

/**
 * Objects that were observed when a hook was called. Lists are in the order of namespace and name. What the status of one has of
 * another type than the operators expect is not there.
 */
export class Observed {
  private readonly objects: ObjectMap;

  public constructor(objects: ObjectMap) {
    this.objects = mapValues(objects, (ofKind) => mapValues(ofKind, withTypedStatus));
  }

  /** All objects of a kind. */
  public all(apiVersion: string, kind: string): KubernetesObject[] {
    const found = this.objects[`${kind}.${apiVersion}`] ?? {};
    return inOrderOfKeys(found);
  }

  /** One object; the namespace is left out for kinds that have none. */
  public find(apiVersion: string, kind: string, name: string, namespace?: string): KubernetesObject | undefined {
    const key = namespace === undefined ? name : `${namespace}/${name}`;
    return lookup(this.objects[`${kind}.${apiVersion}`], key);
  }

  /** Every object. */
  public everything(): KubernetesObject[] {
    return inOrderOfKeys(this.objects).flatMap((ofKind) => Object.values(ofKind));
  }
}

function inOrderOfKeys<Value>(map: Readonly<Record<string, Value>>): Value[] {
  return Object.entries(map)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, value]) => value);
}

function mapValues<From, To>(
  map: Readonly<Record<string, From>>,
  change: (value: From) => To,
): Readonly<Record<string, To>> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));
}

/** The last second that the API server can write; programs may report later ones. */
const LAST_SECOND = Date.parse('9999-12-31T23:59:59Z');

/**
 * The newest time that the objects of a request report: when one was made, written or changed its state. A hook has no clock, so
 * that the same request always has the same answer; this is its "now", never later than the real one.
 */
export function observedTime(objects: readonly KubernetesObject[]): string {
  let newest = 0;
  const see = (time: unknown): void => {
    const at = typeof time === 'string' ? Date.parse(time) : NaN;
    if (at > newest && at <= LAST_SECOND) newest = at;
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

/** A time as the API server writes it, without fractions of seconds. One that it cannot write is the last that it can. */
export function toSeconds(milliseconds: number): string {
  return `${new Date(Math.min(milliseconds, LAST_SECOND)).toISOString().slice(0, 19)}Z`;
}

/** How a container ended, as its pod tells. A user who may make pods may write any message there. */
export interface Termination {
  /** Name of the container. */
  readonly container?: string;
  readonly exitCode?: number;
  readonly message?: string;
  readonly finishedAt?: string;
}

interface ContainerStatus {
  readonly name?: string;
  readonly state?: { readonly terminated?: Termination };
  readonly lastState?: { readonly terminated?: Termination };
}

/** How the container ended that ended last in these pods. One that was started again counts as it ended before. */
export function lastTermination(
  { related, namespace }: { readonly related: Observed; readonly namespace: string },
  isOurs: (pod: KubernetesObject) => boolean,
): Termination | undefined {
  return (
    related
      .all('v1', 'Pod')
      .filter((pod) => pod.metadata.namespace === namespace && isOurs(pod))
      .flatMap(({ status }) => [status?.initContainerStatuses, status?.containerStatuses])
      .flatMap((of) => (of ?? []) as readonly ContainerStatus[])
      .flatMap(({ name: container, state, lastState }) => {
        const ended = state?.terminated ?? lastState?.terminated;
        return ended === undefined ? [] : { container, ...ended };
      })
      // of those that ended in the same second, the last of the pod
      .sort(({ finishedAt: a = '' }, { finishedAt: b = '' }) => (a === b ? 0 : a < b ? -1 : 1))
      .at(-1)
  );
}

/**
 * A function that does its work once for each key. What it found is kept as long as the key is: keys are objects of one request, and
 * nothing of a request outlives it.
 *
 * @param keyOf an object that is never changed, and that all arguments with the same result have in common
 */
export function memoized<Argument, Result>(
  compute: (argument: Argument) => Result,
  keyOf: (argument: Argument) => object,
): (argument: Argument) => Result {
  const results = new WeakMap<object, Result>();
  return (argument) => {
    const key = keyOf(argument);
    if (!results.has(key)) results.set(key, compute(argument));
    return results.get(key) as Result;
  };
}
