import { StageType } from '../../api/generated/ml-workflow';
import { NO_NODE_METADATA } from '../../constructs/workloads/env';
import { CONTAINER_SECURITY } from '../../constructs/workloads/pod';
import { canonicalJson, inOrder } from '../../contracts/canonical-json';
import { devicesOf } from '../../contracts/devices';
import { lookup } from '../../contracts/lookup';
import { ZonePlacement, zoneTolerations } from '../ai-zone/placement';
import {
  CheckpointStore,
  CHECKPOINTS_FOLDER,
  inNamespace,
  Json,
  RUN_LABEL,
  StageAmounts,
  STAGE_LABEL,
  StagePlan,
  WORKFLOW_LABEL,
} from './plan';
import { RUN_NAME } from './variables';
import { checkVariables, inVariableOrder } from '../../contracts/variable-order';

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

/** What Argo runs for a stage. */
export interface StageTemplate {
  /** The Argo template, without name, retries and labels. */
  readonly template: Json;
  /** Arguments that the stage takes from the stages before. */
  readonly arguments?: Json;
  /** Expression by which an attempt is followed by another. @default - always */
  readonly retryExpression?: string;
  /** Resource of the objects that it makes and that may outlive its pod. @default - it makes none */
  readonly makes?: string;
}

/** What a container is made from. */
export interface StageContainer {
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env: readonly EnvVar[];
  readonly amounts: StageAmounts;
  /** User that it runs as. @default - that of the pod */
  readonly runAsUser?: number;
  /** Names of the programs' files that are mounted. */
  readonly programs?: readonly string[];
}

/** A container with a read-only root file system, `/tmp` and a workspace. */
export function container(plan: StagePlan, input: StageContainer): Json {
  return {
    image: input.image,
    ...(input.command && input.command.length > 0 ? { command: input.command } : {}),
    ...(input.args && input.args.length > 0 ? { args: input.args } : {}),
    env: input.env,
    resources: containerResources(input.amounts),
    securityContext: {
      ...CONTAINER_SECURITY,
      ...(input.runAsUser === undefined ? {} : { runAsUser: input.runAsUser }),
    },
    volumeMounts: [
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'workspace', mountPath: WORKSPACE },
      ...(input.programs ? [{ name: 'programs', mountPath: PROGRAMS, readOnly: true }] : []),
      ...(devicesOf(input.amounts).length > 0 ? [{ name: 'shared-memory', mountPath: '/dev/shm' }] : []),
      ...checkpointMounts(plan.checkpoints),
    ],
  };
}

/** The rest of the pod: its volumes and where it may run. */
export function podOf(plan: StagePlan, input: StageContainer): Json {
  const devices = devicesOf(input.amounts);
  return {
    volumes: [
      { name: 'tmp', emptyDir: { sizeLimit: '10Gi' } },
      { name: 'workspace', emptyDir: { sizeLimit: '50Gi' } },
      ...(input.programs
        ? [
            {
              name: 'programs',
              configMap: { name: plan.programs.name, items: input.programs.map((key) => ({ key, path: key })) },
            },
          ]
        : []),
      // data loaders of a training hand their batches over through it
      ...(devices.length > 0 ? [{ name: 'shared-memory', emptyDir: { medium: 'Memory', sizeLimit: '2Gi' } }] : []),
      ...checkpointVolumes(plan.checkpoints),
    ],
    ...tolerations(plan.zone, devices),
    podSpecPatch: STAGE_POD,
  };
}

/** `resources` of a container: CPU may be exceeded while no one else wants it; memory and devices may not. */
export function containerResources(amounts: StageAmounts): object {
  const limits = Object.fromEntries(Object.entries(amounts).filter(([resource]) => resource !== 'cpu'));
  return { requests: { ...amounts }, limits };
}

/** The nodes of the zone, for pods that Argo does not make. */
export function placement(zone: ZonePlacement | undefined, devices: readonly string[]): Json {
  return { ...(zone?.nodeSelector ? { nodeSelector: zone.nodeSelector } : {}), ...tolerations(zone, devices) };
}

/** What a pod with these devices tolerates; Argo gives its pods the node selector of the workflow. */
export function tolerations(zone: ZonePlacement | undefined, devices: readonly string[]): Json {
  const tolerated = zoneTolerations(zone, devices);
  return tolerated.length > 0 ? { tolerations: tolerated } : {};
}

/** The volume with the state of stages, where they keep it in one. */
export function checkpointVolumes(store: CheckpointStore | undefined): object[] {
  return store?.claim ? [{ name: 'checkpoints', persistentVolumeClaim: { claimName: store.claim.name } }] : [];
}

/** Its mount. */
export function checkpointMounts(store: CheckpointStore | undefined): object[] {
  if (!store?.claim) return [];
  const { folder } = store.claim;
  return [{ name: 'checkpoints', mountPath: CHECKPOINTS_FOLDER, ...(folder === undefined ? {} : { subPath: folder }) }];
}

/** An environment variable of a container. */
export interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: object;
}

/** Stages whose programs keep state. */
const WITH_STATE: readonly StageType[] = [StageType.ML_TRAINING, StageType.PYTHON_JOB, StageType.CONTAINER];

/**
 * The environment of a stage's program. What the stage sets itself wins over what the platform sets, but for the names of the run.
 *
 * @param own variables of this type of stage
 */
export function environment(plan: StagePlan, own: Readonly<Record<string, string>> = {}): EnvVar[] {
  const { name, namespace, stage, settings, checkpoints, artifacts } = plan;
  const state: Record<string, string> =
    checkpoints && WITH_STATE.includes(stage.type)
      ? {
          CHECKPOINT_PATH: `${checkpoints.root}/${RUN_NAME}/${stage.name}`,
          CHECKPOINT_INTERVAL_SECONDS: String(checkpoints.interval),
        }
      : {};
  const plain = {
    HOME: '/tmp',
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONUNBUFFERED: '1',
    ...NO_NODE_METADATA,
    ...inOrder(settings.env),
    ...(plan.tracking ? { MLFLOW_TRACKING_URI: plan.tracking.uri } : {}),
    ...(artifacts ? { ARTIFACTS_URI: `s3://${artifacts.bucket}/${artifacts.folder}/files` } : {}),
    ...state,
    ...inOrder(stage.config.environment ?? {}),
    ...own,
    ...runVariables(plan),
    WORKFLOW_NAME: name,
    WORKFLOW_NAMESPACE: namespace,
    WORKFLOW_RUN: RUN_NAME,
    WORKFLOW_STAGE: stage.name,
  };
  const secrets = settings.secretEnv.filter((secret) => lookup(stage.config.environment, secret.name) === undefined);
  const asked = Object.entries(stage.config.environment ?? {}).map(([variable, value]) => ({ name: variable, value }));
  checkVariables(plan.scope, `stages[${plan.index}].config.environment`, asked);
  return inVariableOrder<EnvVar>([
    ...Object.entries(plain)
      .filter(([variable]) => !secrets.some((secret) => secret.name === variable))
      .map(([variable, value]) => ({ name: variable, value })),
    ...secrets.map((secret) => ({
      name: secret.name,
      valueFrom: {
        secretKeyRef: {
          name: secret.secretName,
          key: secret.key,
          ...(secret.optional === undefined ? {} : { optional: secret.optional }),
        },
      },
    })),
  ]);
}

/**
 * What MLflow's client reads: the experiment, and the tags and the name that each run gets, so that a program needs to know of nothing
 * but MLflow. All namespaces have one MLflow, so each of these has the namespace.
 *
 * Source: https://github.com/mlflow/mlflow/blob/master/mlflow/tracking/context/system_environment_context.py
 */
function runVariables({ tracking, name, namespace, stage }: StagePlan): Record<string, string> {
  if (!tracking) return {};
  return {
    MLFLOW_EXPERIMENT_NAME: tracking.experiment,
    MLFLOW_RUN_CONTEXT: JSON.stringify({
      [RUN_LABEL]: inNamespace(namespace, RUN_NAME),
      [WORKFLOW_LABEL]: inNamespace(namespace, name),
      [STAGE_LABEL]: stage.name,
      'mlflow.runName': `${RUN_NAME}.${stage.name}`,
    }),
  };
}

/** An object that a stage makes or changes, and how it is known that its work is done. */
interface StageResource {
  readonly action: 'create' | 'patch';
  readonly manifest: Json;
  /** Requirements on fields of the object that all hold when it is done, as Argo writes them. */
  readonly success: string;
  /** Requirements of which one holds when it failed. */
  readonly failure: string;
}

/**
 * The Argo template that makes an object and waits for it. It runs as an account of its own, which may do that; the object belongs to
 * the run and goes with it.
 */
export function resourceTemplate({ settings, zone }: StagePlan, resource: StageResource): Json {
  return {
    serviceAccountName: settings.resourceServiceAccountName,
    resource: {
      action: resource.action,
      ...(resource.action === 'create' ? { setOwnerReference: true } : { mergeStrategy: 'merge' }),
      manifest: canonicalJson(resource.manifest),
      successCondition: resource.success,
      failureCondition: resource.failure,
    },
    ...tolerations(zone, []),
    podSpecPatch: RESOURCE_POD,
  };
}

/**
 * The token of the stage's account, for Argo's own containers in a pod in which a program of a user runs. As fields of the workflow this
 * would take a second account with a token in a Secret, which has no end.
 *
 * Source: https://github.com/argoproj/argo-workflows/blob/v4.0.6/workflow/controller/workflowpod.go (setupServiceAccount)
 */
const EXECUTOR_TOKEN = {
  name: 'executor-token',
  projected: {
    defaultMode: 0o444,
    sources: [
      { serviceAccountToken: { path: 'token', expirationSeconds: 3607 } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      { downwardAPI: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
    ],
  },
} as const;
const EXECUTOR_TOKEN_MOUNT = {
  name: EXECUTOR_TOKEN.name,
  mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
  readOnly: true,
};

/** Argo's own containers in the pod of a stage's program, and the token that only they have. */
const STAGE_POD = JSON.stringify({
  automountServiceAccountToken: false,
  volumes: [EXECUTOR_TOKEN],
  initContainers: [executorContainer('init', [EXECUTOR_TOKEN_MOUNT])],
  containers: [executorContainer('wait', [EXECUTOR_TOKEN_MOUNT])],
});

/** Argo's own containers in the pod of such a template. */
export const RESOURCE_POD = JSON.stringify({
  initContainers: [executorContainer('init')],
  containers: [executorContainer('main')],
});

/** `metadata` of an object of which each attempt makes its own. */
export function generatedMetadata({ name, stage, labels }: StagePlan): Json {
  return {
    generateName: `${shortName(name, 20)}-${shortName(stage.name, 18)}-`,
    labels: { ...labels, [RUN_LABEL]: RUN_NAME },
  };
}

/**
 * The start of a name. With the five characters that the API server adds it is short enough for the names of pods of a JobSet:
 * `<name>-node-0-1023-xxxxx`.
 */
function shortName(name: string, length: number): string {
  const short = name.slice(0, length).replace(/-+$/, '');
  return /^[a-z]/.test(short) ? short : `w${short}`.slice(0, length).replace(/-+$/, '');
}

/**
 * Argo's own containers, as the level `restricted` and a read-only root file system ask for, whatever the controller's
 * configuration says. After the patch Argo gives each of them a `/tmp`, but for the one that begins; a second one would make the pod
 * invalid. The volume is one that Argo adds to every pod.
 *
 * Source: https://github.com/argoproj/argo-workflows/blob/v4.0.6/workflow/controller/workflowpod.go
 */
function executorContainer(name: 'init' | 'wait' | 'main', mounts: readonly Json[] = []): Json {
  const volumeMounts = [
    ...(name === 'init' ? [{ name: 'tmp-dir-argo', mountPath: '/tmp', subPath: name }] : []),
    ...mounts,
  ];
  return {
    name,
    securityContext: CONTAINER_SECURITY,
    ...(volumeMounts.length > 0 ? { volumeMounts } : {}),
  };
}
