import { Condition } from '../../../operators/src/runtime/conditions';
import { OperatorSettings } from '../../../src/kinds/operators/operator-settings';
import { condition } from '../support/conditions';
import { sampleZone, sync } from './support';

/** What the operator says of a zone that asks for metrics of so long. */
export function zoneReport(settings: OperatorSettings, retention: string): Condition | undefined {
  return condition(sync(sampleZone({ monitoring: { prometheus: { retention } } }), [], [], settings), 'RetentionKept');
}
