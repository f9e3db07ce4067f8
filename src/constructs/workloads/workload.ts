import { ApiObject, ApiObjectProps, Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import { SecretEnv, ServiceBinding } from '../../contracts/backing-service';
import { checkListeningPort } from '../../contracts/bounds';
import { checked } from '../../contracts/checked';
import { checkReferences, expectNoLaterScraper, findEnvironment } from '../../contracts/environment-scope';
import { fail } from '../../contracts/errors';
import { GpuModel } from '../../contracts/gpu';
import { IWorkloadIdentity } from '../../contracts/identity';
import { checkLabel, dnsLabel } from '../../contracts/names';
import { INamespace, namespaceNameOf } from '../../contracts/namespace';
import { NetworkPeer } from '../../contracts/network';
import { IWorkload } from '../../contracts/workload';
import { PodEnv } from './env';
import { NetworkFlows } from './network';
import { checkPlacement, checkPod, Json, PodOptions, podTemplate } from './pod';
import { Probe } from './probe';
import { Volume } from './volume';

/** Properties that every workload has, but for where it runs. */
export interface WorkloadOptions {
  /** The container image, with a digest or a tag other than `latest`. */
  readonly image: string;
  /**
   * Names of Secrets of the namespace with which the image is pulled from a private registry.
   *
   * @default - none
   */
  readonly imagePullSecrets?: string[];
  /**
   * Name of the workload and of its objects, a DNS label; unique in its namespace.
   *
   * @default - the construct's id
   */
  readonly name?: string;
  /**
   * Value of the label `app.kubernetes.io/component`.
   *
   * @default - the role of the kind of workload, such as `service` or `job`
   */
  readonly component?: string;
  /**
   * Value of the label `app.kubernetes.io/part-of`.
   *
   * @default 'ml-platform'
   */
  readonly partOf?: string;
  /**
   * Further labels of the objects and pods.
   *
   * @default - none
   */
  readonly labels?: { [key: string]: string };
  /**
   * The program that the container runs.
   *
   * @default - the image's entry point
   */
  readonly command?: string[];
  /**
   * Arguments of the program.
   *
   * @default - the image's own
   */
  readonly args?: string[];
  /**
   * Environment variables. Never secrets: use secretEnv. They may refer to those of granted services, as `$(DATABASE_HOST)`.
   *
   * @default - those of the services that the workload is granted
   */
  readonly env?: { [name: string]: string };
  /**
   * Environment variables from Secrets of the namespace.
   *
   * @default - those of the services that the workload is granted
   */
  readonly secretEnv?: SecretEnv[];
  /**
   * CPU that is reserved, as a Kubernetes quantity.
   *
   * @default '100m'
   */
  readonly cpu?: string;
  /**
   * CPU that may be used at most.
   *
   * @default - no limit: idle CPU of the node may be used
   */
  readonly cpuLimit?: string;
  /**
   * Memory that is reserved, as a Kubernetes quantity.
   *
   * @default '256Mi'
   */
  readonly memory?: string;
  /**
   * Memory above which the container is killed.
   *
   * @default - the same as memory, so that a node never runs out of it
   */
  readonly memoryLimit?: string;
  /**
   * Model of the GPUs that each pod gets. The cluster must have a pool of it.
   *
   * @default - no GPUs
   */
  readonly gpuModel?: GpuModel;
  /**
   * GPUs of each pod, all on one node. Comes with gpuModel.
   *
   * @default - 1 with gpuModel, otherwise none
   */
  readonly gpus?: number;
  /**
   * Name of the node pool that the pods run on.
   *
   * @default - any node
   */
  readonly nodePool?: string;
  /**
   * Name of the PriorityClass.
   *
   * @default - the cluster's default priority
   */
  readonly priorityClassName?: string;
  /**
   * Tells when the container has started; the other probes wait for it.
   *
   * @default - none
   */
  readonly startupProbe?: Probe;
  /**
   * Tells whether the container has to be restarted.
   *
   * @default - none: it is restarted when its process ends
   */
  readonly livenessProbe?: Probe;
  /**
   * Tells whether the container can serve requests.
   *
   * @default - none: it can as soon as it has started
   */
  readonly readinessProbe?: Probe;
  /**
   * Port of the Prometheus metrics; it may be the port that is served.
   *
   * @default - no metrics
   */
  readonly metricsPort?: number;
  /**
   * Path of the Prometheus metrics.
   *
   * @default '/metrics'
   */
  readonly metricsPath?: string;
  /**
   * Who may connect to the ports that it listens on, beside the scraper. Ports of these peers do not matter.
   *
   * @default - none
   */
  readonly ingress?: NetworkPeer[];
  /**
   * Where it may connect to, beside DNS and the services that it is granted.
   *
   * @default - nowhere
   */
  readonly egress?: NetworkPeer[];
  /**
   * Volumes. The root file system is read-only; `/tmp` is writable without one.
   *
   * @default - none but `/tmp`
   */
  readonly volumes?: Volume[];
  /**
   * Size of `/tmp`, as a Kubernetes quantity. A pod that writes more is evicted.
   *
   * @default '1Gi'
   */
  readonly tmpSize?: string;
  /**
   * Numeric user of the process; not root.
   *
   * @default - the image's; it must be numeric, or the kubelet cannot tell that it is not root
   */
  readonly runAsUser?: number;
  /**
   * Numeric group that owns the volumes.
   *
   * @default - 1000 when a claim is mounted, otherwise none
   */
  readonly fsGroup?: number;
  /**
   * Seconds that a container has to stop before it is killed.
   *
   * @default 30
   */
  readonly terminationGracePeriodSeconds?: number;
}

/** Properties that every workload has. */
export interface WorkloadProps extends WorkloadOptions {
  /** The namespace that it runs in. */
  readonly namespace: INamespace;
}

/**
 * Something that runs in pods, with what every one of them needs: a ServiceAccount of its own, a container that meets
 * the Pod Security Standard `restricted`, resources, and a NetworkPolicy that allows DNS, the metrics scraper, the granted
 * backing services and the declared peers, and nothing else.
 *
 * Use `ServiceWorkload`, `JobWorkload` or `CronJobWorkload`.
 */
@checked('Workload')
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
  private readonly env: PodEnv;
  private callsApiServer = false;

  /**
   * @throws InvalidInputError when a prop is malformed, or the cluster lacks the GPUs
   */
  protected constructor(scope: Construct, id: string, props: WorkloadProps) {
    super(scope, id);
    this.workloadName = dnsLabel(this, 'name', props.name ?? id);
    this.namespace = props.namespace;
    this.settings = props;
    checkPod(this, props);
    this.checkLabels(props);
    this.env = new PodEnv(this, props.env, props.secretEnv);
    this.selector = { 'app.kubernetes.io/name': this.workloadName };
    this.labels = {
      ...props.labels,
      ...this.selector,
      'app.kubernetes.io/component': props.component ?? 'workload',
      'app.kubernetes.io/part-of': props.partOf ?? 'ml-platform',
    };
    this.identity = { namespace: namespaceNameOf(this, props.namespace), serviceAccountName: this.workloadName };
    this.serviceAccount = this._object('ServiceAccount', 'v1', 'ServiceAccount', {
      automountServiceAccountToken: false,
    });

    this.flows = new NetworkFlows(this, this.selector);
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

  public addBinding(serviceName: string, binding: ServiceBinding): void {
    this.env.add(serviceName, binding);
    binding.egress.forEach((peer) => this.flows.allowTo('egress', peer));
    Object.entries(binding.namespaceLabels).forEach(([key, value]) => this.namespace.addLabel(key, value));
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
    checkReferences(this, { workload });
    this.flows.allowTo('connectTo', workload.peer);
    workload.allowFrom(this.peer);
  }

  /**
   * Lets a peer connect to one of the ports.
   *
   * @internal
   */
  public _allowFromOn(port: number, peer: NetworkPeer): void {
    this.flows.allowFrom('allowFrom', peer, [port]);
  }

  /**
   * Gives the pods a token of their ServiceAccount, and a way to the API server.
   *
   * @internal
   */
  public _useApiServer(): void {
    this.callsApiServer = true;
    this.flows.allowToApiServer();
  }

  /**
   * Sets a variable to a field of the pod, such as `metadata.name`.
   *
   * @internal
   */
  protected _addFieldEnv(name: string, fieldPath: string): void {
    this.env.addField(name, fieldPath);
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
    const { metricsPort: port, metricsPath } = this.settings;
    if (metricsPath !== undefined && !metricsPath.startsWith('/')) {
      fail(this, 'metricsPath', 'must start with a slash', metricsPath, `write it as '/${metricsPath}'`);
    }
    if (port === undefined) return undefined;
    // not before the port that is served was checked: it is often the same
    checkListeningPort(this, 'metricsPort', port);
    const shared = Object.keys(this.listening).find((name) => this.listening[name] === port);
    if (shared === undefined) this.listening.metrics = port;
    const { scraper } = this.namespace;
    if (!scraper) {
      expectNoLaterScraper(this, 'monitor');
      return undefined;
    }
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
   * The pod template, rendered at synthesis with what was granted until then.
   *
   * @param maxPods pods that run at the same time, at most
   * @internal
   */
  protected _podTemplate(options: PodOptions, maxPods: number): unknown {
    const props = this.settings;
    if (props.gpuModel || props.nodePool !== undefined) {
      // the operators render workloads of clusters that they do not know
      const cluster = findEnvironment(this)?.cluster;
      if (cluster) checkPlacement(this, props, cluster, maxPods);
    }
    const { startupProbe, livenessProbe, readinessProbe } = props;
    for (const [prop, probe] of Object.entries({ startupProbe, livenessProbe, readinessProbe })) {
      if (probe && !probe._render(Object.values(this.listening)[0])) {
        fail(this, prop, 'must name a port', undefined, 'the workload listens on none; give the probe a port');
      }
    }
    return Lazy.any({
      produce: () =>
        podTemplate({
          ...props,
          ...options,
          name: this.workloadName,
          labels: this.labels,
          selector: this.selector,
          serviceAccountName: this.identity.serviceAccountName,
          env: this.env.env,
          secretEnv: this.env.secretEnv,
          fieldEnv: this.env.fieldEnv,
          mountsToken: this.callsApiServer,
          ports: this.listening,
        }),
    });
  }

  /**
   * Adds an object of the namespace, named as the workload. It holds plain JSON, so that a JSON patch can change anything.
   *
   * @internal
   */
  protected _object(id: string, apiVersion: string, kind: string, content: Json): ApiObject {
    return new ApiObject(this, id, this._manifest(apiVersion, kind, content));
  }

  /**
   * An object of the namespace, named as the workload.
   *
   * @internal
   */
  protected _manifest(apiVersion: string, kind: string, content: Json): ApiObjectProps {
    const metadata = { name: this.workloadName, namespace: this.namespace.namespaceName, labels: this.labels };
    return { apiVersion, kind, metadata, ...content };
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
  private checkLabels({ component, partOf, labels = {} }: WorkloadOptions): void {
    if (component !== undefined) checkLabel(this, 'component', 'app.kubernetes.io/component', component);
    if (partOf !== undefined) checkLabel(this, 'partOf', 'app.kubernetes.io/part-of', partOf);
    Object.entries(labels).forEach(([key, value]) => checkLabel(this, 'labels', key, value));
  }
}
