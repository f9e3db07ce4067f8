import { Tier } from '../../contracts/tier';
import { ModelDeploymentSettings } from './settings';

/** The sizes of model services in environments of a tier. */
export type ModelDeploymentSize = Pick<ModelDeploymentSettings, 'minReplicas' | 'maxReplicas' | 'cpu' | 'memory'>;

const DEVELOPMENT: ModelDeploymentSize = { minReplicas: 1, maxReplicas: 2, cpu: '500m', memory: '512Mi' };

/** The sizes of the zero-touch document; a laptop has those of development. */
export const MODEL_DEPLOYMENT_SIZES: { readonly [tier in Tier]: ModelDeploymentSize } = {
  [Tier.LOCAL]: DEVELOPMENT,
  [Tier.DEVELOPMENT]: DEVELOPMENT,
  [Tier.STAGING]: { minReplicas: 2, maxReplicas: 10, cpu: '1', memory: '1Gi' },
  [Tier.PRODUCTION]: { minReplicas: 3, maxReplicas: 50, cpu: '2', memory: '4Gi' },
};
