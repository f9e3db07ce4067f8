import { IConstruct } from 'constructs';

/** What the nearest construct that has it, a construct itself or one above it, keeps under a symbol. */
export function nearest(scope: IConstruct, key: symbol): unknown {
  for (let at: IConstruct | undefined = scope; at; at = at.node.scope) {
    const found = (at as IConstruct & { [key: symbol]: unknown })[key];
    if (found) return found;
  }
  return undefined;
}
