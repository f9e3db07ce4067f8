import { AB_TEST_OPERATOR } from './ab-test';
import { OperatorDefinition } from './definition';
import { FEATURE_STORE_OPERATOR } from './feature-store';
import { MODEL_OPERATOR } from './model';
import { MODEL_DEPLOYMENT_OPERATOR } from './model-deployment';
import { PIPELINE_OPERATOR } from './pipeline';
import { WORKFLOW_OPERATOR } from './workflow';
import { ZONE_OPERATOR } from './zone';

/** All operators. */
export const OPERATOR_DEFINITIONS: readonly OperatorDefinition[] = [
  AB_TEST_OPERATOR,
  FEATURE_STORE_OPERATOR,
  MODEL_OPERATOR,
  MODEL_DEPLOYMENT_OPERATOR,
  PIPELINE_OPERATOR,
  WORKFLOW_OPERATOR,
  ZONE_OPERATOR,
];
