import * as fs from 'node:fs';
import * as path from 'node:path';

const INSIDE = path.join('workflows', 'model-delivery');

/** Version of the package whose command line the workflow installs: that of this library. */
export const CLI_VERSION = '0.1.0';

/** The scripts of a delivery, as files of the model repository. */
export function deliveryScripts(): [path: string, text: string][] {
  const folder = scriptFolder();
  const names = fs.readdirSync(folder).filter((name) => name.endsWith('.sh'));
  return names.sort().map((name) => [`scripts/${name}`, scriptText(path.join(folder, name))]);
}

function scriptText(file: string): string {
  const text = fs.readFileSync(file, 'utf8');
  return path.basename(file) === 'versions.sh' ? `${text}ML_PLATFORM_VERSION=${CLI_VERSION}\n` : text;
}

/** It is beside `src` in the source tree, and beside `lib` in the npm package. */
function scriptFolder(): string {
  for (let folder = __dirname; ; folder = path.dirname(folder)) {
    const found = path.join(folder, INSIDE);
    if (fs.existsSync(found)) return found;
    if (folder === path.dirname(folder)) break;
  }
  throw new Error(
    `${INSIDE} is neither in ${__dirname} nor in a folder above: the npm package has it, so install that again`,
  );
}
