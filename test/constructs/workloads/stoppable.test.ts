import { ChildProcess, spawn } from 'node:child_process';
import { stoppable } from '../../../src/constructs/workloads/stoppable';

function start(...command: string[]): ChildProcess {
  const [program, ...args] = stoppable(command);
  return spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** How a program ends, and all that it has said until then. */
async function ended(child: ChildProcess): Promise<{ code: number | null; said: string }> {
  let said = '';
  child.stdout!.on('data', (text: Buffer) => (said += text.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, said };
}

test('the program gets its arguments as they are, and its exit code is passed on', async () => {
  const awkward = ['a b', '$HOME', `'"\\`, ''];
  expect(await ended(start('printf', '[%s]', ...awkward))).toEqual({ code: 0, said: `[a b][$HOME]['"\\][]` });
  expect(await ended(start('sh', '-c', 'exit 3'))).toEqual({ code: 3, said: '' });
});

test('it ends when it is told to, once the program has', async () => {
  const child = start('sh', '-c', 'trap "echo cleaned up; exit 0" TERM; echo began; while :; do sleep 0.05; done');
  await new Promise((resolve) => child.stdout!.once('data', resolve));
  const end = ended(child);
  child.kill('SIGTERM');
  expect(await end).toEqual({ code: 143, said: 'cleaned up\n' });
});
