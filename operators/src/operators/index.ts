import { Hooks, hooksOf } from '../runtime/hooks';
import { abTestOperator } from './ab-test';
import { featureStoreOperator } from './feature-store';
import { modelOperator } from './model';
import { modelDeploymentOperator } from './model-deployment';
import { pipelineOperator } from './pipeline';
import { workflowOperator } from './workflow';
import { zoneOperator } from './zone';

/** All operators. */
export const OPERATORS: readonly Hooks[] = [
  hooksOf(abTestOperator),
  hooksOf(featureStoreOperator),
  hooksOf(modelOperator),
  hooksOf(modelDeploymentOperator),
  hooksOf(pipelineOperator),
  hooksOf(workflowOperator),
  hooksOf(zoneOperator),
];
