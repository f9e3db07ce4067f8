import { AwsProvider, DataPlatform, Delivery, GeneralPool, NodeScaling, PlatformApp, Tier } from '../../src';

// the fix that these tests take out: then Argo CD makes classes and node pools in its last wave
jest.mock('../../src/app/bootstrap', () => ({
  ...jest.requireActual<object>('../../src/app/bootstrap'),
  isFoundation: () => false,
}));

function found(nodeScaling: NodeScaling): string[] {
  const environment = new PlatformApp({ args: [] }).environment('dev', {
    provider: AwsProvider.inRegion('eu-west-1', { account: '123456789012', nodeScaling }),
    tier: Tier.PRODUCTION,
    delivery: Delivery.argoCd({ repository: 'https://git.example.org/platform.git' }),
  });
  const general = GeneralPool.of('general', { instanceTypes: ['c6i.xlarge'], min: 2, max: 6 });
  new DataPlatform(environment, 'data-platform', { domain: 'ml.acme.example', generalPools: [general] });
  environment._prepare();
  return environment._rehearsal().findings.map(({ path, message }) => `[${path}] ${message}`);
}

test('the StorageClass comes after Prometheus, which waits for it', () => {
  expect(found(NodeScaling.CLUSTER_AUTOSCALER)).toEqual(
    ['alertmanager', 'prometheus'].map((name) =>
      expect.stringContaining(
        `[dev] component kube-prometheus-stack (Argo CD sync wave -2): the volumes of StatefulSet kube-prometheus-stack-${name} need StorageClass gp3, which comes later (Argo CD sync wave 0)`,
      ),
    ),
  );
});

test('the node pools come after components that need their nodes', () => {
  expect(found(NodeScaling.KARPENTER)).toContainEqual(
    expect.stringMatching(
      /^\[dev\] component [a-z-]+ \(Argo CD sync wave -[12]\): .* nodes more than there are by then, and what makes nodes comes later \(Argo CD sync wave 0\)/,
    ),
  );
});
