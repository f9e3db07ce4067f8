import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { refusals } from '../apply';
import { describeCluster } from '../connect';
import { runExample } from './example-output';
import { cleanUp, nodesFor, report, withKnownKinds, workloadsRun } from './run-environment';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'examples-'));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

describe.each(['quickstart', 'data-platform'])('example %s', (example) => {
  const environments = runExample(example, path.join(folder, example));

  describeCluster('on a real API server', (cluster) => {
    test.each(environments.map((environment) => [environment.name, environment] as const))(
      '%s: every manifest is accepted, Deployments become available and Jobs complete',
      async (_name, environment) => {
        const { known, unknown } = await withKnownKinds(cluster, environment.manifests);
        await cluster.addNodes(nodesFor(known));
        try {
          const applied = [
            ...(await cluster.apply(environment.terraformNamespaces)),
            ...(await cluster.apply(known, { fieldManager: 'kubectl' })),
          ];
          report(`${example}/${environment.name}`, applied, unknown);
          expect(refusals(applied)).toEqual([]);
          await workloadsRun(cluster, known);
        } finally {
          await cleanUp(cluster, [...environment.terraformNamespaces, ...known]);
        }
      },
      300_000,
    );
  });
});
