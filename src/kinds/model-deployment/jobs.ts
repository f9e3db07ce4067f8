import { ApiObject } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { DNS_EGRESS, egressTo } from '../../constructs/tenancy/network-rules';
import { PLATFORM_GROUP, RUN_TO_COMPLETION_ANNOTATIONS } from '../../contracts/names';
import { NetworkPeer } from '../../contracts/network';
import { ChildEnding, childName, describingLabels, objectLabels, ownLabel } from '../child-names';

type Json = { [key: string]: unknown };

/** The value of the label `nstarx.io/component` of the pods that verify images. */
export const IMAGE_VERIFICATION = 'image-verification';
/** The value of the label `nstarx.io/component` of the pods that register models. */
export const MODEL_REGISTRATION = 'model-registration';

/** Exit code with which programs of these jobs say that another attempt does not help. */
export const FINAL = 3;

/** Labels by which the pods of a job of a ModelDeployment are selected; its Service does not select them. */
export function jobSelector(deployment: string, component: string): { readonly [label: string]: string } {
  return { [`${PLATFORM_GROUP}/component`]: component, ...ownLabel('model-deployment-job', deployment) };
}

/** A Job of a ModelDeployment. */
export interface DeploymentJob {
  /** Name of the ModelDeployment. */
  readonly deployment: string;
  readonly namespace: string;
  /** Name of the Job, which changes with its content. */
  readonly name: string;
  /** `IMAGE_VERIFICATION` or `MODEL_REGISTRATION`. */
  readonly component: string;
  /** What the Job has beside its template: how often it is tried, and for how long. */
  readonly attempts: Json;
  readonly restartPolicy: 'Never' | 'OnFailure';
  /** User (UID) of the pods. */
  readonly runAsUser: number;
  readonly serviceAccountName?: string;
  /** Containers that run before. */
  readonly initContainers?: readonly Json[];
  readonly container: Json;
  /** Volumes beside `/tmp`. */
  readonly volumes?: readonly Json[];
  readonly tmpSize: string;
}

/** Adds a Job whose pods meet Pod Security `restricted`, with a read-only root file system. */
export function addJob(scope: Construct, id: string, job: DeploymentJob): void {
  const { deployment, namespace, name, component, attempts, restartPolicy, runAsUser, serviceAccountName } = job;
  const labels = objectLabels('model-deployment', deployment, component);
  new ApiObject(scope, id, {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace, labels },
    spec: {
      ...attempts,
      template: {
        metadata: {
          labels: {
            ...describingLabels('model-deployment', deployment, component),
            ...jobSelector(deployment, component),
          },
          annotations: RUN_TO_COMPLETION_ANNOTATIONS,
        },
        spec: {
          restartPolicy,
          terminationGracePeriodSeconds: 5,
          ...(serviceAccountName === undefined ? {} : { serviceAccountName }),
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          securityContext: { runAsNonRoot: true, runAsUser, seccompProfile: { type: 'RuntimeDefault' } },
          ...(job.initContainers === undefined ? {} : { initContainers: job.initContainers }),
          containers: [job.container],
          volumes: [{ name: 'tmp', emptyDir: { sizeLimit: job.tmpSize } }, ...(job.volumes ?? [])],
        },
      },
    },
  });
}

/** Lets the pods of a job out to DNS and to these peers, and nobody in. */
export function addJobPolicy(
  scope: Construct,
  job: Pick<DeploymentJob, 'deployment' | 'namespace' | 'component'> & { readonly ending: ChildEnding },
  egress: readonly NetworkPeer[],
): void {
  const { deployment, namespace, component, ending } = job;
  new ApiObject(scope, 'NetworkPolicy', {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: {
      name: childName(deployment, ending),
      namespace,
      labels: objectLabels('model-deployment', deployment, component),
    },
    spec: k8s.toJson_NetworkPolicySpec({
      podSelector: { matchLabels: jobSelector(deployment, component) },
      policyTypes: ['Ingress', 'Egress'],
      egress: [DNS_EGRESS, ...egress.map(egressTo)],
    }) as Json,
  });
}

/** What every container of these jobs has. Why it ends is then in the status of the pod, also where it writes no message. */
export const JOB_CONTAINER = {
  imagePullPolicy: 'IfNotPresent',
  terminationMessagePolicy: 'FallbackToLogsOnError',
  securityContext: {
    allowPrivilegeEscalation: false,
    privileged: false,
    readOnlyRootFilesystem: true,
    runAsNonRoot: true,
    capabilities: { drop: ['ALL'] },
  },
  volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
} as const;
