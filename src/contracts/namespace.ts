import { IConstruct } from 'constructs';
import { NetworkPeer } from './network';

/** A namespace that workloads run in. */
export interface INamespace extends IConstruct {
  /** Name of the namespace. */
  readonly namespaceName: string;
  /**
   * Pods that may scrape metrics in this namespace.
   *
   * @default - nothing scrapes it: workloads make no monitor and no network policy for one
   */
  readonly scraper?: NetworkPeer;
  /**
   * Adds a label to the namespace; setting a label to the value that it has is fine.
   *
   * @throws InvalidInputError when the label has another value already
   */
  addLabel(key: string, value: string): void;
}
