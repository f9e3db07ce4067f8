import { IConstruct } from 'constructs';
import { fail } from './errors';

/** Minor versions of Kubernetes of which the library knows the API, oldest first. No provider takes another. */
export const KUBERNETES_VERSIONS: readonly string[] = ['1.33', '1.34', '1.35', '1.36', '1.37'];

/**
 * Refuses a version of Kubernetes that is not supported.
 *
 * @param supported the minor versions that are, oldest first
 * @returns the version
 */
export function kubernetesVersion(
  where: IConstruct | string,
  version: string,
  supported: readonly string[],
  fix: string,
): string {
  if (!supported.includes(version)) {
    fail(where, 'kubernetesVersion', `must be one of ${supported.join(', ')}`, version, fix);
  }
  return version;
}
