import { ApiObject, Lazy } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { MONITORING_NAMESPACE } from '../../components/kube-prometheus-stack';
import { checkWhole } from '../../contracts/bounds';
import { checked } from '../../contracts/checked';
import { fail } from '../../contracts/errors';
import { INamespace, namespaceNameOf } from '../../contracts/namespace';
import { DNS_EGRESS, ruleSide, tcpPorts } from '../tenancy/network-rules';
import { AlertReceiver, ReceiverField } from './alert-receiver';
import { AlertSeverity } from './alert-rules';
import { ALERTMANAGER_PODS, Monitoring } from './monitoring';

/** Options of a routing. */
export interface AlertRoutingProps {
  /** Who is told of critical alerts, all of them at once. */
  readonly criticalReceivers: AlertReceiver[];
  /**
   * Who is told of warnings, and of alerts without a severity.
   *
   * @default - those of critical alerts
   */
  readonly warningReceivers?: AlertReceiver[];
  /**
   * The namespace of a team, whose alerts go to these receivers and to no others. The Secrets that the receivers name are in it.
   *
   * @default - all alerts but those of namespaces with a routing of their own; the Secrets are in `data-platform-monitoring`
   */
  readonly namespace?: INamespace;
  /**
   * Who hears every few minutes that alerts arrive, and raises the alarm when that ends: a dead man's switch, outside the cluster.
   * It has no part in the routing of a team.
   *
   * @default - no one notices when Prometheus or Alertmanager are down
   */
  readonly watchdogReceiver?: AlertReceiver;
  /**
   * Minutes between two messages to the dead man's switch.
   *
   * @default 5
   */
  readonly watchdogMinutes?: number;
  /**
   * Labels by which alerts are put into one message.
   *
   * @default - `namespace` and `alertname`
   */
  readonly groupBy?: string[];
  /**
   * Hours after which a critical alert that is still on is repeated. Alertmanager forgets after 120 hours whom it told.
   *
   * @default 4
   */
  readonly criticalRepeatHours?: number;
  /**
   * Hours after which a warning that is still on is repeated.
   *
   * @default 24
   */
  readonly warningRepeatHours?: number;
}

/**
 * Whom Alertmanager tells of alerts, by their severity and by their namespace: an AlertmanagerConfig. One for the platform, and one for each
 * team that has receivers of its own.
 *
 * Alerts of one name and namespace are one message, 30 seconds after the first, with what is added each five minutes; it is said too
 * when they are over. A critical alert silences the warning of the same name and namespace, and alerts of severity `info` and `none`
 * are sent to no one.
 *
 * Secrets are named, not given; prometheus-operator leaves an AlertmanagerConfig out, with all its receivers, while one of them is missing. The
 * environment must have `Monitoring` already.
 *
 * @example
 * new AlertRouting(chart, 'routing', {
 *   namespace: platform.teams.ml,
 *   criticalReceivers: [AlertReceiver.pagerDuty({ routingKeySecretName: 'pagerduty' })],
 *   warningReceivers: [AlertReceiver.slack({ channel: '#ml', urlSecretName: 'slack' })],
 * });
 */
@checked('AlertRouting')
export class AlertRouting extends Construct {
  /** The AlertmanagerConfig. */
  public readonly config: ApiObject;
  private readonly monitoring: Monitoring;
  private readonly props: AlertRoutingProps;

  /**
   * @throws InvalidInputError when there is no receiver, the namespace has a routing already or is that of Alertmanager, a number is out of
   * bounds, or the environment has no Monitoring
   */
  public constructor(scope: Construct, id: string, props: AlertRoutingProps) {
    super(scope, id);
    this.props = props;
    this.monitoring = Monitoring.of(this);
    const namespace = props.namespace && namespaceNameOf(this, props.namespace);
    if (namespace === MONITORING_NAMESPACE) {
      const fix = 'leave it out: what is said there holds for all namespaces';
      fail(this, 'namespace', 'must be that of a team', namespace, fix);
    }
    this.checkReceivers(namespace);
    this.monitoring._addRouting(this, namespace);
    this.config = new ApiObject(this, 'Resource', {
      apiVersion: 'monitoring.coreos.com/v1alpha1',
      kind: 'AlertmanagerConfig',
      metadata: { name: 'alert-routing', namespace: namespace ?? MONITORING_NAMESPACE },
      spec: { route: this.route(namespace), receivers: this.receivers() },
    });
    this.permitPorts(namespace);
  }

  private checkReceivers(namespace: string | undefined): void {
    for (const prop of ['criticalReceivers', 'warningReceivers'] as const) {
      if (this.props[prop]?.length !== 0) continue;
      fail(this, prop, 'must have at least one receiver', [], 'name who is told, or leave the routing out');
    }
    if (namespace !== undefined && this.props.watchdogReceiver !== undefined) {
      const fix = 'give it to the routing without a namespace: the watchdog is an alert of no namespace';
      fail(this, 'watchdogReceiver', 'must be left out with namespace', namespace, fix);
    }
    if (this.props.watchdogMinutes !== undefined && this.props.watchdogReceiver === undefined) {
      fail(this, 'watchdogMinutes', 'must come with watchdogReceiver', this.props.watchdogMinutes, 'give both');
    }
    (this.props.groupBy ?? []).forEach((label) => {
      if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(label)) return;
      fail(this, 'groupBy', 'must be names of labels', label, "write them such as 'namespace'");
    });
  }

  private route(namespace: string | undefined): { [key: string]: unknown } {
    const { watchdogReceiver, groupBy = ['namespace', 'alertname'] } = this.props;
    const hours = (prop: 'criticalRepeatHours' | 'warningRepeatHours', otherwise: number): string =>
      `${checkWhole(this, prop, this.props[prop] ?? otherwise, 1, 120, 'give hours')}h`;
    const critical = {
      matchers: [matcher('severity', AlertSeverity.CRITICAL)],
      receiver: 'critical',
      repeatInterval: hours('criticalRepeatHours', 4),
    };
    const quiet = { matchers: [matcher('severity', 'info|none', '=~')], receiver: NO_ONE };
    const common = {
      receiver: 'warning',
      groupBy,
      groupWait: '30s',
      groupInterval: '5m',
      repeatInterval: hours('warningRepeatHours', 24),
    };
    if (namespace !== undefined) return { ...common, routes: [quiet, critical] };
    const minutes = checkWhole(this, 'watchdogMinutes', this.props.watchdogMinutes ?? 5, 1, 1440, 'give minutes');
    const watchdog = {
      matchers: [matcher('alertname', 'Watchdog')],
      receiver: 'watchdog',
      groupWait: '0s',
      groupInterval: `${minutes}m`,
      // it is looked at each groupInterval, a little early now and then
      repeatInterval: `${minutes * 60 - 10}s`,
    };
    const heartbeat = watchdogReceiver === undefined ? [] : [watchdog];
    // namespaces get routings of their own until synthesis
    const routes = (): object[] => [...heartbeat, quiet, ...this.ofTeams(), critical];
    return { ...common, routes: Lazy.any({ produce: routes }) as unknown };
  }

  /** What teams are told, the platform is not. */
  private ofTeams(): object[] {
    const namespaces = this.monitoring._routedNamespaces();
    if (namespaces.length === 0) return [];
    return [{ matchers: [matcher('namespace', namespaces.join('|'), '=~')], receiver: NO_ONE }];
  }

  private receivers(): object[] {
    const { criticalReceivers, warningReceivers = criticalReceivers, watchdogReceiver } = this.props;
    return [
      receiver('critical', criticalReceivers, true),
      receiver('warning', warningReceivers, true),
      // what is over is no sign of life
      ...(watchdogReceiver ? [receiver('watchdog', [watchdogReceiver], false)] : []),
      { name: NO_ONE },
    ];
  }

  /** Alertmanager may use HTTPS in any case; mail servers and some webhooks have other ports. */
  private permitPorts(namespace: string | undefined): void {
    const { criticalReceivers, warningReceivers = [], watchdogReceiver } = this.props;
    const all = [...criticalReceivers, ...warningReceivers, ...(watchdogReceiver ? [watchdogReceiver] : [])];
    const ports = [...new Set(all.map(({ _port }) => _port))].filter((port) => port !== 443).sort((a, b) => a - b);
    if (ports.length === 0) return;
    const cidrs = this.monitoring._receiverCidrs;
    new k8s.KubeNetworkPolicy(this, 'Ports', {
      metadata: {
        name: `alert-receivers${namespace === undefined ? '' : `-of-${namespace}`}`,
        namespace: MONITORING_NAMESPACE,
      },
      spec: {
        podSelector: { matchLabels: ALERTMANAGER_PODS.podLabels },
        policyTypes: ['Egress'],
        egress: [{ to: cidrs && ruleSide({ cidrs }), ports: tcpPorts(ports) }, DNS_EGRESS],
      },
    });
  }
}

/** The receiver without anyone. */
const NO_ONE = 'no-one';

function matcher(name: string, value: string, matchType = '='): object {
  return { name, value, matchType };
}

function receiver(name: string, all: readonly AlertReceiver[], sendResolved: boolean): object {
  const lists: { [field in ReceiverField]?: object[] } = {};
  for (const one of all) lists[one._field] = [...(lists[one._field] ?? []), one._render(sendResolved)];
  return { name, ...lists };
}
