import * as fs from 'node:fs';
import * as path from 'node:path';
import { renderedChart, renderedCharts } from '../../scripts/footprints';
import { CHART_FACTS, ChartFacts } from '../../scripts/chart-facts';
import { Component, FootprintWorkload } from '../../src';
import { valueAt } from '../../src/contracts/chart-values';
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

/** Values that charts read and have in their default values as comments only, by what their comments say in November 2026. */
const COMMENTED = [
  'alertmanager.alertmanagerSpec.configSecret',
  ...['ScrapeConfigs', 'AlertManagerConfigs', 'AlertRelabelConfigs'].map(
    (what) => `prometheus.prometheusSpec.additional${what}Secret.enabled`,
  ),
  ...['postgresql', 'mysql'].flatMap((database) =>
    ['userNameSecret', 'passwordSecret'].map((key) => `controller.persistence.${database}.${key}.name`),
  ),
];

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
      [one.namespaceSelectorAt, { matchLabels: { judged: 'true' } }] as const,
      [one.namespacesAt, ['team']] as const,
      [one.objectSelectorAt, { matchLabels: { judged: 'true' } }] as const,
    ]),
    ...(footprint?.services ?? []).map((one) => [one.enabledAt, true] as const),
    ...(footprint?.references ?? []).flatMap((one) => [[one.nameAt, 'keys'] as const, [one.enabledAt, true] as const]),
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
      valueAt(facts.values, at) === undefined && !COMMENTED.includes(at)
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

/** Values whose name says that they name a Secret or ConfigMap that the chart does not make, and why they are not followed. */
const NOT_FOLLOWED: { readonly [value: string]: string } = {
  'argo-cd redis-ha.existingSecret': 'made by the Job of the chart',
  'flink-kubernetes-operator tls.secretKeyRef': 'used with TLS of jobs, off; the chart makes a Certificate of it',
  'kube-prometheus-stack alertmanager.alertmanagerSpec.useExistingSecret': 'a switch',
  'kube-prometheus-stack grafana.downloadDashboards.envFromSecret': 'of a download that is off',
  'kube-prometheus-stack grafana.imageRenderer.existingSecret': 'of a renderer that is off',
  'kube-prometheus-stack thanosRuler.thanosRulerSpec.alertmanagersConfig.existingSecret': 'of a ruler that is off',
  'kube-prometheus-stack thanosRuler.thanosRulerSpec.objectStorageConfig.existingSecret': 'of a ruler that is off',
  'kube-prometheus-stack thanosRuler.thanosRulerSpec.queryConfig.existingSecret': 'of a ruler that is off',
  'kube-prometheus-stack thanosRuler.thanosRulerSpec.tracingConfig.existingSecret': 'of a ruler that is off',
  'kube-prometheus-stack thanosRuler.thanosRulerSpec.alertRelabelConfigs.existingSecret': 'of a ruler that is off',
};

test('what values name by their own names is followed', () => {
  const named = /(existing\w*(Secret|ConfigMap)|passwordSecretRef|extraSecretRef|envFromSecrets?|secretKeyRef)$/i;
  const paths = (value: unknown, at: string): string[] =>
    typeof value !== 'object' || value === null || Array.isArray(value)
      ? []
      : Object.entries(value).flatMap(([key, below]) => {
          const path = at === '' ? key : `${at}.${key}`;
          return named.test(key) ? [path] : paths(below, path);
        });
  const open = CHARTS.flatMap(({ chart, footprint }) => {
    const followed = (footprint?.references ?? []).map(({ nameAt }) => nameAt);
    return paths(factsAbout(chart!.name).values, '')
      .filter((path) => !followed.includes(path))
      .map((path) => `${chart!.name} ${path}`);
  });
  expect([...new Set(open)].sort()).toEqual(Object.keys(NOT_FOLLOWED).sort());
});
