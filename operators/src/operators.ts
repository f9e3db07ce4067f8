import { Hooks, hooksOf } from './runtime/hooks';
import { abTestOperator } from './ab-test';
import { featureStoreOperator } from './feature-store/feature-store-operator';
import { aiModelOperator } from './ai-model';
import { modelDeploymentOperator } from './model-deployment';
import { dataPipelineOperator } from './data-pipeline';
import { mlWorkflowOperator } from './ml-workflow';
import { aiZoneOperator } from './ai-zone/ai-zone-operator';

/** All operators. */
export const OPERATORS: readonly Hooks[] = [
  hooksOf(abTestOperator),
  hooksOf(featureStoreOperator),
  hooksOf(aiModelOperator),
  hooksOf(modelDeploymentOperator),
  hooksOf(dataPipelineOperator),
  hooksOf(mlWorkflowOperator),
  hooksOf(aiZoneOperator),
];
