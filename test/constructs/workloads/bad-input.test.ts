import { GpuModel } from '../../../src/contracts/gpu';
import {
  CronJobWorkload,
  CronJobWorkloadProps,
  JobWorkload,
  JobWorkloadProps,
  MlBackend,
  Probe,
  ServiceWorkload,
  ServiceWorkloadProps,
  TrainingJob,
  Volume,
} from '../../../src/constructs/workloads';
import { setUp } from './support';

type Service = Partial<ServiceWorkloadProps>;
const scope = setUp();
const peer = { namespace: 'a' };
let made = 0;

function service(props: Service): void {
  // each in a scope of its own, so that ids do not collide
  const { chart, namespace } = setUp();
  new ServiceWorkload(chart, 'api', { namespace, image: 'a:1', ...props });
}

test.each<[Service, string]>([
  [
    { image: 'nginx' },
    'image must have a digest, or a tag other than latest, got "nginx": pin a version, such as \'nginx:1.2.3\'; otherwise two pods of one workload may run different code.',
  ],
  [
    { image: 'nginx:latest' },
    'image must have a digest, or a tag other than latest, got "nginx:latest": pin a version, such as \'nginx:1.2.3\'; otherwise two pods of one workload may run different code.',
  ],
  [
    { image: 'UPPER:1' },
    'image must be the name of a container image, got "UPPER:1": write it like \'registry.example/team/api:1.2.3\'.',
  ],
  [
    { name: 'Api' },
    'name must be a DNS label of at most 63 characters, got "Api": use lower-case letters, digits and hyphens, starting and ending with a letter or digit.',
  ],
  [{ name: '1api' }, 'name must start with a letter, since a Service has that name, got "1api": rename it.'],
  [
    { cpu: '1 core' },
    "cpu must be a Kubernetes quantity of at least 1m, got \"1 core\": write it in cores, such as '500m' or '2'.",
  ],
  [
    { memory: '512' },
    "memory must be a Kubernetes quantity of at least 1Mi, got \"512\": write it in bytes with a suffix, such as '512Mi' or '2Gi'.",
  ],
  [
    { memory: '512m' },
    "memory must be a Kubernetes quantity of at least 1Mi, got \"512m\": write it in bytes with a suffix, such as '512Mi' or '2Gi'.",
  ],
  [
    { memory: '2GB' },
    "memory must be a Kubernetes quantity of at least 1Mi, got \"2GB\": write it in bytes with a suffix, such as '512Mi' or '2Gi'.",
  ],
  [
    { memory: '1Gi', memoryLimit: '512Mi' },
    'memoryLimit must be at least memory (1Gi), got "512Mi": raise memoryLimit or lower memory.',
  ],
  [{ cpu: '2', cpuLimit: '500m' }, 'cpuLimit must be at least cpu (2), got "500m": raise cpuLimit or lower cpu.'],
  [
    { port: 80 },
    'port must be a whole number between 1024 and 65535, got 80: let the container listen on a port above 1023; below it needs privileges.',
  ],
  [{ servicePort: 70_000 }, 'servicePort must be a whole number between 1 and 65535, got 70000: give a TCP port.'],
  [
    { metricsPort: 9000, servicePort: 9000 },
    'servicePort must differ from metricsPort, since the Service has both, got 9000: choose another port for one of them.',
  ],
  [{ metricsPort: 9000, metricsPath: 'm' }, 'metricsPath must start with a slash, got "m": write it as \'/m\'.'],
  [{ replicas: 0 }, 'replicas must be a whole number between 1 and 1000, got 0: give a number of pods.'],
  [
    { replicas: 2, maxReplicas: 4 },
    'replicas must not come with maxReplicas, got 2: give minReplicas, or leave maxReplicas out.',
  ],
  [{ minReplicas: 3 }, 'maxReplicas must come with minReplicas, got nothing: give it, or replicas for a fixed number.'],
  [{ minReplicas: 0 }, 'minReplicas must be a whole number between 1 and 1000, got 0: give a number of pods.'],
  [
    { minReplicas: 3, maxReplicas: 2 },
    'maxReplicas must be at least minReplicas (3), got 2: raise maxReplicas or lower minReplicas.',
  ],
  [
    { maxSurge: 0 },
    'maxSurge must be a whole number between 1 and 1000, got 0: give a number of pods; without any an update cannot start.',
  ],
  [
    { cpuPercent: 0 },
    'cpuPercent must be a whole number between 1 and 1000, got 0: give percent of the CPU that is reserved.',
  ],
  [
    { preStopSeconds: 30 },
    'preStopSeconds must be a whole number between 0 and 29, got 30: it counts towards terminationGracePeriodSeconds, so raise that or lower this.',
  ],
  [
    { runAsUser: 0 },
    'runAsUser must be a whole number between 1 and 2147483647, got 0: give a user other than root (0), which Pod Security restricted refuses.',
  ],
  [{ nodePool: 'big' }, 'nodePool must name a pool of the cluster, got "big": use one of: general, gpu-t4.'],
  [{ gpus: 1 }, 'gpuModel must come with gpus, got nothing: name the model, such as GpuModel.T4.'],
  [
    { gpuModel: GpuModel.T4, gpus: 1.5 },
    'gpus must be a whole number between 1 and 1024, got 1.5: give the GPUs of one pod.',
  ],
  [
    { gpuModel: GpuModel.A100_80GB },
    'gpuModel must be one that the cluster has a node pool of, got "NVIDIA-A100-SXM4-80GB": add a GpuPool of that model to the cluster; it offers Tesla-T4.',
  ],
  [
    { gpuModel: GpuModel.T4, gpus: 5 },
    'gpus must be at most 4 Tesla-T4 per pod, since no node has more, got 5: ask for fewer and use more pods, or add a pool of larger nodes.',
  ],
  [
    { gpuModel: GpuModel.T4, gpus: 3 },
    'gpus must be for at most 2 pods at a time, as many as the Tesla-T4 pools hold with 3 each, got 3: run fewer pods at a time, or raise max of the pool (on Kind, workersPerPool).',
  ],
  [{ env: { 'a b': '1' } }, 'env must have names of letters, digits and underscores, got "a b": rename the variable.'],
  [
    { env: { TOKEN: 'x' }, secretEnv: [{ name: 'TOKEN', secretName: 's', key: 'k' }] },
    'env must have one value each, got "TOKEN": rename one of your variables; env and secretEnv both set it.',
  ],
  [
    { imagePullSecrets: ['Registry'] },
    'imagePullSecrets must be a DNS label of at most 63 characters, got "Registry": use lower-case letters, digits and hyphens, starting and ending with a letter or digit.',
  ],
  [
    { volumes: [Volume.emptyDir('a', '/x'), Volume.emptyDir('b', '/x')] },
    'volumes must have mount paths of their own, got "/x": mount one of them elsewhere.',
  ],
  [{ volumes: [Volume.emptyDir('tmp', '/x')] }, 'volumes must have names of their own, got "tmp": rename one of them.'],
  [
    { egress: [{}] },
    'egress must have exactly one of namespace and cidrs, got {}: name the namespace of pods, or the address ranges of what is outside the cluster.',
  ],
  [
    { egress: [{ ...peer, cidrs: ['10.0.0.0/8'] }] },
    'egress must have exactly one of namespace and cidrs, got {"namespace":"a","cidrs":["10.0.0.0/8"]}: name the namespace of pods, or the address ranges of what is outside the cluster.',
  ],
  [
    { egress: [{ cidrs: ['10.0.0.1'] }] },
    'egress.cidrs must be CIDR blocks, got "10.0.0.1": write an address range such as \'10.0.0.0/16\'.',
  ],
  [
    { egress: [{ ...peer, ports: [] }] },
    'egress.ports must have at least one port, got []: leave ports out for all of them.',
  ],
  [
    { ingress: [{ cidrs: [] }] },
    'ingress.cidrs must have at least one address range, got []: leave the peer out, or give a CIDR block.',
  ],
  [
    { egress: [{ cidrs: ['10.0.0.256/8'] }] },
    'egress.cidrs must be CIDR blocks, got "10.0.0.256/8": write an address range such as \'10.0.0.0/16\'.',
  ],
  [
    { egress: [{ cidrs: ['fd00::/129'] }] },
    'egress.cidrs must be CIDR blocks, got "fd00::/129": write an address range such as \'10.0.0.0/16\'.',
  ],
  [
    { partOf: 'a b' },
    'partOf must have label values of at most 63 characters, got "a b": use letters, digits, dots, hyphens and underscores, starting and ending with a letter or digit.',
  ],
  [
    { labels: { team: 'a/b' } },
    'labels must have label values of at most 63 characters, got "a/b": use letters, digits, dots, hyphens and underscores, starting and ending with a letter or digit.',
  ],
  [
    { labels: { 'a b': 'c' } },
    "labels must have valid label keys, got \"a b\": write it like 'team' or 'example.com/team'.",
  ],
])('a service with %j is refused', (props, message) => {
  expect(() => service(props)).toThrow(new Error(`[test/api] ${message}`));
});

test.each<[Partial<CronJobWorkloadProps>, string]>([
  [
    { schedule: '0 25 * * *' },
    'schedule must have five fields within their bounds, but hour "25" is not within 0-23, got "0 25 * * *": write minute, hour, day of the month, month and day of the week, such as \'30 2 * * *\'.',
  ],
  [
    { timeZone: 'Mars/Olympus' },
    'timeZone must be a name of the IANA time zone database, got "Mars/Olympus": use one such as \'Europe/Berlin\'.',
  ],
  [
    { timeZone: '+02:00' },
    'timeZone must be a name of the IANA time zone database, got "+02:00": use one such as \'Europe/Berlin\'.',
  ],
  [
    { startingDeadlineSeconds: 5 },
    'startingDeadlineSeconds must be a whole number between 10 and 2147483647, got 5: give seconds.',
  ],
  [
    { name: 'n'.repeat(53) },
    `name must be a DNS label of at most 52 characters, got "${'n'.repeat(53)}": use lower-case letters, digits and hyphens, starting and ending with a letter or digit.`,
  ],
])('a cron job with %j is refused', (props, message) => {
  const { chart, namespace } = setUp();
  expect(() => new CronJobWorkload(chart, 'job', { namespace, image: 'a:1', schedule: '0 0 * * *', ...props })).toThrow(
    new Error(`[test/job] ${message}`),
  );
});

test.each<[Partial<JobWorkloadProps>, string]>([
  [
    { backoffLimit: -1 },
    'backoffLimit must be a whole number between 0 and 2147483647, got -1: give a number of failed pods.',
  ],
  [
    { parallelism: 4, completions: 2 },
    'completions must be at least parallelism (4), got 2: raise completions or lower parallelism; pods beyond completions never start.',
  ],
  [
    { readinessProbe: Probe.http('/') },
    'readinessProbe must name a port, got nothing: the workload listens on none; give the probe a port.',
  ],
])('a job with %j is refused', (props, message) => {
  const { chart, namespace } = setUp();
  expect(() => new JobWorkload(chart, 'job', { namespace, image: 'a:1', ...props })).toThrow(
    new Error(`[test/job] ${message}`),
  );
});

test.each<[string, () => unknown, string]>([
  [
    'probe path',
    () => Probe.http('healthz'),
    '[Probe.http] path must start with a slash, got "healthz": write it as \'/healthz\'.',
  ],
  [
    'probe period',
    () => Probe.tcp({ periodSeconds: 0 }),
    '[Probe.tcp] periodSeconds must be a whole number between 1 and 3600, got 0: give seconds.',
  ],
  [
    'probe command',
    () => Probe.command([]),
    '[Probe.command] command must not be empty, got []: give the program and its arguments.',
  ],
  [
    'mount path',
    () => Volume.emptyDir('a', 'data'),
    '[Volume.emptyDir] mountPath must be an absolute path without a colon, got "data": write it like \'/data\'.',
  ],
  [
    'volume name',
    () => Volume.claim('A', '/a'),
    '[Volume.claim] name must be a DNS label of at most 63 characters, got "A": use lower-case letters, digits and hyphens, starting and ending with a letter or digit.',
  ],
  [
    'peer',
    () => new MlBackend(scope.chart, `ml-${++made}`, { namespace: scope.namespace, image: 'a:1' }).allowFrom({}),
    '[test/ml-1] allowFrom must have exactly one of namespace and cidrs, got {}: name the namespace of pods, or the address ranges of what is outside the cluster.',
  ],
  [
    'training job',
    () => new TrainingJob(scope.chart, 'train', { namespace: scope.namespace, image: 'a:1' }),
    '[test/train] gpuModel must be given, got nothing: name the GPUs to train on, such as GpuModel.T4, or use a JobWorkload to train without.',
  ],
])('a wrong %s is refused', (_name, make, message) => {
  expect(make).toThrow(new Error(message));
});
