import { k8s } from 'cdk8s-plus-28';
import { IConstruct } from 'constructs';
import { SecretEnv } from '../../contracts/backing-service';
import { checkOrder, checkWhole } from '../../contracts/bounds';
import { ICluster } from '../../contracts/cluster';
import { deviceTolerations } from '../../contracts/devices';
import { fail } from '../../contracts/errors';
import { GpuModel } from '../../contracts/gpu';
import { pinnedImage } from '../../contracts/image-reference';
import { dnsLabel, GPU_PRODUCT_LABEL, NODE_POOL_LABEL, RUN_TO_COMPLETION_ANNOTATIONS } from '../../contracts/names';
import { byteQuantity, cpuQuantity } from '../../contracts/quantity';
import { Probe } from './probe';
import { Volume } from './volume';
import { inVariableOrder } from '../../contracts/variable-order';

/** No privileges and a root file system that cannot be written. The user and the seccomp profile are for the pod to say. */
export const UNPRIVILEGED_CONTAINER = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  readOnlyRootFilesystem: true,
};

/** What Pod Security level `restricted` asks of a container, and a root file system that cannot be written. */
export const CONTAINER_SECURITY = {
  ...UNPRIVILEGED_CONTAINER,
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' },
};

/** A piece of JSON. */
export type Json = { [key: string]: unknown };

/** What a user says of a pod of one container. */
export interface PodProps {
  readonly image: string;
  readonly imagePullSecrets?: string[];
  readonly command?: string[];
  readonly args?: string[];
  readonly cpu?: string;
  readonly cpuLimit?: string;
  readonly memory?: string;
  readonly memoryLimit?: string;
  readonly gpus?: number;
  readonly gpuModel?: GpuModel;
  readonly nodePool?: string;
  readonly priorityClassName?: string;
  readonly startupProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  /** Volumes beside `/tmp`. */
  readonly volumes?: Volume[];
  /** Size of `/tmp`. */
  readonly tmpSize?: string;
  readonly runAsUser?: number;
  readonly fsGroup?: number;
  readonly terminationGracePeriodSeconds?: number;
}

/** What a kind of workload says of its pods. */
export interface PodOptions {
  /** Set for pods that end. */
  readonly restartPolicy?: 'Never' | 'OnFailure';
  /** Seconds that a container keeps serving after it was told to stop. */
  readonly preStopSeconds?: number;
  /** Whether pods are spread over zones and hosts, as far as that is possible. */
  readonly spread: boolean;
  /** Seconds after which a pod is ended. */
  readonly podDeadlineSeconds?: number;
}

/** What a pod of one container is made from. Everything is checked already. */
export interface PodTemplateInput extends PodProps, PodOptions {
  /** Name of the container. */
  readonly name: string;
  /** Labels of the pod. */
  readonly labels: { [key: string]: string };
  /** The labels that the workload's selector asks for; topology spread counts the pods that have them. */
  readonly selector: { [key: string]: string };
  readonly serviceAccountName: string;
  readonly env?: { [name: string]: string };
  readonly secretEnv?: SecretEnv[];
  /** Variables whose value is a field of the pod, such as `metadata.name`. */
  readonly fieldEnv?: { [name: string]: string };
  /** Whether the pod calls the API server as its ServiceAccount. */
  readonly mountsToken?: boolean;
  /** Container ports by name; the first is the one that probes ask by default. */
  readonly ports: { [name: string]: number };
}

const DEFAULT_CPU = '100m';
const DEFAULT_MEMORY = '256Mi';

/**
 * A pod template that meets the Pod Security Standard `restricted` and has a read-only root file system.
 *
 * It is rendered to plain JSON here, not by the typed object: that one would drop what a JSON patch adds in plain JSON
 * (quantities, ports) and every field that is newer than its schema.
 */
export function podTemplate(input: PodTemplateInput): Json {
  const volumes = withTmp(input);
  const fsGroup = input.fsGroup ?? (volumes.some((volume) => volume.persistent) ? 1000 : undefined);
  const rendered = k8s.toJson_PodTemplateSpec({
    metadata: {
      labels: input.labels,
      annotations: input.restartPolicy === undefined ? undefined : RUN_TO_COMPLETION_ANNOTATIONS,
    },
    spec: {
      serviceAccountName: input.serviceAccountName,
      // a workload identity brings a token of its own; the API server is not a backing service
      automountServiceAccountToken: input.mountsToken ?? false,
      enableServiceLinks: false,
      restartPolicy: input.restartPolicy,
      activeDeadlineSeconds: input.podDeadlineSeconds,
      imagePullSecrets: nonEmpty((input.imagePullSecrets ?? []).map((name) => ({ name }))),
      securityContext: {
        runAsNonRoot: true,
        runAsUser: input.runAsUser,
        fsGroup,
        fsGroupChangePolicy: fsGroup !== undefined ? 'OnRootMismatch' : undefined,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [container(input, volumes)],
      volumes: volumes.map((volume) => volume._volume()),
      nodeSelector: nodeSelector(input),
      tolerations: input.gpuModel && deviceTolerations([input.gpuModel.resourceName]),
      priorityClassName: input.priorityClassName,
      terminationGracePeriodSeconds: input.terminationGracePeriodSeconds ?? 30,
      topologySpreadConstraints: input.spread ? spread(input.selector) : undefined,
    },
  }) as { spec: { containers: Json[] } };
  if (input.preStopSeconds !== undefined && input.preStopSeconds > 0) {
    // Kubernetes 1.30; the typed schema does not know it
    rendered.spec.containers[0].lifecycle = { preStop: { sleep: { seconds: input.preStopSeconds } } };
  }
  return rendered;
}

function container(input: PodTemplateInput, volumes: Volume[]): k8s.Container {
  const quantity = (text: string) => k8s.Quantity.fromString(text);
  const [probePort] = Object.values(input.ports) as (number | undefined)[];
  const { cpu = DEFAULT_CPU, cpuLimit, memory = DEFAULT_MEMORY, memoryLimit = memory, gpuModel } = input;
  return {
    name: input.name,
    image: input.image,
    // a tag is trusted to stay what it is, so a node that has the image does not ask again
    imagePullPolicy: 'IfNotPresent',
    command: input.command,
    args: input.args,
    env: nonEmpty(
      inVariableOrder<k8s.EnvVar>([
        ...Object.entries(input.env ?? {}).map(([name, value]) => ({ name, value })),
        ...Object.entries(input.fieldEnv ?? {}).map(([name, fieldPath]) => ({
          name,
          valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath } },
        })),
        ...(input.secretEnv ?? []).map(({ name, secretName, key, optional }) => ({
          name,
          valueFrom: { secretKeyRef: { name: secretName, key, optional } },
        })),
      ]),
    ),
    ports: nonEmpty(
      Object.entries(input.ports).map(([name, containerPort]) => ({ name, containerPort, protocol: 'TCP' })),
    ),
    resources: {
      requests: { cpu: quantity(cpu), memory: quantity(memory) },
      limits: {
        ...(cpuLimit !== undefined ? { cpu: quantity(cpuLimit) } : {}),
        memory: quantity(memoryLimit),
        // an extended resource has one figure: the request is the limit
        ...(gpuModel ? { [gpuModel.resourceName]: k8s.Quantity.fromNumber(input.gpus ?? 1) } : {}),
      },
    },
    startupProbe: input.startupProbe?._render(probePort),
    livenessProbe: input.livenessProbe?._render(probePort),
    readinessProbe: input.readinessProbe?._render(probePort),
    securityContext: UNPRIVILEGED_CONTAINER,
    volumeMounts: volumes.map((volume) => volume._mount()),
  };
}

/** The volumes, with a `/tmp` that can be written unless one is among them. */
function withTmp({ volumes = [], tmpSize = '1Gi' }: PodProps): Volume[] {
  return volumes.some((volume) => volume.mountPath === '/tmp')
    ? volumes
    : [Volume.emptyDir('tmp', '/tmp', { size: tmpSize }), ...volumes];
}

function nodeSelector({ nodePool, gpuModel }: PodProps): { [key: string]: string } | undefined {
  if (nodePool === undefined && !gpuModel) return undefined;
  return {
    ...(nodePool !== undefined ? { [NODE_POOL_LABEL]: nodePool } : {}),
    ...(gpuModel ? { [GPU_PRODUCT_LABEL]: gpuModel.productLabel } : {}),
  };
}

function spread(matchLabels: { [key: string]: string }): k8s.TopologySpreadConstraint[] {
  return ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels },
  }));
}

function nonEmpty<T>(list: T[]): T[] | undefined {
  return list.length > 0 ? list : undefined;
}

/** Refuses what is malformed in what a user says of a pod. */
export function checkPod(where: IConstruct, props: PodProps): void {
  checkImage(where, props);
  const cpu = cpuQuantity(where, 'cpu', props.cpu ?? DEFAULT_CPU);
  const memory = byteQuantity(where, 'memory', props.memory ?? DEFAULT_MEMORY);
  if (props.cpuLimit !== undefined) {
    const value = cpuQuantity(where, 'cpuLimit', props.cpuLimit);
    checkOrder(where, { prop: 'cpu', given: props.cpu, value: cpu }, { prop: 'cpuLimit', given: value, value });
  }
  if (props.memoryLimit !== undefined) {
    const value = byteQuantity(where, 'memoryLimit', props.memoryLimit);
    checkOrder(
      where,
      { prop: 'memory', given: props.memory, value: memory },
      { prop: 'memoryLimit', given: value, value },
    );
  }
  if (props.tmpSize !== undefined) byteQuantity(where, 'tmpSize', props.tmpSize);
  checkWhole(where, 'gpus', props.gpus, 1, 1024, 'give the GPUs of one pod');
  if (props.gpus !== undefined && !props.gpuModel) {
    fail(where, 'gpuModel', 'must come with gpus', undefined, 'name the model, such as GpuModel.T4');
  }
  checkWhole(
    where,
    'runAsUser',
    props.runAsUser,
    1,
    2 ** 31 - 1,
    'give a user other than root (0), which Pod Security restricted refuses',
  );
  checkWhole(where, 'fsGroup', props.fsGroup, 1, 2 ** 31 - 1, 'give the group that owns the volumes');
  checkWhole(where, 'terminationGracePeriodSeconds', props.terminationGracePeriodSeconds, 1, 86_400, 'give seconds');
  checkVolumes(where, props.volumes ?? []);
}

function checkImage(where: IConstruct, { image, imagePullSecrets = [] }: PodProps): void {
  pinnedImage(where, 'image', image);
  imagePullSecrets.forEach((secret) => dnsLabel(where, 'imagePullSecrets', secret));
}

function checkVolumes(where: IConstruct, volumes: Volume[]): void {
  const names = new Set<string>(volumes.some((volume) => volume.mountPath === '/tmp') ? [] : ['tmp']);
  const paths = new Set<string>();
  for (const { name, mountPath } of volumes) {
    if (names.has(name)) fail(where, 'volumes', 'must have names of their own', name, 'rename one of them');
    if (paths.has(mountPath)) {
      fail(where, 'volumes', 'must have mount paths of their own', mountPath, 'mount one of them elsewhere');
    }
    names.add(name);
    paths.add(mountPath);
  }
}

/**
 * Refuses a node pool or GPUs that the cluster cannot give.
 *
 * @param pods pods that run at the same time, at most
 */
export function checkPlacement(where: IConstruct, props: PodProps, cluster: ICluster, pods: number): void {
  const { nodePool, gpuModel, gpus = 1 } = props;
  const names = cluster.nodePools.map(({ name }) => name);
  if (nodePool !== undefined && !names.includes(nodePool)) {
    fail(where, 'nodePool', 'must name a pool of the cluster', nodePool, `use one of: ${names.join(', ')}`);
  }
  if (!gpuModel) return;
  const { productLabel } = gpuModel;
  const offered = cluster.capabilities.gpus;
  const pools = offered.filter((pool) => pool.productLabel === productLabel);
  if (pools.length === 0) {
    const models = [...new Set(offered.map((pool) => pool.productLabel))].sort().join(', ') || 'no GPUs at all';
    fail(
      where,
      'gpuModel',
      'must be one that the cluster has a node pool of',
      productLabel,
      `add a GpuPool of that model to the cluster; it offers ${models}`,
    );
  }
  const perNode = Math.max(...pools.map((pool) => pool.perNode));
  if (gpus > perNode) {
    fail(
      where,
      'gpus',
      `must be at most ${perNode} ${productLabel} per pod, since no node has more`,
      gpus,
      'ask for fewer and use more pods, or add a pool of larger nodes',
    );
  }
  const total = pools
    .filter((pool) => pool.perNode >= gpus)
    .reduce((sum, pool) => sum + Math.floor(pool.perNode / gpus) * Math.floor(pool.total / pool.perNode), 0);
  if (pods > total) {
    fail(
      where,
      'gpus',
      `must be for at most ${total} pods at a time, as many as the ${productLabel} pools hold with ${gpus} each`,
      pods,
      'run fewer pods at a time, or raise max of the pool (on Kind, workersPerPool)',
    );
  }
}
