import { childRules } from '../../../../src/kinds/operators/metacontroller';
import { OperatorDefinition } from '../../../../src/api/operator-definition';
import { AI_MODEL_OPERATOR } from '../../../../src/kinds/ai-model/operator';
import type { Cluster } from '../../cluster';
import type { KubernetesObject } from '../../types';
import { GROUPS } from './small-models';

interface Owner {
  readonly name: string;
  readonly uid: string;
}

/** Who owns an object. */
export function ownersOf({ metadata }: KubernetesObject): readonly Owner[] {
  return (metadata.ownerReferences as readonly Owner[] | undefined) ?? [];
}

/** The children of a model that are there and stay: `kind name`, sorted. */
export async function childrenOf(cluster: Cluster, model: KubernetesObject): Promise<string[]> {
  const { namespace, uid } = model.metadata;
  const children = await allChildren(cluster, AI_MODEL_OPERATOR, GROUPS, namespace);
  return children
    .filter((child) => ownersOf(child).some((owner) => owner.uid === uid))
    .map(({ kind, metadata }) => `${kind} ${metadata.name ?? ''}`)
    .sort();
}

/** All objects of the kinds that an operator makes that have an owner and are not being deleted. */
export async function allChildren(
  cluster: Cluster,
  definition: OperatorDefinition,
  groups: readonly string[],
  namespace?: string,
): Promise<KubernetesObject[]> {
  const lists = await Promise.all(childRules(definition, groups).map((rule) => cluster.list(rule, { namespace })));
  return lists
    .flat()
    .filter((object) => object.metadata.deletionTimestamp === undefined && ownersOf(object).length > 0);
}
