import { FeatureSourceType } from '../../api/generated';
import { batchJob } from './batch-job';
import { feastPod, selectorOf } from './feast-pods';
import { streamJob } from './stream-job';
import { computes, JobGroup } from './feature-job-files';
import { FeatureStoreContext, Manifest } from './feature-store-context';
import { PROGRAMS_FOLDER, groupId, nameWith } from './feature-store-names';

/** What computes values and brings them to the online store. */
export function featureJobs(context: FeatureStoreContext): Manifest[] {
  return [
    ...(context.model.online && hasMaterialized(context) ? [materialization(context)] : []),
    ...context.batch.map((group) => batchJob(context, group)),
    ...context.models.map((group) => modelJob(context, group)),
    ...context.streams.map((stream) => streamJob(context, stream)),
  ];
}

function hasMaterialized({ model }: FeatureStoreContext): boolean {
  return model.views.some(({ source }) => source.type !== FeatureSourceType.STREAMING);
}

/** The metrics of the values: a pod that reads them, and its Service. */
export function metricsExporter(context: FeatureStoreContext): Manifest[] {
  if (context.spec.monitoring?.enabled === false || context.model.views.length === 0) return [];
  const component = 'feature-metrics';
  const name = nameWith(context.name, 'metrics', 63);
  return [
    {
      id: 'Exporter',
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      name,
      body: {
        spec: {
          replicas: 1,
          strategy: { type: 'Recreate' },
          selector: { matchLabels: selectorOf(context, component) },
          template: feastPod(context, {
            container: 'metrics',
            component,
            command: ['python', `${PROGRAMS_FOLDER}/feature_metrics.py`, `${PROGRAMS_FOLDER}/metrics.json`],
            ports: { metrics: 8000 },
            cpu: '100m',
            memory: '2Gi',
            programs: true,
            ends: false,
          }),
        },
      },
    },
    {
      id: 'ExporterService',
      apiVersion: 'v1',
      kind: 'Service',
      name,
      labels: { 'nstarx.io/component': 'feature-server', feature_store: context.name },
      body: {
        spec: {
          selector: selectorOf(context, component),
          ports: [{ name: 'metrics', port: 8000, targetPort: 8000, protocol: 'TCP' }],
        },
      },
    },
  ];
}

function materialization(context: FeatureStoreContext): Manifest {
  return cronJob(context, {
    id: 'Materialize',
    name: nameWith(context.name, 'materialize', 52),
    schedule: context.settings.materializationSchedule,
    component: 'feature-materialize',
    program: 'materialize.py',
    file: 'materialize.json',
    memory: '4Gi',
  });
}

function modelJob(context: FeatureStoreContext, group: JobGroup): Manifest {
  const id = groupId('model', group);
  return cronJob(context, {
    id: `Model${id}`,
    name: nameWith(context.name, id, 52),
    schedule: group.schedule,
    component: 'feature-model',
    program: 'model_features.py',
    file: `${id}.json`,
    image: group.image,
    memory: '2Gi',
    annotations: computes(group.views),
  });
}

interface CronJobInput {
  readonly id: string;
  readonly name: string;
  readonly schedule: string;
  readonly component: string;
  readonly program: string;
  readonly file: string;
  readonly image?: string;
  readonly memory: string;
  readonly annotations?: { readonly [key: string]: string };
}

function cronJob(context: FeatureStoreContext, input: CronJobInput): Manifest {
  return {
    id: input.id,
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    name: input.name,
    annotations: input.annotations,
    body: {
      spec: {
        schedule: input.schedule,
        timeZone: 'Etc/UTC',
        concurrencyPolicy: 'Forbid',
        suspend: context.spec.suspend ?? false,
        startingDeadlineSeconds: 3600,
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 3,
        jobTemplate: {
          spec: {
            backoffLimit: 2,
            activeDeadlineSeconds: 6 * 3600,
            template: feastPod(context, {
              container: 'job',
              component: input.component,
              image: input.image,
              command: ['python', `${PROGRAMS_FOLDER}/${input.program}`, `${PROGRAMS_FOLDER}/${input.file}`],
              cpu: '250m',
              memory: input.memory,
              programs: true,
              ends: true,
            }),
          },
        },
      },
    },
  };
}
