import * as fs from 'fs';
import * as path from 'path';
import { format, resolveConfig } from 'prettier';

const ROOT = path.join(__dirname, '..');
const END = '<!-- End of what is written. -->';

/**
 * Writes what a script knows into a page, between its two marks; with --check it only compares.
 *
 * @param page path below the root of the repository
 * @param script the script, which the first mark names
 */
export async function writeSection(page: string, script: string, section: string): Promise<void> {
  const begin = `<!-- Written by ${script}. -->`;
  const text = fs.readFileSync(path.join(ROOT, page), 'utf8');
  const [before, rest] = text.split(begin);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`${page} has no marks: ${begin} and ${END}`);
  const options = { ...(await resolveConfig(path.join(ROOT, page))), parser: 'markdown' };
  writeFile(page, await format(`${before}${begin}\n\n${section}\n\n${END}${after}`, options));
}

/** Writes a whole file; with --check it only compares. */
export function writeFile(page: string, text: string): void {
  const file = path.join(ROOT, page);
  if (!process.argv.includes('--check')) fs.writeFileSync(file, text);
  else if (!fs.existsSync(file) || text !== fs.readFileSync(file, 'utf8')) {
    throw new Error(`${page} is stale: run npm run docs`);
  }
}
