/**
 * Writes what test/components/chart-values.test.ts knows of the charts: version, names of the values, kinds.
 *
 * `npx tsx scripts/chart-facts.ts <folder> [chart...]` reads `<folder>/<chart>/{chart,values,footprint}.yaml` for these charts, by
 * default for those that have facts already.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { parse } from 'yaml';

/** The files that are written, one a chart. */
export const CHART_FACTS = path.join(__dirname, '..', 'test', 'components', 'charts');

/** Default values without the values: `""` is a scalar, `null` nothing, a list has what the maps in it have together. */
export type Defaults = { readonly [key: string]: Defaults } | readonly Defaults[] | '' | null;

/** What is known of a chart. */
export interface ChartFacts {
  readonly version: string;
  /** `Kind.group` of the CustomResourceDefinitions that it installs with its default values; undefined where it was not rendered. */
  readonly kinds?: string[];
  /** Those of them whose objects have no namespace. */
  readonly clusterScoped?: string[];
  /** Default values that are tags or images which are another one tomorrow. */
  readonly movingTags?: string[];
  readonly values: { readonly [key: string]: Defaults };
}

interface Chart {
  readonly version: string;
  readonly dependencies?: readonly { readonly name: string; readonly alias?: string; readonly repository?: string }[];
}

interface Footprint {
  readonly customResourceDefinitions?: readonly {
    readonly kind: string;
    readonly group: string;
    readonly scope: string;
  }[];
}

type Values = { [key: string]: unknown };

/** Charts whose default values stand below a key of this name, which is not for users. */
const NESTED = '_internal_defaults_do_not_set';

/** The facts of a chart, from a folder of charts. */
export function factsOf(folder: string, name: string): ChartFacts {
  const { version } = read(folder, name, 'chart') as Chart;
  const footprint = read(folder, name, 'footprint') as Footprint | undefined;
  const crds = footprint && (footprint.customResourceDefinitions ?? []);
  const nameOf = ({ kind, group }: { readonly kind: string; readonly group: string }) => `${kind}.${group}`;
  const values = defaultsOf(folder, name);
  const moving = movingTags(values);
  return {
    version,
    kinds: crds?.map(nameOf).sort(),
    clusterScoped: crds
      ?.filter(({ scope }) => scope === 'Cluster')
      .map(nameOf)
      .sort(),
    movingTags: moving.length > 0 ? moving : undefined,
    values: namesOf(values) as ChartFacts['values'],
  };
}

/** The default values of a chart, with those of its subcharts below their names. */
function defaultsOf(folder: string, name: string): Values {
  const { [NESTED]: nested = {}, ...own } = (read(folder, name, 'values') ?? {}) as Values;
  const { dependencies = [] } = read(folder, name, 'chart') as Chart;
  const subcharts = dependencies
    // one without a repository is in the chart's own folder, and no chart of the same name
    .filter(({ repository }) => repository !== undefined)
    .filter((dependency) => fs.existsSync(path.join(folder, dependency.name, 'values.yaml')))
    .map((dependency) => [dependency.alias ?? dependency.name, defaultsOf(folder, dependency.name)] as const);
  return merged(Object.fromEntries(subcharts), merged(nested as Values, own));
}

/** Whether a tag moves: `latest`, a branch, or a version without its last number. */
export function isMovingTag(tag: string): boolean {
  return /^(latest|main|master|dev|edge|nightly|stable)$/.test(tag) || /^v?\d+(\.\d+)?$/.test(tag);
}

/** Whether an image has no digest and a tag that moves, or none. */
export function isMovingImage(image: string): boolean {
  const [, tag = 'latest'] = /:([^/:@]+)$/.exec(image) ?? [];
  return !image.includes('@') && isMovingTag(tag);
}

function movingTags(value: unknown, path: readonly string[] = []): string[] {
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([key, below]) => {
    const at = [...path, key];
    if (typeof below === 'number' && /tag$/i.test(key)) return isMovingTag(String(below)) ? [at.join('.')] : [];
    if (typeof below !== 'string' || below === '') return movingTags(below, at);
    const moves = /tag$/i.test(key)
      ? isMovingTag(below)
      : /image$/i.test(key) && below.includes(':') && isMovingImage(below);
    return moves ? [at.join('.')] : [];
  });
}

function merged(under: Values, over: Values): Values {
  const result = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const below = under[key];
    result[key] = isMap(value) && isMap(below) ? merged(below, value) : value;
  }
  return result;
}

function namesOf(value: unknown): Defaults {
  if (Array.isArray(value)) {
    const maps = value.filter(isMap);
    return maps.length > 0 ? [namesOf(maps.reduce(merged, {}))] : [];
  }
  if (isMap(value)) return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, namesOf(one)]));
  return value === null || value === undefined ? null : '';
}

function isMap(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function read(folder: string, name: string, file: string): unknown {
  const at = path.join(folder, name, `${file}.yaml`);
  return fs.existsSync(at) ? parse(fs.readFileSync(at, 'utf8')) : undefined;
}

/** Facts as they are written: one line for each value at the top. */
export function textOf({ values, ...rest }: ChartFacts): string {
  const lines = Object.entries(values)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `    ${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  const head = Object.entries(rest)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  return `{\n  ${head.join(',\n  ')},\n  "values": {\n${lines.join(',\n')}\n  }\n}\n`;
}

/** Charts that have facts. */
export function knownCharts(): string[] {
  return fs.readdirSync(CHART_FACTS).map((file) => path.parse(file).name);
}

if (require.main === module) {
  const [folder, ...charts] = process.argv.slice(2);
  if (folder === undefined) throw new Error('usage: npx tsx scripts/chart-facts.ts <folder> [chart...]');
  for (const name of charts.length > 0 ? charts : knownCharts()) {
    fs.writeFileSync(path.join(CHART_FACTS, `${name}.json`), textOf(factsOf(folder, name)));
  }
}
