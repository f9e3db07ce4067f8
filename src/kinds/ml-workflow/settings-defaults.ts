import { RUNNER_IMAGE, RUNNER_SPARK_VERSION } from '../../constructs/engines/spark-runner';
import { MLWorkflowSettings } from './ml-workflow-settings';

/** The settings with their defaults. */
export type Settings = Required<
  Pick<
    MLWorkflowSettings,
    | 'serviceAccountName'
    | 'resourceServiceAccountName'
    | 'sparkServiceAccountName'
    | 'variables'
    | 'secretVariables'
    | 'trainingRuntimes'
    | 'trainingImages'
    | 'pythonImage'
    | 'registryImage'
    | 'sparkImage'
    | 'sparkVersion'
    | 'sparkConf'
    | 'sparkMaxExecutors'
    | 'keepFailedJobs'
  >
> &
  MLWorkflowSettings;

/** Fills in the defaults. */
export function withDefaults(settings: MLWorkflowSettings = {}): Settings {
  return {
    ...settings,
    serviceAccountName: settings.serviceAccountName ?? 'argo-workflow',
    resourceServiceAccountName: settings.resourceServiceAccountName ?? 'argo-workflow-resources',
    sparkServiceAccountName: settings.sparkServiceAccountName ?? 'spark',
    variables: settings.variables ?? {},
    secretVariables: settings.secretVariables ?? [],
    trainingRuntimes: { pytorch: 'torch-distributed', huggingface: 'torch-distributed', ...settings.trainingRuntimes },
    trainingImages: settings.trainingImages ?? {},
    pythonImage: settings.pythonImage ?? 'docker.io/library/python:3.13.7-slim',
    registryImage: settings.registryImage ?? 'ghcr.io/mlflow/mlflow:v3.15.1',
    sparkImage: settings.sparkImage ?? RUNNER_IMAGE,
    sparkVersion: settings.sparkVersion ?? RUNNER_SPARK_VERSION,
    sparkConf: settings.sparkConf ?? {},
    sparkMaxExecutors: settings.sparkMaxExecutors ?? 4,
    keepFailedJobs: settings.keepFailedJobs ?? false,
  };
}
