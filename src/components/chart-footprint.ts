import {
  ComponentFootprint,
  FootprintContainer,
  FootprintMetrics,
  FootprintReference,
  FootprintService,
  FootprintWebhook,
  FootprintWorkload,
} from '../contracts/footprint';
import data from './generated/footprints.json';

/** What a chart renders with its default values. */
export interface RenderedChart {
  /** Version of the chart. */
  readonly version: string;
  readonly workloads: FootprintWorkload[];
  readonly webhooks: FootprintWebhook[];
  readonly services: FootprintService[];
}

/** Chart values by the name of the container that they are about, or one for the only container. */
type ByContainer = string | { readonly [container: string]: string };

/** Which values of the chart change a workload, and what the rendered chart does not show of it. */
export interface WorkloadValues extends Partial<Omit<FootprintWorkload, 'containers' | 'initContainers'>> {
  /** Chart values with requests and limits, of init containers too. */
  readonly resourcesAt?: ByContainer;
  /** Chart values with images. */
  readonly imageAt?: ByContainer;
  /** Chart values that switch containers on or off. */
  readonly containersAt?: { readonly [container: string]: string };
  /** Containers that are not rendered with the chart's default values. */
  readonly moreContainers?: FootprintContainer[];
  /** Init containers that are not rendered with the chart's default values. */
  readonly moreInitContainers?: FootprintContainer[];
}

/** What is known of a chart beside what it renders with its default values. */
export interface ChartValues {
  /** By the name of the workload in the rendered chart. */
  readonly workloads?: { readonly [name: string]: WorkloadValues };
  /** Workloads that an operator makes, or that are not rendered with the chart's default values. */
  readonly moreWorkloads?: FootprintWorkload[];
  /**
   * Name in the rendered chart, and in ours: workloads and Services begin with the name of the release.
   *
   * @default - they are the same
   */
  readonly rename?: readonly [from: string, to: string];
  /**
   * Workload that answers all webhooks, by its name in the rendered chart.
   *
   * @default - the only one
   */
  readonly servedBy?: string;
  /** By the name of the webhook. */
  readonly webhooks?: { readonly [name: string]: Partial<FootprintWebhook> };
  /** Webhooks that the component makes while it runs. */
  readonly moreWebhooks?: FootprintWebhook[];
  /** By the name of the Service in the rendered chart. */
  readonly services?: { readonly [name: string]: Partial<FootprintService> };
  /** Services that the component makes while it runs, or with our values only. */
  readonly moreServices?: FootprintService[];
  /** What Prometheus scrapes. */
  readonly metrics?: FootprintMetrics[];
  /** What the pods need beside what the chart makes, by the values that name it. */
  readonly references?: FootprintReference[];
}

// TypeScript reads each map of ports in the file as a type of its own
const CHARTS = data as unknown as { readonly [chart: string]: RenderedChart | undefined };

/** The footprint of a chart: what it renders with its default values, and which values change it. */
export function chartFootprint(chart: string, known: ChartValues = {}): ComponentFootprint {
  const rendered = CHARTS[chart];
  if (rendered === undefined) throw new Error(`no footprint of the chart ${chart}: see scripts/footprints.ts`);
  const names = rendered.workloads.map(({ name }) => name);
  for (const name of [...Object.keys(known.workloads ?? {}), ...(known.servedBy ? [known.servedBy] : [])]) {
    if (!names.includes(name)) throw new Error(`the chart ${chart} renders no ${name}`);
  }
  const ours = (name: string): string => {
    const [from, to] = known.rename ?? ['', ''];
    return from !== '' && name.startsWith(from) ? `${to}${name.slice(from.length)}` : name;
  };
  const staying = rendered.workloads.filter(({ hook }) => hook === undefined);
  const server = known.servedBy ?? (staying.length === 1 ? staying[0].name : undefined);
  return {
    workloads: [
      ...rendered.workloads.map((one) => ({
        ...workload(one, known.workloads?.[one.name] ?? {}),
        name: ours(one.name),
      })),
      ...(known.moreWorkloads ?? []),
    ],
    webhooks: [
      ...rendered.webhooks.map((one) => ({
        ...one,
        ...(server ? { servedBy: ours(server) } : {}),
        ...known.webhooks?.[one.name],
      })),
      ...(known.moreWebhooks ?? []),
    ],
    services: [
      ...rendered.services.map((one) => ({ ...one, ...known.services?.[one.name], name: ours(one.name) })),
      ...(known.moreServices ?? []),
    ],
    metrics: known.metrics ?? [],
    references: known.references ?? [],
  };
}

/**
 * The values of a workload that stand below one key, by the names that most charts give them.
 *
 * @param key `server`, or nothing for a chart that has them at the top
 */
export function valuesBelow(key: string, others: WorkloadValues = {}): WorkloadValues {
  const at = key === '' ? '' : `${key}.`;
  return {
    replicasAt: `${at}replicas`,
    resourcesAt: `${at}resources`,
    nodeSelectorAt: `${at}nodeSelector`,
    tolerationsAt: `${at}tolerations`,
    ...others,
  };
}

function workload(rendered: FootprintWorkload, values: WorkloadValues): FootprintWorkload {
  const { resourcesAt, imageAt, containersAt, moreContainers = [], moreInitContainers = [], ...changes } = values;
  const container = (one: FootprintContainer): FootprintContainer => ({
    ...one,
    ...optional('resourcesAt', of(resourcesAt, one.name)),
    ...optional('imageAt', of(imageAt, one.name)),
    ...optional('enabledAt', containersAt?.[one.name]),
  });
  return {
    ...rendered,
    ...changes,
    initContainers: [...(rendered.initContainers ?? []).map(container), ...moreInitContainers],
    containers: [...rendered.containers.map(container), ...moreContainers],
  };
}

function of(values: ByContainer | undefined, container: string): string | undefined {
  return typeof values === 'object' ? values[container] : values;
}

function optional(key: string, value: string | undefined): { [key: string]: string } {
  return value === undefined ? {} : { [key]: value };
}
