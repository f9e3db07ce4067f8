import * as path from 'node:path';

import * as prettier from 'prettier';
import { stringify } from 'yaml';

import { KINDS } from '../../src/api/kinds';
import { crdName, customResourceDefinition } from '../../src/api/schema/crd';
import { constructFile, fileName, indexFile, sharedFile } from './constructs';
import { editorSchema, editorSchemaFile } from './editor-schema';
import { overviewPage, referencePage } from './pages';

/** Every generated file: its path in the repository and its content. */
export async function generateApi(root: string): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  files.set('src/api/generated/shared.ts', sharedFile(KINDS));
  files.set('src/api/generated/index.ts', indexFile(KINDS));
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
