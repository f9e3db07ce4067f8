import * as path from 'path';
import { alternate, figure, fresh, ms, show } from './measure';

interface Loaded {
  readonly seconds: number;
  readonly rss: number;
}

const ROOT = path.resolve(__dirname, '..');
const FLOOR = ['constructs', 'cdktf', 'cdk8s', 'cdk8s-plus-28'];
const BOUND = 1.5;

/** The package loads its parts when they are first used, so every export is touched. */
const SCRIPT = `
const started = process.hrtime.bigint();
for (const name of process.argv.slice(1)) {
  const loaded = require(require.resolve(name, { paths: [${JSON.stringify(ROOT)}] }));
  for (const key of Object.keys(loaded)) void loaded[key];
}
const seconds = Number(process.hrtime.bigint() - started) / 1e9;
gc();
console.log(JSON.stringify({ seconds, rss: process.memoryUsage().rss }));
`;

/** Loading the built library, all of it, against loading only what it is built on, each in a fresh process. */
export function benchLoad(runs: number): void {
  const memory: { ours: number[]; floor: number[] } = { ours: [], floor: [] };
  const load = (names: string[], samples: number[]): number => {
    const { seconds, rss } = fresh(SCRIPT, names) as Loaded;
    samples.push(rss);
    return seconds;
  };
  const measured = alternate(
    runs,
    () => load([path.join(ROOT, 'lib')], memory.ours),
    () => load(FLOOR, memory.floor),
  );
  const ratios = figure(memory.ours.map((rss, at) => rss / memory.floor[at]));
  console.log('load: every export of the library against cdktf, cdk8s and cdk8s-plus-28 alone');
  console.log(`  library  ${show(measured.a, ms)}, ${mebibytes(memory.ours)}`);
  console.log(`  floor    ${show(measured.b, ms)}, ${mebibytes(memory.floor)}`);
  console.log(
    `  ratio    time ${measured.ratio.median.toFixed(2)}, memory ${ratios.median.toFixed(2)} (at most ${BOUND})`,
  );
}

function mebibytes(samples: number[]): string {
  return `${(figure(samples).median / 1_048_576).toFixed(0)} MiB`;
}
