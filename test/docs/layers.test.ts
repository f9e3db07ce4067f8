import * as fs from 'node:fs';
import * as path from 'node:path';
import { LAYERS, OPERATORS } from '../../scripts/lint/layers';
import { blocks, ROOT } from './pages';

const ORDER = Object.keys(LAYERS);

test('a layer imports only layers below it', () => {
  const upwards = Object.entries(LAYERS).flatMap(([layer, { imports }]) =>
    imports.filter((other) => ORDER.indexOf(other) <= ORDER.indexOf(layer)).map((other) => `${layer} > ${other}`),
  );
  expect(upwards).toEqual([]);
});

test('the README lists the layers in their order', () => {
  const list = blocks('README.md', 'text').find(({ code }) => code.startsWith(ORDER[0]));
  expect(list?.code.split('\n').map((line) => line.split(' ')[0])).toEqual(ORDER);
});

test('the table in CONTRIBUTING has the order of the layers, and what each may import', () => {
  const rows = fs
    .readFileSync(path.join(ROOT, 'CONTRIBUTING.md'), 'utf8')
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')))
    .filter(([, folder]) => folder?.startsWith('src/') || folder === 'operators')
    .map(([, folder, , imports]) => [folder, imports]);
  expect(rows).toEqual([
    ...Object.entries(LAYERS).map(([layer, { imports }]) => [`src/${layer}`, imports.join(', ') || 'none']),
    ['operators', OPERATORS.mayImport.join(', ')],
  ]);
});
