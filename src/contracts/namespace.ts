import { IConstruct } from 'constructs';
import { checkReferences } from './environment-scope';
import { NetworkPeer } from './network';

/**
 * A namespace that objects are made in. `Namespace` makes one; `Namespace.fromName()` imports one that exists already.
 */
export interface INamespace extends IConstruct {
  /** Name of the namespace. */
  readonly namespaceName: string;
  /**
   * Pods that scrape the metrics of this namespace.
   *
   * @default - nothing scrapes it: workloads make no monitor and no network policy for one
   */
  readonly scraper?: NetworkPeer;
  /**
   * Adds a label to the namespace; setting a label to the value that it has is fine.
   *
   * @throws InvalidInputError when the label has another value already, or the namespace is an imported one without it
   */
  addLabel(key: string, value: string): void;
}

/**
 * The name of a namespace that a construct was given.
 *
 * @throws InvalidInputError when it is of another environment
 */
export function namespaceNameOf(where: IConstruct, namespace: INamespace, prop = 'namespace'): string {
  checkReferences(where, { [prop]: namespace });
  return namespace.namespaceName;
}
