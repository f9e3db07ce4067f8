import { AIModelSettings } from '../ai-model/settings';
import { DataPipelineSettings } from '../data-pipeline/settings';
import { FeatureStoreSettings } from '../feature-store/settings';
import { MLWorkflowSettings } from '../ml-workflow/settings';
import { ModelDeploymentSettings } from '../model-deployment/settings';
import { MODEL_DEPLOYMENT_SIZES } from '../model-deployment/sizes';
import { OperatorSettings } from './operator-settings';

/** The settings of models, with what all operators know. */
export function aiModelSettings({ gateway, scraper, prometheusUrl, aiModel }: OperatorSettings): AIModelSettings {
  return { gateway, scraper, prometheusUrl, ...aiModel };
}

/** What workflows have to know, with what all operators know. */
export function mlWorkflowSettings({ gateway, mlWorkflow }: OperatorSettings): MLWorkflowSettings {
  return { gateway, ...mlWorkflow };
}

/** What pipelines have to know, with what all operators know. */
export function dataPipelineSettings({ scraper, messageBus, dataPipeline }: OperatorSettings): DataPipelineSettings {
  return { scraper, messageBus, ...dataPipeline };
}

/** What services of models have to know, with what all operators know. */
export function modelDeploymentSettings({ apiGroups, modelDeployment }: OperatorSettings): ModelDeploymentSettings {
  return {
    alerts: apiGroups?.includes('monitoring.coreos.com') ?? true,
    ...(modelDeployment ?? MODEL_DEPLOYMENT_SIZES.production),
  };
}

/** What feature stores have to know, with what all operators know. */
export function featureStoreSettings({
  scraper,
  apiGroups,
  messageBus,
  featureStore,
}: OperatorSettings): FeatureStoreSettings {
  const serves = (group: string): boolean => apiGroups?.includes(group) ?? true;
  return {
    prometheusNamespace: scraper.namespace,
    messageBus,
    spark: serves('sparkoperator.k8s.io'),
    flink: serves('flink.apache.org'),
    alerts: serves('monitoring.coreos.com'),
    ...featureStore,
  };
}
