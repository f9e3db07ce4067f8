import { Tier } from '../../contracts/tier';
import { ModelDeploymentSettings } from './settings';

const DEVELOPMENT: ModelDeploymentSettings = { minReplicas: 1, maxReplicas: 2, cpu: '500m', memory: '512Mi' };

/** The sizes of the zero-touch document; a laptop has those of development. */
export const MODEL_SIZES: { readonly [tier in Tier]: ModelDeploymentSettings } = {
  local: DEVELOPMENT,
  development: DEVELOPMENT,
  staging: { minReplicas: 2, maxReplicas: 10, cpu: '1', memory: '1Gi' },
  production: { minReplicas: 3, maxReplicas: 50, cpu: '2', memory: '4Gi' },
};
