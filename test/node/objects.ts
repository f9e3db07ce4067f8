import { refusals } from '../cluster/apply';
import { type KubernetesObject, referenceTo } from '../cluster/types';
import { withKnownKinds } from '../cluster/environments/run-environment';
import type { NodeCluster } from './real-node';
import { SERVER_IMAGE } from './test-images';

/** What a pod of these tests reserves: the machine has two cores, and other tests. */
export const REQUESTS = { cpu: '1m', memory: '16Mi' };

interface Container {
  resources?: { requests?: Record<string, unknown>; [field: string]: unknown };
}

interface PodSpec {
  readonly containers?: Container[];
  readonly initContainers?: Container[];
}

/** The objects with what their pods reserve cut down; limits, GPUs and all else are as they are written. */
export function small(objects: readonly KubernetesObject[]): KubernetesObject[] {
  return objects.map((object) => {
    const copy = structuredClone(object);
    const { containers = [], initContainers = [] } = podSpecOf(copy) ?? {};
    for (const container of [...containers, ...initContainers]) {
      container.resources = { ...container.resources, requests: { ...container.resources?.requests, ...REQUESTS } };
    }
    return copy;
  });
}

/** The spec of an object's pods, where it has any. */
export function podSpecOf({ kind, spec }: KubernetesObject): PodSpec | undefined {
  const { template, jobTemplate } = (spec ?? {}) as {
    readonly template?: { readonly spec?: PodSpec };
    readonly jobTemplate?: { readonly spec?: { readonly template?: { readonly spec?: PodSpec } } };
  };
  return kind === 'Pod' ? spec : (jobTemplate?.spec?.template?.spec ?? template?.spec);
}

/** Applies all objects whose kinds the cluster has or can get. @throws where one is refused */
export async function applyAll(node: NodeCluster, objects: readonly KubernetesObject[]): Promise<void> {
  const { known } = await withKnownKinds(node, [...objects]);
  const refused = refusals(await node.apply(known, { force: true }));
  if (refused.length > 0) throw new Error(refused.join('\n'));
}

/** Options of a pod that asks others and answers them. */
export interface ActorOptions {
  readonly namespace: string;
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Ports that it listens on, by their names. @default - `http`, 8080 */
  readonly ports?: Readonly<Record<string, number>>;
  /** What it does. @default - it serves */
  readonly args?: readonly string[];
  /** Secrets by the folder that they are mounted at. @default - none */
  readonly secrets?: Readonly<Record<string, string>>;
}

/** A pod that asks others and answers them, which every Pod Security level admits. */
export function actor(options: ActorOptions): KubernetesObject {
  const { namespace, name, labels = {}, ports = { http: 8080 }, args, secrets = {} } = options;
  const volumes = Object.entries(secrets).map(([mountPath, secretName], index) => ({
    mount: { name: `secret-${index}`, mountPath, readOnly: true },
    volume: { name: `secret-${index}`, secret: { secretName } },
  }));
  return plainPod(
    { name, namespace, labels },
    {
      name: 'actor',
      image: SERVER_IMAGE,
      imagePullPolicy: 'IfNotPresent',
      args,
      volumeMounts: volumes.map(({ mount }) => mount),
      env: [{ name: 'PORTS', value: Object.values(ports).join(',') }],
      // a policy may name a port
      ports: Object.entries(ports).map(([port, containerPort]) => ({ name: port, containerPort })),
      resources: { requests: REQUESTS, limits: { memory: '64Mi' } },
    },
    { restartPolicy: args === undefined ? 'Always' : 'Never', volumes: volumes.map(({ volume }) => volume) },
  );
}

/** Where a pod is, and how it is known. */
interface PodMetadata {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** A pod of one container that every Pod Security level admits, and that goes at once. */
export function plainPod(metadata: PodMetadata, container: object, spec: object = {}): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...metadata, labels: { ...metadata.labels } },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      ...spec,
      containers: [
        { ...container, securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } },
      ],
    },
  };
}

/** A namespace. */
export function namespace(name: string, labels: Readonly<Record<string, string>> = {}): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { ...labels } } };
}

/** Whether a pod is ready. */
export function isReady({ status }: KubernetesObject): boolean {
  const conditions = (status?.conditions ?? []) as readonly { readonly type: string; readonly status: string }[];
  return conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True');
}

/** The pods of a namespace with these labels that are not on their way out. */
export async function podsOf(
  node: NodeCluster,
  inNamespace: string,
  labels: Readonly<Record<string, string>>,
): Promise<KubernetesObject[]> {
  const labelSelector = Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  const pods = await node.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace: inNamespace, labelSelector });
  return pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

/** Which of these addresses a pod reaches. */
export async function reaches(
  node: NodeCluster,
  from: KubernetesObject,
  addresses: readonly string[],
): Promise<Record<string, boolean>> {
  const { namespace: inNamespace = '', name = '' } = from.metadata;
  const output = await node.exec(inNamespace, name, ['/tool', 'reach', ...addresses]);
  return JSON.parse(output) as Record<string, boolean>;
}

/** What asked for addresses under load. */
export interface LoadResult {
  readonly ok: number;
  /** What went wrong, each with its time. */
  readonly failed: readonly string[];
  /** How many answers came from each version. */
  readonly versions: Readonly<Record<string, number>>;
}

/** Asks an address of a Service again and again while `work` is done. The pod that asks is in that namespace. */
export async function underLoad(
  node: NodeCluster,
  inNamespace: string,
  url: string,
  work: () => Promise<void>,
): Promise<LoadResult> {
  const pod = actor({ namespace: inNamespace, name: 'load', labels: { app: 'load' }, args: ['load', url] });
  const ref = referenceTo(pod);
  await node.create(pod);
  try {
    await node.waitFor(ref, isReady, 60_000);
    await work();
    await node.exec(inNamespace, 'load', ['/tool', 'stop']);
    await node.waitFor(ref, ({ status }) => status?.phase === 'Succeeded', 60_000);
    return JSON.parse(await node.kubectl(['-n', inNamespace, 'logs', 'load'])) as LoadResult;
  } finally {
    await node.delete(ref);
    await node.waitForGone(ref, 60_000);
  }
}
