import * as path from 'node:path';

import * as prettier from 'prettier';

import { KINDS } from '../../src/api/kinds';
import { crdName, customResourceDefinition } from '../../src/api/schema/crd';
import { yamlOf } from '../../src/contracts/yaml';
import { constructExample, constructFile, fileName, indexFile, sharedFile } from './constructs';
import { ALL_KINDS_FILE, allKindsSchema, editorSchema, editorSchemaFile } from './editor-schema';
import { overviewPage, referencePage } from './pages';

/** Every generated file: its path in the repository and its content. */
export async function generateApi(root: string): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  files.set('src/api/generated/shared.ts', sharedFile(KINDS));
  files.set('src/api/generated/index.ts', indexFile(KINDS));
  files.set('docs/api/README.md', overviewPage(KINDS));
  files.set(`docs/api/schemas/${ALL_KINDS_FILE}`, JSON.stringify(allKindsSchema(KINDS)));
  for (const kind of KINDS) {
    const example = await formatted(root, 'example.ts', constructExample(kind, KINDS));
    files.set(`src/api/generated/${fileName(kind)}.ts`, constructFile(kind, KINDS, example));
    files.set(`docs/api/${fileName(kind)}.md`, referencePage(kind, example));
    files.set(`docs/api/schemas/${editorSchemaFile(kind)}`, JSON.stringify(editorSchema(kind)));
    files.set(`docs/api/crds/${crdName(kind)}.yaml`, yamlOf(customResourceDefinition(kind)));
  }
  for (const [name, content] of files) files.set(name, await formatted(root, name, content));
  return files;
}

async function formatted(root: string, name: string, content: string): Promise<string> {
  const filepath = path.join(root, name);
  const options = await prettier.resolveConfig(filepath);
  return await prettier.format(content, { ...options, filepath });
}
