import { PLATFORM_GROUP } from '../../../src/contracts/names';
import { lookup } from '../../../src/contracts/lookup';
import { CHILD, childName, ownLabel } from '../../../src/kinds/child-names';
import { CONTENT_ANNOTATION, MODEL_CONTAINER } from '../../../src/kinds/model-deployment/pod';
import { conditionOf } from '../runtime/conditions';
import { livePods, servedImages, troubleOf } from '../runtime/pods';
import { KubernetesObject } from '../runtime/protocol';
import { count, leastReplicas, rolloutOf } from '../runtime/rollout';
import { DeploymentReportContext } from './spec';

/** How the server of the active version stands. */
export interface Serving {
  /** Whether the Deployment is that of the active version. */
  readonly current: boolean;
  /** Whether all replicas are of it, and as many are available as are asked for at least. */
  readonly ready: boolean;
  /** Whether that was so once: what is missing since was lost, and is no roll-out. */
  readonly settled: boolean;
  /** When it was so first, RFC 3339. */
  readonly settledAt?: string;
  /** Replicas that answer, of whatever version. */
  readonly readyReplicas: number;
  /** Why it is not ready, in CamelCase; or that it is. */
  readonly reason: string;
  readonly message: string;
  /** Whether that does not go away by waiting. */
  readonly failed: boolean;
  /** What keeps a container of the active version from staying up, after some attempts. */
  readonly crashes?: string;
}

export const DEADLINE = 'ProgressDeadlineExceeded';
/** Reasons that do not go away by waiting. */
const FAILURES: readonly string[] = [DEADLINE, 'FailedCreate'];

const RUN_AS_USER =
  "set spec.serving.runAsUser to the number of the image's user, or build the image with a numeric one";

/** How the server stands, as the Deployment's controller and the pods say. */
export function servingOf(context: DeploymentReportContext): Serving {
  const { active, children, name, namespace } = context;
  const deployment = children.find('apps/v1', 'Deployment', childName(name, CHILD.DEPLOYMENT), namespace);
  const desired = active?.objects.find(({ kind }) => kind === 'Deployment');
  const readyReplicas = count(deployment?.status?.readyReplicas);
  const not = (reason: string, message: string): Serving => ({
    current: false,
    ready: false,
    settled: false,
    readyReplicas,
    reason,
    message,
    failed: false,
  });
  if (!desired || !deployment) return not('NotDeployed', 'There is no Deployment yet');
  if (contentOf(deployment) !== contentOf(desired)) {
    return not('RollingOut', 'The Deployment is still the previous one');
  }
  const least = leastReplicas(active?.objects ?? []);
  const { ready, failure, settled, availableReplicas, updatedReplicas } = rolloutOf(deployment, least);
  const replicas = `${availableReplicas} of ${least} replicas are available, ${updatedReplicas} are of the desired version`;
  const settledAt = settled ? conditionOf(deployment, 'Progressing') : undefined;
  const pods = livePods(context, isServerOf(name));
  const seen = { current: true, ready, settled, settledAt: timeOf(settledAt), readyReplicas };
  const crashes = crashesOf(pods, desired);
  if (ready) return { ...seen, reason: 'Available', message: replicas, failed: false };
  const trouble = troubleOf(pods, RUN_AS_USER);
  const why = (): Pick<Serving, 'reason' | 'message'> => {
    // a Deployment that is over its deadline says only that; its pods say why
    if (failure?.reason === DEADLINE) {
      const said = trouble?.message ?? `${failure.message}. Look at their events and logs`;
      return { reason: DEADLINE, message: `The new pods do not become ready: ${said}` };
    }
    if (failure) return failure;
    if (trouble) return { reason: trouble.reason, message: `${trouble.message} (${replicas})` };
    return { reason: settled ? 'ReplicasLost' : 'RollingOut', message: replicas };
  };
  const { reason, message } = why();
  return { ...seen, reason, message, failed: FAILURES.includes(reason), ...(crashes === undefined ? {} : { crashes }) };
}

/** Its controller sets it when the reason changes, and never again. */
function timeOf(condition: object | undefined): string | undefined {
  const { lastUpdateTime } = (condition ?? {}) as { readonly lastUpdateTime?: unknown };
  return typeof lastUpdateTime === 'string' && !Number.isNaN(Date.parse(lastUpdateTime)) ? lastUpdateTime : undefined;
}

/** Times that a container is started again before it is taken to end always. */
const RESTARTS = 3;

interface PodTemplate {
  readonly spec?: { readonly containers?: readonly { readonly name?: string; readonly image?: string }[] };
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
}

/** Why pods of a Deployment's template end again and again. Those of the previous version may be there as well. */
function crashesOf(pods: readonly KubernetesObject[], { spec }: KubernetesObject): string | undefined {
  const template = (spec?.template ?? {}) as PodTemplate;
  const imageOf = ({ spec: pod }: PodTemplate): string | undefined =>
    pod?.containers?.find(({ name }) => name === MODEL_CONTAINER)?.image;
  const ofTemplate = pods.filter(
    (pod) =>
      imageOf(pod) === imageOf(template) &&
      Object.entries(template.metadata?.labels ?? {}).every(([key, value]) => pod.metadata.labels?.[key] === value),
  );
  const crashing = ofTemplate.filter(({ status }) => {
    const statuses = (status?.containerStatuses ?? []) as readonly {
      readonly restartCount?: number;
      readonly state?: { readonly waiting?: { readonly reason?: string } };
    }[];
    return statuses.some(
      ({ restartCount = 0, state }) => restartCount >= RESTARTS && state?.waiting?.reason === 'CrashLoopBackOff',
    );
  });
  return troubleOf(crashing)?.message;
}

function contentOf({ metadata }: KubernetesObject): string | undefined {
  return metadata.annotations?.[CONTENT_ANNOTATION];
}

/** What Metacontroller shows the operator of the pods that serve. */
export function serverSelector(name: string): { readonly [label: string]: string } {
  return { ...ownLabel('model-deployment', name), [`${PLATFORM_GROUP}/component`]: 'model-server' };
}

function isServerOf(name: string): (pod: KubernetesObject) => boolean {
  const selector = Object.entries(serverSelector(name));
  return ({ metadata }) => selector.every(([label, value]) => lookup(metadata.labels, label) === value);
}

/**
 * The image that answers, by its digest where the node knows it: that of the last report while any pod has it, since a roll-out may
 * not succeed. Undefined while nothing answers.
 */
export function servedImage(context: DeploymentReportContext): string | undefined {
  const images = servedImages(livePods(context, isServerOf(context.name)), MODEL_CONTAINER);
  const before = context.parent.status?.image;
  return typeof before === 'string' && images.includes(before) ? before : images.at(-1);
}

/** The version that answers: that of the last report, until all replicas are of the active one. */
export function servedVersion({ active, parent }: DeploymentReportContext, serving: Serving): string | undefined {
  if (serving.ready) return active?.version;
  const before = parent.status?.version;
  return serving.readyReplicas > 0 && typeof before === 'string' ? before : undefined;
}
