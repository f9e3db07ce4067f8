import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

/** The folder of this repository. */
export const ROOT = path.join(__dirname, '..', '..');

/** package.json of this repository, as far as the tests look at it. */
export interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly bundleDependencies: string[];
  readonly peerDependencies: { readonly [name: string]: string };
  readonly peerDependenciesMeta: { readonly [name: string]: { readonly optional: boolean } };
  readonly devDependencies: { readonly [name: string]: string };
}

/** package.json of this repository. */
export function packageJson(): PackageJson {
  return JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as PackageJson;
}

/** Runs a Node program and gives back what it prints; what it prints on failure is in the error. */
export function run(cwd: string, program: string, ...args: string[]): string {
  try {
    return execFileSync(process.execPath, [program, ...args], {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      // a user's program has no jest around it
      env: { ...process.env, NODE_ENV: undefined, NODE_OPTIONS: undefined },
    });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${path.basename(program)} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
  }
}

/** Path of a program that a package of this repository's node_modules brings. */
export function programOf(packageName: string, command: string): string {
  const folder = path.join(ROOT, 'node_modules', packageName);
  const { bin } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8')) as {
    bin: string | { [command: string]: string };
  };
  return path.join(folder, typeof bin === 'string' ? bin : bin[command]);
}

/** Refuses to test a package that is not built. */
export function requireBuild(): void {
  if (!fs.existsSync(path.join(ROOT, '.jsii')) || !fs.existsSync(path.join(ROOT, 'lib', 'index.js'))) {
    throw new Error('the package is not built: run `npm run build` first, or `npm run test:package`');
  }
}

/** A temporary folder; the caller removes it. */
export function temporaryFolder(): string {
  return fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'consumer-')));
}

/** Packs this repository as `npm publish` would, into a folder. */
export function pack(folder: string): { readonly tarball: string; readonly files: string[] } {
  requireBuild();
  // the command line, since npm is no dependency; execFileSync cannot run npm's .cmd on Windows without a shell
  const printed = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    shell: process.platform === 'win32',
  });
  const [{ filename, files }] = JSON.parse(printed) as [{ filename: string; files: { path: string }[] }];
  return { tarball: path.join(folder, filename), files: files.map((file) => file.path).sort() };
}

/** The package with AWS's resources, which a program needs that uses AwsProvider, and no other. */
export const PROVIDER_AWS = '@cdktf/provider-aws';

/** A project of the folder `consumer`, with the packed package and all its peers. */
export function consumerProject(folder: string, tarball: string): void {
  install(folder, tarball, Object.keys(packageJson().peerDependencies));
  fs.cpSync(path.join(__dirname, 'consumer'), folder, { recursive: true });
  copyQuickstart(folder);
}

/** A project for a laptop: the quickstart, with the packed package and the peers that it cannot do without. */
export function laptopProject(folder: string, tarball: string): void {
  const { peerDependencies, peerDependenciesMeta } = packageJson();
  install(
    folder,
    tarball,
    Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta[name]?.optional),
  );
  for (const file of ['tsconfig.json', 'plain.js']) {
    fs.copyFileSync(path.join(__dirname, 'consumer', file), path.join(folder, file));
  }
  copyQuickstart(folder);
}

/** Installs the packed package with some of this repository's peers, so that no registry is asked, and nothing else. */
function install(folder: string, tarball: string, peers: string[]): void {
  const installed = path.join(folder, 'node_modules', packageJson().name);
  fs.mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1']);
  linkModules(folder, [...peers, '@types/node', 'undici-types']);
}

/** Gives a project packages of this repository. */
export function linkModules(folder: string, names: string[]): void {
  const modules = path.join(folder, 'node_modules');
  for (const name of names) {
    fs.mkdirSync(path.dirname(path.join(modules, name)), { recursive: true });
    fs.symlinkSync(path.join(ROOT, 'node_modules', name), path.join(modules, name), 'junction');
  }
}

function copyQuickstart(folder: string): void {
  fs.copyFileSync(path.join(ROOT, 'examples', 'quickstart', 'main.ts'), path.join(folder, 'quickstart.ts'));
}
