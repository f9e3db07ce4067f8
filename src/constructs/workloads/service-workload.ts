import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { checked } from '../../contracts/checked';
import { fail } from '../../contracts/errors';
import { WorkloadMonitor } from '../monitoring/workload-monitor';
import { DisruptionBudget } from '../scaling/disruption-budget';
import { HorizontalScaling } from '../scaling/horizontal-scaling';
import { checkListeningPort, checkOrder, checkPort, checkWhole } from '../../contracts/bounds';
import { addNote } from '../../contracts/notes';
import { parseQuantity } from '../../contracts/quantity';
import { IServiceWorkload } from '../../contracts/workload';
import { Json } from './pod';
import { Probe } from './probe';
import { Workload, WorkloadOptions, WorkloadProps } from './workload';

/** Bytes that a JVM with a framework, or Python with its libraries for data, may have in memory without any load. */
const IDLE_RUNTIME = 400 * 2 ** 20;

/** A further port of a workload that serves requests. */
export interface ExtraPort {
  /** Name of the port, at most 15 lower-case letters, digits and hyphens; not `http` or `metrics`. */
  readonly name: string;
  /** Port that the container listens on, above 1023. */
  readonly port: number;
  /**
   * Port of the Service.
   *
   * @default - the port
   */
  readonly servicePort?: number;
}

/** Properties of a workload that serves requests, but for where it runs. */
export interface ServiceWorkloadOptions extends WorkloadOptions {
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
   * Ports beside the one that `port` is about. Whoever may connect to the workload may connect to them.
   *
   * @default - none
   */
  readonly extraPorts?: ExtraPort[];
  /**
   * Number of pods, where it is fixed. With two or more, voluntary disruptions take one at a time.
   *
   * @default - 2 unless maxReplicas is given
   */
  readonly replicas?: number;
  /**
   * Smallest number of pods, where the number follows the CPU that is used. Comes with maxReplicas.
   *
   * @default - 2, or maxReplicas where that is less
   */
  readonly minReplicas?: number;
  /**
   * Largest number of pods, where the number follows the CPU that is used.
   *
   * @default - the number of pods is fixed; see replicas
   */
  readonly maxReplicas?: number;
  /**
   * CPU that the pods are to use on average, in percent of what is reserved, where their number follows it.
   *
   * @default 70
   */
  readonly cpuPercent?: number;
  /**
   * Memory that the pods are to use on average, in percent of what is reserved, where their number follows it beside the CPU. Few
   * programs give memory back, and many fill what is reserved before their first request: then all pods run at all times.
   *
   * @default - memory does not count
   */
  readonly memoryPercent?: number;
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

/** Properties of a workload that serves requests. */
export interface ServiceWorkloadProps extends ServiceWorkloadOptions, WorkloadProps {}

/**
 * A workload that serves requests: a Deployment, a Service, and where the props ask for them a HorizontalPodAutoscaler, a
 * PodDisruptionBudget and a ServiceMonitor.
 *
 * An update never takes a pod away before its successor is ready, and pods are spread over zones and hosts.
 *
 * @example
 * const worker = new ServiceWorkload(chart, 'worker', {
 *   namespace: platform.teams.core,
 *   image: 'ghcr.io/acme/worker:1.4.2',
 *   replicas: 3,
 *   env: { LOG_LEVEL: 'info' },
 * });
 * platform.database.grantReadWrite(worker);
 */
@checked('ServiceWorkload')
export class ServiceWorkload extends Workload implements IServiceWorkload {
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
  public readonly serviceName: string;
  public readonly servicePort: number;

  /**
   * @throws InvalidInputError when a prop is malformed, or the cluster lacks the GPUs
   */
  public constructor(scope: Construct, id: string, props: ServiceWorkloadProps) {
    super(scope, id, { ...props, component: props.component ?? 'service' });
    const port = props.port ?? 8080;
    const { min, max } = this.replicaBounds(props);
    this.checkServiceProps(props, port);
    this.serviceName = this.workloadName;
    this.servicePort = props.servicePort ?? 80;
    this.host = `${this.workloadName}.${this.identity.namespace}.svc.cluster.local`;
    this._listen('http', port);
    this.checkExtraPorts(props, port).forEach((one) => this._listen(one.name, one.port));
    const metricsPortName = this._exposeMetrics();
    this._allowDeclaredPeers();

    const maxSurge = props.maxSurge ?? 1;
    const template = this._podTemplate({ preStopSeconds: props.preStopSeconds ?? 5, spread: true }, max + maxSurge);
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
      spec: { type: 'ClusterIP', selector: this.selector, ports: this.servicePorts(props, port) },
    });
    const name = this.workloadName;
    if (max > min) {
      const { autoscaler } = new HorizontalScaling(this, 'Autoscaler', {
        target: { namespace: this.identity.namespace, name },
        minReplicas: min,
        maxReplicas: max,
        cpuPercent: props.cpuPercent ?? 70,
        memoryPercent: props.memoryPercent,
      });
      this.autoscaler = this._labelled(autoscaler);
      this.noteFullMemory(props);
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

  /**
   * Whether its program may fill what is reserved without any load.
   *
   * @internal
   */
  protected get _mayFillMemory(): boolean {
    return true;
  }

  private noteFullMemory({ memory = '256Mi', memoryPercent }: ServiceWorkloadOptions): void {
    if (!this._mayFillMemory || memoryPercent === undefined) return;
    if (((parseQuantity(memory) ?? 0) * memoryPercent) / 100 >= IDLE_RUNTIME) return;
    addNote(
      this,
      this.workloadName,
      `more pods are added above ${memoryPercent} % of ${memory}, which a JVM or a Python process with its libraries has before its first request and gives back never, so that as many pods run as may; raise memory, or scale by the CPU alone`,
    );
  }

  private servicePorts({ metricsPort, extraPorts = [] }: ServiceWorkloadOptions, port: number): Json[] {
    const entry = (name: string, servicePort: number): Json => ({
      name,
      port: servicePort,
      targetPort: name,
      protocol: 'TCP',
    });
    const metricsApart =
      metricsPort !== undefined && ![port, ...extraPorts.map((one) => one.port)].includes(metricsPort);
    return [
      entry('http', this.servicePort),
      ...extraPorts.map((one) => entry(one.name, one.servicePort ?? one.port)),
      ...(metricsApart ? [entry('metrics', metricsPort)] : []),
    ];
  }

  private replicaBounds({ replicas, minReplicas, maxReplicas }: ServiceWorkloadOptions): { min: number; max: number } {
    const more = 'give a number of pods';
    checkWhole(this, 'replicas', replicas, 1, 1000, more);
    checkWhole(this, 'minReplicas', minReplicas, 1, 1000, more);
    checkWhole(this, 'maxReplicas', maxReplicas, 1, 1000, more);
    if (maxReplicas === undefined) {
      if (minReplicas !== undefined) {
        fail(this, 'maxReplicas', 'must come with minReplicas', undefined, 'give it, or replicas for a fixed number');
      }
      const fixed = replicas ?? 2;
      return { min: fixed, max: fixed };
    }
    if (replicas !== undefined) {
      fail(this, 'replicas', 'must not come with maxReplicas', replicas, 'give minReplicas, or leave maxReplicas out');
    }
    const min = minReplicas ?? Math.min(2, maxReplicas);
    checkOrder(
      this,
      { prop: 'minReplicas', given: minReplicas, value: min },
      { prop: 'maxReplicas', given: maxReplicas, value: maxReplicas },
    );
    return { min, max: maxReplicas };
  }

  private checkExtraPorts(
    { extraPorts = [], metricsPort, ...props }: ServiceWorkloadOptions,
    port: number,
  ): ExtraPort[] {
    const taken = {
      name: new Map([
        ['http', 'port'],
        ['metrics', 'metricsPort'],
      ]),
      port: new Map([[port, 'port']]),
      servicePort: new Map([[props.servicePort ?? 80, 'servicePort']]),
    };
    if (metricsPort !== undefined && metricsPort !== port) taken.servicePort.set(metricsPort, 'metricsPort');
    const claim = <T>(prop: string, by: Map<T, string>, value: T, name: string): void => {
      const other = by.get(value);
      if (other !== undefined) fail(this, prop, `must not be that of ${other}`, value, 'choose another');
      by.set(value, name);
    };
    extraPorts.forEach((one, at) => {
      const prop = `extraPorts[${at}]`;
      if (!/^(?!.*--)[a-z]([a-z0-9-]{0,13}[a-z0-9])?$/.test(one.name)) {
        const fix = "write it like 'https', of lower-case letters, digits and hyphens, starting with a letter";
        fail(this, `${prop}.name`, 'must be the name of a port, of at most 15 characters', one.name, fix);
      }
      checkListeningPort(this, `${prop}.port`, one.port);
      if (one.servicePort !== undefined) checkPort(this, `${prop}.servicePort`, one.servicePort);
      claim(`${prop}.name`, taken.name, one.name, one.name);
      claim(`${prop}.port`, taken.port, one.port, one.name);
      // metrics on a port of its own are a port of the Service, too; on this one they are not
      if (one.port === metricsPort) taken.servicePort.delete(metricsPort);
      claim(`${prop}.servicePort`, taken.servicePort, one.servicePort ?? one.port, one.name);
    });
    return extraPorts;
  }

  private checkServiceProps(props: ServiceWorkloadOptions, port: number): void {
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
    checkWhole(this, 'cpuPercent', props.cpuPercent, 1, 1000, 'give percent of the CPU that is reserved');
    checkWhole(this, 'memoryPercent', props.memoryPercent, 1, 1000, 'give percent of the memory that is reserved');
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

/** Properties of an ML backend. Those that are not given have the defaults of `MlBackend`, not of its base. */
export interface MlBackendProps extends ServiceWorkloadProps {}

/**
 * The REST API for model management.
 *
 * A `ServiceWorkload` that presets 500m CPU and 1Gi memory; two to six pods; metrics at `/metrics` of the port that is served;
 * `/healthz` for startup (five minutes at most) and liveness, `/readyz` for readiness.
 *
 * @example
 * const backend = new MlBackend(chart, 'ml-backend', {
 *   namespace: platform.teams.ml,
 *   image: 'ghcr.io/acme/ml-backend:1.4.2',
 *   maxReplicas: 10,
 * });
 * platform.artifactBucket.grantRead(backend);
 * new HttpRoute(chart, 'api', { gateway: platform.gateway, workload: backend, host: 'api' });
 */
@checked('MlBackend')
export class MlBackend extends ServiceWorkload {
  /**
   * @throws InvalidInputError when a prop is malformed, or the cluster lacks the GPUs
   */
  public constructor(scope: Construct, id: string, props: MlBackendProps) {
    const {
      replicas,
      minReplicas = Math.min(2, props.maxReplicas ?? 2),
      maxReplicas = Math.max(6, minReplicas),
    } = props;
    super(scope, id, {
      ...props,
      ...(replicas === undefined ? { minReplicas, maxReplicas } : {}),
      component: props.component ?? 'ml-backend',
      cpu: props.cpu ?? '500m',
      memory: props.memory ?? '1Gi',
      metricsPort: props.metricsPort ?? props.port ?? 8080,
      startupProbe: props.startupProbe ?? Probe.http('/healthz', { periodSeconds: 5, failureThreshold: 60 }),
      livenessProbe: props.livenessProbe ?? Probe.http('/healthz'),
      readinessProbe: props.readinessProbe ?? Probe.http('/readyz', { periodSeconds: 5 }),
    });
  }
}
