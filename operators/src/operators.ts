import { Hooks, hooksOf } from './runtime/hooks';
import { abTestOperator } from './ab-test/ab-test-operator';
import { featureStoreOperator } from './feature-store/feature-store-operator';
import { aiModelOperator } from './ai-model/ai-model-operator';
import { modelDeploymentOperator } from './model-deployment/model-deployment-operator';
import { dataPipelineOperator } from './data-pipeline/data-pipeline-operator';
import { mlWorkflowOperator } from './ml-workflow/ml-workflow-operator';
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
