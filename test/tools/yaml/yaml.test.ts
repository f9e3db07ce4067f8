import { spawn } from 'node:child_process';
import * as path from 'node:path';

import { Yaml } from 'cdk8s';
import * as fc from 'fast-check';
import { parse } from 'yaml';

import { yamlOf } from '../../../src/contracts/yaml';
import { ensureBuilt, GoPrograms } from '../../cluster/go-programs';
import { giveInput } from '../../support/process-input';
import { describeTool } from '../describe-tool';
import { whyNoGo } from '../go-tool';
import { pythonEnvironment, whyNoPython } from '../python';

/** Go's readers of YAML 1.1 and 1.2, and kustomize. */
const READERS: GoPrograms = { name: 'yaml-readers', module: path.join(__dirname, 'readers'), minutes: 'two minutes' };

/** Texts that some reader takes for something else, or cuts, where they are not quoted. */
const HARD = [
  ...[
    '0o644',
    '0O7',
    '0644',
    '08',
    '0B1',
    '0b101',
    '0x1F',
    '0X1f',
    '1_000',
    '+1',
    '-1',
    '1',
    '-0',
    '1:20',
    '190:20:30',
    '1:20.5',
  ],
  ...[
    '1e3',
    '1E3',
    '1e+21',
    '.5',
    '5.',
    '1.5',
    '-.5e-3',
    '.inf',
    '-.INF',
    '+.Inf',
    '.NaN',
    '.',
    '..',
    '-',
    '+',
    '1_0.5_0',
    '0.',
    '0_',
  ],
  ...[
    'y',
    'Y',
    'n',
    'N',
    'yes',
    'No',
    'ON',
    'off',
    'true',
    'False',
    'TRUE',
    'null',
    'Null',
    'NULL',
    '~',
    '=',
    '<<',
    'nan',
    'inf',
  ],
  ...[
    '2001-12-14',
    '2001-12-14t21:59:43.10-05:00',
    '2001-12-14 21:59:43.10 -5',
    '12:30:45',
    '2026-1-2',
    '1-1',
    '1.2.3',
    '1,000',
  ],
  ...[
    '',
    ' ',
    '  ',
    '\n',
    '\n\n',
    ' \n',
    '\n ',
    '\t',
    '\t\n',
    '\ta',
    'a\t',
    '\ta\nb',
    'a\n\tb',
    'a\n \tb',
    'a\n\t',
    'a \n',
    'a \nb',
    ' a',
    'a ',
  ],
  ...[
    ' a\nb',
    '\na',
    '\n\na\n',
    'a\n',
    'a\nb',
    'a\nb\n',
    'a\nb\n\n',
    'a\n\nb\n',
    'a\n  b\n',
    'a\n   \nb',
    'a\n   ',
    '  a\n b\n',
    '\r',
    'a\rb',
    'a\r\nb\r\n',
  ],
  ...[
    'a: b',
    'a:',
    ':',
    ':a',
    'a:b',
    'a #b',
    '#a',
    'a#b',
    '- a',
    '-a',
    '--a',
    '---',
    '--- a',
    '...',
    '... a',
    '? a',
    '?',
    '|',
    '>',
    '|-\n',
    '!a',
    '!!str',
    '&a',
    '*a',
    '@a',
    '`a`',
    '%a',
    '%YAML 1.2',
  ],
  ...[
    '[a]',
    '[',
    ']',
    '{a}',
    '{',
    '}',
    ',',
    "'",
    '"',
    "a'b",
    'a"b',
    "'a'",
    '"a"',
    '\\',
    'a\\nb',
    '\\x41',
    '"\\"',
    'a, b',
    '{{ .Values.a }}',
    '$(A)',
    '${A}',
  ],
  ...[
    '\u0085',
    'a\u0085b',
    'a\u2028b',
    'a\u2029b',
    '\ufeff',
    '\ufeffa',
    'a\ufeffb\n',
    '\u00a0',
    'a\u00a0b',
    '\u200b',
    '\u202e',
    '\u0007',
    '\u001b[0m',
    '\ufffd',
  ],
  ...['größe', 'é\nb', '日本', '😀', '😀\nb', '\u{10ffff}', 'a\u0301', '\u{e0001}', 'a\u2028\nb'],
  ...[
    'x'.repeat(300),
    'word '.repeat(500).trim(),
    'x'.repeat(2000),
    `${'word '.repeat(300)}\n${'y'.repeat(1500)}`,
    'a\n'.repeat(500),
    '\\'.repeat(1100),
  ],
];

/** Pieces that such texts are made of. */
const PIECES = [
  ...HARD.filter((text) => text.length < 12),
  'a',
  'b',
  '0',
  '1',
  '\n',
  ' ',
  '\t',
  ': ',
  ' #',
  '-',
  '.',
  '_',
  'e',
  'o',
  'x',
];

const text = fc.oneof(
  fc.constantFrom(...HARD),
  fc.array(fc.constantFrom(...PIECES), { maxLength: 8 }).map((pieces) => pieces.join('')),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.stringMatching(/^[-+.0-9a-fxob_:eT ]{1,12}$/),
);
// the others are refused
const readable = text.map((given) => given.replace(/[\0\u007f-\u0084\u0086-\u009f\ufffe\uffff\uD800-\uDFFF]/gu, ''));

interface Read {
  readonly value: unknown;
  readonly error?: string;
}

type Reads = { readonly [reader: string]: Read };

async function run(program: string, args: readonly string[], texts: readonly string[]): Promise<Reads[]> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const output: Buffer[] = [];
  child.stdout.on('data', (part: Buffer) => output.push(part));
  giveInput(child, JSON.stringify(texts));
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`${program} ended with ${String(code)}`);
  return JSON.parse(Buffer.concat(output).toString('utf8')) as Reads[];
}

/** What all readers make of texts of YAML. */
async function read(texts: readonly string[]): Promise<Reads[]> {
  const requirements = path.join(__dirname, 'requirements.txt');
  const folder = await ensureBuilt(READERS);
  const ofGo = await run(path.join(folder, READERS.name), [], texts);
  const ofPython = await run(await pythonEnvironment('yaml', requirements), [path.join(__dirname, 'read.py')], texts);
  const attempt = (reader: () => unknown): Read => {
    try {
      return { value: reader() };
    } catch (error) {
      return { value: undefined, error: String(error) };
    }
  };
  return texts.map((given, at) => ({
    ...ofGo[at],
    ...ofPython[at],
    'yaml 1.1': attempt(() => parse(given, { version: '1.1' }) as unknown),
    'yaml 1.2': attempt(() => parse(given, { version: '1.2' }) as unknown),
  }));
}

/** A ConfigMap with a text as value, as key, in a list, and deep within. */
function objectOf(given: string): object {
  // longer ones are refused
  const key = Array.from(given).slice(0, 80).join('');
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', annotations: { first: given, [`x${key}`]: given, last: 'z' } },
    data: { first: given, [key]: 'value', z: 'end' },
    deep: [given, [given, [given]], { [key]: { [key]: [given] }, list: [{ a: given, b: given }] }, given],
  };
}

/** What is read differently, by the reader and the text, the shortest first. */
function differences(values: readonly object[], names: readonly string[], reads: readonly Reads[]): string[] {
  return reads
    .flatMap((each, at) =>
      Object.entries(each)
        .filter(([reader, { value, error }]) => {
          const isOfKustomize = reader.startsWith('kustomize') && KUSTOMIZE_CANNOT.test(names[at]);
          return !same(value, values[at]) && !(isOfKustomize && (error !== undefined || names[at] === '<<'));
        })
        .map(
          ([reader, { error }]) => `${shown(names[at])} by ${reader}: ${error?.slice(-200) ?? 'reads something else'}`,
        ),
    )
    .sort((one, other) => one.length - other.length)
    .slice(0, 20);
}

/**
 * What Kustomize itself writes so that it cannot read it, whatever it read: blocks in which a line begins with a tab or whose first line is
 * blank, and U+0085. It says so. The key `<<` it writes without quotes; no object of Kubernetes has that.
 */
const KUSTOMIZE_CANNOT = /^[^]*\u0085|^<<$|^(?=[^]*\n)\s*\t|\n *\t/;

/** Whether both are the same; keys have no order. */
function same(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return one === other;
  const keys = Object.keys(one);
  return (
    Array.isArray(one) === Array.isArray(other) &&
    keys.length === Object.keys(other).length &&
    keys.every((key) => Object.hasOwn(other, key) && same(one[key as never], other[key as never]))
  );
}

describeTool('YAML is the same to every reader', whyNoGo() ?? whyNoPython(), () => {
  test('texts that readers know as something else, and any texts, as values and keys', async () => {
    const given = [...HARD, ...fc.sample(readable, 2000)];
    const values = given.map(objectOf);
    const reads = await read(values.map((value) => yamlOf(value)));
    expect(Object.keys(reads[0])).toHaveLength(9);
    expect(differences(values, given, reads)).toEqual([]);
  });

  test('numbers, booleans, null and what is empty', async () => {
    const numbers = [0, -1, 1.5, 1e21, -1e-7, 1.5e300, 5e-324, 123456789012, 0.1];
    const values = [...numbers, true, false, null, {}, [], [[]], [{}]].map((value) => ({
      ...{ apiVersion: 'v1', kind: 'A', metadata: { name: 'a' } },
      spec: { value, list: [value, [value]] },
    }));
    const reads = await read(values.map((value) => yamlOf(value)));
    expect(
      differences(
        values,
        values.map((value) => JSON.stringify(value.spec.value)),
        reads,
      ),
    ).toEqual([]);
  });

  test('the readers find what the former writer wrote amiss', async () => {
    const given = ['0o644', '0B1', '\ta\nb', 'a\u2028b', 'a\u0085b', ' \n'];
    const values = given.map(objectOf);
    const found = differences(values, given, await read(values.map((value) => Yaml.stringify(value))));
    expect(found.length).toBeGreaterThan(given.length);
  });
});

function shown(given: string): string {
  const text = JSON.stringify(given);
  return text.length > 60 ? `${text.slice(0, 60)}… (${given.length})` : text;
}
