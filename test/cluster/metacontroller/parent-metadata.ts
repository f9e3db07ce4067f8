import type { KubernetesObject } from '../types';
import { canonical } from './composite-controller';

/** Whether a change is none of generation, labels or annotations, and the parent is not being deleted. */
export function onlyStatus(old: KubernetesObject, current: KubernetesObject): boolean {
  return (
    old.metadata.generation === current.metadata.generation &&
    canonical(old.metadata.labels ?? {}) === canonical(current.metadata.labels ?? {}) &&
    canonical(old.metadata.annotations ?? {}) === canonical(current.metadata.annotations ?? {}) &&
    !isEnding(current)
  );
}

export function isEnding({ metadata }: KubernetesObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}

/** The finalizer that a CompositeController puts on its parents, if it has a finalize hook. */
export function finalizerOf({ metadata }: KubernetesObject): string {
  return `metacontroller.io/compositecontroller-${metadata.name}`;
}

export function finalizersOf({ metadata }: KubernetesObject): readonly string[] {
  return (metadata.finalizers ?? []) as readonly string[];
}

export function hasFinalizer(object: KubernetesObject, name: string): boolean {
  return finalizersOf(object).includes(name);
}

export function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
}
