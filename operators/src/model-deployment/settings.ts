import { ModelDeploymentSettings } from '../../../src/kinds/model-deployment/settings';
import { OperatorSettings } from '../../../src/kinds/operators/operator-settings';

/** Production's, in the zero-touch document. */
const PRODUCTION: ModelDeploymentSettings = { minReplicas: 3, maxReplicas: 50, cpu: '2', memory: '4Gi' };

/** The settings of ModelDeployments. */
export function deploymentSettings({ modelDeployment }: OperatorSettings): ModelDeploymentSettings {
  return modelDeployment ?? PRODUCTION;
}
