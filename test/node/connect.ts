import * as fs from 'node:fs';
import * as path from 'node:path';

import { takeLock } from '../cluster/lock';
import { NOWHERE } from '../cluster/connect';
import { NodeCluster, type NodeConnection } from './real-node';

/** Names the file with the connection of the node that `global-setup.ts` started. */
export const CONNECTION_VARIABLE = 'ML_PLATFORM_TEST_NODE';

/**
 * Tests that need a node that runs pods. Without one they are skipped by name, and `test/support/not-run-reporter.cjs` says so at
 * the end. The namespaces that they made with `freshNamespace` are removed after them.
 *
 * @param missing why what they need beside a node is not available, or undefined where it is
 */
export function describeNode(name: string, tests: (node: NodeCluster) => void, missing?: string): void {
  const file = process.env[CONNECTION_VARIABLE];
  if (file === undefined || missing !== undefined) {
    const programs = { folder: '', tool: '' };
    describe.skip(name, () => tests(new NodeCluster({ ...NOWHERE, enter: '', programs })));
    return;
  }
  describe(name, () => {
    const node = new NodeCluster(JSON.parse(fs.readFileSync(file, 'utf8')) as NodeConnection);
    afterAll(async () => {
      await node.deleteFreshNamespaces();
      node.rest.close();
    });
    tests(node);
  });
}

/**
 * Lets the tests of this file have the namespaces of a whole platform (`metacontroller`, `nstarx-system`, `ml-models` and so on) and its
 * controllers for themselves: files run side by side on one node. To be called within `describeNode`.
 */
export function useWholePlatform(node: NodeCluster): void {
  let release: (() => void) | undefined;
  beforeAll(async () => {
    release = await takeLock(path.join(node.connection.folder, 'platform.lock'));
  });
  afterAll(() => release?.());
}
