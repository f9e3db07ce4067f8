import type { KubernetesObject } from '../types';

/** Resources of one kind, by their plural name. */
export interface ResourceRule {
  readonly apiVersion: string;
  readonly resource: string;
}

export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

export interface KeyReference {
  readonly name: string;
  readonly namespace: string;
  readonly key?: string;
}

export interface Webhook {
  readonly url?: string;
  readonly path?: string;
  readonly service?: {
    readonly name: string;
    readonly namespace: string;
    readonly port?: number;
    readonly protocol?: string;
  };
  /** A duration of Go, such as `10s`. */
  readonly timeout?: string;
  readonly caBundle?: {
    readonly inline?: string;
    readonly secretRef?: KeyReference;
    readonly configMapRef?: KeyReference;
  };
  readonly authorization?: { readonly type?: string; readonly secretRef: KeyReference };
  readonly responseUnMarshallMode?: 'strict' | 'loose';
  readonly [field: string]: unknown;
}

export interface Hook {
  readonly version?: string;
  readonly webhook?: Webhook;
}

export type HookName = 'sync' | 'customize' | 'finalize';

export interface ChildRule extends ResourceRule {
  readonly updateStrategy?: { readonly method?: string };
}

/** The part of a CompositeController's spec that the engines look at. */
export interface CompositeControllerSpec {
  readonly parentResource: ResourceRule & {
    readonly labelSelector?: LabelSelector;
    readonly ignoreStatusChanges?: boolean;
  };
  readonly childResources?: readonly ChildRule[];
  readonly hooks?: Readonly<Partial<Record<HookName, Hook>>>;
  readonly endpointConfigs?: readonly unknown[];
  readonly generateSelector?: boolean;
  readonly resyncPeriodSeconds?: number;
}

/** The spec of a CompositeController object. */
export function specOf(controller: KubernetesObject): CompositeControllerSpec {
  return controller.spec as unknown as CompositeControllerSpec;
}

/** Milliseconds of a duration of Go: `1m30s`, `500ms`. Metacontroller's default where there is none or it is not positive. */
export function timeoutOf(webhook: Webhook): number {
  const unit: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
  const parts = [...(webhook.timeout ?? '').matchAll(/([\d.]+)(ms|s|m|h)/g)];
  const total = parts.reduce((sum, [, amount, name]) => sum + Number(amount) * unit[name], 0);
  return total > 0 ? total : 10_000;
}

/** Whether labels fit a selector. No selector fits all. */
export function matchesSelector(
  selector: LabelSelector | null | undefined,
  labels: Readonly<Record<string, string>> = {},
): boolean {
  const exact = Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return (
    exact &&
    (selector?.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
      switch (operator) {
        case 'In':
          return key in labels && values.includes(labels[key]);
        case 'NotIn':
          return !(key in labels && values.includes(labels[key]));
        case 'Exists':
          return key in labels;
        case 'DoesNotExist':
          return !(key in labels);
        default:
          throw new Error(`"${operator}" is not a valid label selector operator`);
      }
    })
  );
}

/** The key of an object within its kind: `namespace/name`, or `name` where it has no namespace. */
export function keyOf(object: KubernetesObject): string {
  const { namespace, name = '' } = object.metadata;
  return namespace ? `${namespace}/${name}` : name;
}

/** The key of a kind in a hook's request: `Deployment.apps/v1`, `ConfigMap.v1`. */
export function groupKey({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): string {
  return `${kind}.${apiVersion}`;
}

/** JSON with sorted keys, so that equal objects give equal texts. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    return typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part;
  });
}
