import { OperatorDefinition } from '../../../src/api/operator-definition';
import { OperatorSettings } from '../../../src/kinds/operators/operator-settings';
import { Operator } from './operator';
import { CustomizeRequest, CustomizeResponse, SyncRequest, SyncResponse } from './protocol';
import { customize, sync } from './sync';

/** The hooks of an operator, whatever its spec looks like. */
export interface Hooks {
  readonly definition: OperatorDefinition;
  sync(request: SyncRequest, settings: OperatorSettings): SyncResponse;
  customize(request: CustomizeRequest, settings: OperatorSettings): CustomizeResponse;
}

/** The hooks of an operator. */
export function hooksOf<Spec>(operator: Operator<Spec>): Hooks {
  return {
    definition: operator.definition,
    sync: (request, settings) => sync(operator, request, settings),
    customize: (request, settings) => customize(operator, request, settings),
  };
}
