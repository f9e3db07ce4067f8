import { ApiObject } from 'cdk8s';

/** Annotations by which Argo CD and Helm leave an object where it is once it is no longer among the manifests. */
const KEPT = {
  'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false',
  'helm.sh/resource-policy': 'keep',
} as const;

/** Has an object stay when nothing delivers it any more. `kubectl apply --prune` knows no such annotation. */
export function keep({ metadata }: ApiObject): void {
  for (const [annotation, value] of Object.entries(KEPT)) metadata.addAnnotation(annotation, value);
}
