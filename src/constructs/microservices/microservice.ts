import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { checked } from '../../contracts/checked';
import { fail } from '../../contracts/errors';
import { INamespace } from '../../contracts/namespace';
import { NetworkPeer } from '../../contracts/network';
import { givenObjective, ObjectiveProps, objectivesOf, ServiceLevelOptions } from '../monitoring/objectives';
import { RequestMetrics } from '../monitoring/request-metrics';
import { ServiceLevelObjectives } from '../monitoring/service-level-objectives';
import { Probe } from '../workloads/probe';
import { ServiceWorkload, ServiceWorkloadOptions } from '../workloads/service-workload';
import { Dependency, IMicroservice } from './dependency';
import { CalledPort, Client, DependencyGraph } from './dependency-graph';
import { ServiceScaling, ServiceSize } from './service-classes';
import { ServiceNodeKind } from './service-graph';

/** Properties of a service of a graph. Objectives come with `metricsPort`. */
export interface MicroserviceProps extends ServiceWorkloadOptions, ServiceLevelOptions {
  /**
   * The namespace that it runs in.
   *
   * @default - that of the Microservices
   */
  readonly namespace?: INamespace;
  /**
   * What it depends on. What cannot be named yet is added by `addDependency`.
   *
   * @default - nothing
   */
  readonly dependencies?: Dependency[];
  /**
   * How the number of pods follows the load. It comes with neither replicas, minReplicas, maxReplicas, cpuPercent nor memoryPercent.
   *
   * @default - as these props say; 2 pods without any
   */
  readonly scaling?: ServiceScaling;
  /**
   * Memory of each pod. It comes with neither memory nor memoryLimit.
   *
   * @default - as these props say; ServiceSize.STANDARD without any
   */
  readonly size?: ServiceSize;
  /**
   * Path that answers GET with a status from 200 to 399 when the service is well. Probes that are given take the place of those on this path:
   * startup, every 5 seconds for at most five minutes; liveness, every 10 seconds; readiness, every 5 seconds.
   *
   * @default '/health'
   */
  readonly healthPath?: string;
  /**
   * Path that answers when the service can take requests, where that is another: one that fails while something the service depends on is away, and
   * that its health does not depend on. Pods are then left out until it is back, and are not started again.
   *
   * @default - that of healthPath
   */
  readonly readinessPath?: string;
  /**
   * The metrics that tell how the service keeps its objectives, at `metricsPort`.
   *
   * @default RequestMetrics.histogram()
   */
  readonly requestMetrics?: RequestMetrics;
  /**
   * Whether it is called from outside the graph, so that it is no mistake when no other service calls it. A route that leads to it, and
   * `ingress` and `allowFrom`, say so too.
   *
   * @default false
   */
  readonly entryPoint?: boolean;
}

/**
 * A service of a `Microservices`: a `ServiceWorkload` that says what it depends on. Its name is unique in its namespace.
 *
 * It gets `PORT`, `SERVICE_NAME`, and the environment variables, permissions and connections of its dependencies; it accepts connections from
 * those that depend on it and the scraper, and from nobody else. With Argo CD it starts after what it depends on; clients have to try again all the
 * same, since what they depend on may go away later.
 *
 * With an objective (`availabilityPercent`, `latencyMilliseconds` or `requestsPerSecond`) it has `ServiceLevelObjectives` where something scrapes the
 * namespace. What is meant to be in use of CPU and memory is then the target of its autoscaler.
 *
 * A service that nothing calls, that consumes no topic and is no entry point is found at synthesis.
 *
 * @example
 * const shop = new Microservices(chart, 'shop', { namespace: platform.teams.core });
 * const payments = new Microservice(shop, 'payments', {
 *   image: 'ghcr.io/acme/payments:1.4.2',
 *   scaling: ServiceScaling.LIGHT,
 * });
 * new Microservice(shop, 'orders', {
 *   image: 'ghcr.io/acme/orders:1.4.2',
 *   port: 5000,
 *   dependencies: [Dependency.http(payments), Dependency.database(platform.database)],
 *   entryPoint: true,
 * });
 */
@checked('Microservice')
export class Microservice extends ServiceWorkload implements IMicroservice {
  public readonly port: number;
  private readonly graph: DependencyGraph;
  private readonly client: Client;
  private isEntryPoint: boolean;
  private promised?: ServiceLevelObjectives;

  /**
   * @throws InvalidInputError when a prop is malformed, it is below no Microservices, its name is taken, or it depends on what is of other Microservices
   * or of another environment
   */
  public constructor(scope: Construct, id: string, props: MicroserviceProps) {
    const graph = DependencyGraph.of(scope, 'Microservice');
    const port = props.port ?? 8080;
    const path = [scope.node.path, id].filter((part) => part !== '').join('/');
    refuseBoth(path, props, 'scaling', ['replicas', 'minReplicas', 'maxReplicas', 'cpuPercent', 'memoryPercent']);
    refuseBoth(path, props, 'size', ['memory', 'memoryLimit']);
    if (props.healthPath?.startsWith('/') === false) {
      fail(path, 'healthPath', 'must start with a slash', props.healthPath, `write it as '/${props.healthPath}'`);
    }
    super(scope, id, {
      ...props,
      ...sizeOf(props),
      ...scalingOf(props),
      ...probesOf(props),
      namespace: props.namespace ?? graph.namespace,
      env: { PORT: String(port), SERVICE_NAME: props.name ?? id, ...props.env },
    });
    this.port = port;
    this.graph = graph;
    this.isEntryPoint = props.entryPoint === true || (props.ingress ?? []).length > 0;
    this.client = this.register(props);
    for (const dependency of props.dependencies ?? []) this.addDependency(dependency);
    this.graph.comesAtStep(this.deployment, this.client.part);
    // without metrics of its pods it counts as degraded, and these come after them
    if (this.autoscaler) this._comesLast(this.autoscaler);
    this.promise(props);
    this.node.addValidation({ validate: () => this.findings() });
  }

  /**
   * Adds what could not be named when the service was made.
   *
   * @throws InvalidInputError when it is of other Microservices or of another environment, or an environment variable has another value already
   */
  public addDependency(dependency: Dependency): void {
    dependency._connect(this.graph, this.client);
  }

  /**
   * What it promises, with the alerts when it will not keep it; undefined where it has no objective, or nothing scrapes the namespace.
   */
  public get objectives(): ServiceLevelObjectives | undefined {
    return this.promised;
  }

  public override allowFrom(peer: NetworkPeer): void {
    this.isEntryPoint = true;
    super.allowFrom(peer);
  }

  /**
   * What it is in pictures.
   *
   * @internal
   */
  protected get _nodeKind(): ServiceNodeKind {
    return 'service';
  }

  /**
   * Has Argo CD apply an object when all services are ready, so that none waits for it: one that is not healthy for long, such as a Service of
   * type LoadBalancer, which is once it has an address.
   *
   * @internal
   */
  protected _comesLast(object: ApiObject): void {
    this.graph.comesLast(object);
  }

  private register(props: MicroserviceProps): Client {
    const { extraPorts = [] } = props;
    const calledPorts: CalledPort[] = [
      { name: 'http', port: this.port, servicePort: this.servicePort },
      ...extraPorts.map(({ name, port, servicePort = port }) => ({ name, port, servicePort })),
    ];
    return this.graph.addService(this, {
      kind: this._nodeKind,
      name: this.workloadName,
      namespace: this.identity.namespace,
      ports: calledPorts.map(({ servicePort }) => servicePort),
      details: detailsOf(props),
      workload: this,
      host: this.host,
      calledPorts,
      admit: (port, peer) => this._allowFromOn(port, peer),
    });
  }

  /**
   * Has Prometheus record how the service keeps what it promises, and alert, where something scrapes it.
   *
   * @internal
   */
  protected _promise(props: ObjectiveProps): void {
    if (givenObjective(props) === undefined) return;
    objectivesOf(this, props);
    // that the scraper does not come later is said where its port is opened
    if (!this.namespace.scraper) return;
    this.promised = new ServiceLevelObjectives(this, 'Objectives', { service: this, ...props });
    this._labelled(this.promised.rule);
  }

  private promise(props: MicroserviceProps): void {
    const { requestMetrics, metricsPort, scaling } = props;
    const given = givenObjective(props);
    if (given === undefined && requestMetrics !== undefined) {
      const fix = 'give latencyMilliseconds, or leave requestMetrics out';
      fail(this, 'requestMetrics', 'must come with an objective', 'RequestMetrics', fix);
    }
    if (given !== undefined && metricsPort === undefined) {
      const fix = `give the port that serves the metrics, or leave ${given} out`;
      fail(this, 'metricsPort', `must come with ${given}`, metricsPort, fix);
    }
    const { cpuPercent = scaling?.cpuPercent, memoryPercent = scaling?.memoryPercent } = props;
    this._promise({
      availabilityPercent: props.availabilityPercent,
      latencyMilliseconds: props.latencyMilliseconds,
      latencyPercent: props.latencyPercent,
      requestsPerSecond: props.requestsPerSecond,
      requestMetrics,
      cpuPercent,
      memoryPercent,
    });
  }

  private findings(): string[] {
    if (this.isEntryPoint || this._nodeKind === 'gateway') return [];
    if (this.graph.isCalledBy(this.client.part, 'http', 'grpc', 'consumes')) return [];
    return [
      'is called by nothing: add it to the dependencies of what calls it, set entryPoint where that is outside, or remove it',
    ];
  }
}

function refuseBoth(
  where: string,
  props: MicroserviceProps,
  one: 'scaling' | 'size',
  others: (keyof MicroserviceProps)[],
): void {
  if (props[one] === undefined) return;
  const other = others.find((name) => props[name] !== undefined);
  if (other === undefined) return;
  fail(where, other, `must not come with ${one}`, props[other], `leave it out, or give numbers in place of ${one}`);
}

function sizeOf({ size, memory, memoryLimit }: MicroserviceProps): { memory?: string; memoryLimit?: string } {
  const given = size ?? (memory === undefined && memoryLimit === undefined ? ServiceSize.STANDARD : undefined);
  return given ? { memory: given.memory, memoryLimit: given.memoryLimit } : {};
}

function scalingOf({ scaling }: MicroserviceProps): Partial<ServiceWorkloadOptions> {
  if (!scaling) return {};
  const { minReplicas, maxReplicas, cpuPercent, memoryPercent } = scaling;
  return { minReplicas, maxReplicas, cpuPercent, memoryPercent };
}

function probesOf(props: MicroserviceProps): Partial<ServiceWorkloadOptions> {
  const { healthPath = '/health', readinessPath = healthPath, startupProbe, livenessProbe, readinessProbe } = props;
  return {
    startupProbe: startupProbe ?? Probe.http(healthPath, { periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 60 }),
    livenessProbe:
      livenessProbe ?? Probe.http(healthPath, { initialDelaySeconds: 30, periodSeconds: 10, timeoutSeconds: 5 }),
    readinessProbe:
      readinessProbe ?? Probe.http(readinessPath, { initialDelaySeconds: 10, periodSeconds: 5, timeoutSeconds: 3 }),
  };
}

function detailsOf(props: MicroserviceProps): string[] {
  const { scaling, replicas = 2, minReplicas, maxReplicas } = props;
  const { memory = '256Mi' } = { ...props, ...sizeOf(props) };
  const max = scaling?.maxReplicas ?? maxReplicas ?? replicas;
  const min = scaling?.minReplicas ?? minReplicas ?? Math.min(2, max);
  return [`${maxReplicas === undefined && !scaling ? replicas : `${min} to ${max}`} pods`, `${memory} memory`];
}
