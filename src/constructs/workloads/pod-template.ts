import { k8s } from 'cdk8s-plus-28';
import { SecretVariable } from '../../contracts/backing-service';
import { UNPRIVILEGED_CONTAINER } from './container-security';
import { GpuRequest } from './gpu-request';
import { Probe } from './probe';
import { Volume } from './volume';

/** What a pod of one container is made from. Everything is checked already. */
export interface PodTemplateInput {
  /** Name of the container. */
  readonly name: string;
  /** Labels of the pod. */
  readonly labels: { [key: string]: string };
  /** The labels that the workload's selector asks for; topology spread counts the pods that have them. */
  readonly selector: { [key: string]: string };
  readonly serviceAccountName: string;
  readonly image: string;
  readonly command?: string[];
  readonly args?: string[];
  readonly variables: { [name: string]: string };
  readonly secretVariables: SecretVariable[];
  /** Container ports by name; the first is the one that probes ask by default. */
  readonly ports: { [name: string]: number };
  readonly cpu: string;
  readonly cpuLimit?: string;
  readonly memory: string;
  readonly memoryLimit?: string;
  readonly gpu?: GpuRequest;
  readonly startupProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  /** Volumes beside `/tmp`. */
  readonly volumes: Volume[];
  /** Size of `/tmp`. */
  readonly tmpSize: string;
  readonly runAsUser?: number;
  readonly fsGroup?: number;
  readonly nodePool?: string;
  readonly priorityClassName?: string;
  readonly terminationGracePeriodSeconds: number;
  /** Seconds that a container keeps serving after it was told to stop. */
  readonly preStopSeconds?: number;
  /** Whether pods are spread over zones and hosts, as far as that is possible. */
  readonly spread: boolean;
  /** Set for pods that end. */
  readonly restartPolicy?: 'Never' | 'OnFailure';
}

/** A piece of JSON. */
export type Json = { [key: string]: unknown };

/**
 * A pod template that meets the Pod Security Standard `restricted` and has a read-only root file system.
 *
 * It is rendered to plain JSON here, not by the typed object: that one would drop what a JSON patch adds in plain JSON
 * (quantities, ports) and every field that is newer than its schema.
 */
export function podTemplate(input: PodTemplateInput): Json {
  const rendered = k8s.toJson_PodTemplateSpec({
    metadata: { labels: input.labels },
    spec: {
      serviceAccountName: input.serviceAccountName,
      // a workload identity brings a token of its own; the API server is nobody's backing service
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      restartPolicy: input.restartPolicy,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: input.runAsUser,
        fsGroup: input.fsGroup,
        fsGroupChangePolicy: input.fsGroup !== undefined ? 'OnRootMismatch' : undefined,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [container(input)],
      volumes: volumesOf(input).map((volume) => volume._volume()),
      nodeSelector: nodeSelector(input),
      tolerations: input.gpu && [{ key: input.gpu.model.resourceName, operator: 'Exists', effect: 'NoSchedule' }],
      priorityClassName: input.priorityClassName,
      terminationGracePeriodSeconds: input.terminationGracePeriodSeconds,
      topologySpreadConstraints: input.spread ? spread(input.selector) : undefined,
    },
  }) as { spec: { containers: Json[] } };
  if (input.preStopSeconds !== undefined && input.preStopSeconds > 0) {
    // Kubernetes 1.30; the typed schema does not know it
    rendered.spec.containers[0].lifecycle = { preStop: { sleep: { seconds: input.preStopSeconds } } };
  }
  return rendered;
}

function container(input: PodTemplateInput): k8s.Container {
  const quantity = (text: string) => k8s.Quantity.fromString(text);
  const probePort = Object.values(input.ports)[0] as number | undefined;
  return {
    name: input.name,
    image: input.image,
    // a tag is trusted to stay what it is, so a node that has the image does not ask again
    imagePullPolicy: 'IfNotPresent',
    command: input.command,
    args: input.args,
    env: variables(input),
    ports: nonEmpty(
      Object.entries(input.ports).map(([name, containerPort]) => ({ name, containerPort, protocol: 'TCP' })),
    ),
    resources: {
      requests: { cpu: quantity(input.cpu), memory: quantity(input.memory) },
      limits: {
        ...(input.cpuLimit !== undefined ? { cpu: quantity(input.cpuLimit) } : {}),
        memory: quantity(input.memoryLimit ?? input.memory),
        // an extended resource has one figure: the request is the limit
        ...(input.gpu ? { [input.gpu.model.resourceName]: k8s.Quantity.fromNumber(input.gpu.count) } : {}),
      },
    },
    startupProbe: input.startupProbe?._render(probePort),
    livenessProbe: input.livenessProbe?._render(probePort),
    readinessProbe: input.readinessProbe?._render(probePort),
    securityContext: UNPRIVILEGED_CONTAINER,
    volumeMounts: volumesOf(input).map((volume) => volume._mount()),
  };
}

function variables(input: PodTemplateInput): k8s.EnvVar[] | undefined {
  return nonEmpty([
    ...Object.entries(input.variables).map(([name, value]) => ({ name, value })),
    ...input.secretVariables.map(({ name, secretName, key, optional }) => ({
      name,
      valueFrom: { secretKeyRef: { name: secretName, key, optional } },
    })),
  ]);
}

/** The volumes, with a `/tmp` that can be written unless one is among them. */
function volumesOf(input: PodTemplateInput): Volume[] {
  return input.volumes.some((volume) => volume.mountPath === '/tmp')
    ? input.volumes
    : [Volume.emptyDir('tmp', '/tmp', { size: input.tmpSize }), ...input.volumes];
}

function nodeSelector(input: PodTemplateInput): { [key: string]: string } | undefined {
  if (input.nodePool === undefined && !input.gpu) return undefined;
  return {
    ...(input.nodePool !== undefined ? { 'nstarx.io/node-pool': input.nodePool } : {}),
    ...(input.gpu ? { 'nvidia.com/gpu.product': input.gpu.model.productLabel } : {}),
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
