import fc from 'fast-check';
import { Hooks } from '../../../operators/src/runtime/hooks';
import { SyncRequest, SyncResponse } from '../../../operators/src/runtime/protocol';
import { validate } from '../../../src/api/schema/validate';
import { Fault, faultsOfChildren } from './children';
import { condition } from '../support/conditions';
import { hostileParents, hostileRequests, PLATFORM, SUBJECTS } from './subjects';

const SEED = Number(process.env.FUZZ_SEED ?? 20240115);
const RUNS = Number(process.env.FUZZ_RUNS ?? 12);

/** Milliseconds of one call, on a machine that has much else to do; Metacontroller waits for ten seconds. */
const LONGEST = 5000;

/** What is wrong with an answer: it must be one that the API server takes whole, and the same each time. */
function faultsOf(hooks: Hooks, request: SyncRequest): Fault[] {
  const began = Date.now();
  let response: SyncResponse;
  try {
    response = hooks.sync(request, PLATFORM);
  } catch (error) {
    return [{ where: 'sync', message: ((error as Error).cause as Error | undefined)?.stack ?? String(error) }];
  }
  const took = Date.now() - began;
  const { status } = response;
  const faults: Fault[] = [
    ...validate(hooks.definition.parent.status, status).findings.map(({ field, message }) => ({
      where: `status.${field}`,
      message,
    })),
    ...faultsOfChildren(response.children),
  ];
  if (took > LONGEST) faults.push({ where: 'time', message: `${took} ms` });
  if (status.observedGeneration !== request.parent.metadata.generation) {
    faults.push({ where: 'status.observedGeneration', message: String(status.observedGeneration) });
  }
  if (!request.finalizing && condition(response, 'Accepted') === undefined) {
    faults.push({ where: 'status.conditions', message: 'does not say whether the spec is accepted' });
  }
  if (JSON.stringify(hooks.sync(structuredClone(request), PLATFORM)) !== JSON.stringify(response)) {
    faults.push({ where: 'answer', message: 'is another one the second time' });
  }
  return faults;
}

test.each(SUBJECTS)('%s: whatever the schema allows and whatever is observed, there is an answer', (_, hooks) => {
  const faults = new Map<string, string>();
  let asked = 0;
  for (const parent of fc.sample(hostileParents(hooks.definition.parent), { seed: SEED, numRuns: RUNS })) {
    for (const request of fc.sample(hostileRequests(hooks, parent), { seed: SEED + asked, numRuns: 2 })) {
      asked++;
      for (const { where, message } of faultsOf(hooks, request)) {
        faults.set(`${where}: ${message}`.slice(0, 600), JSON.stringify(request.parent).slice(0, 1000));
      }
    }
  }
  expect([...faults].map(([fault, parent]) => `${fault}\n  of ${parent}`)).toEqual([]);
});
