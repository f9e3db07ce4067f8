/**
 * One end of a network flow: pods of a namespace, or address ranges outside the cluster.
 *
 * Exactly one of `namespace` and `cidrs` is set.
 */
export interface NetworkPeer {
  /**
   * Namespace of the pods.
   *
   * @default - not pods; see cidrs
   */
  readonly namespace?: string;
  /**
   * Labels of the pods in that namespace.
   *
   * @default - all pods of the namespace
   */
  readonly podLabels?: { [key: string]: string };
  /**
   * Address ranges outside the cluster.
   *
   * @default - not addresses; see namespace
   */
  readonly cidrs?: string[];
  /**
   * Address ranges within these that are not meant, such as `10.0.0.0/8` of `0.0.0.0/0`.
   *
   * @default - none
   */
  readonly except?: string[];
  /**
   * TCP ports.
   *
   * @default - all ports
   */
  readonly ports?: number[];
}

/** The Gateway of the platform, as the operators have to know it. */
export interface GatewaySettings {
  /** Name of the Gateway. */
  readonly name: string;
  /** Namespace of the Gateway. */
  readonly namespace: string;
  /** Domain below which the Gateway has a certificate. */
  readonly domain: string;
  /** Labels of the pods that hand the requests on, and their namespace is `podNamespace`. */
  readonly podLabels: { readonly [key: string]: string };
  /** Namespace of the pods that hand the requests on. */
  readonly podNamespace: string;
}

/** Pods that scrape metrics. */
export interface ScraperSettings {
  /** Namespace of the pods. */
  readonly namespace: string;
  /** Labels of the pods. */
  readonly podLabels: { readonly [key: string]: string };
}
