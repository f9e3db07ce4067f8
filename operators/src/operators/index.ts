import { Hooks, hooksOf } from '../runtime/hooks';
import { modelOperator } from './model';
import { modelDeploymentOperator } from './model-deployment';
import { zoneOperator } from './zone';

/** All operators. */
export const OPERATORS: readonly Hooks[] = [
  hooksOf(modelOperator),
  hooksOf(modelDeploymentOperator),
  hooksOf(zoneOperator),
];
