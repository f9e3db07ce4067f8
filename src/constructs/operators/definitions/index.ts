import { OperatorDefinition } from './definition';

/** All operators. */
export const OPERATOR_DEFINITIONS: readonly OperatorDefinition[] = [];
