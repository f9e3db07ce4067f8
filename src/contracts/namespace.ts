import { IConstruct } from 'constructs';
import { checkReferences } from './environment-scope';
import { fail } from './errors';
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
 * The name of a namespace that a construct was given. Plain JavaScript may have given it something else.
 *
 * @throws InvalidInputError when it is no INamespace, or of another environment
 */
export function namespaceNameOf(where: IConstruct, namespace: INamespace | undefined, prop = 'namespace'): string {
  const name: unknown = (namespace as Partial<INamespace> | null | undefined)?.namespaceName;
  if (typeof name === 'string') {
    checkReferences(where, { [prop]: namespace });
    return name;
  }
  const given: unknown = namespace;
  return fail(
    where,
    prop,
    'must be an INamespace',
    typeof given === 'object' && given !== null ? `an object of ${given.constructor.name}` : given,
    typeof given === 'string'
      ? `import it with Namespace.fromName(scope, id, '${given}')`
      : 'give the namespace of a team such as platform.teams.ml, or import one with Namespace.fromName(scope, id, name)',
  );
}
