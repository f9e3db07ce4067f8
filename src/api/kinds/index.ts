import { KindDefinition } from '../schema/schema';
import { AB_TEST } from './ab-test';
import { AI_MODEL } from './ai-model';
import { AI_ZONE } from './ai-zone';
import { DATA_PIPELINE } from './data-pipeline';
import { FEATURE_STORE } from './feature-store';
import { ML_WORKFLOW } from './ml-workflow';
import { MODEL_DEPLOYMENT } from './model-deployment';

/** Every kind of the platform. */
export const KINDS: readonly KindDefinition[] = [
  AI_MODEL,
  DATA_PIPELINE,
  ML_WORKFLOW,
  AI_ZONE,
  FEATURE_STORE,
  AB_TEST,
  MODEL_DEPLOYMENT,
];
