import { awsLoadBalancerController } from '../../src/components/aws-load-balancer-controller';
import { clusterAutoscaler } from '../../src/components/cluster-autoscaler';
import { gpuOperator } from '../../src/components/gpu-operator';
import { karpenter } from '../../src/components/karpenter';

test('the load balancer controller is told what it cannot ask the metadata service', () => {
  const component = awsLoadBalancerController({
    clusterName: 'dev',
    region: 'eu-west-1',
    vpcId: 'vpc-1',
    tags: { team: 'ml' },
  });
  expect(component.values).toMatchObject({
    clusterName: 'dev',
    region: 'eu-west-1',
    vpcId: 'vpc-1',
    defaultTags: { team: 'ml' },
    serviceAccount: { name: 'aws-load-balancer-controller' },
  });
  expect(component.bootstrap).toBe(true);
});

test('Karpenter installs its CRDs first, and is told its cluster and queue', () => {
  const component = karpenter({
    clusterName: 'dev',
    clusterEndpoint: 'https://api',
    region: 'eu-west-1',
    interruptionQueue: 'dev-karpenter',
  });
  expect(component.requires.map((one) => one.name)).toEqual(['karpenter-crd']);
  expect(component.requires[0].customResources).toContain('NodePool.karpenter.sh');
  expect(component.requires[0].chart?.version).toBe('1.14.1');
  expect(component.chart?.version).toBe('1.14.1');
  expect(component.values).toMatchObject({
    settings: { clusterName: 'dev', clusterEndpoint: 'https://api', interruptionQueue: 'dev-karpenter' },
    serviceAccount: { name: 'karpenter' },
  });
});

test('the Cluster Autoscaler runs the release of the cluster’s Kubernetes and finds groups by tag', () => {
  const component = clusterAutoscaler({ clusterName: 'dev', region: 'eu-west-1', imageTag: 'v1.35.2' });
  expect(component.values).toMatchObject({
    autoDiscovery: { clusterName: 'dev' },
    image: { tag: 'v1.35.2' },
    replicaCount: 2,
    rbac: { serviceAccount: { name: 'cluster-autoscaler' } },
  });
});

test('the GPU operator leaves driver and toolkit to the image of the nodes', () => {
  expect(gpuOperator().values).toMatchObject({ driver: { enabled: false }, toolkit: { enabled: false } });
});
