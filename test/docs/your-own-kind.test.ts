import * as fs from 'node:fs';
import * as path from 'node:path';
import { blocks, ROOT } from './pages';

test('the page prints the project that the test of the package compiles and runs', () => {
  const folder = path.join(ROOT, 'test/package/operator');
  const sources = fs.readdirSync(folder).filter((file) => file.endsWith('.ts'));
  const printed = blocks('docs/operators/your-own-kind.md', 'typescript').map(({ code }) => code.trim());
  expect(printed.sort()).toEqual(sources.map((file) => fs.readFileSync(path.join(folder, file), 'utf8').trim()).sort());
});
