import { PLATFORM_GROUP } from '../../../src/contracts/names';
import { conditionOf } from '../runtime/conditions';
import { lastTermination, Termination } from '../runtime/observed';
import { KubernetesObject } from '../runtime/protocol';
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

/** What the last container of a Job that ended said of itself, in its termination message. */
export function lastWordOf(context: ModelContext, job: string): Termination | undefined {
  return lastTermination(context, ({ metadata }) => metadata.labels?.['batch.kubernetes.io/job-name'] === job);
}

/** The Pods of a model's jobs. */
export function jobPods(model: string, components: readonly string[]) {
  return {
    matchLabels: { [`${PLATFORM_GROUP}/model`]: model },
    matchExpressions: [{ key: `${PLATFORM_GROUP}/component`, operator: 'In', values: [...components] }],
  };
}
