import * as fs from 'node:fs';
import * as path from 'node:path';

import { literal } from './runner';

const PROGRAM = 'src/constructs/serving/baseline/drift_baseline.py';

/** The generated module that carries the program of the baseline job. */
export const DRIFT_BASELINE_FILE = 'src/constructs/serving/drift-baseline-source.ts';

/** The program as text in TypeScript, so that the library and a bundled operator can put it into a Pod without reading a file. */
export function driftBaselineSource(root: string): string {
  return `\
// Generated from ${PROGRAM}: run npx tsx scripts/generate-api.ts. Not edited by hand.

/** Writes the histograms of training data as JSON; needs Python 3.9 with numpy and pyarrow. */
export const DRIFT_BASELINE_PROGRAM = ${literal(fs.readFileSync(path.join(root, PROGRAM), 'utf8'))};
`;
}
