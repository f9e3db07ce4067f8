import { KindProvider, KindProviderProps } from '../../../src/providers/kind';

const nodeImage = 'kindest/node:v1.35.0';

const refused: [string, KindProviderProps, string][] = [
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
    '[KindProvider.local] kubeconfigPath must be the path of a file, got "": use one such as ~/.kube/config; ~ stands for the home directory of the user who runs Terraform.',
  ],
  [
    "another user's home",
    { kubeconfigPath: '~root/.kube/config' },
    '[KindProvider.local] kubeconfigPath must be the path of a file, got "~root/.kube/config": use one such as ~/.kube/config; ~ stands for the home directory of the user who runs Terraform.',
  ],
  [
    'no workers',
    { workersPerPool: 0 },
    '[KindProvider.local] workersPerPool must be a whole number between 1 and 10, got 0: give a small number; every worker is a container on this machine.',
  ],
  [
    'half a worker',
    { workersPerPool: 1.5 },
    '[KindProvider.local] workersPerPool must be a whole number between 1 and 10, got 1.5: give a small number; every worker is a container on this machine.',
  ],
];

test.each(refused)('the provider refuses %s', (_what, props, message) => {
  expect(() => KindProvider.local(props)).toThrow(new Error(message));
});
