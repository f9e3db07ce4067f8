/**
 * The webhook protocol of Metacontroller's CompositeController, hooks of version v2.
 *
 * Source: https://metacontroller.github.io/metacontroller/api/compositecontroller.html
 */

/** A Kubernetes object as JSON. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec?: JsonObject;
  readonly status?: JsonObject;
  readonly [field: string]: unknown;
}

export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly managedFields?: readonly { readonly time?: string; readonly fieldsV1?: JsonObject }[];
  readonly [field: string]: unknown;
}

export type JsonObject = Readonly<Record<string, unknown>>;

/** What no two objects have in common. */
export function keyOf({ apiVersion, kind, metadata }: KubernetesObject): string {
  return `${apiVersion}/${kind}/${metadata.namespace ?? ''}/${metadata.name}`;
}

/** Objects by `<Kind>.<apiVersion>`, then by `<namespace>/<name>` (by `<name>` for cluster-scoped ones). */
export type ObjectMap = Readonly<Record<string, Readonly<Record<string, KubernetesObject>>>>;

/** What `sync` and `finalize` are called with. */
export interface SyncRequest {
  readonly parent: KubernetesObject;
  readonly children: ObjectMap;
  /** Absent for controllers without `customize`. */
  readonly related?: ObjectMap;
  readonly finalizing?: boolean;
}

/** What `sync` and `finalize` answer. Metacontroller refuses any other field. */
export interface SyncResponse {
  /** Replaces the status of the parent. */
  readonly status: JsonObject;
  readonly children: readonly KubernetesObject[];
  readonly resyncAfterSeconds?: number;
  /** `finalize` only: the parent may go. */
  readonly finalized?: boolean;
}

/** What `customize` is called with. */
export interface CustomizeRequest {
  readonly parent: KubernetesObject;
}

/** Objects that `sync` wants to see beside its children. */
export interface RelatedRule {
  readonly apiVersion: string;
  readonly resource: string;
  /** @default - any */
  readonly labelSelector?: JsonObject;
  /** @default - any, for a cluster-scoped parent; its own, for a namespaced one */
  readonly namespace?: string;
  /** @default - any */
  readonly names?: readonly string[];
}

/** What `customize` answers. */
export interface CustomizeResponse {
  readonly relatedResources: readonly RelatedRule[];
}
