import { TerraformStack } from 'cdktf';
import { ClusterProps, GeneralPool, GpuModel, GpuPool, Tier } from '../../../src/contracts';
import { KindProvider, KindProviderProps } from '../../../src/providers/kind';
import { readStack, StackJson, temporaryApp } from '../../support/synth';

interface Node {
  readonly role: string;
  readonly labels: { [key: string]: string };
  readonly kubeadm_config_patches?: string[];
  readonly extra_port_mappings?: { [key: string]: unknown }[];
}

function synthesized(props: ClusterProps = {}, options: KindProviderProps = {}) {
  const { app, folder } = temporaryApp();
  const environment = app.environment('local', { provider: KindProvider.local(options), tier: Tier.LOCAL });
  const cluster = environment.addCluster(props);
  app.synth();
  const stack = readStack(folder, 'local-infrastructure');
  return { environment, cluster, folder, stack, resource: kindCluster(stack), nodes: nodesOf(stack) };
}

function kindCluster(stack: StackJson): Record<string, unknown> {
  const clusters = Object.values(stack.resource?.kind_cluster ?? {});
  expect(clusters).toHaveLength(1);
  return clusters[0];
}

function nodesOf(stack: StackJson): Node[] {
  const [config] = kindCluster(stack).kind_config as { node: Node[] }[];
  return config.node;
}

test('the cluster is named after the environment and waited for', () => {
  const { resource } = synthesized();
  expect(resource).toMatchObject({
    name: 'local',
    wait_for_ready: true,
    node_image: 'kindest/node:v1.35.0@sha256:452d707d4862f52530247495d180205e029056831160e22870e37e3f6c1ac31f',
    kubeconfig_path: '${pathexpand("~/.kube/config")}',
  });
  expect(resource.kind_config).toMatchObject([{ kind: 'Cluster', api_version: 'kind.x-k8s.io/v1alpha4' }]);
});

test('the Terraform provider is tehcyx/kind at an exact version', () => {
  const { stack } = synthesized();
  expect(stack.terraform?.required_providers).toEqual({ kind: { source: 'tehcyx/kind', version: '0.11.0' } });
  expect(stack.provider?.kind).toEqual([{}]);
});

test('a private fork of the Terraform provider is a setting', () => {
  const { stack } = synthesized(
    {},
    { providerSource: 'kind.local/gigifokchiman/kind', providerVersion: '~> 0.1.0', kubeconfigPath: '/tmp/config' },
  );
  expect(stack.terraform?.required_providers).toEqual({
    kind: { source: 'kind.local/gigifokchiman/kind', version: '~> 0.1.0' },
  });
  expect(kindCluster(stack).kubeconfig_path).toBe('${pathexpand("/tmp/config")}');
});

test('the state is a local file outside the output folder', () => {
  expect(synthesized().stack.terraform?.backend).toEqual({
    local: { path: '../../../terraform.local-infrastructure.tfstate' },
  });
});

test('the control plane takes the gateway ports of this machine, on the loopback interface only', () => {
  const [controlPlane] = synthesized().nodes;
  expect(controlPlane.role).toBe('control-plane');
  expect(controlPlane.extra_port_mappings).toEqual([
    { container_port: 30080, host_port: 8080, listen_address: '127.0.0.1', protocol: 'TCP' },
    { container_port: 30443, host_port: 8443, listen_address: '127.0.0.1', protocol: 'TCP' },
  ]);
});

test('host ports can be chosen, or left out', () => {
  const chosen = synthesized({}, { hostPorts: [{ hostPort: 9080, nodePort: 30080 }] }).nodes[0];
  expect(chosen.extra_port_mappings).toMatchObject([{ host_port: 9080, container_port: 30080 }]);
  expect(synthesized({}, { hostPorts: [] }).nodes[0].extra_port_mappings).toBeUndefined();
});

test('there is a general worker by default', () => {
  const { nodes, cluster } = synthesized();
  expect(nodes.slice(1)).toEqual([
    { role: 'worker', labels: { 'nstarx.io/node-pool': 'general', 'nstarx.io/node-role': 'general' } },
  ]);
  expect(cluster.nodePools.map((pool) => pool.name)).toEqual(['general']);
  expect(cluster.capabilities.gpus).toEqual([]);
});

test('a GPU pool is a tainted worker with the labels of real GPU nodes', () => {
  const { nodes } = synthesized({ nodePools: [GeneralPool.of('general'), GpuPool.of(GpuModel.T4, { max: 4 })] });
  expect(nodes).toHaveLength(3);
  expect(nodes[2].labels).toEqual({
    'nstarx.io/node-pool': 'gpu-t4',
    'nstarx.io/node-role': 'gpu',
    'nvidia.com/gpu.present': 'true',
    'nvidia.com/gpu.product': 'Tesla-T4',
    'run.ai/simulated-gpu-node-pool': 'gpu-t4',
  });
  expect(nodes[2].kubeadm_config_patches).toEqual([
    'kind: JoinConfiguration\nnodeRegistration:\n  taints:\n    - key: nvidia.com/gpu\n      value: present\n      effect: NoSchedule\n',
  ]);
  expect(nodes[1].kubeadm_config_patches).toBeUndefined();
});

test('workers per pool are bounded by the pool', () => {
  const { nodes, cluster } = synthesized(
    { nodePools: [GeneralPool.of('general', { max: 2 }), GpuPool.of(GpuModel.A100_80GB, { max: 8, gpusPerNode: 4 })] },
    { workersPerPool: 3 },
  );
  const pools = nodes.slice(1).map((node) => node.labels['nstarx.io/node-pool']);
  expect(pools).toEqual(['general', 'general', 'gpu-a100-80gb', 'gpu-a100-80gb', 'gpu-a100-80gb']);
  expect(cluster.capabilities.gpus).toEqual([
    {
      pool: 'gpu-a100-80gb',
      resourceName: 'nvidia.com/gpu',
      productLabel: 'NVIDIA-A100-SXM4-80GB',
      perNode: 4,
      total: 12,
    },
  ]);
});

test('GPUs are simulated as on the machines that carry the model', () => {
  const { environment } = synthesized({
    nodePools: [GeneralPool.of('general'), GpuPool.of(GpuModel.T4), GpuPool.of(GpuModel.A100_80GB)],
  });
  const operator = environment.components.sorted().find((component) => component.name === 'fake-gpu-operator');
  expect(operator?.values.topology).toMatchObject({
    nodePools: {
      'gpu-t4': { gpuProduct: 'Tesla-T4', gpuCount: 1, gpuMemory: 16384 },
      'gpu-a100-80gb': { gpuProduct: 'NVIDIA-A100-SXM4-80GB', gpuCount: 8, gpuMemory: 81920 },
    },
  });
});

test('without GPU pools nothing simulates GPUs', () => {
  expect(synthesized().environment.components.has('fake-gpu-operator')).toBe(false);
});

test('the connection is a context of the kubeconfig and holds no key', () => {
  const { cluster, stack, folder } = synthesized();
  expect(cluster.connection).toEqual({ kubeconfigPath: '~/.kube/config', kubeconfigContext: 'kind-local' });
  expect(stack.output).toBeUndefined();
  expect(readStack(folder, 'local-bootstrap').provider).toMatchObject({
    kubernetes: [{ config_path: '~/.kube/config', config_context: 'kind-local' }],
    helm: [{ kubernetes: { config_path: '~/.kube/config', config_context: 'kind-local' } }],
  });
});

test('the cluster says what Kind cannot do', () => {
  const { cluster } = synthesized();
  expect(cluster.capabilities).toEqual({
    gpus: [],
    simulatedGpus: true,
    loadBalancer: false,
    networkPolicy: true,
    nodeAutoscaling: false,
    workloadIdentity: false,
    volumeSnapshots: false,
    zones: [],
  });
  expect(cluster.defaultStorageClass).toBe('standard');
});

test.each([
  ['1.33', 'kindest/node:v1.33.7@sha256:'],
  ['1.34', 'kindest/node:v1.34.3@sha256:'],
  ['1.35', 'kindest/node:v1.35.0@sha256:'],
])('Kubernetes %s has an image with a digest', (kubernetesVersion, image) => {
  expect(synthesized({ kubernetesVersion }).resource.node_image).toContain(image);
});

test('an image of your own allows another version', () => {
  const nodeImage = `registry.example:5000/node:v1.36.1@sha256:${'0'.repeat(64)}`;
  const { resource, cluster } = synthesized({ kubernetesVersion: '1.36' }, { nodeImage });
  expect(resource.node_image).toBe(nodeImage);
  expect(cluster.kubernetesVersion).toBe('1.36');
});

test('the main child of the cluster is its Terraform resource', () => {
  const { cluster } = synthesized();
  expect(cluster.node.defaultChild).toHaveProperty('terraformResourceType', 'kind_cluster');
});

test('the cluster can be written as HCL', () => {
  const { environment } = synthesized({ nodePools: [GeneralPool.of('general'), GpuPool.of(GpuModel.T4)] });
  const { hcl } = TerraformStack.of(environment.infrastructure).toHclTerraform() as { hcl: string };
  expect(hcl.replace(/\s+/g, ' ')).toContain(
    'kind_config { kind = "Cluster" api_version = "kind.x-k8s.io/v1alpha4" node { role = "control-plane"',
  );
  expect(hcl.match(/role\s+= "worker"/g)).toHaveLength(2);
  expect(hcl.match(/extra_port_mappings \{/g)).toHaveLength(2);
  expect(hcl).toMatch(/source\s+= "tehcyx\/kind"/);
});

const clusters: [string, () => ClusterProps, string][] = [
  [
    'a version of Kubernetes without an image',
    () => ({ kubernetesVersion: '1.30' }),
    '[local-infrastructure/cluster] kubernetesVersion must be one of 1.33, 1.34, 1.35, got "1.30": choose one of them, or pass nodeImage to KindProvider.local() with an image of that version.',
  ],
  [
    'two pools of one name',
    () => ({ nodePools: [GeneralPool.of('general'), GeneralPool.of('general')] }),
    '[local-infrastructure/cluster] nodePools must have names of their own, got "general": rename one of the two pools.',
  ],
  [
    'GPU pools only',
    () => ({ nodePools: [GpuPool.of(GpuModel.T4)] }),
    "[local-infrastructure/cluster] nodePools must have a pool without GPUs, got [\"gpu-t4\"]: add GeneralPool.of('general'); GPU nodes are tainted, so the platform's own pods need another.",
  ],
  [
    'GPUs that it cannot simulate',
    () => ({
      nodePools: [
        GeneralPool.of('general'),
        GpuPool.of(GpuModel.of('MI300X', { memory: '192Gi', resourceName: 'amd.com/gpu' })),
      ],
    }),
    '[local-infrastructure/cluster] nodePools "gpu-mi300x" must have GPUs of the resource nvidia.com/gpu, got "amd.com/gpu": leave the pool out of this environment; Kind simulates no others.',
  ],
  [
    'labels that a kubelet may not set',
    () => ({ nodePools: [GeneralPool.of('general', { labels: { 'node-role.kubernetes.io/ml': '' } })] }),
    '[node pool "general"] labels must not be in the domain kubernetes.io, got "node-role.kubernetes.io/ml": use a domain of your own; these belong to Kubernetes, to what makes nodes, or to the platform.',
  ],
  [
    'a maximum below the minimum',
    () => ({ nodePools: [GeneralPool.of('general', { min: 3, max: 2 })] }),
    '[node pool "general"] max must be at least min (3), got 2: raise max or lower min.',
  ],
];

test.each(clusters)('a cluster refuses %s', (_what, props, message) => {
  const environment = temporaryApp().app.environment('local', { provider: KindProvider.local(), tier: Tier.LOCAL });
  expect(() => environment.addCluster(props())).toThrow(new Error(message));
});
