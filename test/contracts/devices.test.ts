import { App, Chart } from 'cdk8s';
import {
  AwsProvider,
  ExistingClusterProvider,
  GeneralPool,
  GpuModel,
  GpuPlacement,
  GpuPool,
  JobWorkload,
  KindProvider,
  Namespace,
  PlatformTesting,
  Tier,
} from 'ml-platform-constructs';
import { GpuCheck } from '../../src/checks/gpu-check';
import { GpuCapability } from '../../src/contracts';
import { isDevice } from '../../src/contracts/devices';
import { ModelDeploymentObjects } from '../../src/kinds/model-deployment/model-deployment-objects';
import { findings, Json } from '../checks/graph';
import { make, serving } from '../kinds/ai-model/support';
import { specOf, Synthesized } from '../kinds/ml-workflow/support';
import { temporaryApp } from '../support/synth';

/** How GPUs are offered: the name of the resource, the label of the product, and the taint of the nodes. */
const MODES: readonly (readonly [mode: string, resource: string, product: string, taint: string])[] = [
  ['whole', 'nvidia.com/gpu', 'NVIDIA-A100-SXM4-40GB', 'nvidia.com/gpu'],
  ['time-slicing, by its own name', 'nvidia.com/gpu.shared', 'NVIDIA-A100-SXM4-40GB', 'nvidia.com/gpu'],
  ['time-slicing, as whole ones', 'nvidia.com/gpu', 'NVIDIA-A100-SXM4-40GB-SHARED', 'nvidia.com/gpu'],
  ['MPS', 'nvidia.com/gpu.shared', 'NVIDIA-A100-SXM4-40GB', 'nvidia.com/gpu'],
  ['MIG, mixed', 'nvidia.com/mig-1g.5gb', 'NVIDIA-A100-SXM4-40GB', 'nvidia.com/gpu'],
  ['MIG, mixed, with media engines', 'nvidia.com/mig-1g.10gb.me', 'NVIDIA-A100-SXM4-80GB', 'nvidia.com/gpu'],
  ['MIG, mixed and shared', 'nvidia.com/mig-1g.5gb.shared', 'NVIDIA-A100-SXM4-40GB', 'nvidia.com/gpu'],
  ['MIG, single', 'nvidia.com/gpu', 'NVIDIA-A100-SXM4-40GB-MIG-1g.5gb', 'nvidia.com/gpu'],
  ['AMD', 'amd.com/gpu', 'MI300X', 'amd.com/gpu'],
];

const AMOUNTS = { cpu: '1', memory: '2Gi' };
const resources = (device: string): object => ({
  requests: { ...AMOUNTS, [device]: '1' },
  limits: { memory: '2Gi', [device]: '1' },
});

/** Everything that makes pods with GPUs, by what is made of one GPU of a resource. */
const KINDS: { readonly [kind: string]: (resource: string, model: GpuModel, gpu: GpuCapability) => Json[] } = {
  'a workload': (_resource, model, gpu) =>
    onCluster(gpu, (chart, namespace) => {
      new JobWorkload(chart, 'job', { namespace, image: 'registry.example/a:1', gpuModel: model });
    }),
  'AIModel under KServe': (resource) => make(serving({ resources: resources(resource) })),
  'AIModel as a Deployment': (resource) => make(serving({ resources: resources(resource) }), { kserve: false }),
  ModelDeployment: (resource) => {
    const chart = new Chart(new App(), 'chart');
    new ModelDeploymentObjects(chart, 'churn', {
      name: 'churn',
      namespace: 'ml',
      image: 'registry.example/a:1',
      spec: {
        model: { name: 'churn', version: '1.4.0', framework: 'xgboost' },
        serving: { resources: resources(resource) },
      },
      settings: { minReplicas: 1, maxReplicas: 2, cpu: '2', memory: '4Gi' },
      scraper: { namespace: 'monitoring', podLabels: {} },
    });
    return chart.toJson() as Json[];
  },
  'MLWorkflow, a container': (resource) =>
    workflow(resource, { type: 'container', config: { image: 'registry.example/a:1' } }),
  'MLWorkflow, a training': (resource) =>
    workflow(resource, {
      type: 'ml-training',
      config: {
        image: 'registry.example/a:1',
        framework: 'pytorch',
        distributedTraining: { workers: 2, backend: 'gloo' },
      },
    }),
  'a GpuPlacement': (resource, model) => {
    const { tolerations, affinity } = GpuPlacement.on(model);
    expect(GpuPlacement.on(model).limits(1)).toEqual({ [resource]: '1' });
    const containers = [{ name: 'a', resources: { limits: GpuPlacement.on(model).limits(1) } }];
    return [{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec: { tolerations, affinity, containers } }];
  },
};

function workflow(resource: string, stage: object): Json[] {
  const stages = [{ name: 'train', ...stage }];
  return new Synthesized(specOf(stages, { resources: { train: { ...AMOUNTS, [resource]: '1' } } })).objects;
}

function existing(gpus: GpuCapability[]): ExistingClusterProvider {
  return ExistingClusterProvider.fromKubeconfig({
    context: 'dev',
    kubernetesVersion: '1.35',
    defaultStorageClass: 'standard',
    networkPolicy: true,
    gpus,
  });
}

function onCluster(gpu: GpuCapability, make: (chart: Chart, namespace: Namespace) => void): Json[] {
  const { app } = temporaryApp();
  const environment = app.environment('dev', { provider: existing([gpu]), tier: Tier.DEVELOPMENT });
  environment.addCluster();
  const chart = environment.addChart('team');
  const quota = { cpu: '64', memory: '64Gi', gpus: 1 };
  make(chart, new Namespace(chart, 'web', { quota }));
  PlatformTesting.synth(app);
  return chart.toJson() as Json[];
}

describe.each(MODES)('GPUs that are offered as %s', (_mode, resource, product, taint) => {
  const gpu: GpuCapability = { pool: 'gpus', resourceName: resource, productLabel: product, perNode: 2, total: 4 };
  const model = GpuModel.of(product, { memory: '40Gi', resourceName: resource });

  test.each(Object.entries(KINDS))('%s asks for the resource, and tolerates the taint', (_kind, objectsOf) => {
    const objects = objectsOf(resource, model, gpu);
    const text = JSON.stringify(objects).replaceAll('\\"', '"');
    expect(text).toContain(`"${resource}":`);
    const tolerations = podsOf(objects).map((pod) => pod.tolerations);
    expect(tolerations.length).toBeGreaterThan(0);
    for (const one of tolerations) {
      expect(one).toContainEqual({ key: taint, operator: 'Exists', effect: 'NoSchedule' });
    }
  });

  test('a pod that tolerates another taint is told which', () => {
    const pod = (key: string): Json => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'a', namespace: 'team' },
      spec: {
        tolerations: [{ key, operator: 'Exists' }],
        nodeSelector: { 'nvidia.com/gpu.product': product },
        containers: [{ name: 'a', resources: { limits: { [resource]: '1' } } }],
      },
    });
    const found = (key: string): string[] =>
      findings(new GpuCheck(), [pod(key)], { gpus: [gpu] }).map(({ message }) => message);
    expect(found(taint)).toEqual([]);
    expect(found('example.com/other')).toEqual([
      `Pod a: its pods ask for ${resource} and do not tolerate the taint ${taint} of such nodes; add { key: '${taint}', operator: 'Exists', effect: 'NoSchedule' } to the tolerations`,
    ]);
    const none = findings(new GpuCheck(), [pod(taint)], { gpus: [] });
    expect(none.map(({ message }) => message)).toEqual([
      expect.stringContaining(`asks for 1 ${resource}, and no node of the cluster has any`) as string,
    ]);
  });

  test('the quota of a namespace counts them', () => {
    const quota = onCluster(gpu, () => undefined).find(({ kind }) => kind === 'ResourceQuota') as {
      spec: { hard: Json };
    };
    expect(quota.spec.hard[`requests.${resource}`]).toBe('1');
  });

  test.each([
    [
      'AWS',
      () => AwsProvider.inRegion('eu-west-1', { account: '123456789012' }),
      { instanceType: 'p4d.24xlarge', gpusPerNode: 8 },
    ],
    ['Kind', () => KindProvider.local(), {}],
  ])('%s offers whole ones of NVIDIA, and refuses others', (_name, provider, options) => {
    const { app } = temporaryApp();
    const environment = app.environment('dev', { provider: provider(), tier: Tier.DEVELOPMENT });
    const nodePools = [GeneralPool.of('general'), GpuPool.of(model, { max: 2, name: 'gpus', ...options })];
    const add = (): unknown => environment.addCluster({ nodePools });
    if (resource !== 'nvidia.com/gpu')
      expect(add).toThrow(`must have GPUs of the resource nvidia.com/gpu, got "${resource}"`);
    // that of a divided or shared GPU is no product of AWS
    else if (product === 'NVIDIA-A100-SXM4-40GB') expect(add).not.toThrow();
  });

  test('its name is that of a device', () => expect(isDevice(resource)).toBe(true));
});

interface PodSpec {
  readonly tolerations?: readonly Json[];
}

/** What tolerates anything: specs of pods, or the predictor of KServe. */
function podsOf(value: unknown): PodSpec[] {
  // an object that a stage makes is text
  if (typeof value === 'string' && value.startsWith('{"')) return podsOf(JSON.parse(value));
  if (Array.isArray(value)) return value.flatMap(podsOf);
  if (typeof value !== 'object' || value === null) return [];
  return 'tolerations' in value ? [value as PodSpec] : Object.values(value).flatMap(podsOf);
}
