import * as path from 'path';
import { alternate, fresh, ms, show } from './measure';

interface Loaded {
  readonly seconds: number;
  readonly rss: number;
}

const ROOT = path.resolve(__dirname, '..');
const FLOOR = ['constructs', 'cdktf', 'cdk8s', 'cdk8s-plus-28'];

const SCRIPT = `
const started = process.hrtime.bigint();
for (const name of process.argv.slice(1)) require(require.resolve(name, { paths: [${JSON.stringify(ROOT)}] }));
const seconds = Number(process.hrtime.bigint() - started) / 1e9;
gc();
console.log(JSON.stringify({ seconds, rss: process.memoryUsage().rss }));
`;

/** Loading the built library against loading only what it is built on, each in a fresh process. */
export function benchLoad(runs: number): void {
  const load = (names: string[]) => fresh<Loaded>(SCRIPT, names);
  const memory: { ours: number[]; floor: number[] } = { ours: [], floor: [] };
  const measured = alternate(
    runs,
    () => {
      const loaded = load([path.join(ROOT, 'lib')]);
      memory.ours.push(loaded.rss);
      return loaded.seconds;
    },
    () => {
      const loaded = load(FLOOR);
      memory.floor.push(loaded.rss);
      return loaded.seconds;
    },
  );
  const ratios = memory.ours.map((rss, at) => rss / memory.floor[at]).sort((a, b) => a - b);
  const mebibytes = (samples: number[]) =>
    (samples.sort((a, b) => a - b)[Math.floor(samples.length / 2)] / 1048576).toFixed(0);
  console.log('load: the library against cdktf, cdk8s and cdk8s-plus-28 alone');
  console.log(`  library  ${show(measured.a, ms)}, ${mebibytes(memory.ours)} MiB`);
  console.log(`  floor    ${show(measured.b, ms)}, ${mebibytes(memory.floor)} MiB`);
  console.log(
    `  ratio    ${measured.ratio.median.toFixed(2)} time, ${ratios[Math.floor(ratios.length / 2)].toFixed(2)} memory (bound 1.5)`,
  );
}
