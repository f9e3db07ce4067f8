import { Condition } from '../../../operators/src/runtime/conditions';
import { SyncResponse } from '../../../operators/src/runtime/protocol';

/** A condition of the status that an operator answers with. */
export function condition({ status }: SyncResponse, type: string): Condition | undefined {
  return (status.conditions as Condition[]).find((one) => one.type === type);
}
