import * as fs from 'node:fs';
import * as path from 'node:path';

const known = new Map<string, Readonly<Record<string, string>>>();

/**
 * The files of a Python program that pods run, by name and in the order of their names: those of `programs/<program>/src`.
 *
 * The folder `programs` is looked for beside this file and in each folder above, so it is found in the source tree, in the npm
 * package, and beside a bundle such as the operators'.
 *
 * @throws where it is in none of them
 */
export function programFiles(program: string): Readonly<Record<string, string>> {
  const files = known.get(program) ?? read(folderOf(program));
  known.set(program, files);
  return files;
}

function folderOf(program: string): string {
  const inside = path.join('programs', program, 'src');
  for (let folder = __dirname; ; folder = path.dirname(folder)) {
    const found = path.join(folder, inside);
    if (fs.existsSync(found)) return found;
    if (folder === path.dirname(folder)) break;
  }
  throw new Error(
    `${inside} is neither in ${__dirname} nor in a folder above: the npm package has it, so install that again; ` +
      'where the library is bundled into one file, copy the folder programs of the package beside that file',
  );
}

function read(folder: string): Readonly<Record<string, string>> {
  const names = fs.readdirSync(folder).filter((name) => /\.(py|json)$/.test(name));
  const text = (name: string): string => fs.readFileSync(path.join(folder, name), 'utf8');
  return Object.freeze(Object.fromEntries(names.sort().map((name) => [name, text(name)])));
}
