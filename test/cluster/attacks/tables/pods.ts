import { referenceTo } from '../../types';
import type { KubernetesObject } from '../../types';
import { type Attack, DORA, FRAUD, MALIK, refused, VISION } from '../attack';
import { DAVE, pod, type PodParts, refusedUnlike, tokenOf } from '../pods';

const ZONE = 'nstarx.io/zone';
const CONTROL_PLANE = 'node-role.kubernetes.io/control-plane';
const GPU = 'nvidia.com/gpu';

const tolerating = (key: string, value?: string): PodParts => ({
  tolerations: [value === undefined ? { key, operator: 'Exists' } : { key, operator: 'Equal', value }],
});
const withGpus = (amount: string): PodParts => ({ container: { resources: { limits: { [GPU]: amount } } } });

function model(serving: Record<string, unknown>): KubernetesObject {
  return {
    apiVersion: 'nstarx.io/v1alpha1',
    kind: 'AIModel',
    metadata: { name: 'churn', namespace: VISION },
    spec: {
      type: 'sklearn',
      version: '1.0',
      storage: { location: 's3://models/churn/1.0' },
      serving: { resources: { requests: { memory: '1Gi' } }, ...serving },
    },
  };
}

function modelAsking(resource: string, amount: string): KubernetesObject {
  const limits = { [resource]: amount };
  return model({ resources: { requests: { memory: '1Gi', ...limits }, limits } });
}

function workflow(resources: Record<string, unknown>): KubernetesObject {
  return {
    apiVersion: 'nstarx.io/v1alpha1',
    kind: 'MLWorkflow',
    metadata: { name: 'train', namespace: VISION },
    spec: {
      type: 'training',
      stages: [{ name: 'train', type: 'container', config: { image: 'registry.example.com/train:1.0' } }],
      resources,
    },
  };
}

function deployment(limits: Record<string, string>): KubernetesObject {
  return {
    apiVersion: 'mlifecycle.io/v1',
    kind: 'ModelDeployment',
    metadata: { name: 'churn', namespace: VISION },
    spec: {
      model: { name: 'churn', version: '1.0.0', framework: 'sklearn' },
      metrics: { accuracy: 0.9, f1_score: 0.9 },
      fairness: { demographic_parity: 0.02 },
      drift: { score: 0.05 },
      serving: { image: 'registry.example.com/churn:1.0.0', resources: { requests: { memory: '1Gi' }, limits } },
    },
  };
}

const DEVICES_ONLY = /must ask for devices only/;
const AT_LEAST_ONE = /must ask for at least one of a device/;
const TOLERATES = /tolerate only the devices that the pod asks for, and zones that the namespace is granted/;
const PLACE = /leave out nodeName, matchFields, and labels of single nodes or of the control plane/;

const OF_DATA_SCIENTISTS = {
  who: 'data scientist of vision',
  gain: 'a pod that tolerates the taint, on nodes that are kept for others',
  defence: 'schema: a list of devices, amounts above zero; tolerations come from that list',
};
const OF_DEVELOPERS = {
  who: 'developer of the team of vision',
  gain: 'a place on nodes that are kept for others',
  defence: 'policy tenant-pods',
};
const OF_DRIVERS = {
  who: 'program in a Spark driver of vision',
  gain: 'a place that its author does not get by a spec',
  defence: 'policy tenant-pods',
};

const executor = (parts: PodParts): KubernetesObject =>
  pod({ labels: { 'spark-role': 'executor' }, serviceAccountName: 'spark', ...parts });

const required = (term: Record<string, unknown>): PodParts => ({
  affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } } },
});

/** Attacks by where pods run, and before whom. */
export const PODS: readonly Attack[] = [
  {
    ...OF_DATA_SCIENTISTS,
    request: 'an AIModel with the extended resource nstarx.io/zone, of which it asks for none',
    attempt: refused(modelAsking(ZONE, '0'), DORA, DEVICES_ONLY),
  },
  {
    ...OF_DATA_SCIENTISTS,
    request: 'an AIModel with the extended resource node-role.kubernetes.io/control-plane',
    attempt: refused(modelAsking(CONTROL_PLANE, '0'), DORA, DEVICES_ONLY),
  },
  {
    ...OF_DATA_SCIENTISTS,
    request: 'an AIModel that asks for no GPU, by its name',
    attempt: refusedUnlike(modelAsking(GPU, '0'), modelAsking(GPU, '1'), DORA, AT_LEAST_ONE),
  },
  {
    ...OF_DATA_SCIENTISTS,
    request: 'an MLWorkflow whose stages have the extended resource nstarx.io/zone',
    attempt: refused(workflow({ default: { [ZONE]: '0' } }), DORA, DEVICES_ONLY),
  },
  {
    ...OF_DATA_SCIENTISTS,
    request: 'an MLWorkflow whose trainings ask for no GPU, by its name',
    attempt: refusedUnlike(
      workflow({ training: { [GPU]: 0 } }),
      workflow({ training: { [GPU]: 1 } }),
      DORA,
      AT_LEAST_ONE,
    ),
  },
  {
    ...OF_DATA_SCIENTISTS,
    who: 'ML engineer of vision',
    request: 'a ModelDeployment with the extended resource node-role.kubernetes.io/control-plane',
    attempt: refusedUnlike(deployment({ [CONTROL_PLANE]: '0' }), deployment({ memory: '1Gi' }), MALIK, DEVICES_ONLY),
  },
  ...[CONTROL_PLANE, 'kubernetes.io/hostname', ZONE, 'tenant'].map((label) => ({
    ...OF_DATA_SCIENTISTS,
    request: `an AIModel that selects nodes by ${label}`,
    gain: 'a place on nodes that are kept for others',
    defence: 'schema: a list of labels that say what a machine is; zones say whose it is',
    attempt: refusedUnlike(
      model({ nodeSelector: { [label]: 'a' } }),
      model({ nodeSelector: { 'topology.kubernetes.io/zone': 'a' } }),
      DORA,
      /must select nodes by what they are/,
    ),
  })),
  {
    who: 'data scientist of vision',
    request: 'an AIModel with the PriorityClass system-node-critical',
    gain: 'pods of other tenants that make room for it',
    defence: 'schema: no class of Kubernetes itself',
    attempt: refused(
      model({ priorityClassName: 'system-node-critical' }),
      DORA,
      /must not be a class of Kubernetes itself/,
    ),
  },
  {
    who: 'data scientist of vision',
    request: 'an AIModel with the PriorityClass production-serving',
    gain: 'models of other tenants that make room for it',
    defence: 'policy priority-use',
    attempt: refusedUnlike(
      model({ priorityClassName: 'production-serving' }),
      model({ priorityClassName: 'nstarx-batch-training' }),
      DORA,
      /spec.serving.priorityClassName: dora may not use production-serving/,
    ),
  },
  {
    ...OF_DEVELOPERS,
    request: 'a pod that tolerates every taint',
    attempt: refusedUnlike(pod({ tolerations: [{ operator: 'Exists' }] }), pod(), DAVE, TOLERATES),
  },
  {
    ...OF_DEVELOPERS,
    request: 'a pod without GPUs that tolerates the taint of nodes with GPUs',
    attempt: refusedUnlike(pod(tolerating(GPU)), pod({ ...tolerating(GPU), ...withGpus('1') }), DAVE, TOLERATES),
  },
  {
    ...OF_DEVELOPERS,
    request: 'the same, and the pod asks for none of them by name',
    attempt: refused(pod({ ...tolerating(GPU), ...withGpus('0') }), DAVE, TOLERATES),
  },
  {
    ...OF_DEVELOPERS,
    request: 'the same, and the pod selects nodes with GPUs as those of a zone do',
    attempt: refused(
      pod({ ...tolerating(GPU), nodeSelector: { 'nvidia.com/gpu.product': 'Tesla-T4' } }, FRAUD),
      DAVE,
      TOLERATES,
    ),
  },
  {
    ...OF_DEVELOPERS,
    request: 'a pod that tolerates the taint of the control plane',
    attempt: refused(pod(tolerating(CONTROL_PLANE)), DAVE, TOLERATES),
  },
  {
    ...OF_DEVELOPERS,
    request: 'a pod that tolerates the taint of a zone that the tenant may not use',
    attempt: refusedUnlike(pod(tolerating(ZONE, 'reserved')), pod(tolerating(ZONE, 'training')), DAVE, TOLERATES),
  },
  {
    ...OF_DEVELOPERS,
    request: 'a pod that tolerates the taint of every zone',
    attempt: refused(pod(tolerating(ZONE)), DAVE, TOLERATES),
  },
  {
    ...OF_DEVELOPERS,
    request: 'a toleration of the control plane that is added to a pod which is there',
    attempt: async ({ cluster }) => {
      const made = await cluster.create(pod(), { asUser: DAVE });
      const ref = referenceTo(made);
      try {
        const added = [
          ...((made.spec?.tolerations as object[] | undefined) ?? []),
          { key: CONTROL_PLANE, operator: 'Exists' },
        ];
        const change = { spec: { tolerations: added } };
        await expect(cluster.patch(ref, change, { asUser: DAVE })).rejects.toThrow(TOLERATES);
        await cluster.patch(ref, { metadata: { labels: { honest: 'yes' } } }, { asUser: DAVE });
      } finally {
        await cluster.delete(ref);
      }
    },
  },
  {
    ...OF_DEVELOPERS,
    request: 'a pod that names its node',
    gain: 'a place past the scheduler, its taints and its quotas',
    attempt: refused(pod({ nodeName: 'node-1' }), DAVE, PLACE),
  },
  {
    ...OF_DEVELOPERS,
    request: 'a pod that selects one node by its hostname',
    attempt: refused(pod({ nodeSelector: { 'kubernetes.io/hostname': 'node-1' } }), DAVE, PLACE),
  },
  {
    ...OF_DEVELOPERS,
    request: 'a pod with an affinity to nodes of the control plane',
    attempt: refusedUnlike(
      pod(required({ matchExpressions: [{ key: CONTROL_PLANE, operator: 'Exists' }] })),
      pod(required({ matchExpressions: [{ key: 'kubernetes.io/arch', operator: 'In', values: ['arm64'] }] })),
      DAVE,
      PLACE,
    ),
  },
  {
    ...OF_DEVELOPERS,
    request: 'a pod with an affinity to a node by its name',
    attempt: refused(
      pod(required({ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['node-1'] }] })),
      DAVE,
      PLACE,
    ),
  },
  {
    ...OF_DEVELOPERS,
    request: 'a pod that prefers the nodes of a zone that the tenant may not use',
    attempt: async (bench) => {
      const preferring = (zone: string): KubernetesObject =>
        pod({
          affinity: {
            nodeAffinity: {
              preferredDuringSchedulingIgnoredDuringExecution: [
                { weight: 1, preference: { matchExpressions: [{ key: ZONE, operator: 'In', values: [zone] }] } },
              ],
            },
          },
        });
      await refusedUnlike(
        preferring('reserved'),
        preferring('training'),
        DAVE,
        /select only nodes of zones that the namespace is granted/,
      )(bench);
    },
  },
  {
    ...OF_DEVELOPERS,
    request: 'a pod that selects the nodes of a zone that the tenant may not use',
    attempt: refusedUnlike(
      pod({ nodeSelector: { [ZONE]: 'reserved' } }),
      pod({ nodeSelector: { [ZONE]: 'training' } }),
      DAVE,
      /ask for the label zone.nstarx.io\/reserved=use on the namespace/,
    ),
  },
  {
    ...OF_DEVELOPERS,
    request: 'a pod with the PriorityClass system-cluster-critical',
    gain: 'pods of everybody that make room for it',
    attempt: refusedUnlike(
      pod({ priorityClassName: 'system-cluster-critical' }),
      pod({ priorityClassName: 'nstarx-production-inference' }),
      DAVE,
      /spec.priorityClassName: use a class with a value of at most 100000, not system-cluster-critical/,
    ),
  },
  {
    ...OF_DEVELOPERS,
    request: 'a pod with the PriorityClass of what the platform runs on',
    gain: 'pods of the platform that make room for it',
    attempt: refused(pod({ priorityClassName: 'platform-critical' }), DAVE, /not platform-critical/),
  },
  {
    ...OF_DRIVERS,
    request: 'an executor that tolerates every taint',
    attempt: refusedUnlike(
      executor({ tolerations: [{ operator: 'Exists' }] }),
      executor({ ...tolerating(GPU), ...withGpus('2') }),
      tokenOf('spark'),
      TOLERATES,
    ),
  },
  {
    ...OF_DRIVERS,
    request: 'an executor with the PriorityClass system-node-critical',
    gain: 'pods of everybody that make room for it',
    attempt: refused(
      executor({ priorityClassName: 'system-node-critical' }),
      tokenOf('spark'),
      /not system-node-critical/,
    ),
  },
];
