import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

const MARKER = 'ML_PLATFORM_TEST_FOLDER';

/** The temporary folder of the machine, where runs find what others left behind. */
export function machineTemporaryFolder(): string {
  const own = process.env[MARKER];
  return own === undefined ? os.tmpdir() : path.dirname(own);
}

/**
 * Gives the test run a temporary folder of its own, which goes with it: cdk8s and cdktf make one for each app and leave it.
 *
 * Jest calls this once for each project, before it starts the workers, which take on the variable.
 */
export default function useTemporaryFolder(): void {
  if (process.env[MARKER] !== undefined) return;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ml-platform-tests-'));
  // programs that refuse to run as root, PostgreSQL for one, run as another user
  fs.chmodSync(folder, 0o711);
  process.env[MARKER] = folder;
  process.env.TMPDIR = folder;
  process.once('exit', () => fs.rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
}
