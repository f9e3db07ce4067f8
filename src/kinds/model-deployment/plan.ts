import { IConstruct } from 'constructs';
import { Autoscaling, ComputeResources, DriftMethod } from '../../api/generated/shared';
import { checkOrder } from '../../contracts/bounds';
import { devicesOf } from '../../contracts/devices';
import { PLATFORM_GROUP } from '../../contracts/names';
import { GatewaySettings, ScraperSettings } from '../../contracts/network';
import { parseQuantity } from '../../contracts/quantity';
import { DriftFeature } from '../ai-model/plan';
import { CHILD, childName, objectLabels, ownLabel } from '../child-names';
import { ArtifactSource, artifactSource } from './artifact';
import { ModelDeploymentSettings, ModelRollbackSettings, settingsIn } from './settings';

/** An object or a part of one, as JSON. */
export type Json = { readonly [field: string]: unknown };

/** What of a ModelDeployment's spec its objects are made from, in the spelling of the object. */
export interface ServedSpec {
  readonly model: ServedModel;
  readonly metrics?: { readonly latency_p95_ms?: number };
  readonly drift?: { readonly method?: DriftMethod; readonly baseline?: readonly DriftFeature[] };
  readonly serving?: ServingSpec;
  readonly monitoring?: MonitoringSpec;
}

/** `spec.model`, as far as it is served. */
export interface ServedModel {
  readonly name: string;
  readonly version: string;
  readonly framework?: string;
  readonly description?: string;
  readonly owner?: string;
  readonly card?: string;
  readonly artifact?: { readonly uri: string; readonly sha256?: string };
}

/** `spec.serving`. */
export interface ServingSpec {
  readonly image?: string;
  readonly runAsUser?: number;
  readonly replicas?: number;
  readonly resources?: ComputeResources;
  readonly autoscaling?: Autoscaling;
  /** `RollingUpdate` or `Recreate`. */
  readonly strategy?: string;
  readonly nodeSelector?: { readonly [label: string]: string };
  readonly modelInImage?: boolean;
  readonly timeoutSeconds?: number;
  readonly startupSeconds?: number;
  readonly rollback?: ModelRollbackSettings & { readonly enabled?: boolean };
  readonly batching?: { readonly maxSize?: number; readonly waitMilliseconds?: number; readonly maxQueue?: number };
}

/** `spec.monitoring`. */
export interface MonitoringSpec {
  readonly enabled?: boolean;
  readonly latencyP99?: string;
  readonly errorRatio?: number;
}

/** Options of the objects of a ModelDeployment. */
export interface ModelDeploymentObjectsProps {
  /** Name of the ModelDeployment, a DNS label. */
  readonly name: string;
  /** Namespace of its objects. */
  readonly namespace: string;
  /** Its spec. */
  readonly spec: ServedSpec;
  /** Image of the service, with a digest or a tag other than `latest`. */
  readonly image: string;
  /** What the platform has for services of models. */
  readonly settings: ModelDeploymentSettings;
  /** Pods that scrape metrics. */
  readonly scraper: ScraperSettings;
  /**
   * The Gateway that it is reached through, as `<name>--<namespace>.<domain>`.
   *
   * @default - it is reached inside the cluster only
   */
  readonly gateway?: GatewaySettings;
}

/** What all objects of a ModelDeployment are made from. It is built once. */
export interface DeploymentPlan extends ModelDeploymentObjectsProps {
  /** Name of its objects. */
  readonly childName: string;
  /** Labels of all objects. */
  readonly labels: { readonly [key: string]: string };
  /** The labels by which its pods are found. */
  readonly selector: { readonly [key: string]: string };
  readonly serving: ServingSpec;
  readonly artifact: ArtifactSource;
  readonly serviceAccountName: string;
  /** Smallest and largest number of replicas. */
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** What each replica requests, and may use at most. */
  readonly requests: Amounts;
  readonly limits: Amounts;
  /** Names of the devices that each replica asks for. */
  readonly devices: readonly string[];
  readonly timeoutSeconds: number;
  readonly startupSeconds: number;
  readonly monitored: boolean;
}

/** Quantities by resource. */
export interface Amounts {
  readonly cpu?: string;
  readonly memory: string;
  readonly [resource: string]: string | undefined;
}

/** The port that the service listens on. */
export const PORT = 8080;

/** The value of the label `nstarx.io/component` of model servers; `PlatformMonitors` looks for it. */
const MODEL_SERVER = 'model-server';

/** Seconds for an answer, unless the spec says another time. */
const TIMEOUT_SECONDS = 10;
/** Seconds to load a model: one for a GPU is larger, and its libraries take long to start. */
const STARTUP_SECONDS = { cpu: 600, device: 1800 };

/**
 * The plan of a ModelDeployment.
 *
 * @throws InvalidInputError when it cannot be served as its spec says; the prop is the path of the field in the spec
 */
export function deploymentPlan(where: IConstruct, props: ModelDeploymentObjectsProps): DeploymentPlan {
  const { name, namespace, spec } = props;
  const { serving = {}, monitoring } = spec;
  const settings = settingsIn(namespace, props.settings);
  const own = childName(name, CHILD.DEPLOYMENT);
  const { requests, limits } = amountsOf(serving.resources, settings);
  const devices = devicesOf(extendedOf(limits));
  const artifact = artifactSource(where, namespace, spec, settings);
  return {
    ...props,
    settings,
    childName: own,
    labels: {
      ...objectLabels('model-deployment', name, 'inference'),
      [`${PLATFORM_GROUP}/component`]: MODEL_SERVER,
    },
    selector: ownLabel('model-deployment', name),
    serving,
    artifact,
    // whoever fetches nothing from the bucket may not read it
    serviceAccountName: (artifact.fromBucket ? settings.serviceAccountName : undefined) ?? own,
    ...replicasOf(where, serving, settings, devices.length > 0),
    requests,
    limits,
    devices,
    timeoutSeconds: serving.timeoutSeconds ?? TIMEOUT_SECONDS,
    startupSeconds: serving.startupSeconds ?? (devices.length > 0 ? STARTUP_SECONDS.device : STARTUP_SECONDS.cpu),
    monitored: monitoring?.enabled ?? true,
  };
}

/** What a service needs at least is what it gets at most, where only one of the two is given. */
function amountsOf(
  { requests = {}, limits = {} }: ComputeResources = {},
  { cpu, memory }: ModelDeploymentSettings,
): { readonly requests: Amounts; readonly limits: Amounts } {
  const asked = texts({ ...limits, ...requests });
  const most = texts(limits);
  const least = { ...asked, cpu: asked.cpu ?? cpu, memory: asked.memory ?? memory };
  return {
    requests: least,
    // a CPU limit is one only where the spec has it: idle CPU may be used
    limits: { ...extendedOf(least), ...most, memory: most.memory ?? least.memory },
  };
}

function texts(amounts: object): { readonly [resource: string]: string | undefined } {
  return Object.fromEntries(
    Object.entries(amounts)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([resource, amount]) => [resource, String(amount)]),
  );
}

/** The amounts of extended resources, such as `nvidia.com/gpu`. */
export function extendedOf(amounts: Amounts): { readonly [resource: string]: string } {
  const extended = Object.entries(amounts).filter(([resource]) => resource.includes('/'));
  return Object.fromEntries(extended.map(([resource, amount]) => [resource, amount ?? '0']));
}

/** A quantity as a number. */
export function amountOf(quantity: string | undefined): number {
  return parseQuantity(quantity ?? '0') ?? 0;
}

/**
 * How many replicas there are. With a GPU their number is fixed unless the spec has `autoscaling`: the figures that the autoscaler follows
 * by default say little of a GPU, and up to 50 nodes with one would be the answer to busy CPUs.
 */
function replicasOf(
  where: IConstruct,
  { autoscaling, replicas }: ServingSpec,
  settings: ModelDeploymentSettings,
  hasDevices: boolean,
): { readonly minReplicas: number; readonly maxReplicas: number } {
  const fixed = replicas ?? settings.minReplicas;
  if (autoscaling?.enabled === false || (autoscaling === undefined && hasDevices)) {
    return { minReplicas: fixed, maxReplicas: fixed };
  }
  const min = autoscaling?.minReplicas ?? fixed;
  const max = autoscaling?.maxReplicas ?? Math.max(min, settings.maxReplicas);
  const prop = autoscaling?.minReplicas === undefined ? 'serving.replicas' : 'serving.autoscaling.minReplicas';
  checkOrder(
    where,
    { prop, given: autoscaling?.minReplicas ?? replicas, value: min },
    { prop: 'serving.autoscaling.maxReplicas', given: autoscaling?.maxReplicas, value: max },
  );
  return { minReplicas: min, maxReplicas: max };
}
