import { OperatorDefinition } from './definition';
import { MODEL_OPERATOR } from './model';
import { MODEL_DEPLOYMENT_OPERATOR } from './model-deployment';
import { ZONE_OPERATOR } from './zone';

/** All operators. */
export const OPERATOR_DEFINITIONS: readonly OperatorDefinition[] = [
  MODEL_OPERATOR,
  MODEL_DEPLOYMENT_OPERATOR,
  ZONE_OPERATOR,
];
