import * as fs from 'node:fs';
import * as path from 'node:path';
import { stringify } from 'yaml';
import { chatDb } from '../../../examples/chatdb/platform';
import { dataPlatform } from '../../../examples/data-platform/platform';
import { neuralPlatform } from '../../../examples/neural-platform/platform';
import { zeroTouch } from '../../../examples/zero-touch/platform';
import { PlatformTesting } from '../../../src';
import { childrenOfSamples } from '../../support/synthesized-objects';
import { StackJson, temporaryFolder } from '../../support/synth';

/** What is synthesized, as linters read it. */
export interface Outputs {
  /** Folder with everything. */
  readonly folder: string;
  /** Folders below it with the manifests of an environment each: `data-platform/production`, and `operators/samples`. */
  readonly environments: readonly string[];
  /** Files below it, each with the Terraform of an environment. */
  readonly stacks: readonly string[];
}

/** What each example synthesizes, the text of each file by its name. */
export function exampleFiles(): { readonly [example: string]: { readonly [file: string]: string } } {
  return {
    'data-platform': PlatformTesting.synth(dataPlatform()),
    'neural-platform': PlatformTesting.synth(neuralPlatform()),
    'zero-touch': PlatformTesting.synth(zeroTouch()),
    chatdb: PlatformTesting.synth(chatDb()),
  };
}

/** Writes what the examples synthesize, of all their environments, and what the operators make of the samples of their kinds. */
export function writeOutputs(): Outputs {
  const folder = temporaryFolder();
  for (const [example, synthesized] of Object.entries(exampleFiles())) {
    for (const [file, text] of Object.entries(synthesized)) {
      const stack = /^stacks\/(\w+)-infrastructure\/cdk\.tf\.json$/.exec(file);
      if (stack) write(folder, `${example}/${stack[1]}.tf.json`, resourcesOf(text));
      // the repository of models has workflows, which have linters of their own
      if (/^(?!stacks\/|model-repository\/).+\/.+\/.+\.yaml$/.test(file)) write(folder, path.join(example, file), text);
    }
  }
  const children = new Set(childrenOfSamples().map((child) => stringify(child, { aliasDuplicateObjects: false })));
  [...children].forEach((child, at) => write(folder, `operators/samples/${at}.yaml`, child));
  const files = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return {
    folder,
    environments: files.filter((file) => /^[^/]+\/[^/.]+$/.test(file)).sort(),
    stacks: files.filter((file) => file.endsWith('.tf.json')).sort(),
  };
}

/** A stack without what checkov's parser of Terraform's JSON stops at: lists of `import` and of `moved` blocks. */
function resourcesOf(stack: string): string {
  const { resource, data } = JSON.parse(stack) as StackJson;
  // it counts lines
  return JSON.stringify({ resource, data }, undefined, 1);
}

function write(folder: string, file: string, text: string): void {
  const to = path.join(folder, file);
  fs.mkdirSync(path.dirname(to), { recursive: true });
  fs.writeFileSync(to, text);
}
