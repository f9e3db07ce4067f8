import type { Cluster } from '../cluster';
import type { KubernetesObject } from '../types';
import type { LabelSelector } from './composite-controller';
import type { SyncResponse } from './hook-client';
import type { RelatedRule } from './hook-client';
import type { HookFunction } from './test-hook-server';

/** A namespaced kind; its spec says what the hook answers. */
export const TOY = { apiVersion: 'toys.example.com/v1', kind: 'Toy' };
/** A cluster-scoped kind, otherwise the same. */
export const SHELF = { apiVersion: 'toys.example.com/v1', kind: 'Shelf' };

export interface ToySpec {
  /** Desired children, as the hook gives them. */
  readonly children?: readonly KubernetesObject[];
  /** Fields of the status besides those that say what was observed. */
  readonly status?: Readonly<Record<string, unknown>>;
  readonly related?: readonly RelatedRule[];
  readonly resyncAfterSeconds?: number;
  /** Answers of the finalize hook keep the children while this is set. */
  readonly hold?: boolean;
}

/** An answer of the toys' hooks: what the spec says, and in the status the keys of what was observed. */
export const TOY_HOOKS: Readonly<Record<'sync' | 'customize' | 'finalize', HookFunction>> = {
  sync: ({ parent, children, related }): SyncResponse => {
    const { children: wanted, status, resyncAfterSeconds } = parent.spec as ToySpec;
    return {
      status: { ...status, observed: keysOf(children), related: keysOf(related) },
      children: wanted ?? [],
      ...(resyncAfterSeconds === undefined ? {} : { resyncAfterSeconds }),
    };
  },
  customize: ({ parent }) => ({ relatedResources: (parent.spec as ToySpec).related ?? [] }),
  finalize: ({ parent, children }): SyncResponse => {
    const { hold, children: wanted = [] } = parent.spec as ToySpec;
    const left = keysOf(children);
    return {
      status: { observed: left, held: hold === true },
      children: hold ? wanted : [],
      finalized: !hold && left.length === 0,
    };
  },
};

function keysOf(map: Record<string, Record<string, unknown>>): string[] {
  return Object.entries(map)
    .flatMap(([kind, group]) => Object.keys(group).map((key) => `${kind} ${key}`))
    .sort();
}

/** Installs the toy kinds. */
export async function installToys(cluster: Cluster): Promise<void> {
  await cluster.apply([crd('Toy', 'toys', 'Namespaced'), crd('Shelf', 'shelves', 'Cluster')]);
}

function crd(kind: string, plural: string, scope: string): KubernetesObject {
  const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const schema = { openAPIV3Schema: { type: 'object', properties: { spec: open, status: open } } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.toys.example.com` },
    spec: {
      group: 'toys.example.com',
      scope,
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [{ name: 'v1', served: true, storage: true, subresources: { status: {} }, schema }],
    },
  };
}

const CHILDREN = [
  { apiVersion: 'v1', resource: 'configmaps', method: 'InPlace' },
  { apiVersion: 'apps/v1', resource: 'deployments', method: 'InPlace' },
  { apiVersion: 'v1', resource: 'secrets', method: 'Recreate' },
  { apiVersion: 'v1', resource: 'serviceaccounts', method: 'OnDelete' },
];

export interface ToyControllerOptions {
  /** @default 'toys' */
  readonly plural?: 'toys' | 'shelves';
  /** @default - all three */
  readonly hooks?: readonly ('sync' | 'customize' | 'finalize')[];
  readonly labelSelector?: LabelSelector;
}

/** A CompositeController as it would be in production: hooks behind a Service, with TLS and a time limit. */
export function toyController(options: ToyControllerOptions = {}): KubernetesObject {
  const { plural = 'toys', hooks = ['sync', 'customize', 'finalize'], labelSelector } = options;
  const service = { name: 'hooks', namespace: 'operators', port: 8443, protocol: 'https' };
  const hook = (name: string) => ({ version: 'v2', webhook: { path: `/${name}`, timeout: '2s', service } });
  return {
    apiVersion: 'metacontroller.k8s.io/v1alpha1',
    kind: 'CompositeController',
    metadata: { name: plural },
    spec: {
      generateSelector: true,
      parentResource: {
        apiVersion: TOY.apiVersion,
        resource: plural,
        ignoreStatusChanges: true,
        ...(labelSelector ? { labelSelector } : {}),
      },
      childResources: CHILDREN.map(({ method, ...rule }) => ({ ...rule, updateStrategy: { method } })),
      hooks: Object.fromEntries(hooks.map((name) => [name, hook(name)])),
    },
  };
}

/** A ConfigMap as a hook gives it. */
export function configMap(name: string, data: Readonly<Record<string, string>>, namespace?: string): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: namespace ? { name, namespace } : { name }, data };
}
