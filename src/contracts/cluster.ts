import { IConstruct } from 'constructs';
import { FootprintWorkload } from './footprint';
import { NodePool } from './node-pool';

/**
 * What a cluster can do. What is missing is data that a construct can ask for, so that it can refuse with a fix
 * instead of failing in the cluster.
 */
export interface ClusterCapabilities {
  /** GPUs that exist, possibly simulated: one entry per GPU pool. */
  readonly gpus: GpuCapability[];
  /**
   * Sizes of the nodes: one entry per pool.
   *
   * @default - not known: pods that fit no node are not found
   */
  readonly nodes?: NodeCapability[];
  /**
   * Pods that the cluster itself brings, such as those of DNS and of drivers for volumes. They take room on its nodes before any component.
   *
   * @default - none, or what is allocatable of the nodes is without them
   */
  readonly addOns?: FootprintWorkload[];
  /** Whether GPUs are simulated: pods are scheduled as on real ones, but no device is there. */
  readonly simulatedGpus: boolean;
  /** Whether a Service of type LoadBalancer gets an address. */
  readonly loadBalancer: boolean;
  /** Whether NetworkPolicies are enforced. */
  readonly networkPolicy: boolean;
  /** Whether nodes are added when pods do not fit. */
  readonly nodeAutoscaling: boolean;
  /** Whether a ServiceAccount can have permissions in the provider's API without a stored key. */
  readonly workloadIdentity: boolean;
  /** Whether volumes can be snapshotted through the CSI driver. */
  readonly volumeSnapshots: boolean;
  /** The topology zones that nodes are spread over. */
  readonly zones: string[];
  /**
   * Whether databases, caches and buckets are services of the provider, whose sizes are its own, rather than pods of the cluster.
   *
   * @default false
   */
  readonly managedServices?: boolean;
}

/** GPUs that a cluster offers in one pool. */
export interface GpuCapability {
  /** Name of the node pool. */
  readonly pool: string;
  /** The extended resource, such as `nvidia.com/gpu`. */
  readonly resourceName: string;
  /** Value of the node label `nvidia.com/gpu.product`. */
  readonly productLabel: string;
  /** GPUs of one node: more cannot be given to one pod. */
  readonly perNode: number;
  /** GPUs of the whole pool at its largest size. */
  readonly total: number;
}

/** What each node of a pool has for pods. */
export interface NodeCapability {
  /** Name of the node pool. */
  readonly pool: string;
  /** Instance type in the provider's own terms. */
  readonly instanceType: string;
  /** Cores, after what the system keeps. */
  readonly cpu: number;
  /** Bytes of memory, after what the system keeps. */
  readonly memory: number;
  /**
   * Key of the taint that keeps other pods off the nodes.
   *
   * @default - none
   */
  readonly taint?: string;
  /**
   * Value of the node label `nvidia.com/gpu.product`.
   *
   * @default - the nodes have no GPUs
   */
  readonly productLabel?: string;
  /**
   * Pods that a node takes.
   *
   * @default - not known: pods are not counted
   */
  readonly pods?: number;
  /**
   * Nodes that are there without anything asking for them. With `max`, the size of the pool.
   *
   * @default - not known: whether all pods fit together is not judged
   */
  readonly min?: number;
  /**
   * Largest number of nodes that come by themselves: `min` where nothing adds nodes.
   *
   * @default - not known
   */
  readonly max?: number;
  /**
   * GPUs of one node.
   *
   * @default 0
   */
  readonly gpus?: number;
  /**
   * Zones that the nodes may be in. A volume stays in the zone in which it was made.
   *
   * @default - not known: all zones of the cluster
   */
  readonly zones?: string[];
  /**
   * Whether `min` and `max` are shared out evenly among `zones`, the first of them taking what is left over, so that a zone never has more
   * nodes than its share, as with one node group for each zone.
   *
   * @default false - a node comes up in the zone that pods need
   */
  readonly dividedByZone?: boolean;
  /**
   * All labels of the nodes that are known before there is one.
   *
   * @default - the pool's name and the GPU product
   */
  readonly labels?: { [label: string]: string };
}

/** A command that prints an ExecCredential, as in a kubeconfig. */
export interface ClusterCredentialCommand {
  /** API version of the ExecCredential. */
  readonly apiVersion: string;
  /** The program. */
  readonly command: string;
  /** Its arguments; they may hold Terraform tokens. */
  readonly args: string[];
}

/**
 * How Terraform reaches the API server. Never a secret: either a kubeconfig and a context, or an endpoint with a command
 * that fetches a short-lived credential.
 */
export interface ClusterConnection {
  /**
   * URL of the API server; may be a Terraform token.
   *
   * @default - taken from the kubeconfig
   */
  readonly endpoint?: string;
  /**
   * Certificate authority of the API server, base64; may be a Terraform token.
   *
   * @default - taken from the kubeconfig
   */
  readonly certificateAuthority?: string;
  /**
   * The command that fetches a credential.
   *
   * @default - taken from the kubeconfig
   */
  readonly credentialCommand?: ClusterCredentialCommand;
  /**
   * Path of a kubeconfig.
   *
   * @default - no kubeconfig; the endpoint is used
   */
  readonly kubeconfigPath?: string;
  /**
   * Context in the kubeconfig.
   *
   * @default - the current context
   */
  readonly kubeconfigContext?: string;
  /**
   * Addresses and security groups that the API server answers, where these are inside a private network only.
   *
   * @default - it answers where Terraform runs
   */
  readonly reachableFrom?: string[];
}

/** How a person reaches the cluster with kubectl. */
export interface KubectlAccess {
  /** The context in the kubeconfig, so that nothing is applied to whatever cluster happens to be the current one. */
  readonly context: string;
  /**
   * Path of the kubeconfig.
   *
   * @default - kubectl's own: KUBECONFIG, or `~/.kube/config`
   */
  readonly kubeconfigPath?: string;
  /**
   * A command that writes the context into the kubeconfig once the cluster is there.
   *
   * @default - none; whatever makes the cluster writes it
   */
  readonly command?: string;
}

/** How to make a cluster, in terms that every provider understands. */
export interface ClusterProps {
  /**
   * Minor version of Kubernetes, such as `1.35`.
   *
   * @default - the newest that the provider supports
   */
  readonly kubernetesVersion?: string;
  /**
   * The node pools.
   *
   * @default - one general pool
   */
  readonly nodePools?: NodePool[];
  /**
   * Whether the cluster refuses to be deleted. Providers that cannot protect one (Kind, existing clusters) ignore it.
   *
   * @default - true in staging and production
   */
  readonly deletionProtection?: boolean;
}

/** Annotations of a Service of type LoadBalancer. */
export interface LoadBalancerAnnotations {
  /** For one that only the network of the cluster reaches. */
  readonly internal: { [key: string]: string };
  /** For one that the internet reaches. */
  readonly internetFacing: { [key: string]: string };
  /**
   * What it must say besides, so that pods see the addresses of clients in place of those of the load balancer.
   *
   * @default - nothing: pods see them anyway
   */
  readonly clientAddresses?: { [key: string]: string };
}

/** A Kubernetes cluster, from any provider. */
export interface ICluster extends IConstruct {
  /** Name of the cluster, unique in its account and region. */
  readonly clusterName: string;
  /** Minor version of Kubernetes, such as `1.35`. */
  readonly kubernetesVersion: string;
  /** How Terraform reaches it. */
  readonly connection: ClusterConnection;
  /** How a person reaches it, for the commands that come after a synthesis. */
  readonly kubectl: KubectlAccess;
  /** What it can do. */
  readonly capabilities: ClusterCapabilities;
  /** Its node pools. */
  readonly nodePools: NodePool[];
  /** Name of the StorageClass that a PersistentVolumeClaim gets by default. */
  readonly defaultStorageClass: string;
  /**
   * What a Service of type LoadBalancer must say, where the cluster has load balancers.
   *
   * @default - no annotations
   */
  readonly loadBalancerAnnotations?: LoadBalancerAnnotations;
}
