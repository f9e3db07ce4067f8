import * as fs from 'node:fs';
import * as path from 'node:path';
import { CHART_FACTS, ChartFacts, factsOf, knownCharts, textOf } from '../../scripts/chart-facts';
import { Component } from '../../src';
import { installedComponents } from '../support/components';
import { FREE_VALUES, FreeValue, misspellings, valueProblems } from './chart-values';

type Values = { readonly [key: string]: unknown };

const COMPONENTS = installedComponents().filter(({ chart }) => chart !== undefined);
const CHARTS = [...new Set(COMPONENTS.map(chartOf))].sort();

function chartOf(component: Component): string {
  return component.chart!.name;
}

function factsAbout(chart: string): ChartFacts {
  return JSON.parse(fs.readFileSync(path.join(CHART_FACTS, `${chart}.json`), 'utf8')) as ChartFacts;
}

/** The values that a chart is installed with, each once. */
function valuesOf(chart: string): Values[] {
  const all = COMPONENTS.filter((component) => chartOf(component) === chart).map(({ values }) => values);
  return [...new Map(all.map((values) => [JSON.stringify(values), values])).values()];
}

test('every chart has facts, of the version that is installed, and no other has', () => {
  expect(knownCharts().sort()).toEqual(CHARTS);
  const versions = CHARTS.map((chart) => [chart, factsAbout(chart).version]);
  expect(COMPONENTS.map((component) => [chartOf(component), component.chart!.version])).toEqual(
    expect.arrayContaining(versions),
  );
  expect(new Set(COMPONENTS.map((component) => `${chartOf(component)} ${component.chart!.version}`)).size).toBe(
    CHARTS.length,
  );
});

test.each(CHARTS)('%s has every key of its values', (chart) => {
  expect(valuesOf(chart).flatMap((values) => valueProblems(chart, factsAbout(chart), values))).toEqual([]);
});

test('every value with free keys is one that something sets', () => {
  const used = new Set<FreeValue>();
  for (const chart of CHARTS) {
    for (const values of valuesOf(chart)) valueProblems(chart, factsAbout(chart), values, used);
  }
  expect(FREE_VALUES.filter((one) => !used.has(one))).toEqual([]);
});

/** Names that are free, so that a misspelled one is another one. */
const FREE = [
  /^fake-gpu-operator topology\.nodePools\.[\w-]+$/,
  /^prometheus-adapter rules\.custom\.resources\.overrides\.\w+$/,
  /\.(matchLabels|podLabels)\.[\w./-]+$/,
  /^aws-load-balancer-controller defaultTags\.[\w.-]+$/,
  /^valkey auth\.aclUsers\.[\w.-]+$/,
  /^valkey podLabels\.[\w./-]+$/,
];

test('every key that is misspelled is found, but for names that are free', () => {
  const tried = new Map<string, boolean>();
  for (const chart of CHARTS) {
    const facts = factsAbout(chart);
    for (const values of valuesOf(chart)) {
      for (const wrong of misspellings(values)) {
        tried.set(`${chart} ${wrong.path}`, valueProblems(chart, facts, wrong.values as Values).length > 0);
      }
    }
  }
  const isFree = ([key]: readonly [string, boolean]): boolean => FREE.some((pattern) => pattern.test(key));
  const named = [...tried].filter((one) => !isFree(one));
  process.stderr.write(
    `${named.length} keys of ${CHARTS.length} charts misspelled one at a time, and ${tried.size - named.length} free names\n`,
  );
  expect(named.filter(([, found]) => !found).map(([key]) => key)).toEqual([]);
  expect(named.length).toBeGreaterThan(700);
});

/** Charts whose kinds another chart installs. */
const OTHER_KINDS: { readonly [chart: string]: string } = { karpenter: 'karpenter-crd' };

/** Kinds that a chart was not seen to install, and why. */
const NOT_RENDERED: { readonly [chart: string]: RegExp } = {
  // of a subchart that could not be had when the charts were rendered; another test compares them with their CRDs
  kyverno: /\.policies\.kyverno\.io$/,
  // made of ConstraintTemplates
  gatekeeper: /\.constraints\.gatekeeper\.sh$/,
};

test.each(CHARTS.filter((chart) => !(chart in OTHER_KINDS)))(
  '%s installs the kinds that its component names, and those without a namespace are known',
  (chart) => {
    const components = COMPONENTS.filter((component) => chartOf(component) === chart);
    const named = (of: (component: Component) => string[]): string[] =>
      [...new Set(components.flatMap(of))].filter((kind) => !(NOT_RENDERED[chart]?.test(kind) ?? false)).sort();
    const { kinds = [], clusterScoped = [] } = factsAbout(chart);
    expect(named(({ customResources }) => customResources)).toEqual(kinds);
    expect(named(({ clusterScopedResources }) => clusterScopedResources)).toEqual(clusterScoped);
  },
);

/** Where the data on charts is from; the facts are made of it. */
const folder = process.env.ML_PLATFORM_CHARTS;
(folder ? test : test.skip)('the facts are those of the charts', () => {
  const different = CHARTS.filter(
    (chart) => fs.readFileSync(path.join(CHART_FACTS, `${chart}.json`), 'utf8') !== textOf(factsOf(folder!, chart)),
  );
  expect(different).toEqual([]);
});
