import { conditionOf } from '../runtime/conditions';
import { lastTermination } from '../runtime/observed';
import { livePods, PodTrouble, troubleOf } from '../runtime/pods';
import { KubernetesObject } from '../runtime/protocol';
import { DeploymentContext } from './spec';

/** How a Job stands, and what its containers said when they ended. */
export interface JobSeen {
  readonly name: string;
  readonly state: 'Missing' | 'Running' | 'Complete' | 'Failed';
  /** The container that ended last. */
  readonly last?: { readonly container: string; readonly exitCode: number; readonly message: string };
  /** Why its controller gave it up. */
  readonly failure?: string;
  /** Why its pod does not run. */
  readonly trouble?: PodTrouble;
}

/**
 * A Job of this name. Whether it succeeded is what the controller of Jobs says; what a container said of itself only explains.
 */
export function jobNamed(
  context: Pick<DeploymentContext, 'children' | 'related' | 'namespace'>,
  name: string,
): JobSeen {
  const { children, namespace } = context;
  const job = children.find('batch/v1', 'Job', name, namespace);
  const isOurs = (pod: KubernetesObject): boolean => job !== undefined && isPodOf(job, pod);
  const ended = lastTermination(context, isOurs);
  const trouble = troubleOf(livePods(context, isOurs));
  return {
    name,
    state: stateOf(job),
    failure: conditionOf(job, 'Failed')?.message,
    ...(ended === undefined
      ? {}
      : {
          last: {
            container: ended.container ?? '',
            exitCode: ended.exitCode ?? 0,
            message: (ended.message ?? '').trim(),
          },
        }),
    // that a container ends again and again is told by how it ended
    ...(trouble === undefined || trouble.reason === 'CrashLoopBackOff' ? {} : { trouble }),
  };
}

function stateOf(job: KubernetesObject | undefined): JobSeen['state'] {
  if (!job) return 'Missing';
  if (conditionOf(job, 'Complete')?.status === 'True') return 'Complete';
  if (conditionOf(job, 'Failed')?.status === 'True') return 'Failed';
  return 'Running';
}

/** Anybody may give a pod the name of a job as a label; the uid of the Job is one that only its controller gives. */
function isPodOf({ metadata: job }: KubernetesObject, { metadata }: KubernetesObject): boolean {
  if (metadata.labels?.['batch.kubernetes.io/job-name'] !== job.name) return false;
  return job.uid === undefined || metadata.labels['batch.kubernetes.io/controller-uid'] === job.uid;
}
