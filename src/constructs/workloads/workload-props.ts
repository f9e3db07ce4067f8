import { SecretVariable } from '../../contracts/backing-service';
import { ICluster } from '../../contracts/cluster';
import { INamespace } from '../../contracts/namespace';
import { NetworkPeer } from '../../contracts/network';
import { GpuRequest } from './gpu-request';
import { Probe } from './probe';
import { ServiceUse } from './service-use';
import { Volume } from './volume';

/** Properties that every workload has. */
export interface WorkloadProps {
  /** The namespace that it runs in. */
  readonly namespace: INamespace;
  /** The container image, with a digest or a tag other than `latest`. */
  readonly image: string;
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
   * Environment variables. Never secrets: use secretVariables.
   *
   * @default - those of the services in `uses`
   */
  readonly variables?: { [name: string]: string };
  /**
   * Environment variables from Secrets of the namespace.
   *
   * @default - those of the services in `uses`
   */
  readonly secretVariables?: SecretVariable[];
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
   * GPUs of each pod.
   *
   * @default - none
   */
  readonly gpu?: GpuRequest;
  /**
   * The cluster, which must offer the GPUs and have the node pool. Required with `gpu`.
   *
   * @default - node pool and GPUs are not checked
   */
  readonly cluster?: ICluster;
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
   * The backing services that it uses.
   *
   * @default - none
   */
  readonly uses?: ServiceUse[];
  /**
   * Who may connect to the ports that it listens on, beside the scraper. Ports of these peers do not matter.
   *
   * @default - nobody
   */
  readonly ingress?: NetworkPeer[];
  /**
   * Where it may connect to, beside DNS and the services in `uses`.
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
