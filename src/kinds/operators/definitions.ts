import { AB_TEST_OPERATOR } from '../ab-test/operator';
import { OperatorDefinition } from '../../api/operator-definition';
import { FEATURE_STORE_OPERATOR } from '../feature-store/operator';
import { AI_MODEL_OPERATOR } from '../ai-model/operator';
import { MODEL_DEPLOYMENT_OPERATOR } from '../model-deployment/operator';
import { DATA_PIPELINE_OPERATOR } from '../data-pipeline/operator';
import { ML_WORKFLOW_OPERATOR } from '../ml-workflow/operator';
import { AI_ZONE_OPERATOR } from '../ai-zone/operator';

/** All operators. */
export const OPERATOR_DEFINITIONS: readonly OperatorDefinition[] = [
  AB_TEST_OPERATOR,
  FEATURE_STORE_OPERATOR,
  AI_MODEL_OPERATOR,
  MODEL_DEPLOYMENT_OPERATOR,
  DATA_PIPELINE_OPERATOR,
  ML_WORKFLOW_OPERATOR,
  AI_ZONE_OPERATOR,
];
