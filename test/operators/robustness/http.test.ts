import fc from 'fast-check';
import { OPERATORS } from '../../../operators/src/operators';
import { HookServer } from '../../../operators/src/server/hook-server';
import { hostileParents, hostileRequests, PLATFORM, SUBJECTS } from './subjects';

const SEED = Number(process.env.FUZZ_SEED ?? 20240115);
const RUNS = Number(process.env.FUZZ_RUNS ?? 12);

let server: HookServer;
let url: string;
beforeAll(async () => {
  server = new HookServer({ operators: OPERATORS, settings: PLATFORM, logLevel: 'silent' });
  url = await server.start(0, '127.0.0.1');
});
afterAll(() => server.stop());

async function post(path: string, body: string): Promise<number> {
  const headers = { 'content-type': 'application/json' };
  return (await fetch(`${url}/hooks/${path}`, { method: 'POST', headers, body })).status;
}

test.each(SUBJECTS)('%s: a valid object never gets an error over HTTP', async (_, hooks) => {
  const { name, parent: kind } = hooks.definition;
  const codes = new Map<number, string>();
  for (const parent of fc.sample(hostileParents(kind), { seed: SEED + 1, numRuns: Math.ceil(RUNS / 3) })) {
    codes.set(await post(`${name}/customize`, JSON.stringify({ parent })), `customize ${JSON.stringify(parent)}`);
    for (const request of fc.sample(hostileRequests(hooks, parent), { seed: SEED, numRuns: 1 })) {
      const hook = request.finalizing ? 'finalize' : 'sync';
      codes.set(await post(`${name}/${hook}`, JSON.stringify(request)), `${hook} ${JSON.stringify(parent)}`);
    }
  }
  codes.delete(200);
  expect([...codes]).toEqual([]);
});

test.each([
  ['ml-workflow', { type: 'training', stages: [{ name: 's', type: 'ml-training', config: { hyperparameters: 0 } }] }],
])('%s: data that is as deep as the API server takes it is refused in the status', async (operator, spec) => {
  // JSON.stringify calls itself, so the text is put together by hand
  const deep = '{"a":'.repeat(9_000) + '1' + '}'.repeat(9_000);
  const parent = JSON.stringify({
    apiVersion: 'nstarx.io/v1alpha1',
    kind: 'X',
    metadata: { name: 'deep', namespace: 'team', generation: 1 },
    spec,
  });
  const body = `{"parent":${parent.replace('"hyperparameters":0', `"hyperparameters":${deep}`)},"children":{},"related":{}}`;
  const answer = await fetch(`${url}/hooks/${operator}/sync`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  expect(answer.status).toBe(200);
  const { status } = (await answer.json()) as { status: { conditions: readonly { type: string; message: string }[] } };
  expect(status.conditions[0]).toMatchObject({
    type: 'Accepted',
    message: expect.stringContaining('must be nested at most 16 deep, got 17') as string,
  });
});
