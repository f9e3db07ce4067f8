import * as fs from 'node:fs';
import * as path from 'node:path';

/**
 * A folder that the package has beside its code. It is looked for beside this file and in each folder above, so it is found in the
 * source tree, in the npm package, and beside a bundle such as the operators'.
 *
 * @param inside such as `policies/lib`
 * @throws where it is in none of them
 */
export function packagedFolder(inside: string): string {
  for (let folder = __dirname; ; folder = path.dirname(folder)) {
    const found = path.join(folder, inside);
    if (fs.existsSync(found)) return found;
    if (folder === path.dirname(folder)) break;
  }
  const [first] = inside.split(path.sep);
  throw new Error(
    `${inside} is neither in ${__dirname} nor in a folder above: the npm package has it, so install that again; ` +
      `where the library is bundled into one file, copy the folder ${first} of the package beside that file`,
  );
}
