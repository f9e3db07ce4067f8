import * as fs from 'fs';
import * as path from 'path';
import { Component, Components } from 'ml-platform-constructs';
import { installedComponents } from '../support/components';

const DOCS = path.join(__dirname, '..', '..', 'docs');
const page = fs.readFileSync(path.join(DOCS, 'components.md'), 'utf8');

test('the catalogue lists every component as it is installed', () => {
  const byChart = new Map(installedComponents().map((one): [string, Component] => [one.chart?.name ?? one.name, one]));
  const rows = [...byChart.values()].map(({ name, chart, kustomize, namespace, bootstrap }) => [
    chart?.name ?? name,
    chart?.version ?? kustomize?.revision,
    namespace,
    bootstrap ? 'yes' : 'no',
  ]);
  const table = page
    .split('<!-- sizes')[0]
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map((cells) => cells.slice(1, 5));
  // below the heading and the line under it
  expect(table.slice(2)).toEqual(rows.sort());
});

test('every file of the catalogue is on the page', () => {
  const files = fs
    .readdirSync(path.join(DOCS, '..', 'src', 'components'))
    .filter((file) => file.endsWith('.ts') && !['chart-footprint.ts', 'components.ts', 'index.ts'].includes(file))
    .map((file) => file.replace('.ts', ''));
  // such as argo-rollouts and Components.argoRollouts(), or the name of the chart where a program cannot require it
  const names = files.map((file) => {
    const method = file.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    return method in Components ? `\`Components.${method}()\`` : `| ${file}`;
  });
  expect(names.filter((name) => !page.includes(name))).toEqual([]);
});
