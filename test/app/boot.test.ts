import { ApiObject } from 'cdk8s';
import {
  AwsProvider,
  Component,
  DataPlatform,
  Delivery,
  Environment,
  GeneralPool,
  GpuModel,
  GpuPool,
  JobWorkload,
  KindProvider,
  NetworkFlow,
  NeuralPlatform,
  NodeScaling,
  PlatformApp,
  Tier,
} from '../../src';
import { exampleChart, FakeProvider } from '../support/fake-provider';
import { temporaryApp } from '../support/synth';

const GIT = Delivery.argoCd({ repository: 'https://git.example.org/platform.git' });
const POOL = { min: 2, max: 6 };

function aws(tier: Tier, delivery: Delivery = GIT, nodeScaling?: NodeScaling): Environment {
  const provider = AwsProvider.inRegion('eu-west-1', { account: '123456789012', nodeScaling });
  return new PlatformApp({ args: [] }).environment('acme', { provider, tier, delivery });
}

function platform(environment: Environment, instanceType?: string): DataPlatform {
  const general = GeneralPool.of('general', { ...POOL, ...(instanceType ? { instanceTypes: [instanceType] } : {}) });
  return new DataPlatform(environment, 'data-platform', { domain: 'ml.acme.example', generalPools: [general] });
}

function chartComponent(name: string, customResources: string[] = []): Component {
  const chart = { repository: 'https://charts.example.org', name, version: '1.2.3' };
  return new Component(name, { chart, namespace: name, customResources });
}

/** What the walk through the boot finds, each with the path of the construct. */
function found(environment: Environment): string[] {
  environment._prepare();
  return environment._rehearsal().findings.map(({ path, message }) => `[${path}] ${message}`);
}

function stepNames(environment: Environment): string[] {
  environment._prepare();
  return environment._rehearsal().steps.map(({ name }) => name);
}

describe('each fault is found when its fix is taken out', () => {
  test('Prometheus on nodes that are smaller than it', () => {
    const environment = aws(Tier.PRODUCTION);
    platform(environment, 't3.medium');
    expect(found(environment)).toEqual([
      expect.stringMatching(
        /^\[acme\] component kube-prometheus-stack \(Argo CD sync wave -2\): the pods of StatefulSet kube-prometheus-stack-prometheus ask for \d+Mi memory, and no node that may run it has more than \d+Mi memory for pods beside DaemonSets \(t3.medium, pool general\); ask for less, or give the pool a larger instanceType$/,
      ),
    ]);
  });

  test('a job of 4Gi on such nodes', () => {
    const environment = aws(Tier.DEVELOPMENT);
    const { teams } = platform(environment, 't3.medium');
    new JobWorkload(environment.addChart('team'), 'baseline', {
      namespace: teams.ml,
      image: 'ghcr.io/acme/fraud-baseline:1.0.0',
      memory: '4Gi',
    });
    expect(found(environment)).toEqual([
      expect.stringMatching(
        /^\[acme\/team\/baseline\/Resource\] Job baseline-[0-9a-f]{10} \(Argo CD sync wave 0\): its pods ask for 4096Mi memory/,
      ),
    ]);
  });

  test('the Service webhook of the load balancer controller beside what makes Services', () => {
    const environment = aws(Tier.STAGING);
    platform(environment);
    environment.components.override('aws-load-balancer-controller', { values: { enableServiceMutatorWebhook: true } });
    const findings = found(environment);
    expect(findings.map((one) => /^\[acme\] component ([a-z-]+) /.exec(one)?.[1])).toEqual([
      'cluster-autoscaler',
      'external-secrets',
      'argo-cd',
    ]);
    expect(findings[0]).toBe(
      '[acme] component cluster-autoscaler (stack acme-bootstrap, release cluster-autoscaler): Service cluster-autoscaler may be refused while the webhook mservice.elbv2.k8s.aws of component aws-load-balancer-controller (stack acme-bootstrap, release aws-load-balancer-controller) has no pods, since nothing says which of the two comes first; have cluster-autoscaler require aws-load-balancer-controller (component.addDependency), or the other way round, or switch the webhook off, or set its failurePolicy to Ignore',
    );
  });

  test('one pod that answers the webhook of cert-manager in staging', () => {
    const environment = aws(Tier.STAGING);
    platform(environment);
    environment.components.override('cert-manager', { values: { webhook: { replicaCount: 1 } } });
    expect(found(environment)).toEqual([
      '[acme] component cert-manager (Argo CD sync wave -3): Deployment cert-manager-webhook answers the webhook webhook.cert-manager.io with 1 pod, and what it judges (cert-manager.io/certificaterequests, cert-manager.io/*, acme.cert-manager.io/*) is refused while that is gone; set webhook.replicaCount to at least 2 (environment.components.override), or set the failurePolicy to Ignore',
    ]);
  });

  test('a policy for the queries of Argo Rollouts that cuts it off from all else', () => {
    const { app } = temporaryApp();
    const environment = app.environment('local', { provider: KindProvider.local(), tier: Tier.LOCAL });
    const { dataPlatform } = new NeuralPlatform(environment, 'neural', { domain: 'ml.localhost.example' });
    new NetworkFlow(environment.addChart('extra'), 'queries', {
      from: { namespace: 'argo-rollouts', podLabels: { 'app.kubernetes.io/name': 'argo-rollouts' } },
      to: dataPlatform.monitoring.prometheus,
    });
    expect(found(environment)).toEqual(
      ['DNS', 'the API server'].map((what) =>
        expect.stringContaining(
          `[local/extra/queries/Resource] component argo-rollouts (stack local-bootstrap, release argo-rollouts): the pods of Deployment argo-rollouts cannot reach ${what}`,
        ),
      ),
    );
  });

  test('an object before the component with its kind', () => {
    const { app } = temporaryApp();
    const environment = app.environment('dev', { provider: new FakeProvider(), delivery: GIT });
    environment.addCluster();
    environment.components.require(chartComponent('colors', ['Color.example.org']));
    new ApiObject(exampleChart(environment), 'red', {
      apiVersion: 'example.org/v1',
      kind: 'Color',
      metadata: { name: 'red', namespace: 'example', annotations: { 'argocd.argoproj.io/sync-wave': '-9' } },
    });
    expect(found(environment)).toEqual([
      '[dev/example/red] Color red (Argo CD sync wave -9): needs the kind Color.example.org, which comes later (Argo CD sync wave -1); have the component that defines it go first, or apply the object later',
      '[dev/example/red] Color red (Argo CD sync wave -9): needs Namespace example, which comes later (Argo CD sync wave 0); have Terraform make it with environment.requireNamespace()',
    ]);
  });

  test('more GPUs than a pool has together', () => {
    const environment = aws(Tier.DEVELOPMENT);
    const gpuPools = [GpuPool.of(GpuModel.T4, { max: 1 })];
    const { teams } = new DataPlatform(environment, 'data-platform', { domain: 'ml.acme.example', gpuPools });
    const chart = environment.addChart('team');
    for (const name of ['a', 'b']) {
      new JobWorkload(chart, name, { namespace: teams.ml, image: 'ghcr.io/acme/train:1.0.0', gpuModel: GpuModel.T4 });
    }
    expect(found(environment)).toEqual([
      expect.stringMatching(
        /^\[acme\/team\/b\/Resource\] Job b-[0-9a-f]{10} \(Argo CD sync wave 0\): .* 1 of 1 find no room .*pool gpu-t4 has at most 1 nodes .*1 of 1 GPUs are taken; raise max of the pool/,
      ),
    ]);
  });
});

describe('the steps are those that are applied', () => {
  test('by Terraform and Argo CD, which begins when the stack is done', () => {
    const environment = aws(Tier.DEVELOPMENT, GIT, NodeScaling.KARPENTER);
    platform(environment);
    const release = (name: string) => `stack acme-bootstrap, release ${name}`;
    expect(stepNames(environment)).toEqual([
      'stack acme-bootstrap, namespaces',
      release('storage-classes'),
      release('karpenter-crd'),
      release('karpenter'),
      release('node-pools'),
      release('aws-load-balancer-controller'),
      release('external-secrets'),
      release('argo-cd'),
      release('terraform-values'),
      release('argo-cd-apps'),
      'Argo CD sync wave -3',
      'Argo CD sync wave -2',
      'Argo CD sync wave -1',
      'Argo CD sync wave 0',
    ]);
    expect(found(environment)).toEqual([]);
  });

  test.each([
    [Delivery.files(), ['kubectl apply -k dist/dev/crds', 'kubectl apply -k dist/dev']],
    [Delivery.terraform(), ['stack dev-workloads, release foundation', 'stack dev-workloads, release example']],
  ])('by %s', (delivery, expected) => {
    const { app } = temporaryApp();
    const environment = app.environment('dev', { provider: new FakeProvider(), delivery });
    environment.addCluster();
    environment.components.require(chartComponent('operator'));
    new ApiObject(exampleChart(environment), 'crd', {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'colors.example.org' },
      spec: { group: 'example.org', names: { kind: 'Color', plural: 'colors' }, scope: 'Cluster', versions: [] },
    });
    expect(stepNames(environment)).toEqual([
      'stack dev-bootstrap, namespaces',
      'stack dev-bootstrap, release operator',
      ...expected,
    ]);
  });
});

test('a report says how many nodes are needed, and what is left on them', () => {
  const { app } = temporaryApp();
  const provider = AwsProvider.inRegion('eu-west-1', { account: '123456789012' });
  const environment = app.environment('dev', { provider, tier: Tier.DEVELOPMENT });
  platform(environment, 'm6i.xlarge');
  const report = app.synth();
  const [{ capacity }] = report.environments;
  expect(capacity.uncounted).toEqual([]);
  expect(capacity.pools).toEqual([
    expect.objectContaining({ pool: 'general', nodes: 2, maxNodes: 6, gpusRequested: 0, gpusAllocatable: 0 }),
  ]);
  const [{ cpuRequested, cpuAllocatable, memoryRequested, memoryAllocatable }] = capacity.pools ?? [];
  expect(cpuRequested).toBeGreaterThan(0.5);
  expect(cpuRequested).toBeLessThan(cpuAllocatable);
  expect(memoryRequested).toBeGreaterThan(2 ** 30);
  expect(memoryRequested).toBeLessThan(memoryAllocatable);
  expect(report.toString()).toMatch(
    /\ncapacity:\n {2}dev: 2 nodes at first \(2 general \([^)]+\)\), requested \d+\.\d of \d+\.\d cores, \d+\.\d of \d+\.\d GiB, 0 of 0 GPUs; left with all nodes of these pools \d+\.\d cores, \d+\.\d GiB, 0 GPUs\n/,
  );
});

test('a report says what it does not know', () => {
  const { app } = temporaryApp();
  const environment = app.environment('dev', { provider: new FakeProvider() });
  environment.addCluster();
  environment.components.require(chartComponent('operator'));
  expect(app.synth().toString()).toContain('dev: the sizes of the nodes are not known; not counted: operator');
});
