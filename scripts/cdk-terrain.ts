/**
 * Synthesizes examples/data-platform with CDK Terrain, the continuation of CDKTF, in the place of cdktf, and compares what
 * it writes with what cdktf writes. Installs into a temporary folder.
 */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

const root = path.join(__dirname, '..');
const example = 'examples/data-platform/main.ts';
const terrain = 'npm:cdktn@^0.24.0';

interface PackageJson {
  peerDependencies: { [name: string]: string };
  devDependencies: { [name: string]: string };
  overrides?: object;
}

/** What a user's package.json says to have CDK Terrain under the name of cdktf. */
function withTerrain(original: PackageJson): PackageJson {
  const needed = [...Object.keys(original.peerDependencies), 'tsx', 'typescript', '@types/node'];
  return {
    ...original,
    peerDependencies: {},
    devDependencies: {
      ...Object.fromEntries(needed.map((name) => [name, original.devDependencies[name]])),
      cdktf: terrain,
    },
    // the provider packages ask for cdktf ^0.21.0
    overrides: Object.fromEntries(
      needed.filter((name) => name.startsWith('@cdktf/provider-')).map((name) => [name, { cdktf: '$cdktf' }]),
    ),
  };
}

function synthesize(project: string, out: string): Map<string, string> {
  execFileSync(process.execPath, [path.join(project, 'node_modules/tsx/dist/cli.mjs'), example], {
    cwd: project,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, CDKTF_OUTDIR: path.join(out, 'cdktf.out'), CDK8S_OUTDIR: path.join(out, 'dist') },
  });
  const files = fs.readdirSync(out, { recursive: true, encoding: 'utf8' }).sort();
  return new Map(
    files
      .filter((file) => fs.statSync(path.join(out, file)).isFile())
      .map((file) => [file, comparable(project, fs.readFileSync(path.join(out, file), 'utf8'), file)]),
  );
}

/**
 * Content without what may differ: each of the two writes its own version and its own white space, and the state file of a
 * stack without a backend is in the project.
 */
function comparable(project: string, text: string, file: string): string {
  if (!file.endsWith('.json')) return text;
  const portable = text.replaceAll(project, '').replace(/"version": "0\.\d+\.\d+"/g, '"version": ""');
  return JSON.stringify(JSON.parse(portable));
}

function main(): void {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cdk-terrain-'));
  try {
    const project = path.join(folder, 'project');
    for (const name of ['src', 'examples', 'tsconfig.json', '.npmrc']) {
      fs.cpSync(path.join(root, name), path.join(project, name), { recursive: true });
    }
    const original = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')) as PackageJson;
    fs.writeFileSync(path.join(project, 'package.json'), JSON.stringify(withTerrain(original), undefined, 2));
    execFileSync('npm', ['install', '--prefer-offline'], {
      cwd: project,
      stdio: 'inherit',
      shell: process.platform === 'win32',
    });
    const installed = JSON.parse(fs.readFileSync(path.join(project, 'node_modules/cdktf/package.json'), 'utf8')) as {
      name: string;
      version: string;
    };
    if (installed.name !== 'cdktn') throw new Error(`cdktf is ${installed.name}, not cdktn: the alias did not work`);

    const theirs = synthesize(project, path.join(folder, 'terrain'));
    const ours = synthesize(root, path.join(folder, 'cdktf'));
    const names = [...new Set([...ours.keys(), ...theirs.keys()])].sort();
    const different = names.filter((name) => ours.get(name) !== theirs.get(name));
    console.log(`cdktn ${installed.version}: ${names.length - different.length} of ${names.length} files are the same`);
    for (const name of different) console.error(`different: ${name}`);
    if (different.length > 0 || names.length === 0) process.exitCode = 1;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

main();
