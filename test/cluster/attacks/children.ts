import { parse } from 'yaml';
import { AI_MODEL } from '../../../src/api/kinds/ai-model';
import { MODEL_DEPLOYMENT } from '../../../src/api/kinds/model-deployment';
import { apiVersionOf, KindDefinition } from '../../../src/api/schema/schema';
import type { Cluster } from '../cluster';
import { conditionOf, type Identity, type KubernetesObject, type ObjectReference, referenceTo } from '../types';
import { type Attack, MALIK, VISION } from './attack';

export type Json = { readonly [field: string]: unknown };

export function made(kind: KindDefinition, name: string, spec: object, namespace = VISION): KubernetesObject {
  return { apiVersion: apiVersionOf(kind), kind: kind.kind, metadata: { name, namespace }, spec } as KubernetesObject;
}

export const model = (name: string, serving: object = {}, namespace = VISION, type = 'custom'): KubernetesObject =>
  made(
    AI_MODEL,
    name,
    {
      type,
      version: '1.0',
      // nothing looks whether it is there
      storage: { location: 'pvc://models/churn' },
      serving: {
        image: 'registry.example.com/model:1.0',
        resources: { requests: { cpu: '100m', memory: '128Mi' } },
        ...serving,
      },
    },
    namespace,
  );

export const deployment = (name: string, namespace = VISION, of = 'churn'): KubernetesObject =>
  made(
    MODEL_DEPLOYMENT,
    name,
    {
      model: { name: of, version: '1.0', framework: 'sklearn' },
      metrics: { accuracy: 0.9, f1_score: 0.9 },
      fairness: { demographic_parity: 0.02 },
      drift: { score: 0.05 },
      serving: { image: 'registry.example.com/churn:1.0', runAsUser: 1000 },
    },
    namespace,
  );

export const sample = (kind: KindDefinition, name: string): KubernetesObject =>
  made(kind, name, parse(kind.example ?? '') as object);

export function object(
  apiVersion: string,
  kind: string,
  name: string,
  content: object,
  namespace = VISION,
): KubernetesObject {
  return { apiVersion, kind, metadata: { name, namespace }, ...content };
}

export const networkPolicy = (name: string, namespace = VISION): KubernetesObject =>
  object(
    'networking.k8s.io/v1',
    'NetworkPolicy',
    name,
    { spec: { podSelector: {}, policyTypes: ['Ingress'] } },
    namespace,
  );
export const configMap = (name: string): KubernetesObject =>
  object('v1', 'ConfigMap', name, { data: { key: 'value' } });
export const serviceAccount = (name: string): KubernetesObject => object('v1', 'ServiceAccount', name, {});
export const service = (name: string): KubernetesObject =>
  object('v1', 'Service', name, {
    spec: { selector: { 'app.kubernetes.io/name': name }, ports: [{ name: 'http', port: 80 }] },
  });
export const POD_SPEC = {
  securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
  containers: [
    {
      name: 'web',
      image: 'registry.example.com/web:1.0',
      resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '16Mi' } },
      securityContext: {
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
        readOnlyRootFilesystem: true,
      },
    },
  ],
};
export const workload = (name: string, labels: { readonly [key: string]: string } = { app: name }): KubernetesObject =>
  object('apps/v1', 'Deployment', name, {
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name, ...labels } }, spec: POD_SPEC },
    },
  });

/** What must not change: all but the version of the object, who wrote it, and what the controller of Deployments notes there. */
export function content({ metadata, status: _status, ...rest }: KubernetesObject): object {
  const { resourceVersion: _version, managedFields: _managers, annotations: _notes, ...kept } = metadata as Json;
  return { ...rest, metadata: kept };
}

/** Runs something while an object is there: one of the platform, or one that is made for the while. */
export async function with_(
  cluster: Cluster,
  one: KubernetesObject,
  work: (stored: KubernetesObject) => Promise<void>,
) {
  const there = await cluster.find(referenceTo(one));
  const stored = there ?? (await cluster.create(one));
  try {
    await work(stored);
  } finally {
    if (!there) await remove(cluster, referenceTo(stored));
  }
}

export async function remove(cluster: Cluster, ref: ObjectReference): Promise<void> {
  if ((await cluster.find(ref)) === undefined) return;
  await cluster.delete(ref);
  await cluster.waitForGone(ref, 60_000);
}

/** Creates an object of a kind, waits for what its operator says, and removes it after the work. */
export async function during(
  { cluster, engine }: Parameters<Attack['attempt']>[0],
  one: KubernetesObject,
  by: Identity,
  work: (seen: KubernetesObject) => Promise<void>,
): Promise<void> {
  const ref = referenceTo(await cluster.create(one, { asUser: by }));
  try {
    const seen = await cluster.waitFor(
      ref,
      (found) => conditionOf(found, 'Accepted')?.observedGeneration === found.metadata.generation,
      60_000,
    );
    await engine.settle();
    await work(seen);
  } finally {
    await remove(cluster, ref);
  }
}

/** The victim is the same while the attacker's object is there, and after it. */
export function leavesAlone(
  victim: KubernetesObject,
  attacker: KubernetesObject,
  by: Identity,
  says?: RegExp,
): Attack['attempt'] {
  return async (bench) => {
    const { cluster, engine } = bench;
    await with_(cluster, victim, async (stored) => {
      const same = async (): Promise<void> => {
        expect(content(await cluster.get(referenceTo(stored)))).toEqual(content(stored));
      };
      await during(bench, attacker, by, async (seen) => {
        const { status, reason, message } = conditionOf(seen, 'Accepted') ?? {};
        if (says) {
          expect({ status, reason, message }).toEqual({
            status: 'False',
            reason: 'NameTaken',
            message: expect.stringMatching(says) as string,
          });
        } else {
          expect({ status, message }).toEqual({ status: 'True', message: 'The spec can be done' });
        }
        await same();
      });
      await engine.settle();
      await same();
    });
  };
}

/** Two objects of one namespace, of which none gets in the way of the other: the first keeps its children when the second goes. */
export function sideBySide(
  first: KubernetesObject,
  second: KubernetesObject,
  kinds: readonly (readonly [string, string])[],
): Attack['attempt'] {
  return async (bench) => {
    const { cluster, engine } = bench;
    const childrenOf = async ({ metadata }: KubernetesObject): Promise<object[]> => {
      const lists = await Promise.all(
        kinds.map(([apiVersion, kind]) => cluster.list({ apiVersion, kind }, { namespace: VISION })),
      );
      return lists
        .flat()
        .filter((one) => ((one.metadata.ownerReferences ?? []) as Json[]).some(({ uid }) => uid === metadata.uid))
        .map(content);
    };
    await during(bench, first, MALIK, async (mine) => {
      const before = await childrenOf(mine);
      expect(before.length).toBeGreaterThan(0);
      await during(bench, second, MALIK, async (theirs) => {
        expect(conditionOf(theirs, 'Accepted')?.message).toBe('The spec can be done');
        expect((await childrenOf(theirs)).length).toBeGreaterThan(0);
        expect(await childrenOf(mine)).toEqual(before);
      });
      await engine.settle();
      expect(await childrenOf(mine)).toEqual(before);
    });
  };
}
