import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { abTestOperator } from '../../../operators/src/ab-test/ab-test-operator';
import { aiModelOperator } from '../../../operators/src/ai-model/ai-model-operator';
import { aiZoneOperator } from '../../../operators/src/ai-zone/ai-zone-operator';
import { hooksOf } from '../../../operators/src/runtime/hooks';
import { Patience } from '../../support/waiting';
import { referenceTo } from '../types';
import { type Command, documentOf, type Piece, piecesOf, stable } from './support/console';
import { describeOperators } from './support/describe-operators';
import { PlatformPlayers } from './support/platform-players';
import { installPriorityClass } from './support/small-models';

const FOLDER = path.resolve(__dirname, '../../../examples/operators');
const README = path.join(FOLDER, 'README.md');

/** With UPDATE_WALK=true what the commands print is written into the document, to be read before it is committed. */
const UPDATES = process.env.UPDATE_WALK === 'true';
const PATIENCE_MS = 20_000;

describeOperators(
  'the walk of examples/operators',
  [hooksOf(aiZoneOperator), hooksOf(aiModelOperator), hooksOf(abTestOperator)],
  (bench) => {
    let players: PlatformPlayers;

    beforeAll(async () => {
      await installPriorityClass(bench.cluster);
      players = new PlatformPlayers(bench.cluster);
    });
    afterAll(() => players.stop());

    /** What a shell prints to both outputs; a command that fails says so there. */
    const run = (command: string): Promise<string> =>
      new Promise((resolve) => {
        const env = {
          ...process.env,
          KUBECONFIG: bench.cluster.kubeconfig,
          KUBECTL: bench.cluster.connection.binaries.kubectl,
        };
        const script = `kubectl() { "$KUBECTL" "$@"; }\n${command}`;
        execFile('bash', ['-c', script], { env, cwd: FOLDER }, (_error, stdout, stderr) =>
          resolve(`${stdout}${stderr}`),
        );
      });

    /** What a command prints; one that only looks is repeated until it prints what the document says, or time is over. */
    const observe = async ({ text, output }: Command): Promise<string> => {
      if (!text.startsWith('kubectl get ')) return run(text);
      await bench.engine.settle();
      const patience = new Patience(UPDATES ? 0 : PATIENCE_MS);
      for (;;) {
        const printed = await run(text);
        if (stable(printed) === stable(output)) return printed;
        patience.observe(stable(printed));
        if (patience.isOver) return printed;
        await sleep(200);
      }
    };

    /** Argo Rollouts has measured so much at that time. Its status is no subresource. */
    const measure = async (minutes: number): Promise<void> => {
      const figures = {
        'samples/current': 180_000,
        'samples/candidate': 20_000,
        'successes/current': 18_000,
        'successes/candidate': 2400,
      };
      const time = (offset: number): string =>
        new Date(Date.now() + offset * 60_000).toISOString().replace(/\.\d+/, '');
      const metricResults = Object.entries(figures).map(([name, value]) => ({
        name,
        phase: 'Running',
        measurements: [{ phase: 'Successful', finishedAt: time(minutes), value: `[${value}]` }],
      }));
      const type = { apiVersion: 'argoproj.io/v1alpha1', kind: 'AnalysisRun' };
      const [analysis] = await bench.cluster.list(type, { namespace: 'production' });
      const startedAt = time(-12 * 24 * 60);
      await bench.cluster.patch(referenceTo(analysis), { status: { phase: 'Running', startedAt, metricResults } });
    };
    const plays: Readonly<Record<string, () => Promise<void>>> = {
      'figures of twelve days': () => measure(0),
      'ten minutes more': () => measure(11),
    };

    test('each command prints what the document says', async () => {
      const done: Piece[] = [];
      for (const piece of piecesOf(fs.readFileSync(README, 'utf8'))) {
        if (piece.kind === 'play') await plays[piece.name]();
        if (piece.kind !== 'commands') {
          done.push(piece);
          continue;
        }
        const commands: Command[] = [];
        for (const command of piece.commands) {
          const output = await observe(command);
          if (!UPDATES)
            expect(`$ ${command.text}\n${stable(output)}`).toBe(`$ ${command.text}\n${stable(command.output)}`);
          commands.push({ text: command.text, output });
        }
        done.push({ kind: 'commands', commands });
      }
      if (UPDATES) fs.writeFileSync(README, documentOf(done));
    });
  },
  { nodes: [{ name: 'worker-1' }, { name: 'worker-2' }], platform: { serviceMesh: true } },
);
