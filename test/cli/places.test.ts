import { stringify } from 'yaml';
import { KINDS } from '../../src/api/kinds';
import { documentsOf, stepsOf } from '../../src/cli/documents';
import { apply, badObjects, validObject } from '../api/support/corpus';
import { JsonFinding, placesIn, reportOf, SAMPLE, Workplace } from './support';

const place = new Workplace();
afterAll(() => place.remove());

async function findings(text: string | Uint8Array, name = 'm.yaml'): Promise<string[]> {
  return placesIn(await place.run('validate', '--format', 'json', place.write(name, text)));
}

const WRONG = `apiVersion: mlifecycle.io/v1
kind: ModelDeployment
spec:
  model:
    name: fraud-detector
    version: "2.1.0"
    framework: pytroch
  metrics:
    accuracy: "0.94"
  fairnes:
    demographic_parity: 0.02
`;
const PLACES = [
  'm.yaml:7:5 spec.model.framework value',
  'm.yaml:8:3 spec.metrics.f1_score required-field',
  'm.yaml:9:5 spec.metrics.accuracy value',
  'm.yaml:10:3 spec.fairnes unknown-field',
];

test.each([
  ['as it is', WRONG],
  ['with line ends of Windows', WRONG.replaceAll('\n', '\r\n')],
  ['with a byte order mark', `\ufeff${WRONG}`],
  ['with a byte order mark and line ends of Windows', `\ufeff${WRONG.replaceAll('\n', '\r\n')}`],
])('findings have the place of their field, or of the nearest one around it that is there: %s', async (_, text) => {
  expect(await findings(text)).toEqual(PLACES);
});

test('columns count as editors do, after characters of all sizes', async () => {
  const text = `{ apiVersion: mlifecycle.io/v1, metadata: { annotations: { "ü/😀": "é😀" }, labels: { "😀": x } }, knd: x, kind: ModelDeployment }`;
  const column = (key: string): number => text.indexOf(key) + 1;
  expect(await findings(text)).toEqual([
    'm.yaml:1:1 spec required-field',
    `m.yaml:1:${column('metadata')} metadata.name metadata`,
    `m.yaml:1:${column('labels')} metadata.labels metadata`,
    `m.yaml:1:${column('knd')} knd unknown-field`,
  ]);
});

test('JSON, in one line and in many', async () => {
  const object = {
    apiVersion: 'mlifecycle.io/v1',
    kind: 'ModelDeployment',
    spec: { model: { name: 'a', version: '1' } },
  };
  const line = JSON.stringify(object);
  expect(await findings(line, 'm.json')).toEqual([
    `m.json:1:${line.indexOf('"spec"') + 1} spec.metrics required-field`,
    `m.json:1:${line.indexOf('"model"') + 1} spec.model.framework required-field`,
  ]);
  expect(await findings(JSON.stringify(object, null, 2), 'm.json')).toEqual([
    'm.json:4:3 spec.metrics required-field',
    'm.json:5:5 spec.model.framework required-field',
  ]);
  expect(await findings(JSON.stringify(object, null, '\t').replaceAll('\n', '\r\n'), 'm.json')).toEqual([
    'm.json:4:2 spec.metrics required-field',
    'm.json:5:3 spec.model.framework required-field',
  ]);
});

test('documents of one file, each by its lines; what is empty is none', async () => {
  const text = `---\n${SAMPLE}---\n# nothing\n---\n${WRONG.replaceAll('fraud', 'fraud2')}`;
  const start = 1 + SAMPLE.split('\n').length - 1 + 3;
  expect(await findings(text)).toEqual(
    PLACES.map((one) => one.replace(/:(\d+):/, (_, line: string) => `:${Number(line) + start}:`)),
  );
});

test('objects of a List, which kubectl applies', async () => {
  const item = WRONG.split('\n').map((line, at) => (at === 0 ? `  - ${line}` : `    ${line}`));
  const text = `apiVersion: v1\nkind: List\nitems:\n${item.join('\n').trimEnd()}\n`;
  expect(await findings(text)).toEqual(
    PLACES.map((one) =>
      one.replace(/:(\d+):(\d+)/, (_, line: string, column: string) => `:${Number(line) + 3}:${Number(column) + 4}`),
    ),
  );
});

describe('anchors, aliases and merge keys', () => {
  const text = `apiVersion: mlifecycle.io/v1
kind: ModelDeployment
spec:
  model: &model
    name: fraud-detector
    version: "2.1.0"
    framework: pytroch
  metrics: &metrics
    accuracy: 1.5
  fairness: { demographic_parity: 0.02 }
---
apiVersion: mlifecycle.io/v1
kind: ModelDeployment
spec:
  model: &model
    name: other
    version: "2.1.0"
    framework: pytroch
  metrics: &metrics
    <<: [{ accuracy: 1.5 }, { accuracy: 1, f1_score: -1 }]
  fairness: { demographic_parity: 0.02 }
---
apiVersion: nstarx.io/v1alpha1
kind: AIModel
metadata: { name: a, labels: &labels { team: "a b" }, annotations: *labels }
spec: &spec { type: xgboost }
`;

  test('what is wrong in them is found where it is written, and that they are not read', async () => {
    const lines = (await findings(text)).map((one) => one.replace('m.yaml:', ''));
    expect(lines).toEqual(
      expect.arrayContaining([
        '7:5 spec.model.framework value',
        '8:3 spec.metrics.f1_score required-field',
        '9:5 spec.metrics.accuracy value',
        '20:5  yaml',
        '20:12 spec.metrics.accuracy value',
        '20:44 spec.metrics.f1_score value',
        '25:40 metadata.labels[team] metadata',
        '25:68  yaml',
      ]),
    );
  });
});

/** What stands at a place. */
function at(text: string, { line, column }: JsonFinding): string {
  return text.split('\n')[line - 1]?.slice(column - 1) ?? '';
}

/** Values that no schema of ours has, to be a text where their field is not. */
const EVERY_KIND = KINDS.map((kind) => [kind.kind, kind] as const);

test.each(EVERY_KIND)('every finding about a bad %s stands at its field, in each form of YAML', async (_, kind) => {
  let found = 0;
  for (const bad of badObjects(kind)) {
    const object = apply(bad, validObject(kind));
    const forms = [
      stringify(object, { aliasDuplicateObjects: false }),
      stringify(object, { collectionStyle: 'flow', aliasDuplicateObjects: false }),
      JSON.stringify(object),
      JSON.stringify(object, null, 2),
    ];
    for (const text of forms) {
      const outcome = await place.run('validate', '--format', 'json', place.write('bad.yaml', text));
      expect(outcome.code).toBe(1);
      const all = reportOf(outcome).manifests.flatMap((manifest) => manifest.findings);
      for (const finding of all.filter(({ rule }) => rule !== 'yaml')) {
        const key = deepestKey(text, finding.field);
        expect({ field: finding.field, at: at(text, finding).slice(0, key.length + 3) }).toEqual({
          field: finding.field,
          at: expect.stringMatching(new RegExp(`^["']?${escaped(key)}`)) as string,
        });
        found++;
      }
    }
  }
  expect(found).toBeGreaterThan(30);
});

/** The last step of a path that is there: the name of a field, or the first text of an item of a list. */
function deepestKey(text: string, field: string): string {
  const [{ value }] = documentsOf({ file: 'bad.yaml', text });
  let here: unknown = value;
  let key = '';
  for (const step of stepsOf(value, field)) {
    const next = (here as { [step: string]: unknown } | null | undefined)?.[step];
    if (next === undefined) return key;
    key = typeof step === 'number' ? '' : step;
    here = next;
  }
  return key;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

test.each<[unknown, string, (string | number)[]]>([
  [{ a: { b: 1 } }, 'a.b', ['a', 'b']],
  [{ a: [{ b: 1 }] }, 'a[0].b', ['a', 0, 'b']],
  [{ a: { 'x.y/z': 1 } }, 'a.x.y/z', ['a', 'x.y/z']],
  [{ a: { 'x.y/z': { c: 1 } } }, 'a[x.y/z].c', ['a', 'x.y/z', 'c']],
  [{ a: { b: 1, 'b.c': 2 } }, 'a.b.c', ['a', 'b.c']],
  [{ a: {} }, 'a.b.c', ['a', 'b', 'c']],
  [{ a: {} }, 'a.b[2].c', ['a', 'b', '[2].c']],
  [{ '': 1 }, '', []],
  [undefined, 'a', ['a']],
  ['text', '[', ['[']],
])('the steps in %j of %s', (value, field, steps) => {
  expect(stepsOf(value, field)).toEqual(steps);
});
