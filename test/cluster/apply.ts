import { ApiError, messageOf, type RestClient } from './client';
import { until } from '../support/waiting';
import { forEachBounded } from './concurrency';
import { untilEffective } from './propagation';
import { conditionOf, describeReference, referenceTo } from './types';
import type { Identity, KubernetesObject, ObjectReference } from './types';

export interface ApplyOptions {
  /** @default 'test-cluster' */
  readonly fieldManager?: string;
  /** Take over fields that another manager owns. @default false */
  readonly force?: boolean;
  /** @default - the administrator */
  readonly asUser?: Identity;
  /** Validate and admit, store nothing. Objects in a namespace that is not there yet are then refused. @default false */
  readonly dryRun?: boolean;
}

/** What the API server said to one object. */
export interface ApplyResult {
  readonly ref: ObjectReference;
  readonly ok: boolean;
  /** HTTP code: 200 changed or as it was, 201 created, 400 and more refused. */
  readonly code: number;
  /** The API server's message where it refused. */
  readonly message: string;
  /** Warnings, given for accepted objects too: deprecated versions, Pod Security in `warn` mode, … */
  readonly warnings: readonly string[];
  /** The object as stored, where it was accepted. */
  readonly object?: KubernetesObject;
}

const CONCURRENCY = 16;
const WAIT_MS = 60_000;

/** Kinds inside a namespace that others there refer to or are limited by. */
const NAMESPACED_BASICS = new Set([
  'ServiceAccount',
  'Role',
  'RoleBinding',
  'ConfigMap',
  'Secret',
  'ResourceQuota',
  'LimitRange',
  'NetworkPolicy',
]);

/** They send requests to Services, and so would stop every object after them. */
const EXTENSIONS = new Set(['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration', 'APIService']);

/**
 * Server-side apply with strict field validation, in waves: CRDs and namespaces; cluster-scoped objects and the basics
 * of each namespace; the rest; webhook configurations and API services. Guaranteed before the next wave: CRDs are
 * served, each namespace has its `default` service account, each quota has been counted. Guaranteed at the end: roles and
 * admission policies hold.
 *
 * Every object is tried; a refusal is a result, never an exception. Results are in the order of `objects`.
 */
export async function applyObjects(
  client: RestClient,
  objects: readonly KubernetesObject[],
  options: ApplyOptions = {},
): Promise<ApplyResult[]> {
  const results = new Map<KubernetesObject, ApplyResult>();
  const waves = new Map<number, KubernetesObject[]>();
  for (const object of objects) {
    const wave = waveOf(object);
    waves.set(wave, [...(waves.get(wave) ?? []), object]);
  }
  // Scope is known only once the first wave's CRDs are served, so the second wave is found after it.
  for (let wave = 0; wave <= 3; wave++) {
    const members = waves.get(wave) ?? [];
    if (wave === 1) {
      const rest = waves.get(2) ?? [];
      const clusterScoped = await Promise.all(rest.map((object) => isClusterScoped(client, object)));
      members.push(...rest.filter((_, index) => clusterScoped[index]));
      waves.set(
        2,
        rest.filter((_, index) => !clusterScoped[index]),
      );
    }
    await forEachBounded(members, CONCURRENCY, async (object) => {
      results.set(object, await applyOne(client, object, options));
    });
    if (!options.dryRun) {
      const accepted = members.filter((object) => results.get(object)?.ok);
      await Promise.all(accepted.map((object) => untilUsable(client, object)));
    }
  }
  if (!options.dryRun) {
    await untilEffective(
      client,
      objects.filter((object) => results.get(object)?.ok),
    );
  }
  return objects.flatMap((object) => results.get(object) ?? []);
}

/** The refused ones of these results in lines of text, for a test's message. Empty where all were accepted. */
export function refusals(results: readonly ApplyResult[]): string[] {
  return results
    .filter(({ ok }) => !ok)
    .map(({ ref, code, message }) => `${describeReference(ref)}: ${code} ${message}`);
}

function waveOf({ kind }: KubernetesObject): number {
  if (kind === 'CustomResourceDefinition' || kind === 'Namespace') {
    return 0;
  }
  if (NAMESPACED_BASICS.has(kind)) {
    return 1;
  }
  return EXTENSIONS.has(kind) ? 3 : 2;
}

async function isClusterScoped(client: RestClient, object: KubernetesObject): Promise<boolean> {
  return (await client.serves(object)) && !(await client.isNamespaced(object));
}

async function applyOne(client: RestClient, object: KubernetesObject, options: ApplyOptions): Promise<ApplyResult> {
  const ref = referenceTo(object);
  try {
    const namespaced = await client.isNamespaced(object);
    const full = namespaced && !ref.namespace ? { ...ref, namespace: 'default' } : ref;
    const answer = await client.request('PATCH', await client.objectPath(full), {
      body: JSON.stringify(object),
      contentType: 'application/apply-patch+yaml',
      asUser: options.asUser,
      query: {
        fieldManager: options.fieldManager ?? 'test-cluster',
        fieldValidation: 'Strict',
        force: options.force ?? false,
        dryRun: options.dryRun ? 'All' : undefined,
      },
    });
    const { code, warnings } = answer;
    return code < 400
      ? { ref: full, ok: true, code, message: '', warnings, object: answer.body as KubernetesObject }
      : { ref: full, ok: false, code, message: messageOf(answer), warnings };
  } catch (error) {
    const code = error instanceof ApiError ? error.code : 0;
    return { ref, ok: false, code, message: (error as Error).message, warnings: [] };
  }
}

/** Waits until others can rely on an object that was just accepted. */
async function untilUsable(client: RestClient, object: KubernetesObject): Promise<void> {
  if (object.kind === 'CustomResourceDefinition') {
    await untilServed(client, object.metadata.name ?? '');
  } else if (object.kind === 'Namespace') {
    await untilNamespaceReady(client, object.metadata.name ?? '');
  } else if (object.kind === 'ResourceQuota') {
    // Until it has been counted, the quota refuses every Pod ("status unknown for quota").
    const path = await client.objectPath(referenceTo(object));
    await until(`${describeReference(referenceTo(object))} to be counted`, WAIT_MS, async () => {
      const { status } = await client.send('GET', path);
      return status?.hard !== undefined;
    });
  }
}

/** Waits until a namespace has the service account that its Pods use unless they name another. */
export async function untilNamespaceReady(client: RestClient, namespace: string): Promise<void> {
  const path = await client.objectPath({ apiVersion: 'v1', kind: 'ServiceAccount', name: 'default', namespace });
  await until(`service account default in namespace ${namespace}`, WAIT_MS, async () => {
    return (await client.request('GET', path)).code === 200;
  });
}

/** Waits until a CRD is Established and each of its served versions is found by discovery. */
export async function untilServed(client: RestClient, crd: string): Promise<void> {
  const path = await client.objectPath({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    name: crd,
  });
  const read = async (): Promise<CrdSpec> => {
    const object = await client.send('GET', path);
    const refused = conditionOf(object, 'NamesAccepted');
    if (refused?.status === 'False') {
      throw new Error(`CustomResourceDefinition ${crd}: ${refused.message}`);
    }
    return object.spec as unknown as CrdSpec;
  };
  const { group, names, versions } = await read();
  const types = versions
    .filter(({ served }) => served)
    .map(({ name }) => ({ apiVersion: `${group}/${name}`, kind: names.kind }));
  let asked = 0;
  await until(`CustomResourceDefinition ${crd} to be served`, WAIT_MS, async () => {
    // discovery has the established ones only, and is small; some definitions are half a megabyte
    if (++asked % 20 === 0) await read();
    return (await Promise.all(types.map((type) => client.serves(type)))).every(Boolean);
  });
}

interface CrdSpec {
  readonly group: string;
  readonly names: { readonly kind: string };
  readonly versions: readonly { readonly name: string; readonly served: boolean }[];
}
