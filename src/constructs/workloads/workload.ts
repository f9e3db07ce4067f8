import { ApiObject, Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import { SecretVariable } from '../../contracts/backing-service';
import { fail } from '../../contracts/errors';
import { IWorkloadIdentity } from '../../contracts/identity';
import { dnsLabel } from '../../contracts/names';
import { INamespace } from '../../contracts/namespace';
import { NetworkPeer } from '../../contracts/network';
import { IWorkload } from '../../contracts/workload';
import { checkListeningPort } from '../../contracts/bounds';
import { checkGpuRequest } from './gpu-request';
import { bindServices } from './service-bindings';
import { NetworkFlows } from './network-flows';
import { Json, podTemplate, PodTemplateInput } from './pod-template';
import { checkProps } from './workload-checks';
import { WorkloadProps } from './workload-props';

/** What a kind of workload adds to the pods that all of them have. */
export interface PodOptions {
  readonly restartPolicy?: 'Never' | 'OnFailure';
  readonly preStopSeconds?: number;
  readonly spread: boolean;
  /** Pods that run at the same time, at most. */
  readonly maxPods: number;
}

/**
 * Something that runs in pods, with what every one of them needs: a ServiceAccount of its own, a container that meets
 * the Pod Security Standard `restricted`, resources, and a NetworkPolicy that allows DNS, the metrics scraper, the bound
 * services and the declared peers, and nothing else.
 *
 * Use `ServiceWorkload`, `JobWorkload` or `CronJobWorkload`.
 */
export abstract class Workload extends Construct implements IWorkload {
  public readonly identity: IWorkloadIdentity;
  /** Name of the objects. */
  public readonly workloadName: string;
  /** The namespace. */
  public readonly namespace: INamespace;
  /** The ServiceAccount. */
  public readonly serviceAccount: ApiObject;
  /** The NetworkPolicy. */
  public readonly networkPolicy: ApiObject;
  /** Labels of the objects and pods. */
  protected readonly labels: { [key: string]: string };
  /** The labels that select the pods. They never change, since a Deployment's selector cannot. */
  protected readonly selector: { [key: string]: string };
  private readonly settings: WorkloadProps;
  private readonly listening: { [name: string]: number } = {};
  private readonly flows: NetworkFlows;
  private readonly variables: { [name: string]: string };
  private readonly secretVariables: SecretVariable[];

  /**
   * @throws InvalidInputError when a prop is malformed, or the cluster lacks the GPUs
   */
  protected constructor(scope: Construct, id: string, props: WorkloadProps) {
    super(scope, id);
    this.workloadName = dnsLabel(this, 'name', props.name ?? id);
    this.namespace = props.namespace;
    this.settings = props;
    checkProps(this, props);
    this.selector = { 'app.kubernetes.io/name': this.workloadName };
    this.labels = {
      ...props.labels,
      ...this.selector,
      'app.kubernetes.io/component': props.component ?? 'workload',
      'app.kubernetes.io/part-of': props.partOf ?? 'ml-platform',
    };
    this.identity = { namespace: props.namespace.namespaceName, serviceAccountName: this.workloadName };
    this.serviceAccount = this._object('ServiceAccount', 'v1', 'ServiceAccount', {
      automountServiceAccountToken: false,
    });

    this.flows = new NetworkFlows(this, this.selector);
    const bound = bindServices(this, this.identity, props.uses ?? [], props);
    this.variables = bound.variables;
    this.secretVariables = bound.secretVariables;
    bound.egress.forEach((peer) => this.flows.allowTo('uses', peer));
    Object.entries(bound.namespaceLabels).forEach(([key, value]) => props.namespace.addLabel(key, value));
    (props.egress ?? []).forEach((peer) => this.flows.allowTo('egress', peer));
    this.networkPolicy = this._object('NetworkPolicy', 'networking.k8s.io/v1', 'NetworkPolicy', {
      // peers can be added until synthesis
      spec: Lazy.any({ produce: () => this.flows.render() }),
    });
  }

  /** The pods and the ports they listen on; the port of the metrics is for the scraper only. */
  public get peer(): NetworkPeer {
    const ports = this.servingPorts();
    return {
      namespace: this.identity.namespace,
      podLabels: { ...this.selector },
      ...(ports.length > 0 ? { ports } : {}),
    };
  }

  public allowFrom(peer: NetworkPeer): void {
    this.flows.allowFrom('allowFrom', peer, this.servingPorts());
  }

  /** Lets the pods connect to a peer: pods, or addresses outside the cluster. */
  public allowTo(peer: NetworkPeer): void {
    this.flows.allowTo('allowTo', peer);
  }

  /** Lets the pods connect to those of another workload; both ends allow it. */
  public connectTo(workload: IWorkload): void {
    this.flows.allowTo('connectTo', workload.peer);
    workload.allowFrom(this.peer);
  }

  /**
   * Has the container listen on a port, from its first call on also the one that probes ask.
   *
   * @internal
   */
  protected _listen(name: string, port: number): void {
    this.listening[name] = port;
  }

  /**
   * The name of the port with the metrics, once the scraper may reach it; undefined when there are no metrics, or nothing
   * scrapes the namespace.
   *
   * @internal
   */
  protected _exposeMetrics(): string | undefined {
    const port = this.settings.metricsPort;
    if (port === undefined) return undefined;
    // not before the port that is served was checked: it is often the same
    checkListeningPort(this, 'metricsPort', port);
    const shared = Object.keys(this.listening).find((name) => this.listening[name] === port);
    if (shared === undefined) this.listening.metrics = port;
    const { scraper } = this.namespace;
    if (!scraper) return undefined;
    this.flows.allowFrom('namespace.scraper', scraper, [port]);
    return shared ?? 'metrics';
  }

  /**
   * Opens the ports to the peers that the props name; called when all ports are known.
   *
   * @internal
   */
  protected _allowDeclaredPeers(): void {
    (this.settings.ingress ?? []).forEach((peer) => this.flows.allowFrom('ingress', peer, this.servingPorts()));
  }

  /**
   * The pod template, as JSON.
   *
   * @internal
   */
  protected _podTemplate(options: PodOptions): Json {
    const props = this.settings;
    if (props.gpu) checkGpuRequest(this, props.gpu, props.cluster, options.maxPods);
    const volumes = props.volumes ?? [];
    const input: PodTemplateInput = {
      name: this.workloadName,
      labels: this.labels,
      selector: this.selector,
      serviceAccountName: this.identity.serviceAccountName,
      image: props.image,
      command: props.command,
      args: props.args,
      variables: this.variables,
      secretVariables: this.secretVariables,
      ports: this.listening,
      cpu: props.cpu ?? '100m',
      cpuLimit: props.cpuLimit,
      memory: props.memory ?? '256Mi',
      memoryLimit: props.memoryLimit,
      gpu: props.gpu,
      startupProbe: props.startupProbe,
      livenessProbe: props.livenessProbe,
      readinessProbe: props.readinessProbe,
      volumes,
      tmpSize: props.tmpSize ?? '1Gi',
      runAsUser: props.runAsUser,
      fsGroup: props.fsGroup ?? (volumes.some((volume) => volume.persistent) ? 1000 : undefined),
      nodePool: props.nodePool,
      priorityClassName: props.priorityClassName,
      terminationGracePeriodSeconds: props.terminationGracePeriodSeconds ?? 30,
      ...options,
    };
    for (const [prop, probe] of Object.entries({
      startupProbe: input.startupProbe,
      livenessProbe: input.livenessProbe,
      readinessProbe: input.readinessProbe,
    })) {
      if (probe && !probe._render(Object.values(input.ports)[0])) {
        fail(this, prop, 'must name a port', undefined, 'the workload listens on none; give the probe a port');
      }
    }
    return podTemplate(input);
  }

  /**
   * Adds an object of the namespace, named as the workload. It holds plain JSON, so that a JSON patch can change anything.
   *
   * @internal
   */
  protected _object(id: string, apiVersion: string, kind: string, content: Json): ApiObject {
    return new ApiObject(this, id, {
      apiVersion,
      kind,
      metadata: { name: this.workloadName, namespace: this.namespace.namespaceName, labels: this.labels },
      ...content,
    });
  }

  /**
   * Gives an object that another construct made the workload's labels.
   *
   * @internal
   */
  public _labelled(object: ApiObject): ApiObject {
    Object.entries(this.labels).forEach(([key, value]) => object.metadata.addLabel(key, value));
    return object;
  }

  private servingPorts(): number[] {
    return Object.keys(this.listening)
      .filter((name) => name !== 'metrics')
      .map((name) => this.listening[name]);
  }
}
