import type { Cluster } from '../cluster';
import type { Identity, KubernetesObject } from '../types';

export const BATCH = 'batch/v1';
export const REQUEST = 'nstarx.io/request';
/** The template that the attacks are on. */
export const TRAIN = 'train-model';
/** A template that another may start. */
export const EVALUATE = 'evaluate';

/** The ServiceAccount of what starts Jobs. */
export interface Starter {
  readonly namespace: string;
  readonly name: string;
}

/** A ServiceAccount as the API server knows it. */
export function account(name: string, namespace: string): Identity {
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
  return { user: `system:serviceaccount:${namespace}:${name}`, groups };
}

interface Pod {
  metadata: { labels: Record<string, string>; annotations: Record<string, string>; [field: string]: unknown };
  spec: { containers: Record<string, unknown>[]; volumes: object[]; [field: string]: unknown };
}

export interface Job extends KubernetesObject {
  spec: { template: Pod; [field: string]: unknown };
}

/** What a starter makes, as `kubectl create job --from` does. */
export async function jobOf(cluster: Cluster, template: string, name: string, starter: Starter): Promise<Job> {
  const { namespace } = starter;
  const cronJob = await cluster.get(
    { apiVersion: BATCH, kind: 'CronJob', namespace, name: template },
    { asUser: account(starter.name, namespace) },
  );
  const { metadata, spec } = cronJob.spec?.jobTemplate as { metadata: object; spec: Job['spec'] };
  const owner = { apiVersion: BATCH, kind: 'CronJob', name: template, uid: cronJob.metadata.uid, controller: true };
  const { template: pod } = spec;
  pod.metadata.annotations = { ...pod.metadata.annotations, [REQUEST]: '{"dataset":"sales"}' };
  return {
    apiVersion: BATCH,
    kind: 'Job',
    metadata: {
      ...metadata,
      name,
      namespace,
      annotations: { 'cronjob.kubernetes.io/instantiate': 'manual' },
      ownerReferences: [owner],
    },
    spec,
  };
}

/** The answer of the API server: `accepted`, or why not. */
export function answer(attempt: Promise<unknown>): Promise<string> {
  return attempt.then(
    () => 'accepted',
    (error: unknown) => (error as Error).message,
  );
}

export const owners = ({ metadata }: Job) => metadata.ownerReferences as Record<string, unknown>[];
export const container = ({ spec }: Job) => spec.template.spec.containers[0];
const labels = (job: Job) => (job.metadata.labels ??= {});
const annotations = (job: Job) => (job.metadata.annotations ??= {});

const POD = /spec\.template\.spec: must be that of the CronJob train-model as it is now/;
const FIELDS = /spec: must have the fields of spec\.jobTemplate\.spec of the CronJob train-model/;
const OWNER = /metadata\.ownerReferences: the CronJob train-model with its uid/;

/** A change of a Job of the template, which the API server has to refuse. */
export type Attack = [what: string, change: (job: Job) => void, message: RegExp];

/** Jobs with other pods than the template has, and what the API server says to each. */
export const OTHER_PODS: Attack[] = [
  ['another image', (job) => (container(job).image = 'registry.example/miner:1.0.0'), POD],
  ['another command', (job) => (container(job).command = ['/bin/sh']), POD],
  ['other arguments', (job) => (container(job).args = ['--debug']), POD],
  ['a working directory', (job) => (container(job).workingDir = '/proc'), POD],
  ['another variable', (job) => (container(job).env as object[]).push({ name: 'LD_PRELOAD', value: '/tmp/a.so' }), POD],
  ['a variable less', (job) => (container(job).env as object[]).pop(), POD],
  [
    'a variable from a Secret',
    (job) =>
      (container(job).env as object[]).push({
        name: 'A',
        valueFrom: { secretKeyRef: { name: 'db', key: 'password' } },
      }),
    POD,
  ],
  ['all keys of a Secret', (job) => (container(job).envFrom = [{ secretRef: { name: 'db' } }]), POD],
  ['a port', (job) => (container(job).ports = [{ containerPort: 8080 }]), POD],
  ['more memory', (job) => (container(job).resources = { limits: { memory: '64Gi' } }), POD],
  ['a hook at the start', (job) => (container(job).lifecycle = { postStart: { exec: { command: ['sh'] } } }), POD],
  ['a privileged container', (job) => (container(job).securityContext = { privileged: true }), POD],
  ['another container', (job) => job.spec.template.spec.containers.push({ name: 'b', image: 'b:1' }), POD],
  ['an init container', (job) => (job.spec.template.spec.initContainers = [{ name: 'b', image: 'b:1' }]), POD],
  [
    'an ephemeral container',
    (job) => (job.spec.template.spec.ephemeralContainers = [{ name: 'b', image: 'b:1' }]),
    /ephemeralContainers|spec\.template\.spec: must be/,
  ],
  ['the network of the node', (job) => (job.spec.template.spec.hostNetwork = true), POD],
  ['the processes of the node', (job) => (job.spec.template.spec.hostPID = true), POD],
  ['another ServiceAccount', (job) => (job.spec.template.spec.serviceAccountName = 'generous'), POD],
  ['a token', (job) => (job.spec.template.spec.automountServiceAccountToken = true), POD],
  ['a folder of the node', (job) => job.spec.template.spec.volumes.push({ name: 'h', hostPath: { path: '/' } }), POD],
  [
    'a volume from a Secret',
    (job) => job.spec.template.spec.volumes.push({ name: 's', secret: { secretName: 'db' } }),
    POD,
  ],
  [
    'a volume with a token',
    (job) =>
      job.spec.template.spec.volumes.push({
        name: 't',
        projected: { sources: [{ serviceAccountToken: { path: 't' } }] },
      }),
    POD,
  ],
  ['a node', (job) => (job.spec.template.spec.nodeName = 'control-plane'), POD],
  ['a selector of nodes', (job) => (job.spec.template.spec.nodeSelector = { a: 'b' }), POD],
  ['a toleration', (job) => (job.spec.template.spec.tolerations = [{ operator: 'Exists' }]), POD],
  ['a priority', (job) => (job.spec.template.spec.priorityClassName = 'system-node-critical'), POD],
  ['the user root', (job) => (job.spec.template.spec.securityContext = { runAsUser: 0 }), POD],
  ['names of hosts', (job) => (job.spec.template.spec.hostAliases = [{ ip: '10.0.0.1', hostnames: ['db'] }]), POD],
  ['another scheduler', (job) => (job.spec.template.spec.schedulerName = 'mine'), POD],
  ['no deadline of the pods', (job) => delete job.spec.template.spec.activeDeadlineSeconds, POD],
  [
    'the label of another workload',
    (job) => (job.spec.template.metadata.labels['app.kubernetes.io/name'] = 'engine'),
    /spec\.template\.metadata\.labels: must be those of the pods of the CronJob train-model/,
  ],
  [
    'another label of the pods',
    (job) => (job.spec.template.metadata.labels['nstarx.io/uses-database'] = 'true'),
    /spec\.template\.metadata\.labels: must be those/,
  ],
  [
    'a label of the pods less',
    (job) => delete job.spec.template.metadata.labels['app.kubernetes.io/part-of'],
    /spec\.template\.metadata\.labels: must be those/,
  ],
  [
    'another annotation of the pods',
    (job) => (job.spec.template.metadata.annotations['sidecar.istio.io/inject'] = 'true'),
    /spec\.template\.metadata\.annotations: must be those .* only nstarx\.io\/request may be added/,
  ],
  [
    'a finalizer of the pods',
    (job) => (job.spec.template.metadata.finalizers = ['example.com/stay']),
    /spec\.template\.metadata: must have labels and annotations only/,
  ],
  [
    'a huge request',
    (job) => (job.spec.template.metadata.annotations[REQUEST] = 'x'.repeat(16_385)),
    /nstarx\.io\/request must have at most 16384 bytes/,
  ],
  [
    'a request of few letters and many bytes',
    (job) => (job.spec.template.metadata.annotations[REQUEST] = '\u20ac'.repeat(6_000)),
    /nstarx\.io\/request must have at most 16384 bytes/,
  ],
  [
    'a request that no variable can have',
    (job) => (job.spec.template.metadata.annotations[REQUEST] = 'a\u0000b'),
    /must not have the character U\+0000/,
  ],
];

/** Jobs that are not as the template has them beside their pods, and what the API server says to each. */
export const OTHER_JOBS: Attack[] = [
  ['more pods at a time', (job) => Object.assign(job.spec, { parallelism: 100, completions: 100 }), FIELDS],
  ['more tries', (job) => (job.spec.backoffLimit = 1_000), FIELDS],
  ['no deadline', (job) => delete job.spec.activeDeadlineSeconds, FIELDS],
  ['a later deadline', (job) => (job.spec.activeDeadlineSeconds = 10_000_000), FIELDS],
  ['to be kept for ever', (job) => delete job.spec.ttlSecondsAfterFinished, FIELDS],
  ['to be suspended', (job) => (job.spec.suspend = true), FIELDS],
  ['pods with an index', (job) => (job.spec.completionMode = 'Indexed'), FIELDS],
  ['another controller', (job) => (job.spec.managedBy = 'example.com/mine'), FIELDS],
  ['a policy of success', (job) => (job.spec.podFailurePolicy = { rules: [] }), FIELDS],
  [
    'the pods of another workload',
    (job) => {
      job.spec.manualSelector = true;
      job.spec.selector = { matchLabels: { 'app.kubernetes.io/name': TRAIN } };
    },
    FIELDS,
  ],
  ['no owner', (job) => delete job.metadata.ownerReferences, OWNER],
  ['a template that it may not start', (job) => (owners(job)[0].name = EVALUATE), OWNER],
  ['a template that is gone', (job) => (owners(job)[0].uid = '7d9a2d2c-0000-4000-8000-000000000000'), OWNER],
  ['an owner of another kind', (job) => Object.assign(owners(job)[0], { apiVersion: 'v1', kind: 'ConfigMap' }), OWNER],
  ['an owner that is no controller', (job) => delete owners(job)[0].controller, OWNER],
  ['a second owner', (job) => owners(job).push({ apiVersion: 'v1', kind: 'ConfigMap', name: 'a', uid: '1' }), OWNER],
  ['a name of others', (job) => (job.metadata.name = 'migrate-1'), /metadata\.name: must begin with train-model-/],
  [
    'a generated name of others',
    (job) => {
      delete job.metadata.name;
      job.metadata.generateName = 'migrate-';
    },
    /metadata\.name: must begin with train-model-/,
  ],
  ['a finalizer', (job) => (job.metadata.finalizers = ['example.com/stay']), /metadata\.finalizers: must be left out/],
  ['a queue', (job) => (labels(job)['kueue.x-k8s.io/queue-name'] = 'gpu'), /metadata\.labels: must be those/],
  ['no labels', (job) => (job.metadata.labels = {}), /metadata\.labels: must be those/],
  [
    'an annotation that others read',
    (job) => (annotations(job)['argocd.argoproj.io/hook'] = 'PreSync'),
    /metadata\.annotations: must be those .* only cronjob\.kubernetes\.io\/instantiate may be added/,
  ],
];
