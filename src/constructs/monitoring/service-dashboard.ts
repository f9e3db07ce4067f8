import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { checked } from '../../contracts/checked';
import { checkReferences } from '../../contracts/environment-scope';
import { fail } from '../../contracts/errors';
import { INamespace } from '../../contracts/namespace';
import { dashboardConfigMap, grafanaJson } from './grafana-dashboard';
import { Monitoring } from './monitoring';
import { Panel, panel } from './panel';

/** Options of a dashboard of services. */
export interface ServiceDashboardProps {
  /** The namespaces of the services. */
  readonly namespaces: INamespace[];
  /**
   * Title of the dashboard.
   *
   * @default - the construct's id
   */
  readonly title?: string;
}

/**
 * A dashboard of Grafana with the services of some namespaces that have `ServiceLevelObjectives`: requests, failures and latency beside what is promised, how fast what is
 * allowed is used up, what is in use of capacity, CPU and memory, and how far consumers of Kafka are behind. It is the ConfigMap `dashboard-<id>` beside Grafana.
 *
 * @example
 * new ServiceDashboard(chart, 'checkout', { namespaces: [platform.teams.core], title: 'Checkout' });
 */
@checked('ServiceDashboard')
export class ServiceDashboard extends Construct {
  /** The ConfigMap. */
  public readonly configMap: ApiObject;

  /** @throws InvalidInputError when it names no namespace, the id is too long for Grafana, or the environment has no Monitoring */
  public constructor(scope: Construct, id: string, props: ServiceDashboardProps) {
    super(scope, id);
    checkReferences(this, props);
    Monitoring.of(this);
    if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(id) || id.length > MOST_CHARACTERS) {
      fail(
        this,
        'id',
        `must be a DNS label of at most ${MOST_CHARACTERS} characters`,
        id,
        "name it such as 'checkout'",
      );
    }
    if (props.namespaces.length === 0) {
      fail(this, 'namespaces', 'must have at least one', [], 'name the namespaces of the services');
    }
    const names = [...new Set(props.namespaces.map(({ namespaceName }) => namespaceName))].sort();
    const json = grafanaJson({
      uid: `services-${id}`,
      title: props.title ?? id,
      panels: servicePanels(names.join('|')),
      variables: [],
    });
    this.configMap = dashboardConfigMap(this, 'Resource', id, json);
  }
}

/** Grafana's uids have at most 40 characters. */
const MOST_CHARACTERS = 40 - 'services-'.length;

const SERVICE = '{{service}}';

/**
 * The panels about services of some namespaces.
 *
 * @param namespaces a regular expression
 */
export function servicePanels(namespaces: string): Panel[] {
  const own = (series: string): string => `${series}{namespace=~"${namespaces}"}`;
  // a topic begins with its namespace; the exporter is Kafka's, in another one
  const topics = `topic=~"(${namespaces})[.].+"`;
  const burn = (series: string, target: string): string =>
    `${own(`${series}:ratio_rate1h`)} / on (namespace, service) (1 - ${own(target)})`;
  return [
    panel('Requests', 'reqps', own('service:requests:rate5m'), SERVICE),
    panel(
      'Requests, over what the service can answer',
      'percentunit',
      `${own('service:requests:rate5m')} / on (namespace, service) ${own('service:requests:capacity')}`,
      SERVICE,
      'From 80 % on, there is a warning.',
    ),
    panel('Requests that fail', 'percentunit', own('service:request_errors:ratio_rate5m'), SERVICE),
    panel(
      'How fast failures use up what is allowed',
      'none',
      burn('service:request_errors', 'service:availability:target_ratio'),
      SERVICE,
      'At 1, what 30 days allow lasts 30 days; at 14.4 it lasts two, and someone is woken. Over an hour.',
    ),
    {
      title: 'Latency, and what is promised',
      unit: 's',
      targets: [
        { query: own('service:latency:seconds'), legend: SERVICE },
        { query: own('service:latency:target_seconds'), legend: `${SERVICE} promised` },
      ],
    },
    panel(
      'How fast late answers use up what is allowed',
      'none',
      burn('service:slow_requests', 'service:latency:target_ratio'),
      SERVICE,
      'At 1, what 30 days allow lasts 30 days. Over an hour.',
    ),
    {
      title: 'CPU, over what is requested',
      unit: 'percentunit',
      targets: [
        { query: own('service:cpu:utilization_ratio'), legend: SERVICE },
        { query: `max(${own('service:cpu:target_ratio')})`, legend: 'meant' },
      ],
    },
    {
      title: 'Memory, over what is requested',
      unit: 'percentunit',
      targets: [
        { query: own('service:memory:utilization_ratio'), legend: SERVICE },
        { query: `max(${own('service:memory:target_ratio')})`, legend: 'meant' },
      ],
    },
    panel(
      'Time that routing adds',
      's',
      own('service:routing_overhead:mean5m_seconds'),
      SERVICE,
      'Of gateways: the mean time of clients less that of services.',
    ),
    panel(
      'Messages that wait for a consumer',
      'short',
      // -1 is a group that has not read yet; source: https://github.com/danielqsj/kafka_exporter
      `sum by (consumergroup, topic) (kafka_consumergroup_lag{${topics}} >= 0)`,
      '{{consumergroup}} {{topic}}',
      "Where Kafka's exporter runs.",
    ),
    panel(
      'Messages produced',
      'cps',
      `sum by (topic) (rate(kafka_topic_partition_current_offset{${topics}}[5m]))`,
      '{{topic}}',
      "Where Kafka's exporter runs.",
    ),
  ];
}
