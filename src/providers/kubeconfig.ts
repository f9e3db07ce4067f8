import { fail } from '../contracts/errors';

/** Refuses a path that no kubeconfig can have. */
export function checkKubeconfigPath(where: string, path: string): void {
  if (!/^(~\/|\/|\.{0,2}\/?)[^~\s][^\n]*$/.test(path) || path.endsWith('/')) {
    fail(
      where,
      'kubeconfigPath',
      'must be the path of a file',
      path,
      'use one such as ~/.kube/config; ~ stands for the home directory of whoever runs Terraform',
    );
  }
}
