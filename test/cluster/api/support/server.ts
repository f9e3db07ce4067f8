import { KINDS } from '../../../../src/api/kinds';
import { customResourceDefinition } from '../../../../src/api/schema/crd';
import { refusals } from '../../apply';
import { messageOf } from '../../client';
import type { Cluster } from '../../cluster';
import type { KubernetesObject } from '../../types';

/** Installs the CRDs of all kinds of the platform. @throws where the API server refuses one. */
export async function installKinds(cluster: Cluster): Promise<void> {
  const crds = KINDS.map((kind) => customResourceDefinition(kind) as unknown as KubernetesObject);
  const refused = refusals(await cluster.apply(crds, { force: true }));
  if (refused.length > 0) throw new Error(refused.join('\n'));
}

export interface Verdict {
  readonly code: number;
  /** Empty where the object was accepted. */
  readonly message: string;
  readonly object: { readonly spec?: unknown };
}

/** What the API server says to a new object, with strict field validation; stores nothing. */
export async function create(cluster: Cluster, object: object, namespace = 'default'): Promise<Verdict> {
  const { apiVersion, kind } = object as { readonly apiVersion: string; readonly kind: string };
  const answer = await cluster.rest.request(
    'POST',
    await cluster.rest.collectionPath({ apiVersion, kind }, namespace),
    {
      body: JSON.stringify(object),
      query: { fieldValidation: 'Strict', dryRun: 'All' },
    },
  );
  const message = answer.code < 400 ? '' : messageOf(answer);
  return { code: answer.code, message, object: answer.body as Verdict['object'] };
}
