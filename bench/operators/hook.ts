import { ApiObject, App, Chart } from 'cdk8s';
import { aiModelOperator } from '../../operators/src/ai-model/ai-model-operator';
import { hooksOf } from '../../operators/src/runtime/hooks';
import { SyncRequest } from '../../operators/src/runtime/protocol';
import { SETTINGS, settledRequest } from './ai-model';

/**
 * A program that measures the hook function of models alone and prints JSON: `hook.js <features> <versions> <calls>`. Each call is for another
 * model, so that nothing is reused from the call before.
 */
const MODELS = 50;
const [features, versions, calls] = process.argv.slice(2).map(Number);
const hooks = hooksOf(aiModelOperator);
const requests = Array.from({ length: MODELS }, (_, index) => settledRequest(`model-${index}`, { features, versions }));
const texts = requests.map((request) => JSON.stringify(request));

function time(run: () => void): number {
  const started = process.hrtime.bigint();
  run();
  return Number(process.hrtime.bigint() - started) / 1e9;
}

function series(run: (turn: number) => void, count: number, warmUp = 300): number[] {
  for (let turn = 0; turn < warmUp; turn++) run(turn);
  return Array.from({ length: count }, (_, turn) => time(() => run(turn)));
}

/** Eight objects with nothing but cdk8s. */
function floor(): void {
  const chart = new Chart(new App(), 'children', { disableResourceNameHashes: true });
  for (let index = 0; index < 8; index++) {
    new ApiObject(chart, String(index), {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: `object-${index}`, namespace: 'default', labels: { 'app.kubernetes.io/name': 'model' } },
      spec: {
        selector: { matchLabels: { app: 'model' } },
        template: { spec: { containers: [{ name: 'server', image: 'registry.example.com/server:1.0' }] } },
      },
    });
  }
  JSON.stringify(chart.toJson());
}

const answer = hooks.sync(requests[0], SETTINGS);
if (answer.status.phase !== 'Serving') throw new Error(`the model is ${String(answer.status.phase)}, not served`);
console.log(
  JSON.stringify({
    children: answer.children.filter(({ kind }) => kind !== 'ControllerRevision').length,
    requestBytes: texts[0].length,
    answerBytes: JSON.stringify(answer).length,
    floor: series(floor, calls),
    hook: series((turn) => hooks.sync(requests[turn % MODELS], SETTINGS), calls),
    whole: series(
      (turn) => JSON.stringify(hooks.sync(JSON.parse(texts[turn % MODELS]) as SyncRequest, SETTINGS)),
      calls,
    ),
  }),
);
