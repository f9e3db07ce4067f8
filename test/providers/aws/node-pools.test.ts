import { GpuModel, GpuPool } from '../../../src/contracts';
import { NodeScaling } from '../../../src/providers/aws';
import { AwsOutput, policyOf, synthAws } from './terraform';

let output: AwsOutput;
beforeAll(() => {
  output = synthAws();
});

test('GPU pools bring the operator with the device plugin, others do not', () => {
  expect(output.bootstrap.resource?.helm_release).not.toHaveProperty('gpu-operator');
  const withGpu = synthAws({ cluster: { nodePools: [GpuPool.of(GpuModel.T4)] } });
  expect(withGpu.bootstrap.resource?.helm_release).toHaveProperty('gpu-operator');
});

test('the Cluster Autoscaler may resize the groups of its own cluster only, and Karpenter is not there', () => {
  const changes = policyOf(output.infrastructure, 'kube-system', 'cluster-autoscaler').filter((statement) =>
    JSON.stringify(statement.Action).includes('SetDesiredCapacity'),
  );
  expect(changes).toEqual([
    expect.objectContaining({
      Condition: { StringEquals: { 'aws:ResourceTag/k8s.io/cluster-autoscaler/production': 'owned' } },
    }),
  ]);
  expect(output.bootstrap.resource?.helm_release).toHaveProperty('cluster-autoscaler');
  expect(output.bootstrap.resource?.helm_release).not.toHaveProperty('karpenter');
  expect(output.cluster.capabilities.nodeAutoscaling).toBe(true);
});

test('without node scaling, neither is there', () => {
  const output = synthAws({ provider: { nodeScaling: NodeScaling.NONE } });
  expect(Object.keys(output.bootstrap.resource?.helm_release ?? {})).toEqual([
    'aws-load-balancer-controller',
    'metrics-server',
    'storage-classes',
  ]);
  expect(output.cluster.capabilities.nodeAutoscaling).toBe(false);
});
