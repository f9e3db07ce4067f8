import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { giveInput } from './process-input';

const run = promisify(execFile);

/** More than a pipe holds, so that a write ends with an error where nobody reads. */
const MUCH = 'x'.repeat(8 * 1024 * 1024);

/** What a program says that gets an input. */
async function said(program: string, input?: string): Promise<string> {
  const child = run(process.execPath, ['-e', program]);
  giveInput(child.child, input);
  return (await child).stdout;
}

const COUNT = `let n = 0; process.stdin.on('data', (part) => (n += part.length)).on('end', () => console.log(n))`;

test('the program reads all of its input', async () => {
  expect(await said(COUNT, MUCH)).toBe(`${MUCH.length}\n`);
});

test('without an input the program reads its end', async () => {
  expect(await said(COUNT)).toBe('0\n');
});

test('a program that ends before it has read its input has ended well', async () => {
  expect(await said(`console.log('done'); process.exit(0)`, MUCH)).toBe('done\n');
});

test('a program that fails before it has read its input is told by its exit code', async () => {
  await expect(said(`process.exit(3)`, MUCH)).rejects.toMatchObject({ code: 3 });
});

test('another error is one of the program', async () => {
  const child = spawn(process.execPath, ['-e', COUNT]);
  giveInput(child, '');
  const ended = new Promise((resolve) => child.once('close', resolve));
  const error = Object.assign(new Error('write EIO'), { code: 'EIO' });
  const told = new Promise((resolve) => child.once('error', resolve));
  child.stdin.emit('error', error);
  expect(await told).toBe(error);
  await ended;
});

test('a program without a pipe can be given nothing', async () => {
  const child = spawn(process.execPath, ['-e', ''], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('close', resolve));
  expect(() => giveInput(child, 'x')).toThrow('no pipe');
  await ended;
});
