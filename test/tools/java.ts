import { spawnSync } from 'node:child_process';

/** The oldest Java that Spark 4 runs on. */
export const LEAST_JAVA = 17;

/** Why there is no Java that Spark 4 runs on, or undefined where there is one. */
export function whyNoJava(): string | undefined {
  const { status, stderr } = spawnSync('java', ['-version'], { encoding: 'utf8' });
  const version = /version "(\d+)/.exec(stderr ?? '')?.[1];
  return status === 0 && Number(version) >= LEAST_JAVA ? undefined : `there is no Java of at least ${LEAST_JAVA}`;
}
