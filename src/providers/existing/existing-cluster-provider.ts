import { Construct } from 'constructs';
import { checkOrder, checkWhole } from '../../contracts/bounds';
import { checked } from '../../contracts/checked';
import {
  ClusterCapabilities,
  ClusterConnection,
  ClusterProps,
  GpuCapability,
  ICluster,
  KubectlAccess,
  NodeCapability,
} from '../../contracts/cluster';
import { IEnvironment } from '../../contracts/environment';
import { fail } from '../../contracts/errors';
import { FootprintWorkload } from '../../contracts/footprint';
import { checkWorkload } from '../../contracts/footprint-check';
import { KUBERNETES_VERSIONS, kubernetesVersion } from '../../contracts/kubernetes-version';
import { objectName, textInYaml } from '../../contracts/names';
import { GpuPool, NodePool } from '../../contracts/node-pool';
import { checkKubeconfigPath, InClusterProvider } from '../in-cluster/in-cluster-provider';
import { StateBackend } from '../state-backend';

/** What makes the pods of an add-on. */
const ADD_ON_KINDS = ['DaemonSet', 'Deployment', 'StatefulSet'];

/** What has to be known of a cluster that someone else made. */
export interface ExistingClusterProviderProps {
  /** Context in the kubeconfig. */
  readonly context: string;
  /** Minor version of Kubernetes that the cluster runs, such as `1.35`; 1.33 or newer. */
  readonly kubernetesVersion: string;
  /** Name of the StorageClass that a PersistentVolumeClaim gets by default. */
  readonly defaultStorageClass: string;
  /**
   * Path of the kubeconfig.
   *
   * @default '~/.kube/config'
   */
  readonly kubeconfigPath?: string;
  /**
   * Name of the cluster.
   *
   * @default - the context
   */
  readonly clusterName?: string;
  /**
   * GPUs that the cluster has, one entry per pool. The nodes of a pool carry the labels `nstarx.io/node-pool` (its name)
   * and `nvidia.com/gpu.product`, and the taint `nvidia.com/gpu`, also where the GPUs are divided (`nvidia.com/mig-1g.10gb`) or shared
   * (`nvidia.com/gpu.shared`); nodes of others have the name of the resource as taint. The label is what the feature discovery makes of it,
   * such as `NVIDIA-A100-SXM4-40GB-MIG-1g.5gb` with the strategy `single`.
   *
   * @default - none
   */
  readonly gpus?: GpuCapability[];
  /**
   * Sizes of the nodes, one entry per pool, as `kubectl describe nodes` shows what is allocatable. With all of them, pods that fit no node
   * are found at synthesis; with `min` and `max`, also that all of them fit together.
   *
   * @default - not known
   */
  readonly nodes?: NodeCapability[];
  /**
   * Pods that the cluster itself brings, such as those of DNS, of its network plugin and of drivers for volumes, with what they request
   * (`kubectl get pods -A -o wide` shows them). They take room on `nodes` before any component does.
   *
   * @default - none: all that is allocatable of the nodes is left for the platform
   */
  readonly addOns?: FootprintWorkload[];
  /**
   * Whether the GPUs are simulated.
   *
   * @default false
   */
  readonly simulatedGpus?: boolean;
  /**
   * Whether a Service of type LoadBalancer gets an address.
   *
   * @default false
   */
  readonly loadBalancer?: boolean;
  /**
   * Whether the network plugin enforces NetworkPolicies. They are written in any case.
   *
   * @default false
   */
  readonly networkPolicy?: boolean;
  /**
   * Whether nodes are added when pods do not fit.
   *
   * @default false
   */
  readonly nodeAutoscaling?: boolean;
  /**
   * Whether volumes can be snapshotted through the CSI driver.
   *
   * @default false
   */
  readonly volumeSnapshots?: boolean;
  /**
   * The topology zones that nodes are spread over.
   *
   * @default - none
   */
  readonly zones?: string[];
  /**
   * Where Terraform keeps the state of `<env>-bootstrap`.
   *
   * @default StateBackend.local()
   */
  readonly state?: StateBackend;
}

/**
 * A cluster that exists already. Nothing is made outside it, so `<env>-infrastructure` stays empty; databases, caches and
 * buckets run inside it.
 */
@checked('ExistingClusterProvider')
export class ExistingClusterProvider extends InClusterProvider {
  /**
   * A cluster that a kubeconfig leads to.
   *
   * @throws InvalidInputError when the context, the version, the storage class or a GPU pool is malformed
   */
  public static fromKubeconfig(props: ExistingClusterProviderProps): ExistingClusterProvider {
    return new ExistingClusterProvider(props);
  }

  public readonly displayName: string;

  private constructor(private readonly props: ExistingClusterProviderProps) {
    super();
    checkProps(props);
    this.displayName = `existing ${props.clusterName ?? props.context}`;
  }

  public configureStack(stack: Construct, _environment: IEnvironment): void {
    (this.props.state ?? StateBackend.local()).configure(stack);
  }

  public createCluster(environment: IEnvironment, id: string, props: ClusterProps): ICluster {
    return new ExistingCluster(environment.infrastructure, id, props, this.props);
  }
}

/** A Kubernetes cluster that someone else made. */
class ExistingCluster extends Construct implements ICluster {
  public readonly clusterName: string;
  public readonly kubernetesVersion: string;
  public readonly nodePools: NodePool[];
  public readonly defaultStorageClass: string;
  public readonly connection: ClusterConnection;
  public readonly kubectl: KubectlAccess;
  public readonly capabilities: ClusterCapabilities;

  public constructor(scope: Construct, id: string, props: ClusterProps, known: ExistingClusterProviderProps) {
    super(scope, id);
    this.clusterName = known.clusterName ?? known.context;
    this.kubernetesVersion = known.kubernetesVersion;
    this.defaultStorageClass = known.defaultStorageClass;
    this.nodePools = [...(props.nodePools ?? [])];
    const kubeconfigPath = known.kubeconfigPath ?? '~/.kube/config';
    this.connection = { kubeconfigPath, kubeconfigContext: known.context };
    this.kubectl = { context: known.context, kubeconfigPath };
    this.capabilities = {
      gpus: [...(known.gpus ?? [])],
      nodes: known.nodes && [...known.nodes],
      addOns: known.addOns && [...known.addOns],
      simulatedGpus: known.simulatedGpus ?? false,
      loadBalancer: known.loadBalancer ?? false,
      networkPolicy: known.networkPolicy ?? false,
      nodeAutoscaling: known.nodeAutoscaling ?? false,
      workloadIdentity: false,
      volumeSnapshots: known.volumeSnapshots ?? false,
      zones: [...(known.zones ?? [])],
    };
    this.check(props);
  }

  private check(props: ClusterProps): void {
    if (props.kubernetesVersion !== undefined && props.kubernetesVersion !== this.kubernetesVersion) {
      fail(
        this,
        'kubernetesVersion',
        `must be the cluster's own, ${this.kubernetesVersion}`,
        props.kubernetesVersion,
        'leave it out: the version of an existing cluster is not managed here',
      );
    }
    for (const pool of this.nodePools) {
      if (!(pool instanceof GpuPool)) continue;
      const { productLabel } = pool.model;
      if (!this.capabilities.gpus.some((gpu) => gpu.pool === pool.name && gpu.productLabel === productLabel)) {
        fail(
          this,
          `nodePools "${pool.name}"`,
          'must be GPUs that the cluster has',
          productLabel,
          'describe the pool in the gpus of fromKubeconfig(), or leave it out of this environment',
        );
      }
    }
  }
}

function checkProps(props: ExistingClusterProviderProps): void {
  const where = 'ExistingClusterProvider.fromKubeconfig';
  if (!/^\S+$/.test(props.context)) {
    fail(
      where,
      'context',
      'must be a name',
      props.context,
      'use one that `kubectl config get-contexts -o name` prints',
    );
  }
  if (props.kubeconfigPath !== undefined) checkKubeconfigPath(where, props.kubeconfigPath);
  kubernetesVersion(
    where,
    props.kubernetesVersion,
    KUBERNETES_VERSIONS,
    'give the minor version alone, like 1.35; upgrade an older cluster first',
  );
  const fix = 'use the one that `kubectl get storageclass` marks as default';
  objectName(where, 'defaultStorageClass', 'a StorageClass', props.defaultStorageClass, fix);
  textInYaml(where, 'defaultStorageClass', props.defaultStorageClass, 'make a class of another name the default');
  for (const gpu of props.gpus ?? []) {
    if (!Number.isInteger(gpu.perNode) || gpu.perNode < 1 || !Number.isInteger(gpu.total) || gpu.total < gpu.perNode) {
      fail(
        where,
        `gpus "${gpu.pool}"`,
        'must have at least one GPU per node, and as many in total',
        { perNode: gpu.perNode, total: gpu.total },
        'give the GPUs of one node and of the whole pool',
      );
    }
  }
  for (const node of props.nodes ?? []) checkNodes(where, node);
  if (props.addOns !== undefined && props.nodes === undefined) {
    const fix = 'describe the nodes that the add-ons take room on, or leave addOns out';
    fail(
      where,
      'addOns',
      'must come with nodes',
      props.addOns.map(({ name }) => name),
      fix,
    );
  }
  for (const addOn of props.addOns ?? []) checkWorkload(where, `addOns "${addOn.name}"`, addOn, ADD_ON_KINDS);
}

/** Refuses a size that no node has, such as memory in GiB where bytes are meant. */
function checkNodes(where: string, node: NodeCapability): void {
  const prop = (name: string): string => `nodes "${node.pool}".${name}`;
  if (!(node.cpu > 0))
    fail(where, prop('cpu'), 'must be more than 0', node.cpu, 'give the allocatable cores of one node');
  if (!(node.memory >= 2 ** 20)) {
    fail(
      where,
      prop('memory'),
      'must be bytes, at least 1Mi',
      node.memory,
      'give the allocatable bytes, such as 8 * 2 ** 30',
    );
  }
  if (node.dividedByZone === true && (node.zones ?? []).length === 0) {
    fail(where, prop('dividedByZone'), 'must come with zones', node.zones, 'name the zones that share the nodes');
  }
  checkWhole(where, prop('pods'), node.pods, 1, 1000, 'give the pods that one node takes');
  checkWhole(where, prop('gpus'), node.gpus, 0, 16, 'give the GPUs of one node');
  checkWhole(where, prop('min'), node.min, 0, 10_000, 'give the smallest number of nodes');
  checkWhole(where, prop('max'), node.max, 1, 10_000, 'give the largest number of nodes');
  checkOrder(
    where,
    { prop: prop('min'), given: node.min, value: node.min ?? 0 },
    { prop: prop('max'), given: node.max, value: node.max ?? Infinity },
  );
}
