import { Condition } from '../../../operators/src/runtime/conditions';
import { KubernetesObject, SyncResponse } from '../../../operators/src/runtime/protocol';

/** A condition of the status that an operator answers with. */
export function condition({ status }: SyncResponse, type: string): Condition | undefined {
  return (status.conditions as Condition[]).find((one) => one.type === type);
}

/** An object that is ready, whose operator does not ask for the names of its children any more. */
export function settled(parent: KubernetesObject): KubernetesObject {
  const conditions = ['Accepted', 'Ready'].map((type) => ({ type, status: 'True' }));
  return { ...parent, status: { observedGeneration: parent.metadata.generation, conditions } };
}
