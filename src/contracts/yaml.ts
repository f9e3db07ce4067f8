import { fail } from './errors';

/*
 * YAML that every reader takes for the same: YAML 1.1 (PyYAML, sigs.k8s.io/yaml of kubectl and Helm) and 1.2 (Go's newer ones, Kustomize,
 * editors). A text is plain only where none of them could take it for a number, a time, a boolean, null or syntax; it is a block only
 * where it begins and ends like one; else it stands in double quotes. See docs/decisions/0033-yaml.md.
 */

/** What some reader takes for something else than a text, or for a merge key. */
const WORDS = /^(?:~|[-+._]+|null|true|false|yes|no|on|off|y|n|[-+]?\.(?:inf|nan))$/i;
/** Numbers in any base, with underscores, in sixties; dates and times. Versions like `1.2.3` look like these too. */
const NUMERIC = /^[-+._]*(?:e[-+]?)?[0-9][0-9a-f_xob.,:e+\-tz ]*$/i;
/** What begins no syntax; ASCII all through. */
const PLAIN = /^(?:--?(?=[A-Za-z])|[A-Za-z0-9_/$(.])[ -~]*$/;
/** What ends a plain text or a key within it, and what a reader would strip. */
const BREAKS_PLAIN = /: |:$| #| $|^\.\.\.|^---/;
/** What stands in no text of YAML as it is, or is a line break to some reader only. */
const ESCAPED = /["\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u00a0\ufffe\uffff]/gu;
/** In a block: what has to be escaped, but for line breaks, and tabs that begin no line. */
const NO_BLOCK = /[^\P{Cc}\n\t]|[\p{Cf}\p{Zl}\p{Zp}\u00a0\ufffe\uffff]|^[ \t]|\n[ \t]*\t|\n +(?:\n|$)|^\n|\n\n$/u;
/** Readers look a little farther for the colon after a key, and Kustomize writes no other. */
const LONGEST_KEY = 1000;

/**
 * Documents of YAML. What is undefined is left out, as in JSON.
 *
 * @throws InvalidInputError with the path of a text that is none: one with NUL, for example
 */
export function yamlOf(...documents: readonly unknown[]): string {
  return documents.map((document) => documentOf(plainJson(document))).join('---\n');
}

type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };

function plainJson(value: unknown): Value {
  return JSON.parse(
    JSON.stringify(value ?? null, (key, each: unknown) => {
      if (typeof each === 'number' && !Number.isFinite(each)) {
        fail('YAML', key, 'must be a finite number', each, 'JSON has no other');
      }
      return each;
    }),
  ) as Value;
}

function documentOf(value: Value): string {
  return isScalar(value) ? `${scalar(value, 0, [])}\n` : block(value, 0, []);
}

/** The lines of a mapping or a list, each of which begins in this column. */
function block(value: Value, column: number, path: readonly string[]): string {
  const space = ' '.repeat(column);
  if (isList(value)) {
    return value
      .map((item, at) => {
        const here = [...path, `[${at}]`];
        if (isScalar(item)) return `${space}- ${scalar(item, column + 2, here)}\n`;
        return `${space}- ${block(item, column + 2, here).slice(column + 2)}`;
      })
      .join('');
  }
  return Object.entries(value as { readonly [key: string]: Value })
    .map(([key, item]) => {
      const here = [...path, key];
      const name = quoted(key, here);
      if (name.length > LONGEST_KEY) {
        fail('YAML', pathOf(path), `must have keys of at most ${LONGEST_KEY} characters`, key, 'shorten the key');
      }
      const start = `${space}${name}:`;
      if (isScalar(item)) return `${start} ${scalar(item, column + 2, here)}\n`;
      return `${start}\n${block(item, column + 2, here)}`;
    })
    .join('');
}

/** Whether a value stands in one line, or in a block of text. */
function isScalar(value: Value): boolean {
  return typeof value !== 'object' || value === null || Object.keys(value).length === 0;
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

function scalar(value: Value, column: number, path: readonly string[]): string {
  if (isList(value)) return '[]';
  if (typeof value === 'object' && value !== null) return '{}';
  if (typeof value !== 'string') return typeof value === 'number' ? numberOf(value) : String(value);
  if (!value.includes('\n') || NO_BLOCK.test(value)) return quoted(value, path);
  checkText(value, path);
  const ends = value.endsWith('\n');
  const lines = (ends ? value.slice(0, -1) : value).split('\n');
  return `${ends ? '|' : '|-'}\n${lines.map((line) => (line === '' ? '' : ' '.repeat(column) + line)).join('\n')}`;
}

/** PyYAML takes `1e+21` for a text. */
function numberOf(value: number): string {
  const text = Object.is(value, -0) ? '0' : String(value);
  return text.includes('e') && !text.includes('.') ? text.replace('e', '.0e') : text;
}

/** A text in one line. */
function quoted(text: string, path: readonly string[]): string {
  checkText(text, path);
  if (PLAIN.test(text) && !WORDS.test(text) && !NUMERIC.test(text) && !BREAKS_PLAIN.test(text)) return text;
  return `"${text.replace(ESCAPED, escaped)}"`;
}

function escaped(character: string): string {
  if (character === '"' || character === '\\') return `\\${character}`;
  if (character === '\n') return '\\n';
  if (character === '\t') return '\\t';
  const code = character.codePointAt(0) ?? 0;
  if (code > 0xffff) return `\\U${code.toString(16).padStart(8, '0')}`;
  return code > 0xff ? `\\u${code.toString(16).padStart(4, '0')}` : `\\x${code.toString(16).padStart(2, '0')}`;
}

/** Half a surrogate pair, and what Kustomize writes as it is and then refuses to read. */
const NO_TEXT = /[\0\u007f-\u0084\u0086-\u009f\ufffe\uffff\uD800-\uDFFF]/u;

function checkText(text: string, path: readonly string[]): void {
  if (!NO_TEXT.test(text)) return;
  const rule = 'must be a text without NUL, DEL, characters from U+0080 to U+009F and half surrogate pairs';
  fail('YAML', pathOf(path), rule, text, 'not all programs that read it take these: leave them out');
}

function pathOf(path: readonly string[]): string {
  return path.join('.').replaceAll('.[', '[').replace(/\0/g, '\\0');
}
