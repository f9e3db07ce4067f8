import { NetworkPeer } from '../../contracts/network';

/** What the pods of a zone reach of the platform beside what all zones do. */
export interface AIZoneServices {
  /** Where its Pods may connect to. */
  readonly egress: NetworkPeer[];
  /** Labels of its namespace by which these services let it in. */
  readonly serviceLabels: { readonly [key: string]: string };
}

/** What zones have to know of the platform that they are on. */
export interface AIZoneSettings {
  /**
   * Namespaces of the platform itself, which no zone may take. `default` and those that start with `kube-` are always refused,
   * and so is every namespace that is there already and is not the zone's.
   *
   * @default - 'platform-system' and 'backing-services'
   */
  readonly platformNamespaces?: string[];
  /**
   * Namespaces whose AIModels a zone may run by `spec.models`, in the order in which they are searched. A user who may
   * write AIModels there decides what runs in zones.
   *
   * @default - 'ml-models'
   */
  readonly modelNamespaces?: string[];
  /**
   * What the Pods of every zone may connect to, beside each other and the name service: object storage.
   *
   * @default - nothing
   */
  readonly egress?: NetworkPeer[];
  /**
   * Labels of every zone's namespace by which these services know who may reach them: `namespaceLabels` of their bindings.
   *
   * @default - none: the services let every namespace in
   */
  readonly serviceLabels?: { readonly [key: string]: string };
  /**
   * The same for single zones, by their namespaces: the database and the cache.
   *
   * @default - none: no zone reaches them
   */
  readonly dataServices?: { readonly [namespace: string]: AIZoneServices };
  /**
   * ClusterIssuer of cert-manager that signs the certificate of a zone which names none.
   *
   * @default - zones without a certificate of their own are reached by the listener of the Gateway, as <model>-<zone>.<domain>
   */
  readonly certificateIssuer?: string;
  /**
   * Whether Istio runs in the cluster, in ambient mode.
   *
   * @default false
   */
  readonly mesh?: boolean;
  /**
   * Days for which Prometheus keeps metrics. It has one retention for all of them.
   *
   * @default - not known: what a zone asks for is not compared with it
   */
  readonly metricsRetentionDays?: number;
  /**
   * Groups that Capsule lets own tenants. A zone whose `<zone>-owners` is among them gets a Tenant.
   *
   * @default - no zone has a Tenant
   */
  readonly selfServiceGroups?: string[];
}
