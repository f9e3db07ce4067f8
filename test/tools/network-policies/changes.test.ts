import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

import { runExample } from '../../cluster/environments/example-output';
import { describeTool } from '../describe-tool';
import { whyNoGo } from '../go-tool';
import { isProvenEqual, mutants, witnesses } from './changes';
import { ask } from './engine';
import { questionOf } from './reach';
import { TABLES } from './tables';

/** Whose policies are spoilt: what is in the others is in these too. */
const SPOILT = ['data-platform', 'chatdb'];

describeTool('a policy that is spoilt', whyNoGo(), () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'spoilt-'));
  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

  const tables = TABLES.filter(({ example, environment }) => SPOILT.includes(example) && environment === 'local');

  test.each(tables)(
    'shows in $example, $environment, or says what others say',
    async ({ example, environment, table }) => {
      const output = runExample(example, path.join(folder, example)).find(({ name }) => name === environment);
      if (!output) throw new Error(`${example} has no environment ${environment}`);
      const objects = [...output.terraformNamespaces, ...output.manifests];
      const question = questionOf(objects, table(objects));
      const spoilt = mutants(question.policies);
      expect(spoilt.length).toBeGreaterThan(100);
      const { changed } = await ask({
        ...question,
        ports: [],
        witnesses: witnesses(question),
        changes: spoilt.map(({ change }) => change),
      });
      const unseen = spoilt.filter((one, at) => changed[at] === '' && !isProvenEqual(one, question.policies));
      expect(unseen.map(({ name }) => name)).toEqual([]);
      // the proof and the engine must not disagree
      const wrong = spoilt.filter((one, at) => changed[at] !== '' && isProvenEqual(one, question.policies));
      expect(wrong.map(({ name }) => name)).toEqual([]);
    },
    1_200_000,
  );
});
