import { KindDefinition } from './schema/schema';

/** What happens to a child that is not in its desired state. */
export type UpdateMethod = 'InPlace' | 'Recreate' | 'OnDelete';

/** A kind of which an operator makes objects. */
export interface ChildRule {
  readonly apiVersion: string;
  readonly kind: string;
  /** The kind in the plural, lower case, as in the API. */
  readonly resource: string;
  /** @default 'InPlace' */
  readonly method?: UpdateMethod;
}

/** A kind whose objects an operator reads. */
export interface RelatedKind {
  readonly apiVersion: string;
  readonly kind: string;
  /** The kind in the plural, lower case, as in the API. */
  readonly resource: string;
}

/**
 * An operator, as the engine has to know it. The CompositeController, the ClusterRole and the hook server are all made from
 * this one object.
 */
export interface OperatorDefinition {
  /** Name of the operator, a DNS label; it is in the paths of its hooks. */
  readonly name: string;
  /** The kind that it works for. */
  readonly parent: KindDefinition;
  /** The kinds that it makes. The revisions of the parent's spec come on top. */
  readonly children: readonly ChildRule[];
  /**
   * The names of its children that follow from the name of its object alone, by kind. Before it makes them, the operator looks whether
   * they are someone else's.
   */
  readonly names: (parent: string) => { readonly [kind: string]: readonly string[] };
  /**
   * Objects that an engine makes of a child, by a name that follows from that of the parent; the operator reads their kinds.
   *
   * @default - none that matters
   */
  readonly engineNames?: readonly EngineName[];
  /** The kinds that it reads beside its children. */
  readonly related: readonly RelatedKind[];
  /**
   * Whether it has a say when the parent is deleted.
   *
   * @default false
   */
  readonly finalizes?: boolean;
  /**
   * What the engine must be allowed beyond the objects themselves: a user who makes a Role must have what the Role grants.
   *
   * @default - nothing
   */
  readonly grants?: readonly GrantedRule[];
}

/** An object that an engine makes of a child, and changes whoever made it. */
export interface EngineName {
  /** Kind of the child. */
  readonly engine: string;
  readonly apiVersion: string;
  readonly kind: string;
  /** Its name, from that of the parent. */
  readonly nameOf: (parent: string) => string;
}

/** A rule of a ClusterRole. */
export interface GrantedRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** The kind in which each operator keeps the specs that were good. */
export const REVISIONS: ChildRule = {
  apiVersion: 'apps/v1',
  kind: 'ControllerRevision',
  resource: 'controllerrevisions',
};
