import * as fs from 'node:fs';
import * as path from 'node:path';
import Ajv, { ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';
import { KINDS } from '../../src/api/kinds';
import { apiVersionOf } from '../../src/api/schema/schema';
import { validObject } from '../api/support/corpus';
import { SAMPLE } from './support';

const FOLDER = path.join(__dirname, '../../docs/api/schemas');

/** The schema of all kinds, as an editor loads it from the package: with the files beside it. */
function editor(): ValidateFunction {
  const ajv = new Ajv({ strict: false, validateSchema: true });
  addFormats(ajv);
  for (const file of fs.readdirSync(FOLDER)) {
    ajv.addSchema({ ...(JSON.parse(fs.readFileSync(path.join(FOLDER, file), 'utf8')) as object), $id: file });
  }
  return ajv.getSchema('all.json') as ValidateFunction;
}

const valid = editor();

test('the sample of the document has no findings in an editor, as it is printed', () => {
  expect(valid(parse(SAMPLE))).toBe(true);
});

test.each(KINDS.map((kind) => [kind.kind, kind] as const))('the schema of all kinds knows %s', (_, kind) => {
  expect({ valid: valid(validObject(kind)), errors: valid.errors }).toEqual({ valid: true, errors: null });
  const object = validObject(kind);
  expect(valid({ ...object, spec: { ...object.spec, nothing: 1 } })).toBe(false);
});

test.each([
  [{ apiVersion: 'v1', kind: 'ConfigMap', data: {} }, true],
  [{ apiVersion: 'feast.dev/v1alpha1', kind: 'FeatureStore', spec: {} }, true],
  [{ apiVersion: 'mlifecycle.io/v1', kind: 'ModelDeployement', spec: {} }, false],
  [{ apiVersion: 'mlifecycle.io/v2', kind: 'ModelDeployment', spec: {} }, false],
  [{ apiVersion: 'nstarx.io/v1alpha1', spec: {} }, false],
])('%j is %s', (object, expected) => {
  expect(valid(object)).toBe(expected);
});

test('only a kind whose name is derived goes without metadata', () => {
  for (const kind of KINDS) {
    const { metadata: _, ...object } = validObject(kind);
    expect({ kind: apiVersionOf(kind), valid: valid(object) }).toEqual({
      kind: apiVersionOf(kind),
      valid: kind.derivedName ?? false,
    });
  }
});
