import * as fs from 'node:fs';
import * as path from 'node:path';

import { installKinds } from '../cluster/api/support/server';
import useTemporaryFolder from '../temporary-folder';
import { CONNECTION_VARIABLE } from './connect';
import { testImages } from './test-images';
import { installPackages, whyUnavailable } from './programs';
import { RealNode } from './real-node';

declare global {
  /** The node of this test run, for `global-teardown.ts`. */
  var mlPlatformTestNode: RealNode | undefined;
}

/**
 * Starts one node for the whole test run; test files find it with `describeNode`. Where the machine cannot have one, the tests are
 * named as not run, in CI too: it takes root on Linux.
 */
export default async function globalSetup(): Promise<void> {
  useTemporaryFolder();
  const reason = whyUnavailable() ?? installPackages();
  if (reason !== undefined) {
    process.stderr.write(`the tests on a real node cannot run: ${reason}\n`);
    return;
  }
  const started = Date.now();
  const node = await RealNode.start(installKinds);
  globalThis.mlPlatformTestNode = node;
  await node.addImages(testImages(node.connection.programs));
  const file = path.join(node.connection.folder, 'connection.json');
  fs.writeFileSync(file, JSON.stringify(node.connection), { mode: 0o600 });
  process.env[CONNECTION_VARIABLE] = file;
  process.stderr.write(`test node: ready after ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
}
