import fc from 'fast-check';

import { KINDS } from '../../src/api/kinds';
import { KindDefinition, Schema } from '../../src/api/schema/schema';

/*
 * Every text that a user writes into a spec, with what reads it. A text with a grammar cannot end or begin anything for any reader, which
 * is tried below. A text without one is in the table, with the class that says why it may be any text.
 */

/** Why a text without a grammar is safe. */
const CLASSES = {
  /** Code of the user, which runs in a pod of theirs. It is a file or a value of JSON, and no part of other code. */
  program: /query|condition|aggregates|expression|script|transformation/,
  /** Prose for people. It stands in literals that `pythonText` writes, or is read by nobody. */
  prose: /description|owner/,
  /** Elements of JSON lists, which go to the program of the user; Kubernetes expands `$(NAME)` to variables of the same container. */
  'container text': /arguments|command|environment/,
  /** Options of connectors: the writer has a list of names, and `sqlText` or JSON quotes the values. */
  option: /options/,
  /** JSON for a program, whatever is in it: `containerText` quotes it for the environment. */
  json: /hyperparameters/,
  /** Keys of maps that are compared with names, or looked up by the API server as resources. */
  key: /\{key\}/,
} as const;

const OPEN: Readonly<Record<string, readonly [string, keyof typeof CLASSES][]>> = {
  AIModel: [
    ['serving.environment.*', 'container text'],
    ['serving.resources.requests.{key}', 'key'],
    ['serving.resources.limits.{key}', 'key'],
    ['monitoring.drift.buckets.{key}', 'key'],
  ],
  DataPipeline: [
    ['source.config.query', 'program'],
    ['source.config.options.*', 'option'],
    ['transformations[].config.condition', 'program'],
    ['transformations[].config.aggregates.*', 'program'],
    ['transformations[].config.query', 'program'],
    ['transformations[].config.script', 'program'],
    ['sink.config.options.*', 'option'],
    ['quality[].expression', 'program'],
  ],
  MLWorkflow: [
    ['stages[].config.arguments[]', 'container text'],
    ['stages[].config.command[]', 'container text'],
    ['stages[].config.script', 'program'],
    ['stages[].config.environment.*', 'container text'],
    ['stages[].config.hyperparameters', 'json'],
    ['resources.{key}', 'key'],
    ['resources.*.{key}', 'key'],
  ],
  AIZone: [['resources.compute.limits.{key}', 'key']],
  FeatureStore: [
    ['description', 'prose'],
    ['owner', 'prose'],
    ['entities[].description', 'prose'],
    ['features[].description', 'prose'],
    ['features[].source.query', 'program'],
    ['features[].source.transformation', 'program'],
  ],
  ABTest: [],
  ModelDeployment: [
    ['model.description', 'prose'],
    ['model.owner', 'prose'],
    ['serving.resources.requests.{key}', 'key'],
    ['serving.resources.limits.{key}', 'key'],
  ],
};

/** What means something to PromQL, templates of Go and Argo, SQL, shells, YAML, JSON, Python or Kubernetes. */
const HOSTILE = [
  '"',
  "'",
  '`',
  '\\',
  '{',
  '}',
  '{{=1}}',
  '$(A)',
  '${A}',
  '<',
  '>',
  ';',
  '|',
  '\n',
  '\r',
  '\t',
  '\0',
  '\u2028',
  'ä',
];

interface Text {
  readonly at: string;
  readonly schema?: Schema;
  readonly grammar?: string;
}

/** Every text of a schema, and the keys of its maps. */
function textsOf(schema: Schema, at: string): Text[] {
  if (schema.enum || schema.format || schema['x-kubernetes-int-or-string']) return [];
  if (schema.type === 'string') return [{ at, schema, grammar: schema.$pattern }];
  const below = (field: string): string => (at === '' ? field : `${at}.${field}`);
  return [
    ...Object.entries(schema.properties ?? {}).flatMap(([name, field]) => textsOf(field, below(name))),
    ...(schema.items ? textsOf(schema.items, `${at}[]`) : []),
    ...(schema.additionalProperties
      ? [{ at: below('{key}'), grammar: keyGrammar(schema) }, ...textsOf(schema.additionalProperties, below('*'))]
      : []),
    ...(schema['x-kubernetes-preserve-unknown-fields'] ? [{ at }] : []),
  ];
}

/** The expression that a rule of a map asks all its keys to match. */
function keyGrammar(schema: Schema): string | undefined {
  const rules = schema['x-kubernetes-validations'] ?? [];
  const [found] = rules.flatMap(({ rule }) => /^self\.all\(key, key\.matches\('(.*)'\)\)$/.exec(rule)?.[1] ?? []);
  return found?.replaceAll('\\\\', '\\');
}

const CASES = KINDS.map((kind) => [kind.kind, kind] as const);
const textsIn = (kind: KindDefinition): Text[] => textsOf(kind.spec, '');

test.each(CASES)('%s: every text has a grammar, or a class that says why it needs none', (name, kind) => {
  const open = textsIn(kind).filter(({ grammar }) => grammar === undefined);
  expect(open.map(({ at }) => at).sort()).toEqual(OPEN[name].map(([at]) => at).sort());
  for (const [at, known] of OPEN[name]) expect(at).toMatch(CLASSES[known]);
});

test.each(CASES)('%s: a text with a grammar ends or begins nothing', (_, kind) => {
  for (const { at, grammar } of textsIn(kind)) {
    if (grammar === undefined) continue;
    const expression = new RegExp(grammar);
    const samples = fc.sample(fc.stringMatching(expression), { numRuns: 4, seed: 7 });
    const accepted = samples.flatMap((sample) =>
      HOSTILE.flatMap((hostile) =>
        [0, 1, Math.floor(sample.length / 2), sample.length]
          .map((place) => sample.slice(0, place) + hostile + sample.slice(place))
          .filter((text) => expression.test(text)),
      ),
    );
    expect({ at, accepted }).toEqual({ at, accepted: [] });
  }
});

/** Fields whose texts are locations, with the schemes that no field takes where it has no meaning. */
const LOCATIONS = KINDS.flatMap((kind) =>
  textsIn(kind)
    .filter(({ grammar }) => grammar?.includes('://'))
    .map(({ at, schema }) => [`${kind.kind} ${at}`, schema ?? {}] as const),
);

test.each(LOCATIONS)('%s: a URL has no credentials, no variables and no way out', (at, schema) => {
  const accepts = (text: string): boolean =>
    new RegExp(schema.$pattern ?? '').test(text) && (at.endsWith('repository') || !/\/\.{1,2}(\/|$)/.test(text));
  const bad = [
    's3://key:secret@bucket/a',
    'https://user:password@host/a',
    'https://token@host/a',
    'https://$(TOKEN).evil.example.com/',
    'https://evil.example.com/$(AWS_SECRET_ACCESS_KEY)',
    'pvc://claim/../../x',
    'pvc://claim/..',
    'pvc://../x',
    'pvc:///etc',
    'pvc://claim//x',
    'file://host/etc/passwd',
    'file:///../etc/passwd',
    'javascript://a',
    'jdbc:postgresql://host/a',
    'ssh://git:secret@host/a',
    's3://bucket/a b',
    's3://bucket/a\nb',
    'hf://user:token@huggingface.co/a?b',
  ];
  expect(bad.filter(accepts)).toEqual([]);
  expect(schema['x-kubernetes-validations']?.length).toBeGreaterThanOrEqual(at.endsWith('repository') ? 1 : 2);
});
