import { spawnSync } from 'child_process';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { alternate, ms, seconds, show } from './measure';

const ROOT = path.resolve(__dirname, '..');
const MANIFESTS = 1000;

/** The command line with 1,000 manifests in one run, against a program of Node that only parses them. */
export function benchCommandLine(runs: number): void {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-command-line-'));
  const sample = fs.readFileSync(path.join(ROOT, 'test/fixtures/samples/modeldeployment.yaml'), 'utf8');
  for (let at = 0; at < MANIFESTS; at++) {
    fs.writeFileSync(path.join(folder, `${at}.yaml`), sample.replace('2.1.0', `2.1.${at}`));
  }
  const parse = `
    const { parse } = require(${JSON.stringify(path.join(ROOT, 'node_modules/yaml'))});
    const fs = require('fs');
    for (const file of fs.readdirSync('.')) parse(fs.readFileSync(file, 'utf8'));
  `;
  const timed = (...args: string[]): (() => number) => {
    return () =>
      seconds(() => {
        const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder, maxBuffer: 1 << 28 });
        if (status !== 0) throw new Error(String(stderr));
      });
  };
  const main = path.join(ROOT, 'lib/cli/main.js');
  for (const command of [['validate'], ['gate', '-e', 'development']]) {
    const { a, b, ratio } = alternate(runs, timed(main, ...command, '*.yaml'), timed('-e', parse));
    console.log(`ml-platform ${command[0]} of ${MANIFESTS} manifests: ${show(a, ms)}, parsing alone ${show(b, ms)}`);
    console.log(`  ratio ${show(ratio, (value) => value.toFixed(2))}`);
  }
  const one = alternate(runs, timed(main, 'validate', '0.yaml'), timed('-e', '0'));
  console.log(`ml-platform validate of one manifest: ${show(one.a, ms)}, an empty program ${show(one.b, ms)}`);
  fs.rmSync(folder, { recursive: true, force: true });
}
