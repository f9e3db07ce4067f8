import { KubernetesSchema } from '../../src/checks/kubernetes-schema';
import { PlatformApp } from '../../src/app/platform-app';
import { KUBERNETES_VERSIONS } from '../../src/contracts/kubernetes-version';
import { IProvider } from '../../src/contracts/provider';
import { AwsProvider } from '../../src/providers/aws/aws-provider';
import { ExistingClusterProvider } from '../../src/providers/existing/existing-cluster-provider';
import { KindProvider } from '../../src/providers/kind/kind-provider';

test('the checks know the API of every version that a provider may take', () => {
  expect(KUBERNETES_VERSIONS.map((version) => KubernetesSchema.of(version).version)).toEqual(KUBERNETES_VERSIONS);
  expect(KubernetesSchema.of().version).toBe(KUBERNETES_VERSIONS[KUBERNETES_VERSIONS.length - 1]);
});

const PROVIDERS: [string, (version: string) => IProvider][] = [
  ['Kind', () => KindProvider.local({ hostPorts: [] })],
  [
    'Kind with an image of its own',
    () => KindProvider.local({ hostPorts: [], nodeImage: `kindest/node:v1@sha256:${'0'.repeat(64)}` }),
  ],
  ['AWS', () => AwsProvider.inRegion('eu-west-1')],
  [
    'an existing cluster',
    (kubernetesVersion) =>
      ExistingClusterProvider.fromKubeconfig({ context: 'lab', kubernetesVersion, defaultStorageClass: 'standard' }),
  ],
];

test.each(PROVIDERS)('%s refuses every other version', (_, provider) => {
  const taken = ['1.28', '1.32', ...KUBERNETES_VERSIONS, '1.38', '1.99', '2.0', '1.35.0', 'v1.35', ''].filter(
    (version) => {
      try {
        new PlatformApp()
          .environment('lab', { provider: provider(version) })
          .addCluster({ kubernetesVersion: version });
        return true;
      } catch (error) {
        expect((error as Error).message).toMatch(/kubernetesVersion must be one of 1\.3\d.*, got .*: .+\.$/);
        return false;
      }
    },
  );
  expect(taken).not.toEqual([]);
  expect(taken.filter((version) => !KUBERNETES_VERSIONS.includes(version))).toEqual([]);
});
