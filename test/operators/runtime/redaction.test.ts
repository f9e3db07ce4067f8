import * as fc from 'fast-check';

import { redact, redacted, withoutSecrets } from '../../../operators/src/runtime/redaction';

const password = fc
  .string({ unit: 'grapheme', minLength: 5, maxLength: 40 })
  .map((text) => text.replace(/[\s*]/gu, '/'))
  .filter((text) => !/[\uD800-\uDFFF]/u.test(text));
const delimiters = fc
  .array(fc.constantFrom(...Array.from('#/?@%:&=;+\\\'"{}[]ab1')), { minLength: 5, maxLength: 40 })
  .map((characters) => characters.join(''));

const SENTENCES: readonly ((url: string) => string)[] = [
  (url) => `could not connect to ${url} after 3 attempts`,
  (url) => `java.sql.SQLException: No suitable driver for "jdbc:${url}"`,
  (url) => JSON.stringify({ error: url }),
  (url) => `{"message":${JSON.stringify(JSON.stringify({ url }))}}`,
];

test('the password of a URL is told in no sentence', () => {
  fc.assert(
    fc.property(fc.oneof(password, delimiters), fc.constantFrom(...SENTENCES), (given, say) => {
      for (const written of [given, encodeURIComponent(given)]) {
        const url = `postgresql://user:${written}@db.example.com:5432/shop`;
        expect(redact(say(url))).toBe(say('postgresql://user:***@db.example.com:5432/shop'));
      }
    }),
    { numRuns: 1000 },
  );
});

test('an encoded URL in another loses its password', () => {
  fc.assert(
    fc.property(fc.oneof(password, delimiters), (given) => {
      const url = encodeURIComponent(`postgresql://user:${encodeURIComponent(given)}@db/shop`);
      expect(redact(`GET /login?next=${url} failed`)).toBe(
        `GET /login?next=${encodeURIComponent('postgresql://user:')}***${encodeURIComponent('@db/shop')} failed`,
      );
    }),
  );
});

test.each([
  ['a://u:p@h/x?password=a%20b&y=1', 'a://u:***@h/x?password=***&y=1'],
  ['jdbc:sqlserver://h:1;user=u;password={a;b};x=1', 'jdbc:sqlserver://h:1;user=u;password=***;x=1'],
  ['jdbc:oracle:thin:scott/ti#ger/x@//h:1521/s', 'jdbc:oracle:thin:scott/***@//h:1521/s'],
  ['x username="u" password="a\\"b c";', 'x username="u" password=***;'],
  ['https://ghp_abc@github.com/x', 'https://***@github.com/x'],
  ['https://s.blob/x?sv=1&sig=abc%2F&se=2', 'https://s.blob/x?sv=1&sig=***&se=2'],
  ['Authorization: Bearer abcdefgh.ijk', 'Authorization: Bearer ***'],
])('%s is told as %s', (text, said) => {
  expect(redact(text)).toBe(said);
});

test.each([
  'ssh://git@host/x and abfss://box@a.dfs.core.windows.net/x',
  's3://bucket/day=1/a.parquet: at 12:30 in a/b.c',
  'Back-off pulling image "ghcr.io/acme/model:1.0@sha256:0123"',
  'the token expired; no password was given',
  'The Secret db has no key password: add it',
])('%s is told as it is', (text) => {
  expect(redact(text)).toBe(text);
});

test('what engines say is cleaned where it is read, and all else is as it was', () => {
  const clean = { phase: 'Failed', nodes: [{ message: 'no host' }], compressedNodes: 'x-sig==', n: 1, none: null };
  expect(withoutSecrets(clean)).toBe(clean);
  const said = {
    nodes: [{ message: '{"message":"x://u:p@h","failed":["a@b"]}' }],
    applicationState: { errorMessage: 'x://u:p@h' },
  };
  expect(withoutSecrets({ ...clean, ...said })).toEqual({
    ...clean,
    nodes: [{ message: '{"message":"x://u:***@h","failed":["a@b"]}' }],
    applicationState: { errorMessage: 'x://u:***@h' },
  });
});

test('all texts in a value are looked at', () => {
  expect(redacted({ a: ['x://u:p@h'], b: { c: 'x://u:p@h', d: 1, e: null } })).toEqual({
    a: ['x://u:***@h'],
    b: { c: 'x://u:***@h', d: 1, e: null },
  });
});
