import { OperatorDefinition } from '../../../src/api/operator-definition';
import { conditionOf } from './conditions';
import { SyncContext } from './contract';
import { KubernetesObject, RelatedRule } from './protocol';

/** A reference from an object to its owner. */
export interface OwnerReference {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
}

/** The label by which Metacontroller knows the children of an object, and its orphans. */
const SELECTOR_LABEL = 'controller-uid';

/** What controls an object. */
export function controllerOf({ metadata }: KubernetesObject): OwnerReference | undefined {
  const references = (metadata.ownerReferences ?? []) as readonly OwnerReference[];
  return references.find(({ controller }) => controller === true);
}

/**
 * Asks for the objects that have the names of the children of an object, whoever made them. Each kind that is asked for is looked at
 * for every object whenever one of the kind changes, so that it is asked only until the object is ready; the answer counts for a
 * generation and for 20 minutes. What takes a name later, the admission policy keeps from being overwritten.
 */
export function nameRules(
  { children, names }: OperatorDefinition,
  parent: KubernetesObject,
  namespace: string,
): RelatedRule[] {
  if (isSettled(parent)) return [];
  return Object.entries(names(parent.metadata.name)).flatMap(([kind, some]) => {
    const rule = children.find((child) => child.kind === kind);
    if (!rule) throw new Error(`names of ${kind} are given, which is no child`);
    return { apiVersion: rule.apiVersion, resource: rule.resource, namespace, names: some };
  });
}

function isSettled(parent: KubernetesObject): boolean {
  return (
    parent.status?.observedGeneration === parent.metadata.generation &&
    ['Accepted', 'Ready'].every((type) => conditionOf(parent, type)?.status === 'True')
  );
}

/**
 * Who has the names that the objects need, in a sentence each: those that are there, and are neither children of the parent nor orphans
 * of it.
 */
export function takenNames<Spec>(
  { parent, children, related, namespace }: SyncContext<Spec>,
  { names, engineNames }: OperatorDefinition,
  desired: readonly KubernetesObject[],
): string[] {
  const asked = names(parent.metadata.name);
  const own = desired
    .filter(({ kind, metadata }) => asked[kind]?.includes(metadata.name))
    .flatMap(({ apiVersion, kind, metadata }) => related.find(apiVersion, kind, metadata.name, namespace) ?? [])
    .filter((found) => !belongsTo(parent, found));
  const ofEngines = (engineNames ?? [])
    // once there is the child, its engine has done what it does
    .filter(({ engine }) => children.everything().every(({ kind }) => kind !== engine))
    .filter(({ engine }) => desired.some(({ kind }) => kind === engine))
    .flatMap(({ engine, apiVersion, kind, nameOf }) => {
      const found = related.find(apiVersion, kind, nameOf(parent.metadata.name), namespace);
      return found && controllerOf(found)?.kind !== engine ? [found] : [];
    });
  return [...own, ...ofEngines].map(describe).sort();
}

function belongsTo({ metadata: { uid } }: KubernetesObject, found: KubernetesObject): boolean {
  const controller = controllerOf(found);
  return controller ? controller.uid === uid : found.metadata.labels?.[SELECTOR_LABEL] === uid;
}

function describe(found: KubernetesObject): string {
  const { kind, metadata } = found;
  const controller = controllerOf(found);
  const owner = controller ? `is controlled by ${controller.kind} ${controller.name}` : 'was not made by an operator';
  const going = metadata.deletionTimestamp === undefined ? '' : ' and is being deleted';
  return `${kind} ${metadata.name}, which ${owner}${going}`;
}
