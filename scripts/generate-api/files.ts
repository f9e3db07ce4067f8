import * as path from 'node:path';

import * as prettier from 'prettier';
import { stringify } from 'yaml';

import { KINDS } from '../../src/api/kinds';
import { crdName, customResourceDefinition } from '../../src/api/schema/crd';
import { constructFile, fileName, indexFile, sharedFile } from './constructs';
import { DRIFT_BASELINE_FILE, driftBaselineSource } from './drift-baseline';
import { editorSchema, editorSchemaFile } from './editor-schema';
import { FEATURE_PROGRAMS_FILE, featurePrograms } from './feature-programs';
import { overviewPage, referencePage } from './pages';
import { RUNNER_SOURCE_FILE, runnerSource } from './runner';
import { WORKFLOW_PROGRAMS_FILE, workflowPrograms } from './workflow-programs';

/** Every generated file: its path in the repository and its content. */
export async function generateApi(root: string): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  files.set('src/api/generated/shared.ts', sharedFile(KINDS));
  files.set('src/api/generated/index.ts', indexFile(KINDS));
  files.set(RUNNER_SOURCE_FILE, runnerSource(root));
  files.set(FEATURE_PROGRAMS_FILE, featurePrograms(root));
  files.set(WORKFLOW_PROGRAMS_FILE, workflowPrograms(root));
  files.set(DRIFT_BASELINE_FILE, driftBaselineSource(root));
  files.set('docs/api/README.md', overviewPage(KINDS));
  for (const kind of KINDS) {
    files.set(`src/api/generated/${fileName(kind)}.ts`, constructFile(kind, KINDS));
    files.set(`docs/api/${fileName(kind)}.md`, referencePage(kind));
    files.set(`docs/api/schemas/${editorSchemaFile(kind)}`, JSON.stringify(editorSchema(kind)));
    files.set(
      `docs/api/crds/${crdName(kind)}.yaml`,
      stringify(customResourceDefinition(kind), { lineWidth: 120, aliasDuplicateObjects: false }),
    );
  }
  const formatted = new Map<string, string>();
  for (const [name, content] of files) {
    const filepath = path.join(root, name);
    const options = await prettier.resolveConfig(filepath);
    formatted.set(name, await prettier.format(content, { ...options, filepath }));
  }
  return formatted;
}
