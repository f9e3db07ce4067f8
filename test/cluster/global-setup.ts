import * as fs from 'node:fs';
import * as path from 'node:path';

import useTemporaryFolder from '../temporary-folder';
import { installKinds } from './api/support/server';
import { whyUnavailable } from './build';
import { CONNECTION_VARIABLE } from './connect';
import { TestCluster } from './test-cluster';

declare global {
  /** The cluster of this test run, for `global-teardown.ts`. */
  var mlPlatformTestCluster: TestCluster | undefined;
}

/** Starts one cluster for the whole test run; test files find it with `describeCluster`. */
export default async function globalSetup(): Promise<void> {
  useTemporaryFolder();
  const reason = whyUnavailable();
  if (reason) {
    const message = `the cluster tests cannot run: ${reason}. Install Go 1.26, or set KUBEBUILDER_ASSETS.`;
    if (process.env.CI === 'true') {
      throw new Error(message);
    }
    process.stderr.write(`${message}\n`);
    return;
  }
  const started = Date.now();
  // the kinds of the platform come before the controllers, which would learn of them after up to 30 seconds
  const cluster = await TestCluster.start({ install: installKinds });
  const file = path.join(cluster.connection.folder, 'connection.json');
  fs.writeFileSync(file, JSON.stringify(cluster.connection), { mode: 0o600 });
  process.env[CONNECTION_VARIABLE] = file;
  globalThis.mlPlatformTestCluster = cluster;
  process.stderr.write(`test cluster: ready after ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
}
