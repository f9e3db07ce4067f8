import { parseAllDocuments } from 'yaml';

import { yamlOf } from '../../src/contracts/yaml';

test('texts are plain where every reader takes them for texts, blocks where they have lines, and else quoted', () => {
  const args = [
    '--port=8080',
    '-c',
    '0644',
    '1.2.3',
    '10Gi',
    'on',
    'a: b',
    'http://a:80/b',
    'ghcr.io/a/b:1.0@sha256:0f',
    '',
  ];
  expect(yamlOf({ args, script: 'set -e\n\nrun\n', last: 'a\nb', tab: '\ta\n', 'a/b.c': {}, none: [], n: 1 }))
    .toBe(`args:
  - --port=8080
  - -c
  - "0644"
  - "1.2.3"
  - 10Gi
  - "on"
  - "a: b"
  - http://a:80/b
  - ghcr.io/a/b:1.0@sha256:0f
  - ""
script: |
  set -e

  run
last: |-
  a
  b
tab: "\\ta\\n"
a/b.c: {}
none: []
"n": 1
`);
});

test('documents are separated; what is undefined is left out, and what is there twice is written twice', () => {
  const twice = { a: ['b'] };
  const text = yamlOf({ one: twice, two: twice, none: undefined }, { kind: 'B' });
  expect(text).not.toContain('&');
  expect(parseAllDocuments(text).map((document) => document.toJS() as unknown)).toEqual([
    { one: twice, two: twice },
    { kind: 'B' },
  ]);
});

test.each([
  ['NUL', { data: { list: ['a', { key: 'a\0b' }] } }, /^\[YAML\] data\.list\[1\]\.key must be a text without NUL/],
  ['half a surrogate pair', { data: { key: '\ud800' } }, /^\[YAML\] data\.key must be a text without NUL/],
  ['half a pair in a block', { data: { key: 'a\nb\udc00' } }, /^\[YAML\] data\.key must be/],
  ['DEL', { data: ['a\u007f'] }, /^\[YAML\] data\[0\] must be/],
  ['a control character of Latin-1', { data: ['a\u009f'] }, /^\[YAML\] data\[0\] must be/],
  ['what is no character', { data: ['a\uffff\n'] }, /^\[YAML\] data\[0\] must be/],
  ['a key with NUL', { data: { 'a\0': 'b' } }, /^\[YAML\] data\.a\\0 must be/],
  ['a key of many characters', { data: { ['k'.repeat(1100)]: 'a' } }, /^\[YAML\] data must have keys of at most 1000/],
  ['a number that is none', { data: { key: Infinity } }, /^\[YAML\] key must be a finite number, got Infinity/],
])('%s is refused with its path', (_title, value, message) => {
  expect(() => yamlOf(value)).toThrow(message);
});
