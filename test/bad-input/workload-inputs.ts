import {
  Access,
  CronJobWorkloadProps,
  DataProcessingCronJob,
  GpuModel,
  JobTemplate,
  JobTemplateProps,
  JobWorkload,
  MlBackend,
  MlBackendProps,
  Probe,
  TrainingJob,
  TrainingJobProps,
  Volume,
} from 'ml-platform-constructs';
import { AppFactory, BadInput, onAws, platformOn, platformWithChart } from './bad-input';

const IMAGE = 'registry.example/api:1.2.3';

/** Services, jobs and what they ask for. */
export const WORKLOAD_INPUTS: BadInput[] = [
  {
    what: 'the latest image',
    given: 'registry.example/api:latest',
    act: (newApp) => api(newApp, { image: 'registry.example/api:latest' }),
    message:
      '[local/team/api] image must have a digest, or a tag other than latest, got "registry.example/api:latest": pin a version, such as \'registry.example/api:1.2.3\'; otherwise two pods of one workload may run different code.',
  },
  {
    what: 'an image without a tag',
    given: 'registry.example/api',
    act: (newApp) => api(newApp, { image: 'registry.example/api' }),
    message:
      '[local/team/api] image must have a digest, or a tag other than latest, got "registry.example/api": pin a version, such as \'registry.example/api:1.2.3\'; otherwise two pods of one workload may run different code.',
  },
  {
    what: 'an image that is none',
    given: 'Registry/API:1',
    act: (newApp) => api(newApp, { image: 'Registry/API:1' }),
    message:
      '[local/team/api] image must be the name of a container image, got "Registry/API:1": write it like \'registry.example/team/api:1.2.3\'.',
  },
  {
    what: 'CPU that is no quantity',
    given: 'two',
    act: (newApp) => api(newApp, { cpu: 'two' }),
    message:
      "[local/team/api] cpu must be a Kubernetes quantity of at least 1m, got \"two\": write it in cores, such as '500m' or '2'.",
  },
  {
    what: 'memory in thousandths of a byte',
    given: '512m',
    act: (newApp) => api(newApp, { memory: '512m' }),
    message:
      "[local/team/api] memory must be a Kubernetes quantity of at least 1Mi, got \"512m\": write it in bytes with a suffix, such as '512Mi' or '2Gi'.",
  },
  {
    what: 'memory with a B',
    given: '2GB',
    act: (newApp) => api(newApp, { memory: '2GB' }),
    message:
      "[local/team/api] memory must be a Kubernetes quantity of at least 1Mi, got \"2GB\": write it in bytes with a suffix, such as '512Mi' or '2Gi'.",
  },
  {
    what: 'a limit below the request',
    given: '1Gi',
    act: (newApp) => api(newApp, { memory: '2Gi', memoryLimit: '1Gi' }),
    message:
      '[local/team/api] memoryLimit must be at least memory (2Gi), got "1Gi": raise memoryLimit or lower memory.',
  },
  {
    what: 'a port that needs privileges',
    given: 80,
    act: (newApp) => api(newApp, { port: 80 }),
    message:
      '[local/team/api] port must be a whole number between 1024 and 65535, got 80: let the container listen on a port above 1023; below it needs privileges.',
  },
  {
    what: 'a port that is none',
    given: 99_999,
    act: (newApp) => api(newApp, { port: 99_999 }),
    message:
      '[local/team/api] port must be a whole number between 1024 and 65535, got 99999: let the container listen on a port above 1023; below it needs privileges.',
  },
  {
    what: 'fewer pods at most than at least',
    given: 2,
    act: (newApp) => api(newApp, { minReplicas: 3, maxReplicas: 2 }),
    message:
      '[local/team/api] maxReplicas must be at least minReplicas (3), got 2: raise maxReplicas or lower minReplicas.',
  },
  {
    what: 'a user who is root',
    given: 0,
    act: (newApp) => api(newApp, { runAsUser: 0 }),
    message:
      '[local/team/api] runAsUser must be a whole number between 1 and 2147483647, got 0: give a user other than root (0), which Pod Security restricted refuses.',
  },
  {
    what: 'a name with capitals',
    given: 'ML-API',
    act: (newApp) => api(newApp, { name: 'ML-API' }),
    message:
      '[local/team/api] name must be a DNS label of at most 63 characters, got "ML-API": use lower-case letters, digits and hyphens, starting and ending with a letter or digit.',
  },
  {
    what: 'a label that is too long',
    given: 'x'.repeat(64),
    act: (newApp) => api(newApp, { labels: { team: 'x'.repeat(64) } }),
    message:
      '[local/team/api] labels must have label values of at most 63 characters, got "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx": use letters, digits, dots, hyphens and underscores, starting and ending with a letter or digit.',
  },
  {
    what: 'a pool that the cluster does not have',
    given: 'highmem',
    act: (newApp) => api(newApp, { nodePool: 'highmem' }),
    message: '[local/team/api] nodePool must name a pool of the cluster, got "highmem": use one of: general, gpu-t4.',
  },
  {
    what: 'a variable that the database sets too',
    given: 'DATABASE_HOST',
    act: (newApp) => {
      const { chart, platform } = platformWithChart(newApp);
      const api = new MlBackend(chart, 'api', {
        namespace: platform.teams.ml,
        image: IMAGE,
        env: { DATABASE_HOST: 'db.example' },
      });
      platform.database.grantRead(api);
    },
    message:
      '[local/team/api] env must have one value each, got "DATABASE_HOST": rename your variable; the backing service "database" sets it too.',
  },
  {
    what: 'a folder of a bucket that leads elsewhere',
    given: 'features/../models/',
    act: (newApp) => {
      const { platform } = platformWithChart(newApp);
      const identity = { namespace: 'app-ml-team', serviceAccountName: 'api' };
      platform.artifactBucket.bind(identity, Access.READ, { prefixes: ['features/../models/'] });
    },
    message:
      "[local/backing-services/artifacts] prefixes must be folders, without a slash at the start and with one at the end, got \"features/../models/\": write them like 'features/' or 'models/fraud/', of letters, digits, hyphens, dots, underscores and equals signs.",
  },
  {
    what: 'a schema with SQL in it',
    given: 'a"; DROP SCHEMA b; --',
    act: (newApp) => {
      const { platform } = platformWithChart(newApp);
      const identity = { namespace: 'app-ml-team', serviceAccountName: 'api' };
      platform.database.bind(identity, Access.READ_WRITE, { schema: 'a"; DROP SCHEMA b; --' });
    },
    message:
      '[local/backing-services/database] schema must be a name of at most 55 characters that PostgreSQL does not use itself, got "a\\"; DROP SCHEMA b; --": use lower-case letters, digits and underscores, starting with a letter; not public, information_schema or pg_….',
  },
  {
    what: 'a peer that is neither pods nor addresses',
    given: {},
    act: (newApp) => api(newApp, { ingress: [{}] }),
    message:
      '[local/team/api] ingress must have exactly one of namespace and cidrs, got {}: name the namespace of pods, or the address ranges of what is outside the cluster.',
  },
  {
    what: 'a variable with a space in its name',
    given: 'LOG LEVEL',
    act: (newApp) => api(newApp, { env: { 'LOG LEVEL': 'info' } }),
    message:
      '[local/team/api] env must have names of letters, digits and underscores, got "LOG LEVEL": rename the variable.',
  },
  {
    what: 'two volumes in one folder',
    given: '/data',
    act: (newApp) => api(newApp, { volumes: [Volume.emptyDir('a', '/data'), Volume.emptyDir('b', '/data')] }),
    message: '[local/team/api] volumes must have mount paths of their own, got "/data": mount one of them elsewhere.',
  },
  {
    what: 'a volume at a relative path',
    given: 'data',
    act: () => Volume.emptyDir('data', 'data'),
    message:
      '[Volume.emptyDir] mountPath must be an absolute path without a colon, got "data": write it like \'/data\'.',
  },
  {
    what: 'a probe of a relative path',
    given: 'healthz',
    act: () => Probe.http('healthz'),
    message: '[Probe.http] path must start with a slash, got "healthz": write it as \'/healthz\'.',
  },
  {
    what: 'a probe that asks every zero seconds',
    given: 0,
    act: () => Probe.tcp({ periodSeconds: 0 }),
    message: '[Probe.tcp] periodSeconds must be a whole number between 1 and 3600, got 0: give seconds.',
  },
  {
    what: 'a volume claim that nothing makes',
    given: 'PersistentVolumeClaim models in namespace app-ml-team',
    act: (newApp) => {
      const { app, chart, platform } = platformWithChart(newApp);
      new JobWorkload(chart, 'copy', {
        namespace: platform.teams.ml,
        image: IMAGE,
        volumes: [Volume.claim('models', '/models')],
      });
      app.synth();
    },
    message:
      '1 problem found, nothing was written:\n  [local/team/copy/Resource] Job copy-5058adf1ee: refers to PersistentVolumeClaim models in namespace app-ml-team, which nothing creates; add it, or correct the name',
  },
  {
    what: 'a request for no GPU',
    given: 0,
    act: (newApp) => training(newApp, { gpus: 0 }),
    message: '[local/team/train] gpus must be a whole number between 1 and 1024, got 0: give the GPUs of one pod.',
  },
  {
    what: 'training without a GPU',
    given: undefined,
    act: (newApp) => training(newApp, { gpuModel: undefined }),
    message:
      '[local/team/train] gpuModel must be given, got nothing: name the GPUs to train on, such as GpuModel.T4, or use a JobWorkload to train without.',
  },
  {
    what: 'GPUs of no model',
    given: undefined,
    act: (newApp) => job(newApp, { gpus: 2 }),
    message: '[local/team/job] gpuModel must come with gpus, got nothing: name the model, such as GpuModel.T4.',
  },
  {
    what: 'replicas that are fixed and bounded',
    given: 3,
    act: (newApp) => api(newApp, { replicas: 3, maxReplicas: 10 }),
    message:
      '[local/team/api] replicas must not come with maxReplicas, got 3: give minReplicas, or leave maxReplicas out.',
  },
  {
    what: 'a database of another environment',
    given: 'production-infrastructure/database of environment production',
    act: (newApp) => {
      const { app, chart, platform } = platformWithChart(newApp);
      const api = new MlBackend(chart, 'api', { namespace: platform.teams.ml, image: IMAGE });
      platformOn(onAws(app)).database.grantRead(api);
    },
    message:
      '[local/team/api] backing service "database" must be of its own environment local, got "production-infrastructure/database of environment production": use the one of local, or make this in production.',
  },
  {
    what: 'a GPU model without a pool',
    given: 'NVIDIA-A100-SXM4-80GB',
    act: (newApp) => training(newApp, { gpuModel: GpuModel.A100_80GB }),
    message:
      '[local/team/train] gpuModel must be one that the cluster has a node pool of, got "NVIDIA-A100-SXM4-80GB": add a GpuPool of that model to the cluster; it offers Tesla-T4.',
  },
  {
    what: 'more GPUs than a node has',
    given: 4,
    act: (newApp) => training(newApp, { gpus: 4 }),
    message:
      '[local/team/train] gpus must be at most 1 Tesla-T4 per pod, since no node has more, got 4: ask for fewer and use more pods, or add a pool of larger nodes.',
  },
  {
    what: 'more pods than the GPU pool holds',
    given: 3,
    act: (newApp) => training(newApp, { parallelism: 3 }),
    message:
      '[local/team/train] gpus must be for at most 1 pods at a time, as many as the Tesla-T4 pools hold with 1 each, got 3: run fewer pods at a time, or raise max of the pool (on Kind, workersPerPool).',
  },
  {
    what: 'fewer completions than pods at a time',
    given: 1,
    act: (newApp) => job(newApp, { parallelism: 2, completions: 1 }),
    message:
      '[local/team/job] completions must be at least parallelism (2), got 1: raise completions or lower parallelism; pods beyond completions never start.',
  },
  {
    what: 'a job that is given no time',
    given: 0,
    act: (newApp) => job(newApp, { activeDeadlineSeconds: 0 }),
    message:
      '[local/team/job] activeDeadlineSeconds must be a whole number between 1 and 2147483647, got 0: give seconds.',
  },
  {
    what: 'a schedule of six fields',
    given: '0 0 2 * * *',
    act: (newApp) => cron(newApp, { schedule: '0 0 2 * * *' }),
    message:
      '[local/team/nightly] schedule must have five fields within their bounds, but it has 6 fields, got "0 0 2 * * *": write minute, hour, day of the month, month and day of the week, such as \'30 2 * * *\'.',
  },
  {
    what: 'a schedule at minute 60',
    given: '60 2 * * *',
    act: (newApp) => cron(newApp, { schedule: '60 2 * * *' }),
    message:
      '[local/team/nightly] schedule must have five fields within their bounds, but minute "60" is not within 0-59, got "60 2 * * *": write minute, hour, day of the month, month and day of the week, such as \'30 2 * * *\'.',
  },
  {
    what: 'a time zone that is none',
    given: 'Europe/Atlantis',
    act: (newApp) => cron(newApp, { timeZone: 'Europe/Atlantis' }),
    message:
      '[local/team/nightly] timeZone must be a name of the IANA time zone database, got "Europe/Atlantis": use one such as \'Europe/Athens\'.',
  },
  {
    what: 'a cron job with a name that is too long',
    given: 'x'.repeat(53),
    act: (newApp) => cron(newApp, { name: 'x'.repeat(53) }),
    message:
      '[local/team/nightly] name must be a DNS label of at most 52 characters, got "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx": use lower-case letters, digits and hyphens, starting and ending with a letter or digit.',
  },
  {
    what: 'a request that no environment variable can hold',
    given: 131_072,
    act: (newApp) => template(newApp, { maxRequestBytes: 131_072 }),
    message:
      '[local/team/train] maxRequestBytes must be a whole number between 1 and 100000, got 131072: pass the place of larger data in a bucket.',
  },
  {
    what: 'a template of no Jobs',
    given: 0,
    act: (newApp) => template(newApp, { maxJobs: 0 }),
    message: '[local/team/train] maxJobs must be a whole number between 1 and 10000, got 0: give a number of Jobs.',
  },
  {
    what: 'a second bound for the Jobs of a namespace',
    given: 5,
    act: (newApp) => template(newApp, { maxJobs: 5 }, { maxJobs: 5 }),
    message:
      '[local/team/evaluate] maxJobs must be given to one JobTemplate of a namespace, since a quota cannot tell their pods apart, got 5: leave it out here or in train, or use two namespaces.',
  },
  {
    what: 'a template with a name that is too long',
    given: 'x'.repeat(53),
    act: (newApp) => template(newApp, { name: 'x'.repeat(53) }),
    message:
      '[local/team/train] name must be a DNS label of at most 52 characters, got "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx": use lower-case letters, digits and hyphens, starting and ending with a letter or digit.',
  },
  {
    what: 'a variable for the request that is none',
    given: 'TRAINING REQUEST',
    act: (newApp) => template(newApp, { requestVariable: 'TRAINING REQUEST' }),
    message:
      '[local/team/train] requestVariable must be a name of letters, digits and underscores other than JOB_NAME, got "TRAINING REQUEST": name it like \'TRAINING_REQUEST\'.',
  },
  {
    what: 'a variable that a template sets',
    given: 'JOB_NAME',
    act: (newApp) => template(newApp, { env: { JOB_NAME: 'train' } }),
    message:
      '[local/team/train] env must not set what a pod has from its Job, got "JOB_NAME": rename your variable, or give requestVariable.',
  },
  {
    what: 'a template that starts its own Jobs',
    given: 'train',
    act: (newApp) => {
      const { training } = template(newApp, {});
      training.grantStart(training);
    },
    message:
      '[local/team/train] workload must be another than the template, got "train": let a service start the Jobs.',
  },
  {
    what: 'Jobs that a service of another environment starts',
    given: 'local/team/engine of environment local',
    act: (newApp) => {
      const { training } = template(newApp, {});
      const { chart, platform } = platformWithChart(newApp);
      training.grantStart(new JobWorkload(chart, 'engine', { namespace: platform.teams.ml, image: IMAGE }));
    },
    message:
      '[local/team/train] workload must be of its own environment local, got "local/team/engine of environment local": use the one of local, or make this in local.',
  },
];

function api(newApp: AppFactory, props: Partial<MlBackendProps>): void {
  const { chart, platform } = platformWithChart(newApp);
  new MlBackend(chart, 'api', { namespace: platform.teams.ml, image: IMAGE, ...props });
}

function job(newApp: AppFactory, props: Partial<TrainingJobProps>): void {
  const { chart, platform } = platformWithChart(newApp);
  new JobWorkload(chart, 'job', { namespace: platform.teams.ml, image: IMAGE, ...props });
}

function template(
  newApp: AppFactory,
  props: Partial<JobTemplateProps>,
  second?: Partial<JobTemplateProps>,
): { readonly training: JobTemplate } {
  const { chart, platform } = platformWithChart(newApp);
  const namespace = platform.teams.ml;
  const training = new JobTemplate(chart, 'train', { namespace, image: IMAGE, ...props });
  if (second) new JobTemplate(chart, 'evaluate', { namespace, image: IMAGE, ...second });
  return { training };
}

function training(newApp: AppFactory, props: Partial<TrainingJobProps>): void {
  const { chart, platform } = platformWithChart(newApp);
  const { ml } = platform.teams;
  new TrainingJob(chart, 'train', { namespace: ml, image: IMAGE, gpuModel: GpuModel.T4, ...props });
}

function cron(newApp: AppFactory, props: Partial<CronJobWorkloadProps>): void {
  const { chart, platform } = platformWithChart(newApp);
  new DataProcessingCronJob(chart, 'nightly', {
    namespace: platform.teams.data,
    image: IMAGE,
    schedule: '0 2 * * *',
    ...props,
  });
}
