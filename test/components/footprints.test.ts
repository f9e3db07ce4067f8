import * as fs from 'node:fs';
import * as path from 'node:path';
import { renderedChart, renderedCharts } from '../../scripts/footprints';
import { CHART_FACTS, ChartFacts } from '../../scripts/chart-facts';
import { Component, FootprintWorkload } from '../../src';
import { valueAt } from '../../src/contracts/resolved-footprint';
import { installedComponents } from '../support/components';
import { valueProblems } from './chart-values';

const COMPONENTS = [...new Map(installedComponents().map((one) => [one.name, one])).values()];
const CHARTS = COMPONENTS.filter(({ chart }) => chart !== undefined);

function factsAbout(chart: string): ChartFacts {
  return JSON.parse(fs.readFileSync(path.join(CHART_FACTS, `${chart}.json`), 'utf8')) as ChartFacts;
}

test('every component has a footprint', () => {
  expect(COMPONENTS.filter(({ footprint }) => footprint === undefined).map(({ name }) => name)).toEqual([]);
});

test('every chart was rendered in the version that is installed', () => {
  const rendered = renderedCharts();
  const different = CHARTS.filter(({ chart }) => rendered[chart!.name]?.version !== chart!.version);
  expect(different.map(({ name }) => name)).toEqual([]);
  expect(Object.keys(rendered).sort()).toEqual([...new Set(CHARTS.map(({ chart }) => chart!.name))].sort());
});

/** Each path of a chart value in a footprint, with a value of the kind that is there. */
function valuePaths({ footprint }: Component): (readonly [path: string, value: unknown])[] {
  const amounts = { requests: { cpu: '1', memory: '1Gi' }, limits: { memory: '1Gi' } };
  const ofWorkload = (one: FootprintWorkload): (readonly [string | undefined, unknown])[] => [
    [one.replicasAt, 1],
    [one.enabledAt, true],
    [one.disabledAt, true],
    [one.nodeSelectorAt, {}],
    [one.tolerationsAt, []],
    [one.disruptionBudgetAt, { minAvailable: 1 }],
    ...[...one.containers, ...(one.initContainers ?? [])].flatMap((container) => [
      [container.resourcesAt, amounts] as const,
      [container.imageAt, undefined] as const,
      [container.enabledAt, true] as const,
    ]),
    ...(one.volumes ?? []).flatMap((volume) => [
      [volume.sizeAt, '1Gi'] as const,
      [volume.storageClassAt, 'fast'] as const,
      [volume.enabledAt, {}] as const,
    ]),
  ];
  return [
    ...(footprint?.workloads ?? []).flatMap(ofWorkload),
    ...(footprint?.webhooks ?? []).flatMap((one) => [
      [one.enabledAt, true] as const,
      [one.failurePolicyAt, 'Ignore'] as const,
    ]),
    ...(footprint?.services ?? []).map((one) => [one.enabledAt, true] as const),
  ].filter((pair): pair is readonly [string, unknown] => pair[0] !== undefined);
}

/** Values with one at a path; keys that hold dots are those of the chart. */
function valuesWith(at: string, value: unknown): { [key: string]: unknown } {
  const [head, ...rest] = at.split('.');
  return { [head]: rest.length === 0 ? value : valuesWith(rest.join('.'), value) };
}

test.each(CHARTS.map((one) => [one.name, one] as const))(
  'every value that the footprint of %s names is one of the chart',
  (_, component) => {
    const facts = factsAbout(component.chart!.name);
    const wrong = valuePaths(component).flatMap(([at, value]) =>
      valueAt(facts.values, at) === undefined
        ? valueProblems(component.chart!.name, facts, valuesWith(at, value)).map(({ problem }) => `${at}: ${problem}`)
        : [],
    );
    expect(wrong).toEqual([]);
  },
);

/** Where the data on charts is from. */
const folder = process.env.ML_PLATFORM_CHARTS;
(folder ? test : test.skip)('the footprints are those of the charts', () => {
  const rendered = renderedCharts();
  const different = Object.keys(rendered).filter(
    (chart) => JSON.stringify(rendered[chart]) !== JSON.stringify(renderedChart(folder!, chart)),
  );
  expect(different).toEqual([]);
});
