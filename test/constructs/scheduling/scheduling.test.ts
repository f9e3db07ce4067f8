import { GpuModel } from '../../../src/contracts';
import { GpuPlacement, NeuralPriorityClasses } from '../../../src/constructs/scheduling';
import { manifest, manifests, TestCluster, TestEnvironment } from '../tenancy/support';

test('inference goes first, and training waits instead of evicting', () => {
  const chart = new TestEnvironment().chart();
  const classes = new NeuralPriorityClasses(chart, 'priorities');
  expect(manifests(chart)).toHaveLength(2);
  expect(manifest(chart, 'PriorityClass', classes.productionInference)).toMatchObject({
    metadata: { name: 'nstarx-production-inference' },
    value: 1000,
    globalDefault: false,
    preemptionPolicy: 'PreemptLowerPriority',
  });
  expect(manifest(chart, 'PriorityClass', classes.batchTraining)).toMatchObject({
    metadata: { name: 'nstarx-batch-training' },
    value: 500,
    globalDefault: false,
    preemptionPolicy: 'Never',
  });
});

test('a placement names the models as their nodes are labelled, and tolerates their taint', () => {
  const placement = GpuPlacement.on(GpuModel.A100_80GB, GpuModel.V100_32GB, GpuModel.A100_80GB);
  expect(placement.affinity).toEqual({
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [
          {
            matchExpressions: [
              {
                key: 'nvidia.com/gpu.product',
                operator: 'In',
                values: ['NVIDIA-A100-SXM4-80GB', 'Tesla-V100-SXM2-32GB'],
              },
            ],
          },
        ],
      },
    },
  });
  expect(placement.tolerations).toEqual([{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }]);
  expect(placement.limits(4)).toEqual({ 'nvidia.com/gpu': '4' });
});

test('a placement needs a model, of one resource, and whole GPUs', () => {
  const other = GpuModel.of('MI300X', { memory: '192Gi', resourceName: 'amd.com/gpu' });
  expect(() => GpuPlacement.on()).toThrow(
    '[GpuPlacement.on] models must have at least one GPU model, got []: name one, such as GpuModel.T4.',
  );
  expect(() => GpuPlacement.on(GpuModel.T4, other)).toThrow(
    '[GpuPlacement.on] models must be of one extended resource, since a container asks for one, got ["nvidia.com/gpu","amd.com/gpu"]: make a placement for each.',
  );
  expect(() => GpuPlacement.on(GpuModel.T4).limits(0.5)).toThrow(
    '[GpuPlacement] count must be a whole number of at least 1, got 0.5: give the GPUs of one pod.',
  );
});

test('a placement refuses a cluster that has none of its models', () => {
  const gpu = { pool: 'gpu-t4', resourceName: 'nvidia.com/gpu', productLabel: 'Tesla-T4', perNode: 1, total: 2 };
  const environment = new TestEnvironment();
  new TestCluster(environment, { gpus: [gpu] });
  const chart = environment.chart();
  expect(() => GpuPlacement.on(GpuModel.T4, GpuModel.A100_80GB).checkCluster(chart)).not.toThrow();
  expect(() => GpuPlacement.on(GpuModel.A100_80GB).checkCluster(chart)).toThrow(
    'gpuPools must have nodes with NVIDIA-A100-SXM4-80GB, got ["Tesla-T4"]: add a GpuPool of one of these models.',
  );
});
