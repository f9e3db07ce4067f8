import { METACONTROLLER_USER } from '../../../src/contracts/metacontroller';
import { conditionOf, type Identity, type KubernetesObject, referenceTo } from '../types';
import type { AttackBench } from './bench';

/** What a tenant's user tries in order to get more than the platform gives them, as `docs/security.md` lists it. */
export interface Attack {
  /** Who tries it: a clause such as `data scientist of vision`. */
  readonly who: string;
  /** What they ask the API server for. */
  readonly request: string;
  /** What it would have given. */
  readonly gain: string;
  /** Why it does not: the mechanism, by its name. */
  readonly defence: string;
  /** Makes the attempt, and expects that it fails. It leaves nothing behind. */
  readonly attempt: (bench: AttackBench) => Promise<void>;
}

/** The data scientists and ML engineers of the tenants, in `VISION` and `FRAUD`, namespaces of their own. */
export const DORA: Identity = { user: 'dora', groups: ['vision-data-scientists'] };
export const MALIK: Identity = { user: 'malik', groups: ['vision-ml-engineers'] };
export const RUTH: Identity = { user: 'ruth', groups: ['vision-model-reviewers'] };
export const FRED: Identity = { user: 'fred', groups: ['fraud-data-scientists'] };
export const FIONA: Identity = { user: 'fiona', groups: ['fraud-ml-engineers'] };

/** Metacontroller's account, as the chart makes it, by which everything arrives that an operator was talked into. */
export const METACONTROLLER: Identity = {
  user: METACONTROLLER_USER,
  groups: ['system:serviceaccounts', 'system:serviceaccounts:metacontroller', 'system:authenticated'],
};

/** Namespaces of the two tenants. */
export const VISION = 'vision';
export const FRAUD = 'fraud';

/** The API server refuses the object with a message like this. */
export function refused(object: KubernetesObject, by: Identity, message: RegExp): Attack['attempt'] {
  return async ({ cluster }) => {
    const answer = await cluster.create(object, { asUser: by, dryRun: true }).then(
      () => 'accepted',
      (error: unknown) => (error as Error).message,
    );
    expect(answer).toMatch(message);
  };
}

/** The API server refuses the change of an object, which is stored for the attempt, with a message like this. */
export function changeRefused(
  object: KubernetesObject,
  change: unknown,
  by: Identity,
  message: RegExp,
  subresource?: string,
): Attack['attempt'] {
  return async ({ cluster }) => {
    const ref = referenceTo(await cluster.create(object));
    try {
      const answer = await cluster.patch(ref, change, { asUser: by, dryRun: true, subresource }).then(
        () => 'accepted',
        (error: unknown) => (error as Error).message,
      );
      expect(answer).toMatch(message);
    } finally {
      await cluster.delete(ref);
      await cluster.waitForGone(ref, 60_000);
    }
  };
}

/** The API server stores the object, and its operator says in the condition `Accepted` why it does nothing. */
export function notAccepted(object: KubernetesObject, by: Identity, message: RegExp): Attack['attempt'] {
  return async ({ cluster }) => {
    const stored = await cluster.create(object, { asUser: by });
    const ref = referenceTo(stored);
    try {
      const seen = await cluster.waitFor(
        ref,
        (one) => conditionOf(one, 'Accepted')?.observedGeneration === one.metadata.generation,
        60_000,
      );
      expect(conditionOf(seen, 'Accepted')?.status).toBe('False');
      expect(conditionOf(seen, 'Accepted')?.message).toMatch(message);
    } finally {
      await cluster.delete(ref);
      await cluster.waitForGone(ref, 60_000);
    }
  };
}
