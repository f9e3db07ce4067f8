/**
 * Writes src/components/generated/footprints.json: what the charts of the components render with their default values.
 *
 * `npx tsx scripts/footprints.ts <folder> [chart...]` reads `<folder>/<chart>/{chart,footprint}.yaml` for these charts, by default for those
 * that are in the file already. Which values change it is written by hand, beside each component's own values.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { parse } from 'yaml';
import type { FootprintExpression } from '../src/contracts/footprint';
import type { RenderedChart } from '../src/components/chart-footprint';

const FILE = path.join(__dirname, '..', 'src', 'components', 'generated', 'footprints.json');

/** The file as it is read: charts by name. */
interface Rendered {
  readonly [chart: string]: RenderedChart;
}

interface Amounts {
  readonly cpu?: string | number;
  readonly memory?: string;
}

interface ContainerFacts {
  readonly name: string;
  readonly image: string;
  readonly requests?: Amounts;
  readonly limits?: Amounts;
}

interface WorkloadFacts {
  readonly kind: string;
  readonly name: string;
  readonly replicas?: number;
  readonly hook?: string;
  readonly podSecurity?: string;
  readonly containers?: readonly ContainerFacts[];
  readonly initContainers?: readonly ContainerFacts[];
}

interface SelectorFacts {
  readonly matchLabels?: { readonly [label: string]: string };
  readonly matchExpressions?: readonly FootprintExpression[];
}

interface WebhookFacts {
  readonly name: string;
  readonly failurePolicy: string;
  readonly namespaceSelector?: SelectorFacts | null;
  readonly objectSelector?: SelectorFacts | null;
  readonly rules: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly operations: readonly string[];
    readonly scope?: string;
  }[];
}

interface Facts {
  readonly workloads?: readonly WorkloadFacts[];
  readonly operatorWorkloads?: readonly WorkloadFacts[];
  readonly services?: readonly {
    readonly name: string;
    readonly ports?: readonly { readonly name?: string; readonly port: number }[];
  }[];
  readonly webhooks?: readonly WebhookFacts[];
}

/** What a chart renders, from a folder of charts; nothing where it was not rendered. */
export function renderedChart(folder: string, name: string): RenderedChart | undefined {
  const { version } = read(folder, name, 'chart') as { version: string };
  const facts = read(folder, name, 'footprint') as Facts | undefined;
  if (facts === undefined) return undefined;
  return {
    version,
    workloads: [...(facts.workloads ?? []), ...(facts.operatorWorkloads ?? [])].filter(isDeployed).map((one) => ({
      kind: OPERATED[one.kind] ?? one.kind,
      name: one.name,
      ...(one.kind === 'DaemonSet' ? {} : { replicas: one.replicas ?? 1 }),
      ...(one.hook ? { hook: one.hook.replace(/\s/g, '') } : {}),
      ...(one.podSecurity ? { podSecurity: one.podSecurity } : {}),
      ...(one.initContainers?.length ? { initContainers: one.initContainers.map(container) } : {}),
      containers: (one.containers ?? []).map(container),
    })),
    webhooks: (facts.webhooks ?? []).map(webhook).filter(({ judges }) => judges.length > 0),
    services: (facts.services ?? []).map((service) => ({
      name: service.name,
      ports: Object.fromEntries((service.ports ?? []).map(({ name: port, port: number }) => [port ?? '', number])),
    })),
  };
}

/** What the objects of an operator become. */
const OPERATED: { readonly [kind: string]: string } = { Alertmanager: 'StatefulSet', Prometheus: 'StatefulSet' };

/** Whether an installation or an upgrade runs it: tests and removals do not matter. */
function isDeployed({ hook }: WorkloadFacts): boolean {
  return hook === undefined || /(pre|post)-(install|upgrade)/.test(hook);
}

function container({
  name,
  image,
  requests,
  limits,
}: ContainerFacts): RenderedChart['workloads'][number]['containers'][number] {
  const cpu = requests?.cpu ?? limits?.cpu;
  const memory = requests?.memory ?? limits?.memory;
  return {
    name,
    image,
    ...(cpu === undefined ? {} : { cpu: String(cpu) }),
    ...(limits?.cpu === undefined ? {} : { cpuLimit: String(limits.cpu) }),
    ...(memory ? { memory } : {}),
  };
}

function webhook({
  name,
  failurePolicy,
  rules,
  ...selectors
}: WebhookFacts): NonNullable<RenderedChart['webhooks']>[number] {
  const namespaceSelector = expressions(selectors.namespaceSelector);
  const objectSelector = expressions(selectors.objectSelector);
  const judges = rules
    .filter(({ operations }) => operations.some((one) => ['CREATE', 'UPDATE', '*'].includes(one)))
    .flatMap(({ apiGroups, resources }) =>
      apiGroups.flatMap((group) => resources.map((one) => `${group}/${one.replace('*/*', '*')}`)),
    );
  const [scope, ...others] = new Set(rules.map((rule) => rule.scope ?? '*'));
  return {
    name,
    failurePolicy,
    judges: [...new Set(judges)],
    ...(scope !== '*' && others.length === 0 ? { scope } : {}),
    ...(namespaceSelector.length > 0 ? { namespaceSelector } : {}),
    ...(objectSelector.length > 0 ? { objectSelector } : {}),
  };
}

function expressions(selector: SelectorFacts | null | undefined): FootprintExpression[] {
  const labels = Object.entries(selector?.matchLabels ?? {});
  return [
    ...labels.map(([key, value]) => ({ key, operator: 'In', values: [value] })),
    ...(selector?.matchExpressions ?? []),
  ];
}

function read(folder: string, name: string, file: string): unknown {
  const at = path.join(folder, name, `${file}.yaml`);
  return fs.existsSync(at) ? parse(fs.readFileSync(at, 'utf8')) : undefined;
}

/** What is in the file. */
export function renderedCharts(): Rendered {
  return JSON.parse(fs.readFileSync(FILE, 'utf8')) as Rendered;
}

/** Charts as they are written: a line for each workload, webhook and Service. */
function textOf(charts: Rendered): string {
  const list = (items: readonly unknown[] = []): string =>
    items.length > 0 ? `[\n${items.map((item) => `      ${JSON.stringify(item)}`).join(',\n')}\n    ]` : '[]';
  const entries = Object.entries(charts)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([name, { version, workloads, webhooks, services }]) =>
        `  ${JSON.stringify(name)}: {\n    "version": ${JSON.stringify(version)},\n    "workloads": ${list(workloads)},\n` +
        `    "webhooks": ${list(webhooks)},\n    "services": ${list(services)}\n  }`,
    );
  return `{\n${entries.join(',\n')}\n}\n`;
}

if (require.main === module) {
  const [folder, ...names] = process.argv.slice(2);
  if (folder === undefined) throw new Error('usage: npx tsx scripts/footprints.ts <folder> [chart...]');
  const known = fs.existsSync(FILE) ? renderedCharts() : {};
  const fresh = (names.length > 0 ? names : Object.keys(known)).map((name) => [name, renderedChart(folder, name)]);
  fs.writeFileSync(FILE, textOf({ ...known, ...(Object.fromEntries(fresh.filter(([, one]) => one)) as Rendered) }));
}
