import { Construct } from 'constructs';
import { checkWhole } from '../../contracts/bounds';
import { checked } from '../../contracts/checked';
import { ClusterProps, ICluster } from '../../contracts/cluster';
import { IEnvironment } from '../../contracts/environment';
import { fail } from '../../contracts/errors';
import { GATEWAY_HTTP_NODE_PORT, GATEWAY_HTTPS_NODE_PORT } from '../../contracts/names';
import { checkKubeconfigPath, InClusterProvider } from '../in-cluster/in-cluster-provider';
import { StateBackend } from '../state-backend';
import { KindCluster, KindClusterSettings } from './kind-cluster';
import { parseImage } from '../../contracts/image-reference';

/** A port of the host that leads to a port of the cluster's control plane. */
export interface HostPortMapping {
  /** Port of the host, listened on at 127.0.0.1. */
  readonly hostPort: number;
  /** Port of the node; a Service of type NodePort answers there. */
  readonly nodePort: number;
}

/** Properties of the Kind provider. */
export interface KindProviderProps {
  /**
   * Source address of the Terraform provider. Forks with the same schema work too.
   *
   * @default 'tehcyx/kind'
   */
  readonly providerSource?: string;
  /**
   * Version constraint of the Terraform provider.
   *
   * @default '0.11.0'
   */
  readonly providerVersion?: string;
  /**
   * Image of the nodes. Give one with its digest, and the `kubernetesVersion` of the cluster to match.
   *
   * @default - the image that was built for Kind v0.31 and the cluster's Kubernetes version
   */
  readonly nodeImage?: string;
  /**
   * Ports of the host that lead into the cluster. Clusters that run at the same time need different ones.
   *
   * @default - 8080 to node port 30080 (HTTP) and 8443 to node port 30443 (HTTPS), where the gateway listens
   */
  readonly hostPorts?: HostPortMapping[];
  /**
   * Workers of each node pool, as far as its maximum allows. They are containers on one machine, so more of them share
   * the same CPUs and memory.
   *
   * @default 1
   */
  readonly workersPerPool?: number;
  /**
   * The kubeconfig that the cluster's context `kind-<name>` is written to.
   *
   * @default '~/.kube/config'
   */
  readonly kubeconfigPath?: string;
}

const DEFAULT_HOST_PORTS: HostPortMapping[] = [
  { hostPort: 8080, nodePort: GATEWAY_HTTP_NODE_PORT },
  { hostPort: 8443, nodePort: GATEWAY_HTTPS_NODE_PORT },
];

/**
 * A laptop: a Kind cluster in Docker, with the backing services inside it.
 *
 * The Terraform provider keeps the cluster's admin kubeconfig and client key in its state, and nothing can stop it:
 * treat the state file of `<env>-infrastructure` as a credential of that cluster. This library neither reads nor prints
 * them; everything else reaches the cluster through the kubeconfig file.
 */
@checked('KindProvider')
export class KindProvider extends InClusterProvider {
  /**
   * Clusters on this machine.
   *
   * @throws InvalidInputError when a port, the provider's source, its version or the number of workers is wrong
   */
  public static local(props: KindProviderProps = {}): KindProvider {
    return new KindProvider(props);
  }

  public readonly displayName = 'kind';
  private readonly settings: KindClusterSettings;

  private constructor(props: KindProviderProps) {
    super();
    const hostPorts = props.hostPorts ?? DEFAULT_HOST_PORTS;
    this.settings = {
      providerSource: props.providerSource ?? 'tehcyx/kind',
      providerVersion: props.providerVersion ?? '0.11.0',
      nodeImage: props.nodeImage,
      hostPorts: hostPorts.map(({ hostPort, nodePort }) => ({
        containerPort: nodePort,
        hostPort,
        listenAddress: '127.0.0.1',
        protocol: 'TCP',
      })),
      workersPerPool: props.workersPerPool ?? 1,
      kubeconfigPath: props.kubeconfigPath ?? '~/.kube/config',
    };
    checkSettings(this.settings);
    checkHostPorts(hostPorts);
  }

  public configureStack(stack: Construct, _environment: IEnvironment): void {
    StateBackend.local().configure(stack);
  }

  public createCluster(environment: IEnvironment, id: string, props: ClusterProps): ICluster {
    return new KindCluster(environment, id, props, this.settings);
  }
}

function checkSettings(settings: KindClusterSettings): void {
  const where = 'KindProvider.local';
  if (!/^([a-z0-9.-]+\.[a-z]+\/)?[a-zA-Z0-9_-]+\/[a-zA-Z0-9_-]+$/.test(settings.providerSource)) {
    fail(
      where,
      'providerSource',
      'must be a source address of a Terraform provider',
      settings.providerSource,
      'use [host/]namespace/type, such as tehcyx/kind',
    );
  }
  if (!/^(=|~>|>=)?\s*\d+\.\d+(\.\d+)?$/.test(settings.providerVersion)) {
    fail(
      where,
      'providerVersion',
      'must be a version constraint',
      settings.providerVersion,
      'use one such as 0.11.0 or ~> 0.11.0',
    );
  }
  if (settings.nodeImage !== undefined && parseImage(settings.nodeImage)?.digest?.startsWith('sha256:') !== true) {
    fail(
      where,
      'nodeImage',
      'must be an image with a digest',
      settings.nodeImage,
      'use kindest/node:v1.35.0@sha256:… as in the release notes of kind',
    );
  }
  checkKubeconfigPath(where, settings.kubeconfigPath);
  checkWhole(
    where,
    'workersPerPool',
    settings.workersPerPool,
    1,
    10,
    'give a small number; every worker is a container on this machine',
  );
}

function checkHostPorts(ports: HostPortMapping[]): void {
  ports.forEach((port, at) => {
    if (!Number.isInteger(port.hostPort) || port.hostPort < 1 || port.hostPort > 65535) {
      refusePort(`hostPorts[${at}].hostPort`, 'must be a port between 1 and 65535', port.hostPort, 'use a free port');
    }
    if (!Number.isInteger(port.nodePort) || port.nodePort < 30000 || port.nodePort > 32767) {
      refusePort(
        `hostPorts[${at}].nodePort`,
        'must be a node port between 30000 and 32767',
        port.nodePort,
        'use the nodePort of the Service that is to be reached',
      );
    }
    for (const key of ['hostPort', 'nodePort'] as const) {
      if (ports.findIndex((other) => other[key] === port[key]) !== at) {
        refusePort(`hostPorts[${at}].${key}`, 'must be used once', port[key], 'map each port to one other');
      }
    }
  });
}

function refusePort(prop: string, rule: string, given: number, fix: string): never {
  fail('KindProvider.local', prop, rule, given, fix);
}
