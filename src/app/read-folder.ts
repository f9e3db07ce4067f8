import * as fs from 'fs';
import * as path from 'path';

/** Every file below a folder, by its path relative to it, sorted by path. */
export function readFolder(folder: string): Map<string, Buffer> {
  const names = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return new Map(
    names
      .filter((name) => fs.statSync(path.join(folder, name)).isFile())
      .map((name) => [name, fs.readFileSync(path.join(folder, name))]),
  );
}
