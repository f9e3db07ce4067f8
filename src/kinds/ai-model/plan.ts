import { AIModelSpec } from '../../api/generated/ai-model';
import { Autoscaling } from '../../api/generated/shared';
import { PLATFORM_GROUP } from '../../contracts/names';
import { ZonePlacement } from '../ai-zone/placement';
import { objectLabels, ownLabel } from '../child-names';
import { ModelRuntime } from './runtimes';
import { AIModelSettings } from './settings';

/** An object or a part of one, as JSON. */
export type Json = { readonly [field: string]: unknown };

/** Amounts by resource, such as those of `nvidia.com/gpu` in a spec. */
export type Amounts = { readonly [resource: string]: unknown };

/** What a model has to know of the AIZone that it runs in. */
export interface ModelZone extends ZonePlacement {
  /**
   * Whether pods of the zone are in the mesh.
   *
   * @default false
   */
  readonly mesh?: boolean;
  /**
   * Namespace of the zone. A model in it is reached as the zone says; one elsewhere by the platform's Gateway.
   *
   * @default - that of the model
   */
  readonly namespace?: string;
  /**
   * The ingress of the zone.
   *
   * @default - none: models in the namespace of the zone are not reached from outside
   */
  readonly route?: ModelZoneRoute;
}

/** The ingress of a zone. */
export interface ModelZoneRoute {
  /**
   * Domain below which models of the zone are served, as `<name>.<domain>`.
   *
   * @default - they are served as those of the platform's Gateway
   */
  readonly domain?: string;
  /** What an HTTPRoute has in `parentRefs`. */
  readonly parentRef: { readonly [key: string]: string };
  /** Whether connections are encrypted. */
  readonly tls: boolean;
}

/** How the values of one feature are spread over the buckets of a histogram. */
export interface DriftFeature {
  /** Name of the feature, as in the label `feature` of the server's histogram. */
  readonly name: string;
  /** Upper bounds of the buckets, ascending, without the infinite one. A bound belongs to the bucket below it. */
  readonly bounds: number[];
  /** Values in each bucket, not cumulated; one more than bounds, for what is above the last. */
  readonly counts: number[];
}

/** The histograms of the data that a model was trained on. */
export interface DriftBaseline {
  /** Rows that were read. */
  readonly rows: number;
  /** The features that are compared. */
  readonly features: DriftFeature[];
  /**
   * Names of features that did not fit; the first ones, where there are many.
   *
   * @default - every feature fits
   */
  readonly dropped?: string[];
}

/** What all objects of a model are made from: its spec and the settings, with what follows from both. It is built once. */
export interface ModelPlan {
  readonly name: string;
  /** Name of the objects that serve it. */
  readonly serverName: string;
  readonly namespace: string;
  readonly spec: AIModelSpec;
  /** The settings, as they hold in the namespace. */
  readonly settings: AIModelSettings;
  readonly zone?: ModelZone;
  readonly driftBaseline?: DriftBaseline;
  /** Labels of all objects. */
  readonly labels: { readonly [key: string]: string };
  readonly runtime: ModelRuntime;
  /** Whether KServe runs the server. */
  readonly withKserve: boolean;
  /** The Deployment that runs the server: KServe's or ours. */
  readonly deploymentName: string;
  readonly serviceAccountName: string;
  readonly priorityClassName: string;
  /** What each replica requests of extended resources, such as `nvidia.com/gpu`. */
  readonly extendedResources: { readonly [resource: string]: number };
  /** What changes the number of replicas; undefined when it is fixed. */
  readonly autoscaling?: Autoscaling;
  /** Smallest and largest number of replicas. */
  readonly minReplicas: number;
  readonly maxReplicas: number;
}

/** Whether the metrics of the server are scraped. */
export function isMonitored({ monitoring }: AIModelSpec): boolean {
  return monitoring?.enabled ?? true;
}

/** The value of the label `nstarx.io/component` of model servers; `PlatformMonitors` looks for it. */
export const MODEL_SERVER = 'model-server';

/** The labels of the objects of a model. */
export function modelLabels(model: string): { readonly [key: string]: string } {
  return objectLabels('ai-model', model, MODEL_SERVER);
}

/** The labels by which the pods of a model's server are found, whatever version they have. */
export function serverSelector(model: string): { readonly [key: string]: string } {
  return componentOf(model, MODEL_SERVER);
}

/** The labels by which the pods of a model's jobs are found; the component tells the jobs apart. */
export function jobSelector(model: string, component: string): { readonly [key: string]: string } {
  return componentOf(model, component);
}

function componentOf(model: string, component: string): { readonly [key: string]: string } {
  return { [`${PLATFORM_GROUP}/component`]: component, ...ownLabel('ai-model', model) };
}

/** The labels of the pods of a model's jobs. */
export function jobLabels(model: string, component: string): { readonly [key: string]: string } {
  return { 'app.kubernetes.io/component': component, ...jobSelector(model, component) };
}
