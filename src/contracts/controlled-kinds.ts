import { IConstruct } from 'constructs';
import { findEnvironment } from './environment-scope';

/** A kind that an operator of the user's works for, and what that makes. */
export interface ControlledKind {
  readonly parent: { readonly group: string; readonly version: string; readonly kind: string; readonly plural: string };
  /** Kinds of its children, the revisions of its spec among them. */
  readonly children: readonly { readonly apiVersion: string; readonly resource: string }[];
}

/** The package of the operators has a copy of this file: it finds the list that the library keeps. */
const CONTROLLED = Symbol.for('ml-platform-constructs.ControlledKinds');

/** The kinds of the user's operators in an environment, for the policy that says what Metacontroller may change. */
export function controlledKinds(scope: IConstruct): readonly ControlledKind[] {
  return listOf(scope);
}

/** Adds a kind, until the environment is synthesized. */
export function addControlledKind(scope: IConstruct, kind: ControlledKind): void {
  listOf(scope).push(kind);
}

function listOf(scope: IConstruct): ControlledKind[] {
  const owner: IConstruct & { [CONTROLLED]?: ControlledKind[] } = findEnvironment(scope) ?? scope.node.root;
  owner[CONTROLLED] ??= [];
  return owner[CONTROLLED];
}
