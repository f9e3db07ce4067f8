import { Cluster } from './cluster';
import { untilNamespaceReady } from './apply';
import { type ControlPlane, startControlPlane } from './control-plane';
import { DEFAULT_NODES, type NodeProps } from './nodes';

export interface TestClusterOptions {
  /** Simulated nodes to begin with. @default - three general nodes, each in a zone of its own */
  readonly nodes?: readonly NodeProps[];
  /**
   * Installs CRDs before the controllers start, so that the garbage collector knows their kinds from the beginning: of one that
   * comes later it learns after up to 30 seconds. @default - none
   */
  readonly install?: (cluster: Cluster) => Promise<void>;
}

/**
 * A control plane on this machine's loopback interface, with real admission, RBAC, controllers and scheduler, on which
 * Pods run in name only: kwok plays the kubelets. Everything is in one temporary folder and ends with this process.
 */
export class TestCluster extends Cluster {
  /**
   * Starts a cluster; the first time on a machine, builds its programs. Guaranteed when it is done: a Pod that is
   * created in `default` is admitted, scheduled and run.
   */
  static async start(options: TestClusterOptions = {}): Promise<TestCluster> {
    const { install } = options;
    const controlPlane = await startControlPlane(async (connection) => {
      if (!install) return;
      const cluster = new Cluster(connection);
      await install(cluster);
      cluster.rest.close();
    });
    const cluster = new TestCluster(controlPlane);
    try {
      await Promise.all([
        untilNamespaceReady(cluster.rest, 'default'),
        cluster.addNodes(options.nodes ?? DEFAULT_NODES),
      ]);
      return cluster;
    } catch (error) {
      const logs = ['kube-controller-manager', 'kwok'].map(
        (name) => `${name}:\n${cluster.controlPlane.processes.logTail(name)}`,
      );
      await cluster.stop();
      throw new Error(`${(error as Error).message}\n${logs.join('\n')}`, { cause: error });
    }
  }

  private constructor(private readonly controlPlane: ControlPlane) {
    super(controlPlane.connection);
  }

  /** Process ids of everything this cluster runs. */
  get pids(): number[] {
    return this.controlPlane.processes.pids;
  }

  /** Ends the cluster. Done when its processes and its folder are gone. */
  async stop(): Promise<void> {
    this.rest.close();
    await this.controlPlane.processes.stop();
  }
}
