import * as path from 'path';
import { figure, fresh, show } from './measure';

interface Measured {
  readonly seconds: number;
  readonly objects: number;
  readonly heap: number;
}

const SIZES = [10, 100, 1000];
const BOUND = 1.3;
const ROOT = JSON.stringify(path.resolve(__dirname, '..'));

/** Builds and synthesizes apps with so many tenants until 1,000 tenants have been made; what an empty one takes is left out. */
const SCRIPT = `
const { KindProvider, PlatformApp, Team, Tier } = require(require.resolve('./lib', { paths: [${ROOT}] }));
const fs = require('fs'), os = require('os'), path = require('path');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-'));
let made = 0;

function run(count) {
  const at = path.join(folder, String(made++));
  const app = new PlatformApp({ terraformOutdir: path.join(at, 'cdktf.out'), manifestsOutdir: path.join(at, 'dist') });
  const environment = app.environment('local', { provider: KindProvider.local(), tier: Tier.LOCAL });
  environment.addCluster();
  const chart = environment.addChart('tenants');
  for (let at = 0; at < count; at++) new Team(chart, 'team-' + at).addNamespace('tenant-' + at);
  return { app, objects: app.synth().environments[0].manifests };
}

function measure(count, times) {
  gc();
  const before = process.memoryUsage().heapUsed;
  const kept = [];
  const started = process.hrtime.bigint();
  for (let at = 0; at < times; at++) kept.push(run(count));
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  gc();
  const heap = process.memoryUsage().heapUsed - before;
  return { seconds: seconds / times, heap: heap / times, objects: kept[0].objects };
}

measure(100, 10);
const count = Number(process.argv[1]);
const empty = measure(0, 20);
const full = measure(count, 1000 / count);
fs.rmSync(folder, { recursive: true, force: true });
console.log(JSON.stringify({
  seconds: full.seconds - empty.seconds,
  heap: full.heap - empty.heap,
  objects: full.objects - empty.objects,
}));
`;

/** Time and memory per object with 10, 100 and 1,000 tenants, each in a fresh process. */
export function benchTenants(runs: number): void {
  console.log('tenants: one namespace each, with quota, limits, policies and roles');
  const times: number[] = [];
  const heaps: number[] = [];
  for (const size of SIZES) {
    const samples = Array.from({ length: runs }, () => fresh(SCRIPT, [String(size)]) as Measured);
    const time = figure(samples.map((one) => (one.seconds / one.objects) * 1e6));
    const heap = figure(samples.map((one) => one.heap / one.objects / 1024));
    times.push(time.median);
    heaps.push(heap.median);
    const each = show(time, (value) => `${value.toFixed(0)} us`);
    console.log(
      `  ${String(size).padStart(4)} tenants, ${samples[0].objects} objects: ${each} and ${heap.median.toFixed(1)} KiB an object`,
    );
  }
  const spread = (values: number[]): string => (Math.max(...values) / Math.min(...values)).toFixed(2);
  console.log(`  ratio    time ${spread(times)}, memory ${spread(heaps)}, largest to smallest (at most ${BOUND})`);
}
