import type { Identity, KubernetesObject } from '../types';
import type { Attack } from './attack';
import { VISION } from './attack';
import type { AttackBench } from './bench';

/** A developer of the team that both tenants' namespaces belong to: may make pods in them. */
export const DAVE: Identity = { user: 'dave', groups: ['tenants-developers'] };

/** A program that runs as a ServiceAccount of the namespace `vision`, with the account's token. */
export function tokenOf(account: string): Identity {
  return {
    user: `system:serviceaccount:${VISION}:${account}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${VISION}`, 'system:authenticated'],
  };
}

/** What is given to a pod beside what every pod of these tests has. */
export interface PodParts {
  readonly labels?: Record<string, string>;
  readonly container?: Record<string, unknown>;
  readonly [field: string]: unknown;
}

/** A pod that Pod Security and the platform's other policies accept. */
export function pod({ labels, container, ...spec }: PodParts = {}, namespace = VISION): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { generateName: 'attack-', namespace, labels },
    spec: {
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'main',
          image: 'registry.example.com/program:1.0.0',
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          ...container,
        },
      ],
      ...spec,
    },
  };
}

/** The API server's message, or `accepted`; nothing is stored. */
export async function answerTo({ cluster }: AttackBench, object: KubernetesObject, by?: Identity): Promise<string> {
  return cluster.create(object, { asUser: by, dryRun: true }).then(
    () => 'accepted',
    (error: unknown) => (error as Error).message,
  );
}

/** The object is refused with a message like this, and the honest one beside it is accepted. */
export function refusedUnlike(
  object: KubernetesObject,
  honest: KubernetesObject,
  by: Identity,
  message: RegExp,
): Attack['attempt'] {
  return async (bench) => {
    expect(await answerTo(bench, object, by)).toMatch(message);
    expect(await answerTo(bench, honest, by)).toBe('accepted');
  };
}
