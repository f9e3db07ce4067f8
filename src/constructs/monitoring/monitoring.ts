import { ApiObject } from 'cdk8s';
import { Construct, IConstruct } from 'constructs';
import { k8s } from 'cdk8s-plus-28';
import {
  kubePrometheusStack,
  MONITORING_NAMESPACE,
  notifiesByValues,
  PROMETHEUS_PEER,
} from '../../components/kube-prometheus-stack';
import { checkPeer, checkWhole } from '../../contracts/bounds';
import { checked } from '../../contracts/checked';
import { Component } from '../../contracts/component';
import { ComponentRegistry } from '../../contracts/component-registry';
import { IEnvironment } from '../../contracts/environment';
import { environmentOf, findEnvironment, onePerEnvironment } from '../../contracts/environment-scope';
import { fail } from '../../contracts/errors';
import { PLATFORM_GROUP } from '../../contracts/names';
import { NetworkPeer } from '../../contracts/network';
import { wholeUnits } from '../../contracts/quantity';
import { Tier } from '../../contracts/tier';
import { API_SERVER_EGRESS, DNS_EGRESS, ruleSide, tcpPorts } from '../tenancy/network-rules';

/** Options of monitoring. */
export interface MonitoringProps {
  /**
   * Days that metrics are kept.
   *
   * @default - 2 locally, 7 in development, 15 in staging, 30 in production
   */
  readonly retentionDays?: number;
  /**
   * Storage of each Prometheus, as a Kubernetes quantity of whole GiB. The oldest metrics go when 85 % of it are full.
   *
   * @default - 5Gi locally, 20Gi in development, 50Gi in staging, 200Gi in production
   */
  readonly storage?: string;
  /**
   * Memory that each Prometheus requests, as a Kubernetes quantity of whole GiB; twice as much is its limit.
   *
   * @default - 1Gi locally and in development, 2Gi in staging, 4Gi in production
   */
  readonly memory?: string;
  /**
   * Prometheus and Alertmanager pods. Each Prometheus scrapes everything.
   *
   * @default - 2 in staging and production, 1 elsewhere
   */
  readonly replicas?: number;
  /**
   * Whether etcd, scheduler, controller manager and kube-proxy are scraped. A managed control plane does not show them, and
   * Kind binds them to the loopback address.
   *
   * @default false
   */
  readonly controlPlaneMetrics?: boolean;
  /**
   * Who may open Grafana (TCP 3000), such as the gateway's `peer`.
   *
   * @default - `kubectl port-forward` only
   */
  readonly grafanaClients?: NetworkPeer[];
  /**
   * Who may query Prometheus (TCP 9090), such as a metrics adapter.
   *
   * @default - Grafana and `kubectl port-forward` only
   */
  readonly queryClients?: NetworkPeer[];
  /**
   * Where Alertmanager sends alerts, as address ranges: over HTTPS, and to the ports of the receivers of `AlertRouting`.
   *
   * @default - anywhere, since receivers such as Slack have no fixed addresses
   */
  readonly receiverCidrs?: string[];
}

/**
 * Prometheus, Alertmanager and Grafana in the namespace `data-platform-monitoring`, which denies everything by default; the
 * network policies here permit what these need. Every ServiceMonitor, PodMonitor, Probe and PrometheusRule in the cluster
 * is seen, whatever its labels.
 *
 * Grafana's password is generated in the cluster: the user is `admin`, the password is in the Secret `grafana-admin`. Whom
 * Alertmanager notifies is said by `AlertRouting`; in production, an environment without one is a finding. The volumes have the
 * cluster's default StorageClass.
 *
 * One per environment, whose namespaces it scrapes from then on (`environment.scraper`): it must come before the workloads,
 * which are monitored where something scrapes them.
 *
 * @example
 * new Monitoring(chart, 'monitoring', { retentionDays: 30, grafanaClients: [platform.gateway.peer] });
 */
@checked('Monitoring')
export class Monitoring extends Construct {
  /**
   * The monitoring of the environment that a construct is in.
   *
   * @throws InvalidInputError when it has none, or not yet
   */
  public static of(scope: IConstruct): Monitoring {
    return (
      Monitoring._find(scope) ??
      fail(scope, 'scope', 'must be in an environment with Monitoring', undefined, 'make the Monitoring before it')
    );
  }

  /**
   * The monitoring of the environment that a construct is in, or undefined where there is none.
   *
   * @internal
   */
  public static _find(scope: IConstruct): Monitoring | undefined {
    const environment = findEnvironment(scope);
    return environment && ALL.get(environment);
  }

  /** Namespace of Prometheus, Alertmanager and Grafana. */
  public readonly namespaceName: string = MONITORING_NAMESPACE;
  /** Grafana's pods, as the peer of a network flow. */
  public readonly grafana: NetworkPeer = pods('grafana', 3000);
  /** Prometheus' pods, as the peer of a network flow to its API. */
  public readonly prometheus: NetworkPeer = { ...PROMETHEUS_PEER, ports: [9090] };
  /** Days that metrics are kept. */
  public readonly retentionDays: number;
  /** URL of Prometheus inside the cluster. */
  public readonly prometheusUrl: string = `http://kube-prometheus-stack-prometheus.${MONITORING_NAMESPACE}.svc:9090`;

  /**
   * Prometheus, Alertmanager and Grafana, for components that need their CRDs.
   *
   * @internal
   */
  public readonly _component: Component;
  /**
   * Where Alertmanager sends alerts, where that is said.
   *
   * @internal
   */
  public readonly _receiverCidrs?: string[];
  /** Path of the routing, by namespace; that of the platform has none. */
  private readonly routings = new Map<string | undefined, string>();

  /** @throws InvalidInputError when a number is out of bounds, or the environment has no cluster or a Monitoring already */
  public constructor(scope: Construct, id: string, props: MonitoringProps = {}) {
    onePerEnvironment(scope, id, 'Monitoring');
    super(scope, id);
    const environment = environmentOf(this);
    const size = SIZES[environment.tier];
    const days = props.retentionDays ?? size.retentionDays;
    this.retentionDays = checkWhole(this, 'retentionDays', days, 1, 3650, 'give days');
    this._component = kubePrometheusStack({
      retentionDays: this.retentionDays,
      storageGiB: wholeUnits(this, 'storage', props.storage ?? size.storage, 'Gi', 1, 16_384),
      memoryGiB: wholeUnits(this, 'memory', props.memory ?? size.memory, 'Gi', 1, 512),
      replicas: checkWhole(
        this,
        'replicas',
        props.replicas ?? size.replicas,
        1,
        5,
        'run 2 to survive the loss of one; more only cost',
      ),
      storageClass: environment.cluster.defaultStorageClass,
      controlPlaneMetrics: props.controlPlaneMetrics ?? false,
    });
    environment.useScraper(PROMETHEUS_PEER);
    ALL.set(environment, this);
    ComponentRegistry.of(this).require(this._component);
    // the checks look for the scraper there
    environment.requireNamespace(MONITORING_NAMESPACE, this._component.podSecurity, {
      [`${PLATFORM_GROUP}/scraper`]: 'true',
    });
    (props.grafanaClients ?? []).forEach((peer) => checkPeer(this, 'grafanaClients', peer));
    (props.queryClients ?? []).forEach((peer) => checkPeer(this, 'queryClients', peer));
    if (props.receiverCidrs) checkPeer(this, 'receiverCidrs', { cidrs: props.receiverCidrs });
    this.permitScraping();
    this.permitQueries(props);
    this.permitApiServer();
    this._receiverCidrs = props.receiverCidrs;
    this.permitAlerts(props.receiverCidrs);
    if (environment.tier === Tier.PRODUCTION) {
      this.node.addValidation({ validate: () => (this.notifies(environment) ? [] : [NO_RECEIVER]) });
    }
  }

  /**
   * Notes who routes the alerts of a namespace, or of the platform.
   *
   * @throws InvalidInputError when another does already
   * @internal
   */
  public _addRouting(routing: IConstruct, namespaceName?: string): void {
    const first = this.routings.get(namespaceName);
    if (first !== undefined) {
      const whose = namespaceName === undefined ? 'the platform' : `namespace ${namespaceName}`;
      const fix = 'give its props all receivers, and remove this';
      fail(routing, 'scope', `must be the only AlertRouting of ${whose}`, first, fix);
    }
    this.routings.set(namespaceName, routing.node.path);
  }

  /**
   * The namespaces whose alerts go to receivers of their own.
   *
   * @internal
   */
  public _routedNamespaces(): string[] {
    return [...this.routings.keys()].filter((name) => name !== undefined).sort();
  }

  /** Whether anyone is told of an alert of the platform: by a routing, an AlertmanagerConfig made by hand, or values. */
  private notifies(environment: IEnvironment): boolean {
    if (this.routings.has(undefined)) return true;
    const stack = ComponentRegistry.of(this)
      .sorted()
      .find(({ name }) => name === this._component.name);
    if (stack && notifiesByValues(stack.values)) return true;
    return environment.node
      .findAll()
      .some(
        (one) =>
          ApiObject.isApiObject(one) &&
          one.kind === 'AlertmanagerConfig' &&
          one.metadata.namespace === MONITORING_NAMESPACE,
      );
  }

  private permitScraping(): void {
    // which ports have metrics is said by the monitors, and each namespace decides whom it lets in; nodes are no pods, so
    // the kubelet and the node exporter are named by their ports
    this.policy('prometheus-scrape', PROMETHEUS_PEER, {
      egress: [{ to: [{ namespaceSelector: {} }] }, { ports: tcpPorts([10250, 9100]) }],
    });
    this.policy('scraped-by-prometheus', { namespace: MONITORING_NAMESPACE }, { ingress: [{ from: OWN_PROMETHEUS }] });
  }

  private permitQueries(props: MonitoringProps): void {
    const grafanaPods = ruleSide({ ...this.grafana });
    this.policy('grafana-queries', this.grafana, {
      egress: [
        { to: OWN_PROMETHEUS, ports: tcpPorts([9090]) },
        { to: ruleSide(ALERTMANAGER_PODS), ports: tcpPorts(ALERTMANAGER_PODS.ports) },
      ],
    });
    this.policy('prometheus-clients', PROMETHEUS_PEER, {
      ingress: [{ from: [...grafanaPods, ...(props.queryClients ?? []).flatMap(ruleSide)], ports: tcpPorts([9090]) }],
    });
    const clients = (props.grafanaClients ?? []).flatMap(ruleSide);
    if (clients.length > 0) {
      this.policy('grafana-clients', this.grafana, { ingress: [{ from: clients, ports: tcpPorts([3000]) }] });
    }
  }

  /** The API server has no pods to name: it is reached by its port, and calls the operator's webhook from anywhere. */
  private permitApiServer(): void {
    const callers = [
      { name: 'prometheus', labels: PROMETHEUS_PEER.podLabels },
      { name: 'operator', labels: OPERATOR.podLabels },
      { name: 'kube-state-metrics', labels: KUBE_STATE_METRICS.podLabels },
      { name: 'grafana', labels: this.grafana.podLabels },
    ];
    for (const { name, labels } of callers) {
      const peer = { namespace: MONITORING_NAMESPACE, podLabels: labels };
      this.policy(`${name}-api-server`, peer, { egress: [API_SERVER_EGRESS] });
    }
    this.policy('operator-webhook', OPERATOR, { ingress: [{ ports: tcpPorts([10250]) }] });
  }

  private permitAlerts(receiverCidrs?: string[]): void {
    const receivers = receiverCidrs && ruleSide({ cidrs: receiverCidrs });
    const peers = ruleSide(ALERTMANAGER_PODS);
    const gossip = [
      { port: k8s.IntOrString.fromNumber(9094), protocol: 'TCP' },
      { port: k8s.IntOrString.fromNumber(9094), protocol: 'UDP' },
    ];
    this.policy('alertmanager', ALERTMANAGER_PODS, {
      egress: [
        { to: peers, ports: gossip },
        { to: receivers, ports: tcpPorts([443]) },
      ],
      ingress: [
        { from: peers, ports: gossip },
        { from: [...OWN_PROMETHEUS, ...ruleSide(this.grafana)], ports: tcpPorts([9093]) },
      ],
    });
  }

  private policy(name: string, target: NetworkPeer, rules: Rules): void {
    const labels = target.podLabels;
    new k8s.KubeNetworkPolicy(this, name, {
      metadata: { name, namespace: MONITORING_NAMESPACE },
      spec: {
        podSelector: labels ? { matchLabels: labels } : {},
        policyTypes: [...(rules.ingress ? ['Ingress'] : []), ...(rules.egress ? ['Egress'] : [])],
        ingress: rules.ingress,
        // where nothing else restricts the pods, this policy alone decides, also about DNS
        egress: rules.egress && [...rules.egress, DNS_EGRESS],
      },
    });
  }
}

const NO_RECEIVER =
  'sends no alert to anyone, in production; make an AlertRouting, give criticalAlertReceivers to the DataPlatform, or say in the values of kube-prometheus-stack who is told';

/** What each environment has. */
const ALL = new WeakMap<IEnvironment, Monitoring>();

interface Rules {
  readonly ingress?: k8s.NetworkPolicyIngressRule[];
  readonly egress?: k8s.NetworkPolicyEgressRule[];
}

function pods(name: string, port: number): NetworkPeer {
  return { namespace: MONITORING_NAMESPACE, podLabels: { 'app.kubernetes.io/name': name }, ports: [port] };
}

/** Alertmanager's pods. */
export const ALERTMANAGER_PODS: NetworkPeer = pods('alertmanager', 9093);
const KUBE_STATE_METRICS = pods('kube-state-metrics', 8080);
const OPERATOR = pods('kube-prometheus-stack-prometheus-operator', 10250);
const OWN_PROMETHEUS = ruleSide(PROMETHEUS_PEER);

interface Size {
  readonly retentionDays: number;
  readonly storage: string;
  readonly memory: string;
  readonly replicas: number;
}

const SIZES: { readonly [tier in Tier]: Size } = {
  local: { retentionDays: 2, storage: '5Gi', memory: '1Gi', replicas: 1 },
  development: { retentionDays: 7, storage: '20Gi', memory: '1Gi', replicas: 1 },
  staging: { retentionDays: 15, storage: '50Gi', memory: '2Gi', replicas: 2 },
  production: { retentionDays: 30, storage: '200Gi', memory: '4Gi', replicas: 2 },
};
