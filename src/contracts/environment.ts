import { Construct, IConstruct } from 'constructs';
import { ICluster } from './cluster';
import { PodSecurityLevel } from './component';
import { NetworkPeer } from './network';
import { Tier } from './tier';

/**
 * One deployment of the platform: local, dev, staging, production.
 *
 * It is a node of the manifest tree. Its two Terraform stacks are in a tree of their own and are reached through
 * `infrastructure` and `bootstrap`.
 */
export interface IEnvironment extends IConstruct {
  /** Name, a DNS label; unique in its app. */
  readonly environmentName: string;
  /** How much the environment is worth protecting. */
  readonly tier: Tier;
  /** The stack `<env>-infrastructure`: network, cluster, data stores, identity. */
  readonly infrastructure: Construct;
  /** The stack `<env>-bootstrap`: what must exist in the cluster before any manifest. */
  readonly bootstrap: Construct;
  /** Tags for every cloud resource. */
  readonly tags: { [key: string]: string };
  /** Whether the environment has a cluster already. */
  readonly hasCluster: boolean;
  /**
   * The environment's cluster.
   *
   * @throws InvalidInputError when there is none yet
   */
  readonly cluster: ICluster;
  /**
   * Namespace of its backing services: of the servers where they run in the cluster, and of what makes their users and delivers their
   * credentials everywhere.
   */
  readonly backingServicesNamespace: string;
  /**
   * Pods that scrape metrics, as the peer of a network flow.
   *
   * @default - nothing scrapes: the environment has no monitoring, or not yet
   */
  readonly scraper?: NetworkPeer;

  /**
   * Says which pods scrape metrics. Called by what installs them, such as `Monitoring`.
   *
   * @throws InvalidInputError when others do already
   */
  useScraper(scraper: NetworkPeer): void;

  /**
   * Publishes a value that only Terraform knows (an endpoint, an ARN) in the ConfigMap `platform-values` of the namespace
   * `platform-system`. Never a secret.
   *
   * @param key a key of the ConfigMap, such as `database.endpoint`
   * @param value the value; usually a Terraform token
   * @throws InvalidInputError when the key is published already or is no valid key
   */
  publishValue(key: string, value: string): void;

  /**
   * Has Terraform apply a manifest that holds a value which only Terraform knows, such as the ARN of a generated secret.
   * Everything else belongs in a chart.
   *
   * @param manifest a Kubernetes object; it may hold Terraform tokens
   * @param source the construct that it comes from, which its annotation `nstarx.io/construct-path` names
   * @throws InvalidInputError when the manifest has no apiVersion, kind or name, or holds no token
   */
  addBootstrapManifest(manifest: { [key: string]: unknown }, source?: IConstruct): void;

  /**
   * Has Terraform make a namespace before any manifest is applied: for components and backing services. A team's
   * namespaces are manifests. Asked for twice, the laxer level counts and the labels are joined.
   *
   * @param name a DNS label
   * @param podSecurity the Pod Security level that the namespace enforces
   * @param labels further labels of the namespace
   * @throws InvalidInputError when a label has another value already
   */
  requireNamespace(name: string, podSecurity: PodSecurityLevel, labels?: { [key: string]: string }): void;

  /**
   * Says that a namespace exists which neither Terraform nor a manifest of the environment makes.
   *
   * @param name a DNS label
   * @param labels the labels that it has
   */
  importNamespace(name: string, labels?: { [key: string]: string }): void;
}
