import { OPERATORS } from '../../../operators/src/operators';
import { HookServer } from '../../../operators/src/server/hook-server';
import { AI_MODEL } from '../../../src/api/kinds/ai-model';
import { sampleOf } from '../../api/support/samples';
import { syncRequest } from '../support/requests';
import { SETTINGS } from '../support/settings';

const CALLS = 200;
// the kubelet gives up after two seconds
const PATIENCE = 2000;

test(`while ${CALLS} calls are made at once, each is answered, and so is the kubelet`, async () => {
  const server = new HookServer({ operators: OPERATORS, settings: SETTINGS, logLevel: 'error' });
  const url = await server.start(0, '127.0.0.1');
  try {
    const sample = sampleOf(AI_MODEL)!;
    const started = Date.now();
    let storm = true;
    const calls = Promise.all(
      Array.from({ length: CALLS }, async (_, index) => {
        const parent = { ...sample, metadata: { name: `model-${index}`, namespace: 'ml-models' } };
        const answer = await fetch(`${url}/hooks/ai-model/sync`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(syncRequest(parent)),
        });
        const { children } = (await answer.json()) as { children: object[] };
        return { code: answer.status, children: children.length };
      }),
    ).finally(() => (storm = false));
    const waits: number[] = [];
    while (storm) {
      const asked = Date.now();
      expect((await fetch(`${url}/healthz`)).status).toBe(200);
      waits.push(Date.now() - asked);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const answers = await calls;
    expect(new Set(answers.map(({ code }) => code))).toEqual(new Set([200]));
    expect(Math.min(...answers.map(({ children }) => children))).toBeGreaterThan(0);
    expect(waits.length).toBeGreaterThan(1);
    process.stderr.write(
      `${CALLS} calls in ${Date.now() - started} ms; /healthz waited ${Math.max(...waits)} ms at most\n`,
    );
    expect(Math.max(...waits)).toBeLessThan(PATIENCE);
  } finally {
    await server.stop();
  }
});
