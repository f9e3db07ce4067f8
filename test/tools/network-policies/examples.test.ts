import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

import { type EnvironmentOutput, runExample } from '../../cluster/environments/example-output';
import type { KubernetesObject } from '../../cluster/types';
import { describeTool } from '../describe-tool';
import { whyNoGo } from '../go-tool';
import { TABLES } from './tables';
import { expectReach } from './reach';

describeTool('who reaches whom, says an engine of network policies that is not ours', whyNoGo(), () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'reach-'));
  const outputs = new Map<string, EnvironmentOutput[]>();
  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

  function objectsOf(example: string, name: string): KubernetesObject[] {
    if (!outputs.has(example)) outputs.set(example, runExample(example, path.join(folder, example)));
    const environment = outputs.get(example)?.find((one) => one.name === name);
    if (!environment) throw new Error(`${example} has no environment ${name}`);
    return [...environment.terraformNamespaces, ...environment.manifests];
  }

  test.each(TABLES)(
    '$example, $environment',
    async ({ example, environment, table }) => {
      const objects = objectsOf(example, environment);
      await expectReach(objects, table(objects));
    },
    1_200_000,
  );
});
