import { asLabels, asObject, asObjects, at, JsonObject } from './json';
import type { Manifest } from './manifest-graph';

/** The pods that an object makes. */
export interface PodTemplate {
  /** The object. */
  readonly manifest: Manifest;
  /** Namespace of the pods. */
  readonly namespace: string;
  /** Labels of the pods. */
  readonly labels: { [key: string]: string };
  /** Annotations of the pods. */
  readonly annotations: { [key: string]: string };
  /** The PodSpec. */
  readonly spec: { [key: string]: unknown };
}

const TEMPLATE = ['spec', 'template'];

/** Where each kind has its pod template. */
const PATHS: { [kind: string]: string[] } = {
  'Pod.': [],
  'PodTemplate.': ['template'],
  'ReplicationController.': TEMPLATE,
  'Deployment.apps': TEMPLATE,
  'StatefulSet.apps': TEMPLATE,
  'DaemonSet.apps': TEMPLATE,
  'ReplicaSet.apps': TEMPLATE,
  'Job.batch': TEMPLATE,
  'CronJob.batch': ['spec', 'jobTemplate', 'spec', 'template'],
  'Rollout.argoproj.io': TEMPLATE,
};

/** The pods that an object makes; undefined when it makes none. */
export function podTemplateOf(manifest: Manifest): PodTemplate | undefined {
  const path = PATHS[`${manifest.kind}.${manifest.group}`] as string[] | undefined;
  if (!path) return undefined;
  const template = at(manifest.json, ...path);
  return {
    manifest,
    namespace: manifest.namespace ?? 'default',
    labels: asLabels(at(template, 'metadata', 'labels')),
    annotations: asLabels(at(template, 'metadata', 'annotations')),
    spec: asObject(at(template, 'spec')),
  };
}

/** All containers of a pod: init containers, containers, ephemeral containers. */
export function containersOf(spec: JsonObject): JsonObject[] {
  return ['initContainers', 'containers', 'ephemeralContainers'].flatMap((key) => asObjects(spec[key]));
}
