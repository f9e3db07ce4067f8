/**
 * The programs of the test cluster: built once from their Go modules and kept in a cache folder.
 *
 * Run as a script, it builds what is missing and prints the folder of each program.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';

import { ensureBuilt, type GoPrograms, goVersion, isBuilt } from './go-programs';

/** Path of each program. */
export interface Binaries {
  readonly etcd: string;
  readonly kubeApiserver: string;
  readonly kubeControllerManager: string;
  readonly kubeScheduler: string;
  readonly kubectl: string;
  readonly kwok: string;
}

/** A module whose one binary is called by several names. */
interface Module extends GoPrograms {
  readonly programs: readonly string[];
}

const CONTROL_PLANE = moduleOf('apiserver', 'control-plane', 'about 6 minutes', [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubectl',
]);
const KWOK = moduleOf('kwok', 'kwok', 'about 90 seconds', ['kwok']);

function moduleOf(folder: string, binary: string, minutes: string, programs: readonly string[]): Module {
  return {
    name: folder,
    module: path.join(__dirname, folder),
    packages: { [binary]: '.' },
    links: { [binary]: programs.filter((program) => program !== binary) },
    minutes,
    programs,
  };
}

/** Why no test cluster can run on this machine, or undefined where one can. Builds nothing. */
export function whyUnavailable(): string | undefined {
  if (goVersion()) {
    return undefined;
  }
  const missing = [...CONTROL_PLANE.programs, ...KWOK.programs].filter((name) => !provided(name));
  return missing.length === 0 ? undefined : `Go is not installed and KUBEBUILDER_ASSETS has no ${missing.join(', ')}`;
}

/**
 * Paths of all programs. Those in the folder KUBEBUILDER_ASSETS come first; the module of each other one is built,
 * unless the cache has it.
 *
 * @throws where a program is neither there nor can be built.
 */
export async function binaries(): Promise<Binaries> {
  const found = new Map<string, string>();
  for (const module of [CONTROL_PLANE, KWOK]) {
    const missing = module.programs.filter((name) => !provided(name));
    const folder = missing.length > 0 ? await ensureBuilt(module) : '';
    for (const name of module.programs) {
      found.set(name, provided(name) ?? path.join(folder, name));
    }
  }
  const at = (name: string): string => found.get(name) ?? name;
  return {
    etcd: at('etcd'),
    kubeApiserver: at('kube-apiserver'),
    kubeControllerManager: at('kube-controller-manager'),
    kubeScheduler: at('kube-scheduler'),
    kubectl: at('kubectl'),
    kwok: at('kwok'),
  };
}

/** The programs that a first run builds: those that are neither in KUBEBUILDER_ASSETS nor in the cache. */
export function unbuiltPrograms(): string[] {
  return [CONTROL_PLANE, KWOK]
    .filter((module) => module.programs.some((name) => !provided(name)) && !isBuilt(module))
    .map(({ name }) => name);
}

function provided(name: string): string | undefined {
  const file = process.env.KUBEBUILDER_ASSETS && path.join(process.env.KUBEBUILDER_ASSETS, name);
  return file && fs.existsSync(file) ? path.resolve(file) : undefined;
}

if (require.main === module) {
  binaries().then(
    (paths) => process.stdout.write(`${JSON.stringify(paths, undefined, 2)}\n`),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 1;
    },
  );
}
