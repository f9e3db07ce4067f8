import { Chart } from 'cdk8s';
import { INamespace } from '../../contracts/namespace';
import { NetworkPeer } from '../../contracts/network';
import { EngineAccount } from '../../constructs/engines';
import { MlflowServer } from '../../constructs/tracking';
import { platformServices } from '../../kinds/egress';
import { DataPlatform } from '../data-platform';
import { NeuralNamespaces } from './neural-namespaces';

/** Where the runs of workflows are tracked and models are registered: the platform's MLflow, one that is elsewhere, or none. */
export class Tracking {
  /**
   * @param chart where the platform's own is made
   * @param url that of an MLflow elsewhere, in place of the platform's own
   * @returns nothing is tracked where there is no URL and the platform's own is not wanted
   */
  public static of(
    chart: Chart,
    platform: DataPlatform,
    { system, workflows }: NeuralNamespaces,
    others: readonly INamespace[],
    { url, wanted }: { readonly url?: string; readonly wanted: boolean },
  ): Tracking {
    if (url !== undefined) return new Tracking(url, (namespace) => platformServices(namespace, url));
    if (!wanted) return new Tracking(undefined, () => []);
    const server = new MlflowServer(chart, 'mlflow', {
      namespace: system,
      database: platform.database,
      store: platform.artifactBucket,
      // which of their pods, the policies there say
      ingress: [workflows, ...others].map(({ namespaceName }) => ({ namespace: namespaceName })),
    });
    return new Tracking(server.trackingUri, () => [server.peer]);
  }

  private constructor(
    /** URL of MLflow. @default - none: runs are not tracked */
    public readonly url: string | undefined,
    private readonly peersOf: (namespace: string) => NetworkPeer[],
  ) {}

  /** Lets the pods of an account connect to MLflow. */
  public grant(account: EngineAccount): void {
    const egress = this.peersOf(account.identity.namespace);
    account.addBinding('mlflow', { env: {}, secretEnv: [], egress, namespaceLabels: {} });
  }
}
