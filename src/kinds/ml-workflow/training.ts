import { CollectiveBackend } from '../../api/generated/ml-workflow';
import { UNPRIVILEGED_CONTAINER } from '../../constructs/workloads/pod';
import { canonicalJson } from '../../contracts/canonical-json';
import { devicesOf } from '../../contracts/devices';
import { fail } from '../../contracts/errors';
import { RUN_TO_COMPLETION_ANNOTATIONS } from '../../contracts/names';
import { containerText } from '../../contracts/quoting';
import { containerTemplate, FILES } from './containers';
import { configProp, Json, RUN_LABEL, StagePlan } from './plan';
import { RUN_NAME } from './variables';
import {
  checkpointMounts,
  checkpointVolumes,
  containerResources,
  environment,
  generatedMetadata,
  placement,
  resourceTemplate,
  StageTemplate,
} from './pods';

/** Where TrainJobs report the figures of a training, as `{"accuracy": "0.9"}`: with Trainer's feature gate TrainJobStatus only. */
const METRICS_FILTER = '[.status.trainerStatus.metrics[]? | {(.name): .value}] | add // {}';

/** A training: a TrainJob of Kubeflow Trainer where the platform has a runtime for the framework, else a container. */
export function trainingStage(plan: StagePlan): StageTemplate {
  const { stage, settings, scope, amounts } = plan;
  const { config } = stage;
  const { workers = 1, backend = CollectiveBackend.NCCL } = config.distributedTraining ?? {};
  const isMpi = config.distributedTraining !== undefined && backend === CollectiveBackend.MPI;
  const runtime = settings.trainingRuntimes[isMpi ? 'mpi' : (config.framework ?? '')];
  const variables = {
    HYPERPARAMETERS: containerText(canonicalJson(config.hyperparameters ?? {})),
    ...(config.dataset === undefined ? {} : { DATASET: config.dataset }),
    ...(config.distributedTraining ? { DISTRIBUTED_BACKEND: backend } : {}),
  };
  const [workersProp, backendProp] = ['workers', 'backend'].map(
    (field) => `${configProp(plan, 'distributedTraining')}.${field}`,
  );
  if (isMpi && runtime === undefined) {
    fail(
      scope,
      backendProp,
      'must be nccl or gloo, since the platform has no training runtime for MPI',
      backend,
      'change it, or name a ClusterTrainingRuntime for mpi in the settings of the platform',
    );
  }
  if (runtime === undefined) {
    if (workers > 1) {
      fail(
        scope,
        workersProp,
        `must be 1, since the platform has no training runtime for ${config.framework ?? 'an image without framework'}; it has some for ${Object.keys(settings.trainingRuntimes).join(', ')}`,
        workers,
        'train in one pod, or name a ClusterTrainingRuntime in the settings of the platform',
      );
    }
    return singleTraining(plan, variables);
  }
  if (workers > 1 && backend === CollectiveBackend.NCCL && devicesOf(amounts).length === 0) {
    fail(
      scope,
      backendProp,
      'must not be nccl without GPUs',
      backend,
      'set it to gloo, or give the stage GPUs in resources.training',
    );
  }
  const template = resourceTemplate(plan, {
    action: 'create',
    manifest: trainJob(plan, runtime, workers, variables),
    // conditions cannot be asked for by their type here; the runtime has one kind of job, and it succeeds as a whole
    success: 'status.jobsStatus.0.succeeded > 0',
    failure: [0, 1, 2].map((at) => `status.conditions.${at}.type == Failed`).join(', '),
  });
  return {
    makes: 'trainjobs.trainer.kubeflow.org',
    template: {
      ...template,
      outputs: { parameters: [{ name: 'metrics', valueFrom: { jqFilter: METRICS_FILTER, default: '{}' } }] },
    },
  };
}

/** Source: https://www.kubeflow.org/docs/components/trainer/ */
function trainJob(
  plan: StagePlan,
  runtime: string,
  workers: number,
  variables: Readonly<Record<string, string>>,
): Json {
  const { stage, zone, checkpoints, amounts, deadline, labels } = plan;
  const { config } = stage;
  const image = imageOf(plan);
  return {
    apiVersion: 'trainer.kubeflow.org/v1alpha1',
    kind: 'TrainJob',
    metadata: generatedMetadata(plan),
    spec: {
      runtimeRef: { apiGroup: 'trainer.kubeflow.org', kind: 'ClusterTrainingRuntime', name: runtime },
      ...(deadline === undefined ? {} : { activeDeadlineSeconds: deadline }),
      trainer: {
        ...(image === undefined ? {} : { image }),
        ...(config.command && config.command.length > 0 ? { command: config.command } : {}),
        ...(config.arguments && config.arguments.length > 0 ? { args: config.arguments } : {}),
        env: environment(plan, variables),
        numNodes: workers,
        resourcesPerNode: containerResources(amounts),
      },
      runtimePatches: [
        {
          manager: 'nstarx.io/workflow',
          trainingRuntimeSpec: {
            template: {
              metadata: { labels },
              spec: {
                replicatedJobs: [
                  {
                    name: 'node',
                    template: {
                      spec: {
                        template: {
                          metadata: {
                            labels: { ...labels, [RUN_LABEL]: RUN_NAME },
                            annotations: RUN_TO_COMPLETION_ANNOTATIONS,
                          },
                          spec: {
                            ...placement(zone, devicesOf(amounts)),
                            volumes: [
                              { name: 'tmp', emptyDir: { sizeLimit: '20Gi' } },
                              { name: 'shared-memory', emptyDir: { medium: 'Memory', sizeLimit: '2Gi' } },
                              ...checkpointVolumes(checkpoints),
                            ],
                            containers: [
                              {
                                name: 'node',
                                securityContext: {
                                  ...UNPRIVILEGED_CONTAINER,
                                  ...(config.runAsUser === undefined ? {} : { runAsUser: config.runAsUser }),
                                },
                                volumeMounts: [
                                  { name: 'tmp', mountPath: '/tmp' },
                                  { name: 'shared-memory', mountPath: '/dev/shm' },
                                  ...checkpointMounts(checkpoints),
                                ],
                              },
                            ],
                          },
                        },
                      },
                    },
                  },
                ],
              },
            },
          },
        },
      ],
    },
  };
}

/** A training in one container, of a framework that the platform has no runtime for. */
function singleTraining(plan: StagePlan, variables: Readonly<Record<string, string>>): StageTemplate {
  const { config } = plan.stage;
  const image = imageOf(plan);
  if (image === undefined) {
    const known = Object.keys(plan.settings.trainingRuntimes).join(', ');
    fail(
      plan.scope,
      configProp(plan, 'image'),
      `must be given, since the platform has training runtimes for ${known} only`,
      undefined,
      'name the image of the training',
    );
  }
  return containerTemplate(plan, {
    image,
    command: config.command,
    args: config.arguments,
    env: environment(plan, { ...FILES, ...variables }),
    amounts: plan.amounts,
  });
}

function imageOf({ stage: { config }, settings }: StagePlan): string | undefined {
  return config.image ?? settings.trainingImages[config.framework ?? ''];
}
