import { ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AI_MODEL } from '../../../src/api/kinds/ai-model';
import { sampleOf } from '../../api/support/samples';
import { syncRequest } from '../support/requests';
import { SETTINGS } from '../support/settings';

const ROOT = join(__dirname, '..', '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'main-'));
const SETTINGS_FILE = join(folder, 'settings.json');
writeFileSync(SETTINGS_FILE, JSON.stringify(SETTINGS));
const running: ChildProcess[] = [];

const MODEL = JSON.stringify(syncRequest(sampleOf(AI_MODEL) as never));

afterAll(() => {
  running.forEach((child) => child.kill('SIGKILL'));
  rmSync(folder, { recursive: true, force: true });
});

/** The hook server as a process of its own. */
class Program {
  public output = '';
  public readonly ended: Promise<number | null>;
  public readonly child: ChildProcess;

  public constructor(environment: Record<string, string>) {
    this.child = spawn(process.execPath, ['--import', 'tsx', join(ROOT, 'operators', 'src', 'main.ts')], {
      cwd: ROOT,
      env: { PATH: process.env.PATH, SETTINGS_FILE, PORT: '0', ...environment },
    });
    running.push(this.child);
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (text: Buffer) => (this.output += text.toString()));
    }
    this.ended = new Promise((resolve) => this.child.on('exit', resolve));
  }

  public get lines(): Record<string, unknown>[] {
    return this.output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** The URL that it listens at. */
  public async url(): Promise<string> {
    for (let attempt = 0; attempt < 600; attempt++) {
      const found = /listening at (http:\/\/127\.0\.0\.1:\d+)/.exec(this.output);
      if (found) return found[1];
      if (this.child.exitCode !== null) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`it does not listen:\n${this.output}`);
  }
}

test('an operator that is none ends the program, with the names that there are', async () => {
  const program = new Program({ OPERATORS: 'ai-model,modell' });
  expect(await program.ended).toBe(1);
  expect(program.output).toMatch(/^OPERATORS must name some of ab-test, .*ai-model.*ai-zone, got modell\n$/);
});

test('a variable that is wrong ends the program with one line', async () => {
  const program = new Program({ PORT: 'https' });
  expect(await program.ended).toBe(1);
  expect(program.output).toBe('PORT must be a whole number between 0 and 65535, got "https"\n');
});

test('a request that is under way when the program is told to stop is answered; every line of its log is JSON', async () => {
  const program = new Program({ OPERATORS: 'ai-model', LOG_LEVEL: 'debug', GRACE_SECONDS: '1' });
  const url = await program.url();
  expect((await fetch(`${url}/hooks/ai-zone/sync`, { method: 'POST' })).status).toBe(404);
  const answer = slowly(`${url}/hooks/ai-model/sync`, MODEL, 2500);
  await new Promise((resolve) => setTimeout(resolve, 300));
  program.child.kill('SIGTERM');
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect((await fetch(`${url}/readyz`)).status).toBe(503);

  expect(await answer).toMatchObject({ code: 200, body: { status: { observedGeneration: 1 } } });
  expect(await program.ended).toBe(0);
  expect(program.lines).toContainEqual(
    expect.objectContaining({
      operator: 'ai-model',
      hook: 'sync',
      kind: 'AIModel',
      namespace: 'ml-models',
      name: 'sentiment-analyzer-v2',
      msg: 'answered',
    }),
  );
});

/** A call whose second half is sent later. */
function slowly(url: string, body: string, milliseconds: number): Promise<{ code?: number; body: unknown }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const call = request(url, { method: 'POST', headers, agent: false }, (response) => {
      let text = '';
      response.on('data', (part: Buffer) => (text += part.toString()));
      response.on('end', () => resolve({ code: response.statusCode, body: JSON.parse(text) as unknown }));
    });
    call.on('error', reject);
    const half = Math.floor(body.length / 2);
    call.write(body.slice(0, half));
    setTimeout(() => call.end(body.slice(half)), milliseconds);
  });
}
