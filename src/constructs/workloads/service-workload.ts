import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { fail } from '../../contracts/errors';
import { WorkloadMonitor } from '../monitoring/workload-monitor';
import { DisruptionBudget } from '../scaling/disruption-budget';
import { HorizontalScaling } from '../scaling/horizontal-scaling';
import { checkListeningPort, checkPort, checkWhole } from '../../contracts/bounds';
import { Json } from './pod-template';
import { Workload } from './workload';
import { WorkloadProps } from './workload-props';

/** Properties of a workload that serves requests. */
export interface ServiceWorkloadProps extends WorkloadProps {
  /**
   * Port that the container listens on, above 1023.
   *
   * @default 8080
   */
  readonly port?: number;
  /**
   * Port of the Service.
   *
   * @default 80
   */
  readonly servicePort?: number;
  /**
   * Smallest number of pods. With two or more, voluntary disruptions take one at a time.
   *
   * @default 2
   */
  readonly minReplicas?: number;
  /**
   * Largest number of pods; above minReplicas, the number follows the CPU that is used.
   *
   * @default - minReplicas: the number is fixed
   */
  readonly maxReplicas?: number;
  /**
   * CPU that the pods use on average, in percent of what is reserved, towards which their number is steered.
   *
   * @default 70
   */
  readonly targetCpuUtilizationPercent?: number;
  /**
   * Pods that an update may add, before it takes old ones away.
   *
   * @default 1
   */
  readonly maxSurge?: number;
  /**
   * Seconds that a pod keeps serving after it was told to stop, so that every load balancer can forget it.
   *
   * @default 5
   */
  readonly preStopSeconds?: number;
}

/**
 * A workload that serves requests: a Deployment, a Service, and where the props ask for them a HorizontalPodAutoscaler, a
 * PodDisruptionBudget and a ServiceMonitor.
 *
 * An update never takes a pod away before its successor is ready, and pods are spread over zones and hosts.
 */
export class ServiceWorkload extends Workload {
  /** The Deployment. */
  public readonly deployment: ApiObject;
  /** The Service. */
  public readonly service: ApiObject;
  /** The HorizontalPodAutoscaler, where maxReplicas is above minReplicas. */
  public readonly autoscaler?: ApiObject;
  /** The PodDisruptionBudget, where there are at least two pods. */
  public readonly disruptionBudget?: ApiObject;
  /** The ServiceMonitor, where there are metrics and a scraper. */
  public readonly monitor?: ApiObject;
  /** DNS name of the Service inside the cluster. */
  public readonly host: string;
  /** Port of the Service. */
  public readonly servicePort: number;

  /**
   * @throws InvalidInputError when a prop is malformed, or the cluster lacks the GPUs
   */
  public constructor(scope: Construct, id: string, props: ServiceWorkloadProps) {
    super(scope, id, { ...props, component: props.component ?? 'service' });
    const port = props.port ?? 8080;
    const min = props.minReplicas ?? 2;
    const max = props.maxReplicas ?? min;
    this.checkServiceProps(props, port, min, max);
    this.servicePort = props.servicePort ?? 80;
    this.host = `${this.workloadName}.${this.identity.namespace}.svc.cluster.local`;
    this._listen('http', port);
    const metricsPortName = this._exposeMetrics();
    this._allowDeclaredPeers();

    const maxSurge = props.maxSurge ?? 1;
    const template = this._podTemplate({
      preStopSeconds: props.preStopSeconds ?? 5,
      spread: true,
      maxPods: max + (props.gpu ? maxSurge : 0),
    });
    this.deployment = this._object('Resource', 'apps/v1', 'Deployment', {
      spec: {
        // the autoscaler owns the number of pods where there is one
        ...(max > min ? {} : { replicas: min }),
        revisionHistoryLimit: 3,
        progressDeadlineSeconds: 600,
        selector: { matchLabels: this.selector },
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge } },
        template,
      },
    });
    this.service = this._object('Service', 'v1', 'Service', {
      spec: { type: 'ClusterIP', selector: this.selector, ports: this.servicePorts(props.metricsPort, port) },
    });
    const name = this.workloadName;
    if (max > min) {
      const { autoscaler } = new HorizontalScaling(this, 'Autoscaler', {
        target: { namespace: this.identity.namespace, name },
        minReplicas: min,
        maxReplicas: max,
        cpuPercent: props.targetCpuUtilizationPercent ?? 70,
      });
      this.autoscaler = this._labelled(autoscaler);
    }
    if (min > 1) {
      const { budget } = new DisruptionBudget(this, 'DisruptionBudget', { name, workload: this, replicas: min });
      this.disruptionBudget = this._labelled(budget);
    }
    if (metricsPortName !== undefined) {
      const { monitor } = new WorkloadMonitor(this, 'Monitor', {
        name,
        workload: this,
        serviceLabels: this.selector,
        servicePort: metricsPortName,
        path: props.metricsPath,
      });
      this.monitor = this._labelled(monitor);
    }
  }

  private servicePorts(metricsPort: number | undefined, port: number): Json[] {
    const ports = [{ name: 'http', port: this.servicePort, targetPort: 'http', protocol: 'TCP' }];
    if (metricsPort === undefined || metricsPort === port) return ports;
    return [...ports, { name: 'metrics', port: metricsPort, targetPort: 'metrics', protocol: 'TCP' }];
  }

  private checkServiceProps(props: ServiceWorkloadProps, port: number, min: number, max: number): void {
    if (!/^[a-z]/.test(this.workloadName)) {
      fail(this, 'name', 'must start with a letter, since a Service has that name', this.workloadName, 'rename it');
    }
    checkListeningPort(this, 'port', port);
    if (props.servicePort !== undefined) checkPort(this, 'servicePort', props.servicePort);
    if (
      props.metricsPort !== undefined &&
      props.metricsPort !== port &&
      props.metricsPort === (props.servicePort ?? 80)
    ) {
      fail(
        this,
        'servicePort',
        'must differ from metricsPort, since the Service has both',
        props.servicePort,
        'choose another port for one of them',
      );
    }
    checkWhole(this, 'minReplicas', min, 1, 1000, 'give a number of pods');
    checkWhole(this, 'maxReplicas', max, 1, 1000, 'give a number of pods');
    if (max < min) {
      fail(this, 'maxReplicas', `must be at least minReplicas (${min})`, max, 'raise maxReplicas or lower minReplicas');
    }
    checkWhole(
      this,
      'targetCpuUtilizationPercent',
      props.targetCpuUtilizationPercent,
      1,
      100,
      'give a percentage of the CPU that is reserved',
    );
    checkWhole(this, 'maxSurge', props.maxSurge, 1, 1000, 'give a number of pods; without any an update cannot start');
    const grace = props.terminationGracePeriodSeconds ?? 30;
    const preStop = props.preStopSeconds ?? 5;
    checkWhole(
      this,
      'preStopSeconds',
      preStop,
      0,
      grace - 1,
      'it counts towards terminationGracePeriodSeconds, so raise that or lower this',
    );
  }
}
