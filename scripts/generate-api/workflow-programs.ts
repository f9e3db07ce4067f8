import * as fs from 'node:fs';
import * as path from 'node:path';

import { literal } from './runner';

const FOLDER = 'src/constructs/workflows/programs';

/** The generated module that carries the programs of workflows. */
export const WORKFLOW_PROGRAMS_FILE = 'src/constructs/workflows/workflow-programs.ts';

/** The programs as text in TypeScript, so that the library and a bundled operator need no file to put them into a ConfigMap. */
export function workflowPrograms(root: string): string {
  const folder = path.join(root, FOLDER);
  const names = fs
    .readdirSync(folder)
    .filter((name) => name.endsWith('.py'))
    .sort();
  return `\
// Generated from ${FOLDER}: run npx tsx scripts/generate-api.ts. Not edited by hand.

/** The Python programs of a workflow's stages, by file name. */
export const WORKFLOW_PROGRAMS: Readonly<Record<string, string>> = {
${names.map((name) => `'${name}': ${literal(fs.readFileSync(path.join(folder, name), 'utf8'))},`).join('\n')}
};
`;
}
