import { lastTermination } from '../runtime/observed';
import { KubernetesObject } from '../runtime/protocol';
import { StoreContext } from './feature-store-context';

/** Seconds by which the clocks of a node and of a store may differ. */
const CLOCK_SKEW = 300;

const COMPONENT = 'app.kubernetes.io/component';

/** What a program of `src/constructs/feature-stores/programs` says when it ends. */
export interface LastWord {
  readonly exitCode: number;
  /** When it ended. */
  readonly finishedAt: string;
  /** The message as it is, where it is not of our programs. */
  readonly text?: string;
  /** Messages by view; undefined where it is not known which views failed. */
  readonly failed?: ReadonlyMap<string, string>;
  /** Seconds since 1970 of the newest value, by view. */
  readonly updated: ReadonlyMap<string, number>;
  /** The same of views that are not named, at least. */
  readonly others?: number;
  /** Seconds since 1970 of the newest value of all. */
  readonly lastUpdate?: number;
  readonly offline?: { readonly bytes: number; readonly partitions: number };
}

/** Selects the pods of a store's jobs. */
export function jobPods(store: string): Readonly<Record<string, unknown>> {
  return {
    matchLabels: { 'nstarx.io/feature-store': store },
    matchExpressions: [
      {
        key: COMPONENT,
        operator: 'In',
        values: ['feature-apply', 'feature-batch', 'feature-materialize', 'feature-model'],
      },
    ],
  };
}

/** What the last program that ended in these pods said. */
export function lastWord(context: StoreContext, isOurs: (pod: KubernetesObject) => boolean): LastWord | undefined {
  const ended = lastTermination(context, isOurs);
  if (!ended) return undefined;
  const { exitCode = 0, message, finishedAt = '' } = ended;
  return { exitCode, finishedAt, ...said(message, Date.parse(finishedAt) / 1000 + CLOCK_SKEW) };
}

/**
 * Whoever may make pods may write anything there: only what fits is taken.
 *
 * @param latest seconds since 1970; nothing is written later than the program ends
 */
function said(message: string | undefined, latest: number): Omit<LastWord, 'exitCode' | 'finishedAt'> {
  const nothing = { updated: new Map<string, number>() };
  if (message === undefined) return nothing;
  let told: unknown;
  try {
    told = JSON.parse(message);
  } catch {
    return { ...nothing, text: message };
  }
  if (!isObject(told) || told.format !== 1) return { ...nothing, text: message };
  const { failed, updated, others, lastUpdate, offline } = told;
  const isTime = (value: unknown): value is number => isCount(value) && value <= latest;
  const isText = (value: unknown): value is string => typeof value === 'string';
  const figures = isObject(offline) && isCount(offline.bytes) && isCount(offline.partitions) ? offline : undefined;
  return {
    ...(isObject(failed) ? { failed: entries(failed, isText) } : {}),
    updated: isObject(updated) ? entries(updated, isTime) : nothing.updated,
    ...(isTime(others) ? { others } : {}),
    ...(isTime(lastUpdate) ? { lastUpdate } : {}),
    ...(figures ? { offline: { bytes: Number(figures.bytes), partitions: Number(figures.partitions) } } : {}),
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function entries<T>(object: Readonly<Record<string, unknown>>, fits: (value: unknown) => value is T): Map<string, T> {
  const map = new Map<string, T>();
  for (const [name, value] of Object.entries(object)) if (fits(value)) map.set(name, value);
  return map;
}
