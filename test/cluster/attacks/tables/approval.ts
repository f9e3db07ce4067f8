import { type Attack, MALIK, refused, VISION } from '../attack';

/** Attacks on the approval of a deployment. */
export const APPROVAL: readonly Attack[] = [
  {
    who: 'ML engineer of vision',
    request: 'a ModelDeployment whose image may change under its tag',
    gain: 'a program that nobody looked at, served under the approval of another',
    defence: 'policy pinned-images',
    attempt: refused(
      {
        apiVersion: 'mlifecycle.io/v1alpha1',
        kind: 'ModelDeployment',
        metadata: { name: 'churn', namespace: VISION },
        spec: { image: 'ghcr.io/acme/churn:latest' },
      },
      MALIK,
      /give each image a tag other than latest|Required value/,
    ),
  },
];
