import * as fs from 'node:fs';
import * as path from 'node:path';

/** Version of the package. */
export const VERSION = versionOf(path.join(__dirname, '..', '..', 'package.json'));

function versionOf(file: string): string {
  return (JSON.parse(fs.readFileSync(file, 'utf8')) as { readonly version: string }).version;
}
