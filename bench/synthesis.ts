import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { parse } from 'yaml';
import { dataPlatform } from '../examples/data-platform/platform';
import { Recorded, synthFloor } from './floor';
import { recordElements } from './recorder';
import { alternate, ms, seconds, show } from './measure';

const BOUND = 1.2;

/** Building and synthesizing all environments of the example against the same objects made by hand. */
export function benchSynthesis(runs: number): void {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-'));
  try {
    let run = 0;
    const next = (): [string, string] => {
      const at = path.join(folder, String(run++));
      fs.mkdirSync(at);
      return [path.join(at, 'cdktf.out'), path.join(at, 'dist')];
    };
    const ours = ([terraformOutdir, manifestsOutdir]: [string, string]): void => {
      dataPlatform({ terraformOutdir, manifestsOutdir, environments: undefined }).synth();
    };
    const first = next();
    const elements = recordElements(() => {
      ours(first);
    });
    const recorded = { elements, ...readOutput(...first) };
    const objects = Object.values(recorded.charts).reduce((sum, chart) => sum + chart.length, 0);
    const resources = elements.length;
    const measured = alternate(
      runs,
      () =>
        seconds(() => {
          ours(next());
        }),
      () =>
        seconds(() => {
          synthFloor(recorded, ...next());
        }),
    );
    console.log(
      `synthesis: ${Object.keys(recorded.outputs).length} stacks, ${resources} Terraform resources and providers, ${objects} Kubernetes objects, checks included`,
    );
    console.log(`  library  ${show(measured.a, ms)}`);
    console.log(`  floor    ${show(measured.b, ms)} (plain cdktf and cdk8s, no checks)`);
    console.log(`  ratio    ${show(measured.ratio, (value) => value.toFixed(2))} (at most ${BOUND})`);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Reads what a synthesis wrote. */
function readOutput(terraformOutdir: string, manifestsOutdir: string): Omit<Recorded, 'elements'> {
  const stacks = path.join(terraformOutdir, 'stacks');
  const charts: Recorded['charts'] = {};
  for (const file of fs.readdirSync(manifestsOutdir, { recursive: true, encoding: 'utf8' }).sort()) {
    if (!file.endsWith('.yaml') || file.endsWith('kustomization.yaml')) continue;
    const chart = file.split(path.sep).slice(0, 2).join('-');
    const manifest = parse(fs.readFileSync(path.join(manifestsOutdir, file), 'utf8')) as { [name: string]: unknown };
    (charts[chart] ??= []).push(manifest);
  }
  const outputs = Object.fromEntries(
    fs.readdirSync(stacks).map((name) => {
      const file = path.join(stacks, name, 'cdk.tf.json');
      const { output } = JSON.parse(fs.readFileSync(file, 'utf8')) as { output?: { [id: string]: { value: unknown } } };
      return [name, Object.fromEntries(Object.entries(output ?? {}).map(([id, one]) => [id, one.value]))];
    }),
  );
  return { outputs, charts };
}
