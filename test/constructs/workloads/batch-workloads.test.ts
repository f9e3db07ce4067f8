import { JsonPatch } from 'cdk8s';
import { GpuModel } from '../../../src/contracts/gpu';
import {
  ConcurrencyPolicy,
  CronJobWorkload,
  DataProcessingCronJob,
  JobWorkload,
  TrainingJob,
} from '../../../src/constructs/workloads';
import { scheduleProblem } from '../../../src/contracts/cron-schedule';
import { containerOf, field, render, setUp } from './support';

test('a job runs once, and disruptions do not count as failures', () => {
  const { chart, namespace } = setUp();
  const job = new JobWorkload(chart, 'load', { namespace, image: 'a:1', parallelism: 3, args: ['--all'] });
  const json = render(job.job);
  expect(json).toMatchObject({ apiVersion: 'batch/v1', kind: 'Job', metadata: { namespace: 'team' } });
  const { template, ...spec } = json.spec as { template: unknown };
  expect(spec).toEqual({
    parallelism: 3,
    completions: 3,
    backoffLimit: 3,
    podFailurePolicy: {
      rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }],
    },
  });
  expect(field(template, 'spec.restartPolicy')).toBe('Never');
  expect(containerOf(json)).toMatchObject({ args: ['--all'] });
  expect(job.node.defaultChild).toBe(job.job);
});

describe('the name of a Job', () => {
  const nameOf = (props: object = {}, change: (job: JobWorkload) => void = () => undefined, id = 'load') => {
    const { chart, namespace } = setUp();
    const job = new JobWorkload(chart, id, { namespace, image: 'a:1', ...props });
    change(job);
    return String(field(render(job.job), 'metadata.name'));
  };

  test('is the same for the same pods', () => {
    expect(nameOf()).toMatch(/^load-[0-9a-f]{10}$/);
    expect(nameOf()).toBe(nameOf());
  });

  test.each([
    ['another image', { image: 'a:2' }],
    ['another variable', { env: { A: '1' } }],
    ['more memory', { memory: '1Gi' }],
    ['more completions', { completions: 2 }],
    ['another label of the pods', { labels: { team: 'a' } }],
  ])('changes with %s', (_, props) => {
    expect(nameOf(props)).not.toBe(nameOf());
  });

  test('changes with what is granted or patched afterwards', () => {
    const bind = (job: JobWorkload) =>
      job.addBinding('cache', { env: { CACHE_HOST: 'cache' }, secretEnv: [], egress: [], namespaceLabels: {} });
    expect(nameOf({}, bind)).not.toBe(nameOf());
    const patch = JsonPatch.add('/spec/template/spec/hostname', 'a');
    expect(nameOf({}, ({ job }) => job.addJsonPatch(patch))).not.toBe(nameOf());
  });

  test('stays where the API server lets the Job change', () => {
    expect(nameOf({ backoffLimit: 1, activeDeadlineSeconds: 60, ttlSecondsAfterFinished: 60 })).toBe(nameOf());
    expect(nameOf({ ingress: [{ namespace: 'other' }] })).toBe(nameOf());
  });

  test('is that of a JSON patch, where there is one', () => {
    const patch = JsonPatch.replace('/metadata/name', 'mine');
    expect(nameOf({}, ({ job }) => job.addJsonPatch(patch))).toBe('mine');
  });

  test('fits into a label, and the other objects are named as the workload', () => {
    const id = `${'a'.repeat(51)}-${'b'.repeat(11)}`;
    expect(nameOf({}, undefined, id)).toMatch(/^a{51}-[0-9a-f]{10}$/);
    const { chart, namespace } = setUp();
    const job = new JobWorkload(chart, id, { namespace, image: 'a:1' });
    expect(field(render(job.networkPolicy), 'metadata.name')).toBe(id);
    expect(field(render(job.job), 'spec.template.metadata.labels')).toMatchObject({ 'app.kubernetes.io/name': id });
  });
});

test('metrics of a job make a PodMonitor', () => {
  const { chart, namespace } = setUp();
  const job = new JobWorkload(chart, 'load', { namespace, image: 'a:1', metricsPort: 9100, metricsPath: '/m' });
  expect(render(job.monitor)).toMatchObject({
    kind: 'PodMonitor',
    spec: {
      selector: { matchLabels: { 'app.kubernetes.io/name': 'load' } },
      podMetricsEndpoints: [{ portNumber: 9100, path: '/m', interval: '30s' }],
    },
  });
  expect(job.peer.ports).toBeUndefined();
});

test('a cron job has the documented defaults, each of which can be overridden', () => {
  const { chart, namespace } = setUp();
  const defaults = new CronJobWorkload(chart, 'nightly', { namespace, image: 'a:1', schedule: '30 2 * * *' });
  expect(render(defaults.cronJob).spec).toMatchObject({
    schedule: '30 2 * * *',
    timeZone: 'Etc/UTC',
    concurrencyPolicy: 'Forbid',
    startingDeadlineSeconds: 300,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 3,
    suspend: false,
  });
  const other = new CronJobWorkload(chart, 'other', {
    namespace,
    image: 'a:1',
    schedule: '@daily'.replace('@daily', '0 0 * * MON-FRI'),
    timeZone: 'Europe/Berlin',
    concurrencyPolicy: ConcurrencyPolicy.REPLACE,
    suspend: true,
    failedJobsHistoryLimit: 0,
    ttlSecondsAfterFinished: 60,
  });
  expect(render(other.cronJob).spec).toMatchObject({
    timeZone: 'Europe/Berlin',
    concurrencyPolicy: 'Replace',
    suspend: true,
    failedJobsHistoryLimit: 0,
    jobTemplate: { spec: { ttlSecondsAfterFinished: 60 } },
  });
});

test('a training job asks for its GPUs, shared memory and time to write a checkpoint', () => {
  const { chart, namespace } = setUp();
  const job = new TrainingJob(chart, 'train', {
    namespace,
    image: 'a:1',
    gpuModel: GpuModel.T4,
    gpus: 4,
  });
  const json = render(job.job);
  expect(json.spec).toMatchObject({
    backoffLimit: 2,
    activeDeadlineSeconds: 86_400,
    template: {
      spec: {
        terminationGracePeriodSeconds: 120,
        nodeSelector: { 'nvidia.com/gpu.product': 'Tesla-T4' },
        volumes: [
          { name: 'tmp', emptyDir: { sizeLimit: '20Gi' } },
          { name: 'shared-memory', emptyDir: { sizeLimit: '2Gi', medium: 'Memory' } },
        ],
      },
    },
  });
  expect(containerOf(json).resources).toEqual({
    requests: { cpu: '3', memory: '12Gi' },
    limits: { memory: '12Gi', 'nvidia.com/gpu': 4 },
  });
});

test('a data-processing cron job has the documented defaults', () => {
  const { chart, namespace } = setUp();
  const job = new DataProcessingCronJob(chart, 'clean', { namespace, image: 'a:1', schedule: '0 * * * *' });
  const json = render(job.cronJob);
  expect(field(json, 'spec.jobTemplate.spec')).toMatchObject({ backoffLimit: 2, activeDeadlineSeconds: 21_600 });
  expect(field(json, 'metadata.labels')).toMatchObject({ 'app.kubernetes.io/component': 'data-processing' });
  expect(containerOf(json).resources).toEqual({
    requests: { cpu: '1', memory: '2Gi' },
    limits: { memory: '2Gi' },
  });
});

test.each(['* * * * *', '*/5 0-6,12 1 jan-mar,12 MON', '0 0 ? * 0', '59 23 31 12 6', '1-30/7 * * * *'])(
  'the schedule %s is right',
  (schedule) => {
    expect(scheduleProblem(schedule)).toBeUndefined();
  },
);

test.each([
  ['', 'it has 0 fields'],
  ['@often', 'only @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly stand for one'],
  ['0 0 * *', 'it has 4 fields'],
  ['0 0 0 * * *', 'it has 6 fields'],
  ['60 * * * *', 'minute "60" is not within 0-59'],
  ['* 24 * * *', 'hour "24" is not within 0-23'],
  ['* * 0 * *', 'day of the month "0" is not within 1-31'],
  ['* * * 13 *', 'month "13" is not within 1-12'],
  ['* * * * 7', 'day of the week "7" is not within 0-6'],
  ['30-10 * * * *', 'minute "30-10" has a range backwards'],
  ['*/0 * * * *', 'minute "*/0" has a step of 0'],
  ['a * * * *', 'minute "a" is not within 0-59'],
])('the schedule "%s" is wrong', (schedule, problem) => {
  expect(scheduleProblem(schedule)).toBe(problem);
});
