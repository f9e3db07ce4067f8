import { contentHash } from '../../contracts/content-hash';
import { deviceTolerations } from '../../contracts/devices';
import { PLATFORM_GROUP } from '../../contracts/names';
import { NO_NODE_METADATA } from '../../constructs/workloads/env';
import { podTemplate } from '../../constructs/workloads/pod';
import { Probe } from '../../constructs/workloads/probe';
import { CLAIM_DIRECTORY } from './artifact';
import { amountOf, Amounts, DeploymentPlan, Json, PORT } from './plan';

/** Name of the container that serves. */
export const MODEL_CONTAINER = 'inference';

/** The annotation that tells of which content the Deployment is, so that a roll-out can be told to be over. */
export const CONTENT_ANNOTATION = `${PLATFORM_GROUP}/content`;

/** The annotation of the pods with a hash of the ConfigMap: a change of it replaces them. */
const CONFIGURATION_ANNOTATION = `${PLATFORM_GROUP}/configuration`;
/** Annotations of the pods that are files in them. */
const BASELINE_ANNOTATION = `${PLATFORM_GROUP}/drift-baseline`;
const PUBLIC_KEY_ANNOTATION = `${PLATFORM_GROUP}/artifact-public-key`;

/** Where these files are. */
const FILES_DIRECTORY = '/etc/inference';
const BASELINE_FILE = 'drift-baseline.json';
const PUBLIC_KEY_FILE = 'artifact.pub';

/** Seconds in which the Gateway and other clients learn that a pod is going, while it still answers. */
const PRE_STOP_SECONDS = 10;
/** Seconds in which the process ends that has answered its last request. */
const EXIT_SECONDS = 5;

/** Seconds until a pod's container starts: its image is pulled, and with a GPU a node is started first, and the image has some GB. */
const PULL_SECONDS = { cpu: 300, device: 1200 };

const STARTUP_PERIOD_SECONDS = 5;
const MEBIBYTE = 2 ** 20;

/** The ServiceAccount of a service that has none of the platform's. */
export function serviceAccount({ childName, serviceAccountName, settings }: DeploymentPlan): Json | undefined {
  if (serviceAccountName !== childName) return undefined;
  const { secretName } = settings.registry ?? {};
  return {
    automountServiceAccountToken: false,
    ...(secretName === undefined ? {} : { imagePullSecrets: [{ name: secretName }] }),
  };
}

/**
 * How the service works, whichever version of the model it has. What belongs to a version is in its pods: a pod that starts again while another
 * version is rolled out must not take that one's model.
 */
export function configMap(plan: DeploymentPlan): Json {
  return { data: configuration(plan) };
}

function configuration({ artifact, serving: { batching = {} }, timeoutSeconds, startupSeconds }: DeploymentPlan): {
  readonly [name: string]: string;
} {
  const { maxSize, waitMilliseconds, maxQueue } = batching;
  const variables: { readonly [name: string]: string | number | undefined } = {
    INFERENCE_TIMEOUT_SECONDS: timeoutSeconds,
    // what it has accepted, it answers before it ends
    INFERENCE_STOP_TIMEOUT_SECONDS: timeoutSeconds,
    // the rest is for loading what was fetched
    INFERENCE_FETCH_TIMEOUT_SECONDS: artifact.uri === undefined ? undefined : Math.floor(startupSeconds * 0.8),
    INFERENCE_MAX_BATCH_SIZE: maxSize,
    INFERENCE_BATCH_WAIT_MS: waitMilliseconds,
    INFERENCE_MAX_QUEUE: maxQueue,
    ...(artifact.fromBucket ? NO_NODE_METADATA : {}),
    ...artifact.env,
  };
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
}

/** Variables that belong to the version of the model. */
function versionVariables(plan: DeploymentPlan): { readonly [name: string]: string } {
  const { model } = plan.spec;
  const { artifact, settings, limits, requests } = plan;
  const variables: { readonly [name: string]: string | undefined } = {
    MODEL_NAME: model.name,
    MODEL_VERSION: model.version,
    MODEL_FRAMEWORK: model.framework,
    MODEL_URI: artifact.uri,
    MODEL_SHA256: model.artifact?.sha256,
    MODEL_PUBLIC_KEY_FILE: publicKeyOf(plan) === undefined ? undefined : `${FILES_DIRECTORY}/${PUBLIC_KEY_FILE}`,
    // a thread for each CPU that it has, begun ones too; more would wait for each other
    INFERENCE_THREADS: String(Math.max(1, Math.ceil(amountOf(limits.cpu ?? requests.cpu ?? settings.cpu)))),
    // what is larger than its memory it cannot load
    INFERENCE_MAX_ARTIFACT_BYTES: artifact.uri === undefined ? undefined : String(artifactBytes(plan)),
    INFERENCE_DRIFT_BASELINE: baselineOf(plan) === undefined ? undefined : `${FILES_DIRECTORY}/${BASELINE_FILE}`,
  };
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function artifactBytes({ limits }: DeploymentPlan): number {
  return Math.floor(amountOf(limits.memory));
}

/** The histograms of the training data in the form of `drift_baseline.py`. */
function baselineOf({ spec, monitored }: DeploymentPlan): string | undefined {
  const features = spec.drift?.baseline ?? [];
  if (!monitored || features.length === 0) return undefined;
  return JSON.stringify({ format: 1, rows: rowsOf(features), features });
}

/** Rows that the histograms were made from, as far as they tell. */
export function rowsOf(features: readonly { readonly counts: readonly number[] }[]): number {
  return Math.max(0, ...features.map(({ counts }) => counts.reduce((sum, count) => sum + count, 0)));
}

/** An image is verified when its pod is admitted, with the model in it; an artifact is by the service that fetches it. */
function publicKeyOf({ artifact, settings }: DeploymentPlan): string | undefined {
  return artifact.uri === undefined ? undefined : settings.artifactPublicKey;
}

/** The spec of the Deployment, but for what an autoscaler has. */
export function deploymentSpec(plan: DeploymentPlan, template: Json): Json {
  const { minReplicas, maxReplicas, selector, startupSeconds, devices } = plan;
  const pull = devices.length > 0 ? PULL_SECONDS.device : PULL_SECONDS.cpu;
  return {
    // the autoscaler owns the number of pods where there is one
    ...(maxReplicas > minReplicas ? {} : { replicas: minReplicas }),
    revisionHistoryLimit: 3,
    // longer than a pod may take, so that no roll-out counts as failed that would succeed
    progressDeadlineSeconds: pull + startupSeconds + 60,
    selector: { matchLabels: selector },
    strategy: strategyOf(plan),
    template,
  };
}

/**
 * A pod more comes before one goes. Where each has a GPU and there are several, one goes before: a GPU more may be nowhere, neither in the
 * quota nor in the pool, and then no roll-out would ever end. A single one with a GPU is not stopped before its successor answers: where there
 * is no second GPU, the roll-out fails at its deadline and the old one goes on, or the spec says `Recreate`.
 */
function strategyOf({ serving, devices, minReplicas }: DeploymentPlan): Json {
  if (serving.strategy === 'Recreate') return { type: 'Recreate' };
  const inPlace = devices.length > 0 && minReplicas > 1;
  return { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: inPlace ? 1 : 0, maxSurge: inPlace ? 0 : 1 } };
}

/** The pods. */
export function template(plan: DeploymentPlan): Json {
  const { spec, settings, serving, selector, labels, requests, limits, timeoutSeconds, startupSeconds, devices } = plan;
  const { model } = spec;
  const rendered = podTemplate({
    name: MODEL_CONTAINER,
    labels: { ...labels, model_name: labelValue(model.name), model_version: labelValue(model.version) },
    selector,
    serviceAccountName: plan.serviceAccountName,
    image: plan.image,
    runAsUser: serving.runAsUser,
    ports: { http: PORT },
    cpu: requests.cpu,
    memory: requests.memory,
    memoryLimit: limits.memory,
    env: versionVariables(plan),
    secretEnv: [...plan.artifact.secretEnv],
    startupProbe: Probe.http('/ready', {
      periodSeconds: STARTUP_PERIOD_SECONDS,
      timeoutSeconds: 5,
      failureThreshold: Math.ceil(startupSeconds / STARTUP_PERIOD_SECONDS),
    }),
    // as patient as a busy process needs: one that is killed for being busy makes the others busier
    livenessProbe: Probe.http('/health', { periodSeconds: 20, timeoutSeconds: 10, failureThreshold: 6 }),
    readinessProbe: Probe.http('/ready', { timeoutSeconds: 5 }),
    volumes: [],
    tmpSize: tmpSize(plan),
    // the last request that it accepted has its whole time
    terminationGracePeriodSeconds: PRE_STOP_SECONDS + timeoutSeconds + EXIT_SECONDS,
    preStopSeconds: PRE_STOP_SECONDS,
    priorityClassName: settings.priorityClassName,
    spread: true,
  }) as PodTemplate;
  const [container] = rendered.spec.containers;
  container.envFrom = [{ configMapRef: { name: plan.childName } }];
  container.resources = { requests: withoutExtended(requests), limits };
  // why it ends is then in the status of the ModelDeployment
  container.terminationMessagePolicy = 'FallbackToLogsOnError';
  if (devices.length > 0) rendered.spec.tolerations = deviceTolerations(devices);
  const { nodeSelector = {} } = serving;
  if (Object.keys(nodeSelector).length > 0) rendered.spec.nodeSelector = { ...nodeSelector };
  addClaim(rendered, plan);
  addFiles(rendered, plan);
  rendered.metadata.annotations = {
    ...rendered.metadata.annotations,
    [CONFIGURATION_ANNOTATION]: contentHash(configuration(plan)),
  };
  return rendered;
}

interface PodTemplate {
  [field: string]: unknown;
  metadata: { annotations?: { [name: string]: string } };
  spec: {
    containers: { [field: string]: unknown; volumeMounts?: unknown[] }[];
    volumes?: unknown[];
    tolerations?: unknown;
    nodeSelector?: unknown;
  };
}

function withoutExtended(amounts: Amounts): Json {
  // the request of an extended resource is its limit
  return Object.fromEntries(Object.entries(amounts).filter(([resource]) => !resource.includes('/')));
}

/** What is fetched is kept there, and is no larger than the memory that it is loaded into. */
function tmpSize(plan: DeploymentPlan): string {
  const { artifact } = plan;
  const fetched = artifact.uri !== undefined && artifact.claimName === undefined;
  return fetched ? `${1024 + Math.ceil(artifactBytes(plan) / MEBIBYTE)}Mi` : '1Gi';
}

function addClaim({ spec }: PodTemplate, { artifact: { claimName } }: DeploymentPlan): void {
  if (claimName === undefined) return;
  const [container] = spec.containers;
  spec.volumes = [...(spec.volumes ?? []), { name: 'model', persistentVolumeClaim: { claimName, readOnly: true } }];
  container.volumeMounts = [
    ...(container.volumeMounts ?? []),
    { name: 'model', mountPath: CLAIM_DIRECTORY, readOnly: true },
  ];
}

/** Small files of the version, as annotations of its pods: they stay as they are while another version is rolled out. */
function addFiles({ metadata, spec }: PodTemplate, plan: DeploymentPlan): void {
  const files = [
    { path: BASELINE_FILE, annotation: BASELINE_ANNOTATION, content: baselineOf(plan) },
    { path: PUBLIC_KEY_FILE, annotation: PUBLIC_KEY_ANNOTATION, content: publicKeyOf(plan) },
  ].flatMap(({ path, annotation, content }) => (content === undefined ? [] : [{ path, annotation, content }]));
  if (files.length === 0) return;
  metadata.annotations = Object.fromEntries(files.map(({ annotation, content }) => [annotation, content]));
  const items = files.map(({ path, annotation }) => ({
    path,
    fieldRef: { fieldPath: `metadata.annotations['${annotation}']` },
  }));
  spec.volumes = [...(spec.volumes ?? []), { name: 'files', downwardAPI: { items } }];
  const [container] = spec.containers;
  container.volumeMounts = [
    ...(container.volumeMounts ?? []),
    { name: 'files', mountPath: FILES_DIRECTORY, readOnly: true },
  ];
}

/** A label's value: versions may have a plus sign, which labels may not. */
export function labelValue(text: string): string {
  return text
    .replace(/[^A-Za-z0-9._-]/g, '_')
    .slice(0, 63)
    .replace(/[^A-Za-z0-9]+$/, '');
}
