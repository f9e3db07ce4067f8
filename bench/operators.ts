import { execFileSync } from 'child_process';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { buildSync } from 'esbuild';
import { benchEngine } from './operators/engine';
import { load } from './operators/load';
import { SETTINGS, settledRequest } from './operators/ai-model';
import { ServerProcess } from './operators/server';
import { figure, ms } from './measure';

const ROOT = path.resolve(__dirname, '..');
const CALLS = 2000;
const LIFETIME = 100_000;
const CONNECTIONS = 4;
const MODELS = 50;

/** The targets: design figures for two cores that do nothing else. */
const TARGET = { median: 0.002, p99: 0.01, perSecond: 300, mebibytes: 200, ready: 1 };

/** Models to measure: so many features in the drift baseline, and so many older versions kept. */
const CASES = [
  { name: 'all features on', features: 6, versions: 0 },
  { name: 'the same with three older versions kept', features: 6, versions: 3 },
  { name: 'the same with 40 drift features, as many as a Pod can tell of', features: 40, versions: 3 },
];

/** What `hook.ts` prints. */
interface HookFigures {
  readonly children: number;
  readonly requestBytes: number;
  readonly answerBytes: number;
  readonly floor: number[];
  readonly hook: number[];
  readonly whole: number[];
}

/** The operators: the hook function alone, the hook server as the image runs it, and the whole on Metacontroller where there is one. */
export async function benchOperators(): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-'));
  try {
    console.log('operators: AIModel, served for a while; each call is for another of 50 models');
    benchHook(folder);
    execFileSync(process.execPath, [path.join(ROOT, 'operators', 'build.js')], { stdio: 'inherit' });
    await benchStart(folder);
    await benchServer(folder);
    await benchEngine(folder);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** The hook function alone, bundled as the image has it. */
function benchHook(folder: string): void {
  const outfile = path.join(folder, 'hook.js');
  buildSync({
    absWorkingDir: ROOT,
    entryPoints: ['bench/operators/hook.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20.9',
    keepNames: true,
    logLevel: 'warning',
  });
  let floor: number[] | undefined;
  for (const { name, features, versions } of CASES) {
    const printed = execFileSync(process.execPath, [outfile, String(features), String(versions), String(CALLS)], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    const figures = JSON.parse(printed) as HookFigures;
    if (!floor) console.log(`  floor    ${spread((floor = figures.floor))}: eight objects with cdk8s, as JSON`);
    const { children, requestBytes, answerBytes, hook, whole } = figures;
    console.log(`  ${name}: ${children} children, ${kib(requestBytes)} in, ${kib(answerBytes)} out`);
    console.log(`    hook   ${spread(hook)}; with JSON in and out ${spread(whole)}`);
    console.log(
      `    ratio  median ${ratio(quantile(hook, 0.5), TARGET.median)}, p99 ${ratio(quantile(hook, 0.99), TARGET.p99)} of the target (at most 1)`,
    );
  }
}

async function benchStart(folder: string): Promise<void> {
  const samples: number[] = [];
  for (let run = 0; run < 5; run++) {
    const server = await ServerProcess.start(SETTINGS, folder);
    samples.push(server.readySeconds);
    await server.stop();
  }
  const { median, min, max } = figure(samples);
  console.log(
    `  start    ready after ${ms(median)} (${ms(min)} to ${ms(max)}), ${ratio(median, TARGET.ready)} of the target`,
  );
}

async function benchServer(folder: string): Promise<void> {
  for (const [index, { name, features, versions }] of CASES.entries()) {
    const server = await ServerProcess.start(SETTINGS, folder);
    const url = `${server.url}/hooks/ai-model/sync`;
    const bodies = Array.from({ length: MODELS }, (_, model) =>
      Buffer.from(JSON.stringify(settledRequest(`model-${model}`, { features, versions }))),
    );
    const run = (requests: number) => load(url, bodies, { connections: CONNECTIONS, requests });
    await run(CALLS / 4);
    const before = server.cpuSeconds();
    const { seconds, latencies } = await run(CALLS);
    const cpu = server.cpuSeconds() - before;
    console.log(
      `  HTTP, ${name}, ${CONNECTIONS} connections: ${(CALLS / seconds).toFixed(0)} syncs/s, ${spread(latencies)}`,
    );
    console.log(
      `    ratio  ${ratio(CALLS / seconds, TARGET.perSecond)} of the target (at least 1); ${ratio(CALLS / cpu, TARGET.perSecond)} for each second of processor time`,
    );
    if (index === 0) {
      await run(LIFETIME - CALLS - CALLS / 4);
      const { now, most } = server.memory() ?? { now: 0, most: 0 };
      console.log(
        `  memory   ${mib(now)} after ${LIFETIME} calls, ${mib(most)} at most, ${ratio(now / 2 ** 20, TARGET.mebibytes)} of the target (at most 1)`,
      );
    }
    await server.stop();
  }
}

function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

function spread(samples: readonly number[]): string {
  const text = (share: number): string => `${(quantile(samples, share) * 1000).toFixed(2)} ms`;
  return `${text(0.5)} median, ${text(0.99)} p99`;
}

function ratio(value: number, target: number): string {
  return (value / target).toFixed(2);
}

function kib(bytes: number): string {
  return `${(bytes / 1024).toFixed(0)} KiB`;
}

function mib(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}
