import { SyncContext } from './operator';
import { KubernetesObject } from './protocol';

/** How a container ended, as its pod tells. Whoever may make pods may write any message there. */
export interface Termination {
  readonly exitCode?: number;
  readonly message?: string;
  readonly finishedAt?: string;
}

interface ContainerStatus {
  readonly state?: { readonly terminated?: Termination };
  readonly lastState?: { readonly terminated?: Termination };
}

/** How the container ended that ended last in these pods. One that was started again counts as it ended before. */
export function lastTermination(
  { related, namespace }: Pick<SyncContext<unknown>, 'related' | 'namespace'>,
  isOurs: (pod: KubernetesObject) => boolean,
): Termination | undefined {
  return related
    .all('v1', 'Pod')
    .filter((pod) => pod.metadata.namespace === namespace && isOurs(pod))
    .flatMap(({ status }) => (status?.containerStatuses ?? []) as readonly ContainerStatus[])
    .flatMap(({ state, lastState }) => state?.terminated ?? lastState?.terminated ?? [])
    .sort((a, b) => ((a.finishedAt ?? '') < (b.finishedAt ?? '') ? -1 : 1))
    .at(-1);
}
