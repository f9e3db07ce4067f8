import * as fs from 'node:fs';
import * as path from 'node:path';
import { packagedFolder } from './packaged-folder';

const known = new Map<string, Readonly<Record<string, string>>>();

/**
 * The files of a Python program that pods run, by name and in the order of their names: those of `programs/<program>/src`.
 *
 * @throws where it is in none of them
 */
export function programFiles(program: string): Readonly<Record<string, string>> {
  const files = known.get(program) ?? read(packagedFolder(path.join('programs', program, 'src')));
  known.set(program, files);
  return files;
}

function read(folder: string): Readonly<Record<string, string>> {
  const names = fs.readdirSync(folder).filter((name) => /\.(py|json)$/.test(name));
  const text = (name: string): string => fs.readFileSync(path.join(folder, name), 'utf8');
  return Object.freeze(Object.fromEntries(names.sort().map((name) => [name, text(name)])));
}
