/** Any Kubernetes object. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec?: Record<string, unknown>;
  status?: Record<string, unknown>;
  [field: string]: unknown;
}

export interface ObjectMeta {
  name?: string;
  generateName?: string;
  namespace?: string;
  uid?: string;
  generation?: number;
  resourceVersion?: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  [field: string]: unknown;
}

/** A kind in one version of its API group. */
export interface TypeReference {
  readonly apiVersion: string;
  readonly kind: string;
}

/** Names one object. */
export interface ObjectReference extends TypeReference {
  readonly name: string;
  /** @default - none; `default` for a namespaced kind */
  readonly namespace?: string;
}

/** Whom a request is made as. A name alone is a user in no group but `system:authenticated`. */
export type Identity = string | { readonly user: string; readonly groups?: readonly string[] };

/** A condition of an object's status, by the API conventions. */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason?: string;
  readonly message?: string;
  readonly observedGeneration?: number;
  readonly lastTransitionTime?: string;
}

/** The condition of that type in an object's status, if it is there. */
export function conditionOf(object: KubernetesObject, type: string): Condition | undefined {
  const conditions = (object.status?.conditions ?? []) as readonly Condition[];
  return conditions.find((condition) => condition.type === type);
}

/** The reference that names this object. */
export function referenceTo(object: KubernetesObject): ObjectReference {
  const { apiVersion, kind, metadata } = object;
  const name = metadata.name ?? '';
  return metadata.namespace ? { apiVersion, kind, name, namespace: metadata.namespace } : { apiVersion, kind, name };
}

/** An object's identity for messages: `apps/v1 Deployment shop/web`. */
export function describeReference(ref: ObjectReference): string {
  return `${ref.apiVersion} ${ref.kind} ${ref.namespace ? `${ref.namespace}/` : ''}${ref.name}`;
}
