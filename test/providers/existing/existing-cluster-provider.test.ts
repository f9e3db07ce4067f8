import { GeneralPool, GpuCapability, GpuModel, GpuPool, Tier } from '../../../src/contracts';
import { ExistingClusterProviderProps, ExistingClusterProvider } from '../../../src/providers/existing';
import { StateBackend } from '../../../src/providers/state-backend';
import { readStack, temporaryApp } from '../../support/synth';

const PROPS: ExistingClusterProviderProps = {
  context: 'on-premises',
  kubernetesVersion: '1.34',
  defaultStorageClass: 'ceph-block',
};
const T4S: GpuCapability = {
  pool: 'gpu-t4',
  resourceName: 'nvidia.com/gpu',
  productLabel: 'Tesla-T4',
  perNode: 2,
  total: 8,
};

function environmentWith(props: Partial<ExistingClusterProviderProps> = {}) {
  const provider = ExistingClusterProvider.fromKubeconfig({ ...PROPS, ...props });
  const { app, folder } = temporaryApp();
  return { app, folder, environment: app.environment('production', { provider, tier: Tier.PRODUCTION }) };
}

test('no infrastructure is made', () => {
  const { app, folder, environment } = environmentWith();
  environment.addCluster();
  app.synth();
  const stack = readStack(folder, 'production-infrastructure');
  expect([stack.resource, stack.data, stack.provider]).toEqual([undefined, undefined, undefined]);
});

test('the cluster is reached through the kubeconfig', () => {
  const { app, folder, environment } = environmentWith({ kubeconfigPath: '/etc/platform/kubeconfig' });
  const cluster = environment.addCluster();
  app.synth();
  expect(cluster.connection).toEqual({
    kubeconfigPath: '/etc/platform/kubeconfig',
    kubeconfigContext: 'on-premises',
  });
  expect(readStack(folder, 'production-bootstrap').provider?.kubernetes).toEqual([
    { config_context: 'on-premises', config_path: '/etc/platform/kubeconfig' },
  ]);
});

test('nothing is taken for granted that was not said', () => {
  const cluster = environmentWith().environment.addCluster();
  expect(cluster).toMatchObject({
    clusterName: 'on-premises',
    kubernetesVersion: '1.34',
    defaultStorageClass: 'ceph-block',
    capabilities: {
      gpus: [],
      simulatedGpus: false,
      loadBalancer: false,
      networkPolicy: false,
      nodeAutoscaling: false,
      workloadIdentity: false,
      volumeSnapshots: false,
      zones: [],
    },
  });
});

test('what was said is what the cluster can do', () => {
  const said = {
    gpus: [T4S],
    simulatedGpus: true,
    loadBalancer: true,
    networkPolicy: true,
    nodeAutoscaling: true,
    volumeSnapshots: true,
    zones: ['a', 'b'],
  };
  const cluster = environmentWith({ ...said, clusterName: 'fra-1' }).environment.addCluster();
  expect(cluster.clusterName).toBe('fra-1');
  expect(cluster.capabilities).toEqual({ ...said, workloadIdentity: false });
});

test('a database spreads over the zones that there are', () => {
  const { app, environment } = environmentWith({ zones: ['a', 'b', 'c'] });
  environment.addCluster();
  environment.addDatabase('database');
  app.synth();
  const database = environment.node.findAll().find((node) => node.node.path.endsWith('/database/Resource'));
  expect(database).toHaveProperty('kind', 'Cluster');
  expect((database as unknown as { toJson(): { spec: unknown } }).toJson().spec).toMatchObject({
    affinity: { topologyKey: 'topology.kubernetes.io/zone' },
    storage: { storageClass: 'ceph-block' },
  });
});

test('the state can be kept in S3', () => {
  const { app, folder, environment } = environmentWith({
    state: StateBackend.s3({ bucket: 'acme-tf-state', region: 'eu-west-1' }),
  });
  environment.addCluster();
  app.synth();
  expect(readStack(folder, 'production-bootstrap').terraform?.backend).toMatchObject({
    s3: { bucket: 'acme-tf-state', use_lockfile: true },
  });
});

const LARGE = { pool: 'general', instanceType: 'R650', cpu: 32, memory: 128 * 2 ** 30 };

test('the sizes of the nodes are those that were given', () => {
  const nodes = [{ ...LARGE, pods: 110, min: 3, max: 3 }];
  expect(environmentWith({ nodes }).environment.addCluster().capabilities.nodes).toEqual(nodes);
});

const DNS = {
  kind: 'Deployment',
  name: 'coredns',
  replicas: 2,
  containers: [{ name: 'a', cpu: '100m', memory: '70Mi' }],
};
const PROXY = {
  kind: 'DaemonSet',
  name: 'kube-proxy',
  containers: [{ name: 'a', cpu: '100m' }],
  tolerations: [{ operator: 'Exists' }],
};

test('what the cluster brings itself takes room on its nodes', () => {
  const nodes = [{ ...LARGE, pods: 110, min: 3, max: 3 }];
  const { app, environment } = environmentWith({ nodes, addOns: [DNS, PROXY] });
  expect(environment.addCluster().capabilities.addOns).toEqual([DNS, PROXY]);
  const { capacity } = app.synth().environments[0];
  expect(capacity.pools?.map(({ cpuRequested }) => cpuRequested)).toEqual([expect.closeTo(0.5)]);
});

const refused: [string, Partial<ExistingClusterProviderProps>, string][] = [
  [
    'an empty context',
    { context: '' },
    'context must be a name, got "": use one that `kubectl config get-contexts -o name` prints.',
  ],
  [
    'a folder for a kubeconfig',
    { kubeconfigPath: '~/.kube/' },
    'kubeconfigPath must be the path of a file, got "~/.kube/": use one such as ~/.kube/config; ~ stands for the home directory of the user who runs Terraform.',
  ],
  [
    'a patch version',
    { kubernetesVersion: '1.34.2' },
    'kubernetesVersion must be one of 1.33, 1.34, 1.35, 1.36, 1.37, got "1.34.2": give the minor version alone, like 1.35; upgrade an older cluster first.',
  ],
  [
    'an old version',
    { kubernetesVersion: '1.29' },
    'kubernetesVersion must be one of 1.33, 1.34, 1.35, 1.36, 1.37, got "1.29": give the minor version alone, like 1.35; upgrade an older cluster first.',
  ],
  [
    'a malformed storage class',
    { defaultStorageClass: 'Ceph Block' },
    'defaultStorageClass must be the name of a StorageClass, got "Ceph Block": use the one that `kubectl get storageclass` marks as default.',
  ],
  [
    'fewer GPUs in all than on a node',
    { gpus: [{ ...T4S, total: 1 }] },
    'gpus "gpu-t4" must have at least one GPU per node, and as many in total, got {"perNode":2,"total":1}: give the GPUs of one node and of the whole pool.',
  ],
  [
    'nodes without cores',
    { nodes: [{ ...LARGE, cpu: 0 }] },
    'nodes "general".cpu must be more than 0, got 0: give the allocatable cores of one node.',
  ],
  [
    'memory in GiB',
    { nodes: [{ ...LARGE, memory: 128 }] },
    'nodes "general".memory must be bytes, at least 1Mi, got 128: give the allocatable bytes, such as 8 * 2 ** 30.',
  ],
  [
    'add-ons on nodes of which nothing is known',
    { addOns: [DNS] },
    'addOns must come with nodes, got ["coredns"]: describe the nodes that the add-ons take room on, or leave addOns out.',
  ],
  [
    'an add-on of another kind',
    { nodes: [LARGE], addOns: [{ ...DNS, kind: 'Pod' }] },
    'addOns "coredns".kind must be one of DaemonSet, Deployment, StatefulSet, got "Pod": give what makes the pods; those of the control plane are no pods of the nodes.',
  ],
  [
    'an add-on that requests no quantity',
    { nodes: [LARGE], addOns: [{ ...DNS, containers: [{ name: 'a', memory: '70' }] }] },
    'addOns "coredns".a.memory must be a Kubernetes quantity of at least 1Mi, got "70": write it in bytes with a suffix, such as \'512Mi\' or \'2Gi\'.',
  ],
  [
    'a default class that YAML takes for a number',
    { defaultStorageClass: '1.5' },
    'defaultStorageClass must be a name that YAML reads as text, got "1.5": make a class of another name the default; charts print it without quotes.',
  ],
  [
    'zones that share nodes and have no names',
    { nodes: [{ ...LARGE, dividedByZone: true }] },
    'nodes "general".dividedByZone must come with zones, got nothing: name the zones that share the nodes.',
  ],
  [
    'part of a pod',
    { nodes: [LARGE], addOns: [{ ...DNS, replicas: 1.5 }] },
    'addOns "coredns".replicas must be a whole number between 0 and 10000, got 1.5: give the number of pods; a DaemonSet has one on each node.',
  ],
  [
    'fewer nodes at most than at least',
    { nodes: [{ ...LARGE, min: 3, max: 2 }] },
    'nodes "general".max must be at least min (3), got 2: raise max or lower min.',
  ],
];

test.each(refused)('the provider refuses %s', (_what, props, message) => {
  expect(() => environmentWith(props)).toThrow(new Error(`[ExistingClusterProvider.fromKubeconfig] ${message}`));
});

test('another version than the cluster has is refused', () => {
  expect(() => environmentWith().environment.addCluster({ kubernetesVersion: '1.35' })).toThrow(
    new Error(
      '[production-infrastructure/cluster] kubernetesVersion must be the cluster\'s own, 1.34, got "1.35": leave it out: the version of an existing cluster is not managed here.',
    ),
  );
});

test('a GPU pool that the cluster does not have is refused', () => {
  const nodePools = [GeneralPool.of('general'), GpuPool.of(GpuModel.A100_80GB)];
  expect(() => environmentWith({ gpus: [T4S] }).environment.addCluster({ nodePools })).toThrow(
    new Error(
      '[production-infrastructure/cluster] nodePools "gpu-a100-80gb" must be GPUs that the cluster has, got "NVIDIA-A100-SXM4-80GB": describe the pool in the gpus of fromKubeconfig(), or leave it out of this environment.',
    ),
  );
});
