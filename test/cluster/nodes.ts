import { ApiError, messageOf, type RestClient } from './client';
import { until } from '../support/waiting';
import { conditionOf, type KubernetesObject } from './types';

/** A simulated machine. */
export interface NodeProps {
  readonly name: string;
  /** @default - only those that every node has: host name, operating system, architecture */
  readonly labels?: Readonly<Record<string, string>>;
  /** @default - none */
  readonly taints?: readonly Taint[];
  /** Resources, also `nvidia.com/gpu`. What is not named has its default. @default - 16 CPU, 64Gi, 110 Pods */
  readonly capacity?: Readonly<Record<string, string>>;
}

export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
}

const CAPACITY = { cpu: '16', memory: '64Gi', pods: '110', 'ephemeral-storage': '100Gi' };

/** Three general machines, one in each zone. */
export const DEFAULT_NODES: readonly NodeProps[] = ['a', 'b', 'c'].map((zone) => ({
  name: `general-${zone}`,
  labels: {
    'topology.kubernetes.io/region': 'test-region',
    'topology.kubernetes.io/zone': `test-region-${zone}`,
    'node.kubernetes.io/instance-type': 'general',
  },
}));

/** Adds simulated nodes; one that is there already is changed. Guaranteed when it is done: each of them is Ready. */
export async function addNodes(client: RestClient, nodes: readonly NodeProps[]): Promise<void> {
  await Promise.all(nodes.map((node) => addNode(client, node)));
}

async function addNode(client: RestClient, props: NodeProps): Promise<void> {
  const path = `/api/v1/nodes/${props.name}`;
  const capacity = { ...CAPACITY, ...props.capacity };
  const node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: props.name,
      annotations: { 'kwok.x-k8s.io/node': 'fake' },
      labels: {
        'kubernetes.io/hostname': props.name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        type: 'kwok',
        ...props.labels,
      },
    },
    spec: props.taints ? { taints: props.taints } : {},
  };
  await patch(client, path, node);
  // A kubelet reports its machine's resources in the status, so it is written as one; the rest of it is kwok's.
  await patch(client, `${path}/status`, {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: props.name },
    status: { capacity, allocatable: capacity },
  });
  await until(`node ${props.name} to be ready`, 60_000, async () => {
    const object = await client.send('GET', path);
    return conditionOf(object, 'Ready')?.status === 'True' && isUsable(object);
  });
}

/** A new node is tainted until the controller manager has seen that it is ready. */
function isUsable(node: KubernetesObject): boolean {
  const taints = (node.spec?.taints ?? []) as readonly Taint[];
  return taints.every(({ key }) => key !== 'node.kubernetes.io/not-ready');
}

async function patch(client: RestClient, path: string, body: unknown): Promise<void> {
  const answer = await client.request('PATCH', path, {
    body: JSON.stringify(body),
    contentType: 'application/apply-patch+yaml',
    query: { fieldManager: 'test-cluster-nodes', force: true, fieldValidation: 'Strict' },
  });
  if (answer.code >= 400) {
    throw new ApiError(answer.code, messageOf(answer));
  }
}
