import * as fs from 'node:fs';
import * as path from 'node:path';

import { parseAllDocuments } from 'yaml';

import { KINDS } from '../../../src/api/kinds';
import { KindDefinition } from '../../../src/api/schema/schema';

export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata?: { name?: string; namespace?: string; [field: string]: unknown };
  spec: Record<string, unknown>;
  status?: Record<string, unknown>;
}

const FIXTURES = path.resolve(__dirname, '../../fixtures');
const SEEDS = process.env.ML_PLATFORM_SEEDS || path.resolve(__dirname, '../../../../shared/seeds');

export function readDocuments(file: string): Manifest[] {
  return parseAllDocuments(fs.readFileSync(file, 'utf8')).map((document) => document.toJS() as Manifest);
}

/** The documents' sample of a kind, kept in the repository; undefined for a kind that the documents only mention. */
export function sampleOf(kind: KindDefinition): Manifest | undefined {
  const file = path.join(FIXTURES, 'samples', `${kind.kind.toLowerCase()}.yaml`);
  return fs.existsSync(file) ? readDocuments(file)[0] : undefined;
}

/** The samples as printed in the source documents, or undefined where the documents are not there. */
export function printedSamples(): Manifest[] | undefined {
  if (!fs.existsSync(SEEDS)) return undefined;
  const kinds = new Set(KINDS.map(({ kind }) => kind));
  const texts = fs.readdirSync(SEEDS).map((name) => fs.readFileSync(path.join(SEEDS, name), 'utf8'));
  const blocks = texts.flatMap((text) => [...text.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(([, block]) => block));
  const ours = blocks.filter((block) => kinds.has(/^kind: (\w+)$/m.exec(block)?.[1] ?? ''));
  return ours.flatMap((block) => parseAllDocuments(block).map((document) => document.toJS() as Manifest));
}
