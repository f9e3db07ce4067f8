/**
 * Writes the names of time zones that Go knows: the API server, Argo Workflows and Spark's operator look a name up in the tzdata of Go. Node's own
 * Intl takes more (any case, offsets), and leaves links out of its list.
 *
 *   npx tsx scripts/time-zones.ts
 */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { zoneNames } from './time-zone-names';

const root = execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim();
const names = zoneNames(fs.readFileSync(path.join(root, 'lib/time/zoneinfo.zip')));
const lines = names.map((name) => `  '${name}',\n`).join('');
fs.writeFileSync(
  path.join(__dirname, '../src/contracts/generated/time-zones.ts'),
  `// Generated from Go's tzdata by scripts/time-zones.ts. Do not edit.\n\nexport const TIME_ZONES: readonly string[] = [\n${lines}];\n`,
);
