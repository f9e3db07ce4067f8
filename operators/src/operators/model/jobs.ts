import { PLATFORM_GROUP } from '../../../../src/contracts/names';
import { conditionOf } from '../../runtime/conditions';
import { KubernetesObject } from '../../runtime/protocol';
import { ModelContext } from './model-context';

/** How a Job stands. */
export type JobState = 'Missing' | 'Running' | 'Complete' | 'Failed';

/** The state of a Job, as it was observed. */
export function stateOf(job: KubernetesObject | undefined): JobState {
  if (!job) return 'Missing';
  if (conditionOf(job, 'Complete')?.status === 'True') return 'Complete';
  if (conditionOf(job, 'Failed')?.status === 'True') return 'Failed';
  return 'Running';
}

interface Terminated {
  readonly exitCode?: number;
  readonly message?: string;
  readonly finishedAt?: string;
}

/** What the last container of a Job that ended said of itself, in its termination message. */
export function lastWordOf({ related, namespace }: ModelContext, job: string): Terminated | undefined {
  const ended = related
    .all('v1', 'Pod')
    .filter(
      ({ metadata }) => metadata.namespace === namespace && metadata.labels?.['batch.kubernetes.io/job-name'] === job,
    )
    .flatMap(({ status }) => {
      const states = (status?.containerStatuses ?? []) as readonly {
        readonly state?: { readonly terminated?: Terminated };
        readonly lastState?: { readonly terminated?: Terminated };
      }[];
      return states.flatMap(({ state, lastState }) => state?.terminated ?? lastState?.terminated ?? []);
    });
  return ended.sort((a, b) => ((a.finishedAt ?? '') < (b.finishedAt ?? '') ? -1 : 1)).at(-1);
}

/** The Pods of a model's jobs. */
export function jobPods(model: string, components: readonly string[]) {
  return {
    matchLabels: { [`${PLATFORM_GROUP}/model`]: model },
    matchExpressions: [{ key: `${PLATFORM_GROUP}/component`, operator: 'In', values: [...components] }],
  };
}
