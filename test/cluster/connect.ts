import * as fs from 'node:fs';

import type { Connection } from './client';
import { Cluster } from './cluster';

/** Names the file with the connection of the cluster that `global-setup.ts` started. */
export const CONNECTION_VARIABLE = 'ML_PLATFORM_TEST_CLUSTER';

/** A connection to no cluster, for tests that are only named. */
export const NOWHERE: Connection = {
  server: 'https://127.0.0.1:1',
  ca: '',
  token: '',
  kubeconfig: '',
  folder: '',
  binaries: { etcd: '', kubeApiserver: '', kubeControllerManager: '', kubeScheduler: '', kubectl: '', kwok: '' },
};

/** Whether this test run has a cluster. */
export function hasTestCluster(): boolean {
  return process.env[CONNECTION_VARIABLE] !== undefined;
}

/** The cluster that this test run shares. @throws where the run has none. */
export function connectToTestCluster(): Cluster {
  const file = process.env[CONNECTION_VARIABLE];
  if (!file) {
    throw new Error('this test run has no cluster: global-setup.ts has not run, or the cluster is not available here');
  }
  return new Cluster(JSON.parse(fs.readFileSync(file, 'utf8')) as Connection);
}

/**
 * Tests that need the cluster. Without one they are skipped by name, and `test/support/not-run-reporter.cjs` says so at the end.
 * The namespaces that they made with `freshNamespace` are removed after them.
 */
export function describeCluster(name: string, tests: (cluster: Cluster) => void): void {
  if (!hasTestCluster()) {
    describe.skip(name, () => tests(new Cluster(NOWHERE)));
    return;
  }
  describe(name, () => {
    const cluster = connectToTestCluster();
    afterAll(async () => {
      await cluster.deleteFreshNamespaces();
      cluster.rest.close();
    });
    tests(cluster);
  });
}
