/** Images of the Python environments that the tests keep in the cache: the same paths in the image as on this machine. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';

import { pythonWith } from '../tools/python';
import { type Image, type Layer, librariesOf } from './images';

/** An environment as an image has it. */
export interface PythonEnvironment {
  /** Path of its interpreter. */
  readonly python: string;
  /** Its files, with the interpreter's and the libraries that both load. */
  readonly layer: Layer;
}

/** The shell and the small programs of the images that have any, as on Alpine Linux. */
export const BUSYBOX: Layer = {
  files: { '/bin/busybox': { from: '/bin/busybox' } },
  links: Object.fromEntries(
    ['sh', 'cat', 'cut', 'grep', 'kill', 'ls', 'printf', 'rm', 'sleep', 'tail', 'tr'].map((name) => [
      `/bin/${name}`,
      'busybox',
    ]),
  ),
};

/**
 * The environment of a program of `programs/`, installed where the cache does not have it.
 *
 * @param without packages that are left out: an image takes as long as it is large
 */
export async function pythonEnvironment(program: string, without: readonly string[] = []): Promise<PythonEnvironment> {
  const python = await pythonWith(program);
  const environment = path.dirname(path.dirname(python));
  const script = 'import sys, sysconfig; print(sys.base_prefix); print(sysconfig.get_path("stdlib"))';
  const [base, library] = execFileSync(python, ['-c', script], { encoding: 'utf8' }).trim().split('\n');
  const packages = path.join(environment, 'lib', path.basename(library), 'site-packages');
  const interpreter = fs.realpathSync(python);
  const exclude = [
    ...['site-packages', 'dist-packages', 'test', 'idlelib'].map((folder) => path.join(library, folder)),
    ...[...without, 'pip', 'setuptools'].map((name) => path.join(packages, name)),
  ];
  // what lies in these folders links to nothing else but libraries
  const paths = [environment, library, ...linksTo(interpreter, path.join(base, 'bin'))];
  const shared = [interpreter, ...sharedObjects(library, exclude), ...sharedObjects(packages, exclude)];
  const libraries = Object.entries(await librariesOf(shared)).filter(
    ([file]) => ![environment, library].some((folder) => file.startsWith(`${folder}/`)),
  );
  return { python, layer: { paths, exclude, files: Object.fromEntries(libraries) } };
}

/** An image that runs a program of an environment as user 65532. */
export function pythonImage(name: string, { python, layer }: PythonEnvironment, ...more: readonly Layer[]): Image {
  return { name, layers: [BUSYBOX, layer, ...more], entrypoint: [python], user: '65532:65532' };
}

/** The interpreter and the links to it in a folder. */
function linksTo(interpreter: string, folder: string): string[] {
  const links = fs.readdirSync(folder).map((name) => path.join(folder, name));
  const named = links.filter((file) => /^python[0-9.]*$/.test(path.basename(file)) && fs.existsSync(file));
  return [...new Set([interpreter, ...named.filter((file) => fs.realpathSync(file) === interpreter)])];
}

function sharedObjects(folder: string, exclude: readonly string[]): string[] {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (exclude.includes(file)) return [];
    if (entry.isDirectory()) return sharedObjects(file, exclude);
    return /\.so(\.|$)/.test(entry.name) ? [file] : [];
  });
}
