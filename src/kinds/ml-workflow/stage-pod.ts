import { checkpointMounts, checkpointVolumes } from './checkpoint-store';
import { Json, StageContext } from './stage-context';
import { containerResources, devicesOf, StageResources } from './stage-resources';
import { Variable } from './stage-environment';
import { CONTAINER_SECURITY } from '../../constructs/workloads/container-security';
import { zoneTolerations } from '../ai-zone/placement';

/** Where a container of a stage has its files. */
export const WORKSPACE = '/workspace';
/** Where the programs are. */
export const PROGRAMS = '/programs';
/** Where a stage writes its figures, as JSON. */
export const METRICS_FILE = `${WORKSPACE}/metrics.json`;

/** What a pod of Pod Security level `restricted` says of all its containers. Images of users are often made for root. */
export const POD_SECURITY = {
  runAsNonRoot: true,
  runAsUser: 1000,
  runAsGroup: 1000,
  fsGroup: 1000,
  fsGroupChangePolicy: 'OnRootMismatch',
  seccompProfile: { type: 'RuntimeDefault' },
} as const;

/** What a container is made from. */
export interface StageContainer {
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env: readonly Variable[];
  readonly resources: StageResources;
  /** Names of the programs' ConfigMap that are mounted. */
  readonly programs?: readonly string[];
}

/** A container with a read-only root file system, `/tmp` and a workspace. */
export function container(context: StageContext, input: StageContainer): Json {
  return {
    image: input.image,
    ...(input.command && input.command.length > 0 ? { command: input.command } : {}),
    ...(input.args && input.args.length > 0 ? { args: input.args } : {}),
    env: input.env,
    resources: containerResources(input.resources),
    securityContext: CONTAINER_SECURITY,
    volumeMounts: [
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'workspace', mountPath: WORKSPACE },
      ...(input.programs ? [{ name: 'programs', mountPath: PROGRAMS, readOnly: true }] : []),
      ...(devicesOf(input.resources).length > 0 ? [{ name: 'shared-memory', mountPath: '/dev/shm' }] : []),
      ...checkpointMounts(context.checkpoints),
    ],
  };
}

/** The rest of the pod: its volumes and where it may run. */
export function podOf(context: StageContext, input: StageContainer): Json {
  const devices = devicesOf(input.resources);
  const tolerated = zoneTolerations(context.zone, devices);
  return {
    volumes: [
      { name: 'tmp', emptyDir: { sizeLimit: '10Gi' } },
      { name: 'workspace', emptyDir: { sizeLimit: '50Gi' } },
      ...(input.programs
        ? [
            {
              name: 'programs',
              configMap: { name: context.programs, items: input.programs.map((key) => ({ key, path: key })) },
            },
          ]
        : []),
      // data loaders of a training hand their batches over through it
      ...(devices.length > 0 ? [{ name: 'shared-memory', emptyDir: { medium: 'Memory', sizeLimit: '2Gi' } }] : []),
      ...checkpointVolumes(context.checkpoints),
    ],
    ...(tolerated.length > 0 ? { tolerations: tolerated } : {}),
    podSpecPatch: JSON.stringify({
      initContainers: [executorContainer('init')],
      containers: [executorContainer('wait')],
    }),
  };
}

/**
 * Argo's own containers, as the level `restricted` and a read-only root file system ask for, whatever the controller's
 * configuration says. After the patch Argo gives each of them a `/tmp`, but for the one that begins; a second one would make the pod
 * invalid. The volume is one that Argo adds to every pod.
 *
 * Source: https://github.com/argoproj/argo-workflows/blob/v4.0.6/workflow/controller/workflowpod.go
 */
export function executorContainer(name: 'init' | 'wait' | 'main'): Json {
  return {
    name,
    securityContext: CONTAINER_SECURITY,
    ...(name === 'init' ? { volumeMounts: [{ name: 'tmp-dir-argo', mountPath: '/tmp', subPath: name }] } : {}),
  };
}
