import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { dashboardConfigMap, DATASOURCE, grafanaJson } from '../../constructs/monitoring/grafana-dashboard';
import { fail } from '../../contracts/errors';
import { DASHBOARDS } from './panels';

/** Options of the dashboards: prices that the one about cost begins with. */
export interface PlatformDashboardsProps {
  /**
   * Price of a CPU for an hour, in the currency of the reader.
   *
   * @default 0
   */
  readonly cpuHourPrice?: number;
  /**
   * Price of a GiB of memory for an hour.
   *
   * @default 0
   */
  readonly memoryGiBHourPrice?: number;
  /**
   * Price of a GPU for an hour.
   *
   * @default 0
   */
  readonly gpuHourPrice?: number;
}

/**
 * Grafana dashboards, each as a ConfigMap that Grafana's sidecar finds by its label `grafana_dashboard`; docs/constructs/monitoring.md
 * has what each shows.
 */
export class PlatformDashboards extends Construct {
  /** The ConfigMaps, by name of the dashboard. */
  public readonly dashboards: { readonly [name: string]: ApiObject };

  /** @throws InvalidInputError when a price is negative */
  public constructor(scope: Construct, id: string, props: PlatformDashboardsProps = {}) {
    super(scope, id);
    for (const prop of ['cpuHourPrice', 'memoryGiBHourPrice', 'gpuHourPrice'] as const) {
      const { [prop]: price = 0 } = props;
      if (price >= 0 && Number.isFinite(price)) continue;
      fail(this, prop, 'must be at least 0', price, 'give what an hour costs');
    }
    this.dashboards = Object.fromEntries(Object.keys(DASHBOARDS).map((name) => [name, this.dashboard(name, props)]));
  }

  private dashboard(name: string, prices: PlatformDashboardsProps): ApiObject {
    return dashboardConfigMap(this, name, name, dashboardJson(name, `nstarx-${name}`, undefined, prices));
  }
}

/** Names of the dashboards that can show a single namespace. */
export const NAMESPACED_DASHBOARDS: readonly string[] = Object.entries(DASHBOARDS)
  .filter(([, { namespaced }]) => namespaced)
  .map(([name]) => name);

/**
 * A dashboard as Grafana reads it.
 *
 * @param name one of `DASHBOARDS`
 * @param uid at most 40 characters
 * @param namespace the only one that it shows; without it, the reader chooses
 */
export function dashboardJson(name: string, uid: string, namespace?: string, prices?: PlatformDashboardsProps): string {
  const { title, panels, namespaced, priced } = DASHBOARDS[name];
  const ofNamespace = namespace === undefined ? anyNamespace() : oneNamespace(namespace);
  return grafanaJson({
    uid,
    title: namespace === undefined ? title : `${title}: ${namespace}`,
    panels,
    variables: [...(namespaced ? [ofNamespace] : []), ...(priced ? priceVariables(prices) : [])],
  });
}

function anyNamespace(): object {
  return {
    name: 'namespace',
    type: 'query',
    label: 'Namespace',
    datasource: DATASOURCE,
    query: 'label_values(kube_namespace_created, namespace)',
    refresh: 2,
    includeAll: true,
    multi: true,
    allValue: '.*',
    current: { text: ['All'], value: ['$__all'] },
  };
}

/** A variable that the reader does not see. */
function oneNamespace(namespace: string): object {
  return { name: 'namespace', type: 'constant', query: namespace, hide: 2, skipUrlSync: true };
}

/** Variables into which the reader can write other prices. */
function priceVariables({
  cpuHourPrice = 0,
  memoryGiBHourPrice = 0,
  gpuHourPrice = 0,
}: PlatformDashboardsProps = {}): object[] {
  const variable = (name: string, label: string, price: number): object => ({
    name,
    type: 'textbox',
    label,
    query: String(price),
    current: { text: String(price), value: String(price) },
  });
  return [
    variable('cpu_price', 'Price of a CPU hour', cpuHourPrice),
    variable('memory_price', 'Price of a GiB hour', memoryGiBHourPrice),
    variable('gpu_price', 'Price of a GPU hour', gpuHourPrice),
  ];
}
