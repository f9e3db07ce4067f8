import * as fs from 'node:fs';
import * as path from 'node:path';

const FOLDER = 'src/constructs/feature-stores/programs';

/** The generated module that carries the programs of a feature store. */
export const FEATURE_PROGRAMS_FILE = 'src/constructs/feature-stores/feature-programs.ts';

/** The programs as text in TypeScript, so that the library and a bundled operator need no file to put them into a ConfigMap. */
export function featurePrograms(root: string): string {
  const folder = path.join(root, FOLDER);
  const names = fs
    .readdirSync(folder)
    .filter((name) => name.endsWith('.py'))
    .sort();
  return `\
// Generated from ${FOLDER}: run npx tsx scripts/generate-api.ts. Not edited by hand.

/** The Python programs of a feature store's pods, by file name. */
export const FEATURE_PROGRAMS: Readonly<Record<string, string>> = {
${names.map((name) => `'${name}': ${literal(fs.readFileSync(path.join(folder, name), 'utf8'))},`).join('\n')}
};
`;
}

/** A template literal, so that the generated file can be read and compared line by line. */
function literal(text: string): string {
  return `\`${text.replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('${', '\\${')}\``;
}
