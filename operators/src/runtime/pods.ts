import { shortened } from './fitted';
import { Observed } from './observed';
import { KubernetesObject } from './protocol';

/** Why a pod does not run, as a condition has it. */
export interface PodTrouble {
  /** The kubelet's or the scheduler's word: `CreateContainerConfigError`, `Unschedulable`. */
  readonly reason: string;
  readonly message: string;
}

interface ContainerStatus {
  readonly name?: string;
  readonly image?: string;
  readonly imageID?: string;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly terminated?: EndedContainer;
  };
  readonly lastState?: { readonly terminated?: EndedContainer };
}

interface EndedContainer {
  readonly exitCode?: number;
  readonly reason?: string;
  readonly message?: string;
}

interface PodStatus {
  readonly phase?: string;
  readonly conditions?: readonly {
    readonly type?: string;
    readonly status?: string;
    readonly reason?: string;
    readonly message?: string;
  }[];
  readonly initContainerStatuses?: readonly ContainerStatus[];
  readonly containerStatuses?: readonly ContainerStatus[];
}

/** What a container waits for on its way; any other reason is a trouble, also one that the kubelet gets later. */
const ON_ITS_WAY = ['ContainerCreating', 'PodInitializing'];

const MESSAGE_LENGTH = 600;

/** The pods of a namespace that are there to stay, newest first. */
export function livePods(
  { related, namespace }: { readonly related: Observed; readonly namespace: string },
  isOurs: (pod: KubernetesObject) => boolean,
): KubernetesObject[] {
  const began = ({ metadata }: KubernetesObject): string => metadata.creationTimestamp ?? '';
  return related
    .all('v1', 'Pod')
    .filter(({ metadata }) => metadata.namespace === namespace && metadata.deletionTimestamp === undefined)
    .filter(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed')
    .filter(isOurs)
    .sort((a, b) => (began(a) === began(b) ? 0 : began(a) > began(b) ? -1 : 1));
}

/**
 * Why pods do not run, from the first that says so; undefined when none does, such as while images are pulled. A Deployment says
 * nothing of it until its deadline.
 *
 * @param pods those that count most first
 * @param advice what to do about an image whose user is root or has a name, as the end of a sentence
 */
export function troubleOf(pods: readonly KubernetesObject[], advice?: string): PodTrouble | undefined {
  for (const pod of pods) {
    const trouble = troubleOfPod(pod, advice);
    if (trouble) return trouble;
  }
  return undefined;
}

function troubleOfPod({ metadata: { name }, status }: KubernetesObject, advice?: string): PodTrouble | undefined {
  const { conditions = [], initContainerStatuses = [], containerStatuses = [] } = (status ?? {}) as PodStatus;
  const unscheduled = conditions.find(({ type, status: is }) => type === 'PodScheduled' && is === 'False');
  if (unscheduled?.reason === 'Unschedulable') {
    return { reason: unscheduled.reason, message: `No node can take pod ${name}: ${firstLine(unscheduled.message)}` };
  }
  for (const container of [...initContainerStatuses, ...containerStatuses]) {
    const waiting = container.state?.waiting;
    if (waiting?.reason === undefined || ON_ITS_WAY.includes(waiting.reason)) continue;
    const { reason, message } = waiting;
    const where = `container ${container.name} of pod ${name}`;
    // what the kubelet says of the wait changes with each attempt; how the container ended does not
    if (reason === 'CrashLoopBackOff') {
      return { reason, message: `The ${where} ends again and again, ${lastWords(container.lastState?.terminated)}` };
    }
    const fix = advice !== undefined && /runAsNonRoot/.test(message ?? '') ? `: ${advice}` : '';
    return { reason, message: `The ${where} does not start: ${firstLine(message)}${fix}` };
  }
  return undefined;
}

/** How a container ended; a user who may make pods may write anything there. */
function lastWords({ exitCode, reason, message }: EndedContainer = {}): string {
  const code = exitCode === undefined ? 'with an unknown code' : `with code ${exitCode}`;
  const why = reason === undefined || reason === 'Error' || reason === 'Completed' ? '' : ` (${reason})`;
  const last = (message ?? '').trim().split('\n').at(-1) ?? '';
  return `the last time ${code}${why}${last === '' ? '; see its log' : `: ${firstLine(last)}`}`;
}

function firstLine(text: string | undefined): string {
  const [line] = (text ?? '').trim().split('\n');
  return line === '' ? 'nothing says why' : shortened(line, MESSAGE_LENGTH);
}

/** The images of a container in the pods that are ready, with their digest where the node knows it, in their order and once each. */
export function servedImages(pods: readonly KubernetesObject[], container: string): string[] {
  const images = pods.flatMap(({ status }) => {
    const { conditions = [], containerStatuses = [] } = (status ?? {}) as PodStatus;
    if (!conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True')) return [];
    const found = containerStatuses.find(({ name }) => name === container);
    // an image that was not pulled has the hash of its configuration, by which none can be pulled
    const id = found?.imageID?.replace(/^[a-z-]+:\/\//, '') ?? '';
    return (id.includes('@sha256:') ? id : found?.image) ?? [];
  });
  return [...new Set(images)];
}
