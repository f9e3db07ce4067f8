import { CollectiveBackend } from '../../api/generated/ml-workflow';
import { canonicalJson } from '../../contracts/canonical-json';
import { fail } from '../../contracts/errors';
import { checkpointMounts, checkpointVolumes } from './checkpoint-store';
import { singleTraining } from './container-stages';
import { deadlineOf, generatedMetadata, resourceTemplate } from './resource-stage';
import { configProp, Json, StageContext, stageLabels, StageTemplate } from './stage-context';
import { environment } from './stage-environment';
import { containerResources, devicesOf, resourceProp, resourcesOf } from './stage-resources';
import { UNPRIVILEGED_CONTAINER } from '../../constructs/workloads/container-security';
import { zoneTolerations } from '../ai-zone/placement';
import { checkZone } from './zone-limits';

/** Where TrainJobs report the figures of a training, as `{"accuracy": "0.9"}`: with Trainer's feature gate TrainJobStatus only. */
const METRICS_FILTER = '[.status.trainerStatus.metrics[]? | {(.name): .value}] | add // {}';

/** A training: a TrainJob of Kubeflow Trainer where the platform has a runtime for the framework, else a container. */
export function trainingStage(context: StageContext): StageTemplate {
  const { stage, settings, spec, zone, scope } = context;
  const { config } = stage;
  const { workers = 1, backend = CollectiveBackend.NCCL } = config.distributedTraining ?? {};
  const amounts = resourcesOf(spec, stage);
  const gpus = devicesOf(amounts);
  const isMpi = config.distributedTraining !== undefined && backend === CollectiveBackend.MPI;
  const runtime = settings.trainingRuntimes[isMpi ? 'mpi' : (config.framework ?? '')];
  const variables = {
    HYPERPARAMETERS: canonicalJson(config.hyperparameters ?? {}),
    ...(config.dataset === undefined ? {} : { DATASET: config.dataset }),
    ...(config.distributedTraining ? { DISTRIBUTED_BACKEND: backend } : {}),
  };
  checkZone(scope, zone, stage.name, amounts, (resource) => resourceProp(spec, stage, resource), workers);
  const [workersProp, backendProp] = ['workers', 'backend'].map(
    (field) => `${configProp(context, 'distributedTraining')}.${field}`,
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
    return singleTraining(context, variables);
  }
  if (workers > 1 && backend === CollectiveBackend.NCCL && gpus.length === 0) {
    fail(
      scope,
      backendProp,
      'must not be nccl without GPUs',
      backend,
      'set it to gloo, or give the stage GPUs in resources.training',
    );
  }
  const template = resourceTemplate(context, {
    action: 'create',
    manifest: trainJob(context, runtime, workers, variables),
    // conditions cannot be asked for by their type here; the runtime has one kind of job, and it succeeds as a whole
    success: 'status.jobsStatus.0.succeeded > 0',
    failure: [0, 1, 2].map((at) => `status.conditions.${at}.type == Failed`).join(', '),
  });
  return {
    template: {
      ...template,
      outputs: { parameters: [{ name: 'metrics', valueFrom: { jqFilter: METRICS_FILTER, default: '{}' } }] },
    },
  };
}

/** Source: https://www.kubeflow.org/docs/components/trainer/ */
function trainJob(
  context: StageContext,
  runtime: string,
  workers: number,
  variables: Readonly<Record<string, string>>,
): Json {
  const { stage, settings, spec, zone, checkpoints } = context;
  const { config } = stage;
  const amounts = resourcesOf(spec, stage);
  const image = config.image ?? settings.trainingImages[config.framework ?? ''];
  const tolerated = zoneTolerations(zone, devicesOf(amounts));
  const deadline = deadlineOf(context);
  const labels = stageLabels(context);
  return {
    apiVersion: 'trainer.kubeflow.org/v1alpha1',
    kind: 'TrainJob',
    metadata: generatedMetadata(context),
    spec: {
      runtimeRef: { apiGroup: 'trainer.kubeflow.org', kind: 'ClusterTrainingRuntime', name: runtime },
      ...(deadline === undefined ? {} : { activeDeadlineSeconds: deadline }),
      trainer: {
        ...(image === undefined ? {} : { image }),
        ...(config.command && config.command.length > 0 ? { command: config.command } : {}),
        ...(config.arguments && config.arguments.length > 0 ? { args: config.arguments } : {}),
        env: environment(context, variables),
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
                          metadata: { labels },
                          spec: {
                            ...(zone?.nodeSelector ? { nodeSelector: zone.nodeSelector } : {}),
                            ...(tolerated.length > 0 ? { tolerations: tolerated } : {}),
                            volumes: [
                              { name: 'tmp', emptyDir: { sizeLimit: '20Gi' } },
                              { name: 'shared-memory', emptyDir: { medium: 'Memory', sizeLimit: '2Gi' } },
                              ...checkpointVolumes(checkpoints),
                            ],
                            containers: [
                              {
                                name: 'node',
                                securityContext: UNPRIVILEGED_CONTAINER,
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
