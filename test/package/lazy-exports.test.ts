import * as fs from 'node:fs';
import * as path from 'node:path';
import { lazyIndex, reexports } from '../../scripts/lazy-exports';
import { run, temporaryFolder } from './package';

const folder = temporaryFolder();
afterAll(() => {
  fs.rmSync(folder, { recursive: true, force: true });
});

function write(file: string, text: string): string {
  fs.writeFileSync(path.join(folder, file), text);
  return path.join(folder, file);
}

write('a.js', "console.log('a is loaded'); exports.a1 = 1; exports.a2 = 2;");
write('b.js', "console.log('b is loaded'); exports.b1 = 3; exports.__esModule = true; exports.default = 4;");

function makeIndex(source: string): void {
  const found = reexports(write('index.ts', source));
  write(
    'index.js',
    lazyIndex(found!, (from) => ({ './a': { a1: 0, a2: 0 }, './b': { b1: 0, default: 0 } })[from]!),
  );
}

test('what is re-exported is loaded when it is used, once', () => {
  makeIndex("export { a1 as one, SomeType } from './a';\nexport * from './b';\nexport * as both from './a';");
  const program = write(
    'program.js',
    `const index = require('./index');
     console.log(Object.keys(index).sort().join());
     console.log(index.one, index.one, index.both.a2);`,
  );
  expect(run(folder, program)).toBe('b1,both,one\na is loaded\n1 1 2\n');
});

test('an ES module can import by name', () => {
  makeIndex("export * from './a';\nexport * as bee from './b';");
  const program = write('program.mjs', "import { a2, bee } from './index.js';\nconsole.log(a2, bee.b1);");
  expect(run(folder, program)).toBe('a is loaded\nb is loaded\n2 3\n');
});

test.each([
  ['declares something', "export * from './a';\nexport const x = 1;"],
  ['has an import', "import './a';\nexport * from './b';"],
])('an index file that %s stays as it is', (_name, text) => {
  expect(reexports(write('index.ts', text))).toBeUndefined();
});

test('type-only re-exports leave nothing', () => {
  expect(reexports(write('index.ts', "export type { A } from './a';"))).toEqual([]);
});
