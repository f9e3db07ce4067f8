import type { KubernetesObject } from '../../types';
import { type Attack, changeRefused, MALIK, refused, RUTH, VISION } from '../attack';

/** Attacks on the approval of a deployment. */
export const APPROVAL: readonly Attack[] = [
  {
    who: 'ML engineer of vision',
    request: 'a ModelDeployment whose image may change under its tag',
    gain: 'a program that nobody looked at, served under the approval of another',
    defence: 'policy pinned-images',
    attempt: refused(deployment('latest', 'latest'), MALIK, /give each image a tag other than latest/),
  },
  {
    who: 'ML engineer of vision',
    request: 'the condition Approved on a ModelDeployment of their own',
    gain: 'a deployment without a second pair of eyes',
    defence: 'RBAC: only reviewers write that status',
    attempt: changeRefused(
      deployment('own'),
      approval(1),
      MALIK,
      /cannot patch resource "modeldeployments\/status"/,
      'status',
    ),
  },
  {
    who: 'model reviewer of vision',
    request: 'the condition Approved for a generation that is not there yet',
    gain: 'an approval of whatever is written next',
    defence: 'policy approval: of the current generation only',
    attempt: changeRefused(
      deployment('next'),
      approval(2),
      RUTH,
      /set observedGeneration of the condition Approved/,
      'status',
    ),
  },
  {
    who: 'model reviewer of vision',
    request: 'the phase of a ModelDeployment',
    gain: 'a deployment that is reported as served while it is not',
    defence: 'policy approval: the condition Approved and nothing else',
    attempt: changeRefused(
      deployment('phase'),
      { status: { phase: 'Serving' } },
      RUTH,
      /set the condition Approved and nothing else/,
      'status',
    ),
  },
];

function deployment(name: string, tag = '1.0.0'): KubernetesObject {
  return {
    apiVersion: 'mlifecycle.io/v1',
    kind: 'ModelDeployment',
    metadata: { name, namespace: VISION },
    spec: {
      model: { name: 'churn', version: '1.0.0', framework: 'sklearn' },
      metrics: { accuracy: 0.9, f1_score: 0.9 },
      fairness: { demographic_parity: 0.02 },
      drift: { score: 0.05 },
      serving: { image: `registry.example.com/churn:${tag}`, resources: { requests: { memory: '1Gi' } } },
    },
  };
}

function approval(observedGeneration: number): object {
  const lastTransitionTime = '2026-01-01T00:00:00Z';
  const approved = {
    type: 'Approved',
    status: 'True',
    reason: 'Reviewed',
    message: '',
    observedGeneration,
    lastTransitionTime,
  };
  return { status: { conditions: [approved] } };
}
