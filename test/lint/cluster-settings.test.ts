import * as fs from 'node:fs';
import * as path from 'node:path';
import * as ts from 'typescript';

import { allPlatformSettings, keysOf } from '../support/platform-settings';

const CLUSTER = path.resolve(__dirname, '../cluster');
const FILES = fs
  .readdirSync(CLUSTER, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => [file, fs.readFileSync(path.join(CLUSTER, file), 'utf8')] as const);

/** Every setting that some NeuralPlatform or ZeroTouch gives its operators. */
const MADE = new Set(allPlatformSettings().flatMap((settings) => keysOf(settings)));
/** The settings that have others in them. */
const PARTS = new Set([...MADE].filter((key) => [...MADE].some((other) => other.startsWith(`${key}.`))));

/** Settings that a program writes itself: `aiZone: { mesh: true }` is `aiZone.mesh`. */
function written(text: string): string[] {
  const found: string[] = [];
  const inside = (node: ts.Expression, above: string): void => {
    if (!ts.isObjectLiteralExpression(node)) return;
    for (const property of node.properties) {
      if (!property.name || !ts.isIdentifier(property.name)) continue;
      const key = `${above}.${property.name.text}`;
      found.push(key);
      if (ts.isPropertyAssignment(property) && PARTS.has(key)) inside(property.initializer, key);
    }
  };
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAssignment(node) && ts.isIdentifier(node.name) && PARTS.has(node.name.text)) {
      inside(node.initializer, node.name.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('test.ts', text, ts.ScriptTarget.Latest));
  return found;
}

test('what is written is found', () => {
  const text = `
    const zone = { ...SETTINGS, aiZone: { mesh: true, metricsRetentionDays: 30 } };
    describe('x', {
      settings: { aiModel: { ...own, storage: { checkArtifacts: false, env: { A: 'b' } } } },
    });`;
  expect(written(text)).toEqual([
    'aiZone.mesh',
    'aiZone.metricsRetentionDays',
    'aiModel.storage',
    'aiModel.storage.checkArtifacts',
    'aiModel.storage.env',
  ]);
});

test('each setting that a sample of the documents cannot be done without is made', () => {
  expect([...MADE]).toEqual(
    expect.arrayContaining([
      'mlWorkflow.trackingUri',
      'featureStore.bootstrapServers',
      'featureStore.streamImage',
      'featureStore.onlineAddress',
      'aiZone.mesh',
    ]),
  );
});

test.each(FILES)('%s has no settings but those that a composition makes', (_file, text) => {
  // those of the tests without a cluster are written by hand, to try each of them
  expect(text).not.toMatch(/operators\/support\/settings'|\bZONE_SETTINGS\b|import \{[^}]*\bPLATFORM\b[^}]*\} from/);
  expect(written(text).filter((key) => !MADE.has(key))).toEqual([]);
});
