import { ClusterProps, GeneralPool, GpuModel, GpuPool, Tier } from '../../../src/contracts';
import { KindProvider, KindProviderProps } from '../../../src/providers/kind';
import { temporaryApp } from '../../support/synth';

const nodeImage = 'kindest/node:v1.35.0';

const options: [string, KindProviderProps, string][] = [
  [
    'a host port below the range',
    { hostPorts: [{ hostPort: 0, nodePort: 30080 }] },
    '[KindProvider.local] hostPorts[0].hostPort must be a port between 1 and 65535, got 0: use a free port.',
  ],
  [
    'a host port above the range',
    { hostPorts: [{ hostPort: 65536, nodePort: 30080 }] },
    '[KindProvider.local] hostPorts[0].hostPort must be a port between 1 and 65535, got 65536: use a free port.',
  ],
  [
    'a node port that no Service can have',
    { hostPorts: [{ hostPort: 8080, nodePort: 80 }] },
    '[KindProvider.local] hostPorts[0].nodePort must be a node port between 30000 and 32767, got 80: use the nodePort of the Service that is to be reached.',
  ],
  [
    'a host port twice',
    {
      hostPorts: [
        { hostPort: 8080, nodePort: 30080 },
        { hostPort: 8080, nodePort: 30443 },
      ],
    },
    '[KindProvider.local] hostPorts[1].hostPort must be used once, got 8080: map each port to one other.',
  ],
  [
    'a node port twice',
    {
      hostPorts: [
        { hostPort: 8080, nodePort: 30080 },
        { hostPort: 8081, nodePort: 30080 },
      ],
    },
    '[KindProvider.local] hostPorts[1].nodePort must be used once, got 30080: map each port to one other.',
  ],
  [
    'a malformed provider source',
    { providerSource: 'kind' },
    '[KindProvider.local] providerSource must be a source address of a Terraform provider, got "kind": use [host/]namespace/type, such as tehcyx/kind.',
  ],
  [
    'a malformed provider version',
    { providerVersion: 'latest' },
    '[KindProvider.local] providerVersion must be a version constraint, got "latest": use one such as 0.11.0 or ~> 0.11.0.',
  ],
  [
    'a node image without a digest',
    { nodeImage },
    '[KindProvider.local] nodeImage must be an image with a digest, got "kindest/node:v1.35.0": use kindest/node:v1.35.0@sha256:… as in the release notes of kind.',
  ],
  [
    'an empty kubeconfig path',
    { kubeconfigPath: '' },
    '[KindProvider.local] kubeconfigPath must be the path of a file, got "": use one such as ~/.kube/config; ~ stands for the home directory of whoever runs Terraform.',
  ],
  [
    "another user's home",
    { kubeconfigPath: '~root/.kube/config' },
    '[KindProvider.local] kubeconfigPath must be the path of a file, got "~root/.kube/config": use one such as ~/.kube/config; ~ stands for the home directory of whoever runs Terraform.',
  ],
  [
    'no workers',
    { workersPerPool: 0 },
    '[KindProvider.local] workersPerPool must be a whole number between 1 and 10, got 0: give a small number; every worker is a container of this machine.',
  ],
  [
    'half a worker',
    { workersPerPool: 1.5 },
    '[KindProvider.local] workersPerPool must be a whole number between 1 and 10, got 1.5: give a small number; every worker is a container of this machine.',
  ],
];

test.each(options)('the provider refuses %s', (_what, given, message) => {
  expect(() => KindProvider.local(given)).toThrow(new Error(message));
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
        GpuPool.of(GpuModel.of('MI300X', { memoryGiB: 192, resourceName: 'amd.com/gpu' })),
      ],
    }),
    '[local-infrastructure/cluster] nodePools "gpu-mi300x" must have GPUs of the resource nvidia.com/gpu, got "amd.com/gpu": leave the pool out of this environment; Kind simulates no others.',
  ],
  [
    'labels that a kubelet may not set',
    () => ({ nodePools: [GeneralPool.of('general', { labels: { 'node-role.kubernetes.io/ml': '' } })] }),
    '[local-infrastructure/cluster] nodePools "general" labels must not be in the domains kubernetes.io and k8s.io, got "node-role.kubernetes.io/ml": use a domain of your own; a kubelet may not give itself such labels.',
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

test('labels that a kubelet may set are let through', () => {
  const environment = temporaryApp().app.environment('local', { provider: KindProvider.local(), tier: Tier.LOCAL });
  const labels = { 'topology.kubernetes.io/zone': 'a', 'node.kubernetes.io/disk': 'ssd', team: 'ml' };
  const cluster = environment.addCluster({ nodePools: [GeneralPool.of('general', { labels })] });
  expect(cluster.nodePools[0].labels).toMatchObject(labels);
});
