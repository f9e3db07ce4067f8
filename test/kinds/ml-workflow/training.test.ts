import { refusal, specOf, Synthesized, TRACKING, variables } from './support';

const IMAGE = 'registry.example.com/program:1.2.0';

const ZONE = {
  name: 'training',
  nodeSelector: { 'nvidia.com/gpu.product': 'NVIDIA-A100-SXM4-80GB' },
  limits: { 'nvidia.com/gpu': '8', cpu: '4' },
  ownNodes: true,
};

test('a training is a TrainJob with its workers, its GPUs and its hyperparameters', () => {
  const config = {
    framework: 'pytorch',
    image: IMAGE,
    command: ['torchrun', 'train.py'],
    distributedTraining: { workers: 2, backend: 'gloo' },
    hyperparameters: { learning_rate: 0.001, layers: [64, 64] },
    dataset: 's3://data/train',
  };
  const made = new Synthesized(
    specOf([{ name: 'train', type: 'ml-training', config, timeout: '2h' }], {
      resources: { training: { 'nvidia.com/gpu': '4' } },
      checkpoints: { path: 'pvc://state/runs/' },
    }),
    TRACKING,
    ZONE,
  );
  const { spec } = made.manifest('train');
  expect(spec).toMatchObject({
    runtimeRef: { kind: 'ClusterTrainingRuntime', name: 'torch-distributed' },
    activeDeadlineSeconds: 7200,
    trainer: { image: IMAGE, command: ['torchrun', 'train.py'], numNodes: 2 },
  });
  expect(spec.trainer.resourcesPerNode.limits['nvidia.com/gpu']).toBe('4');
  expect(variables(spec.trainer)).toMatchObject({
    HYPERPARAMETERS: '{"layers":[64,64],"learning_rate":0.001}',
    DATASET: 's3://data/train',
    DISTRIBUTED_BACKEND: 'gloo',
    CHECKPOINT_PATH: '/checkpoints/{{workflow.name}}/train',
    CHECKPOINT_INTERVAL_SECONDS: '1800',
  });
  const [job] = spec.runtimePatches[0].trainingRuntimeSpec.template.spec.replicatedJobs;
  const pod = job.template.spec.template.spec;
  expect(pod).toMatchObject({
    nodeSelector: ZONE.nodeSelector,
    tolerations: [
      { key: 'nvidia.com/gpu', operator: 'Exists' },
      { key: 'nstarx.io/zone', operator: 'Equal', value: 'training' },
    ],
  });
  expect(pod.volumes).toContainEqual({ name: 'checkpoints', persistentVolumeClaim: { claimName: 'state' } });
  expect(pod.containers[0].volumeMounts).toContainEqual({
    name: 'checkpoints',
    mountPath: '/checkpoints',
    subPath: 'runs',
  });
  expect(made.stage('train').outputs.parameters[0]).toMatchObject({ name: 'metrics', valueFrom: { default: '{}' } });
});

test('the name of a training leaves space for the names of its pods', () => {
  const config = { framework: 'pytorch', image: IMAGE };
  const name = `0${'long-'.repeat(10)}x`;
  const made = new Synthesized(
    specOf([{ name: `9${'s'.repeat(62)}`, type: 'ml-training', config }]),
    TRACKING,
    undefined,
    name,
  );
  const { generateName } = JSON.parse(made.spec.templates[1].resource.manifest as string).metadata as {
    generateName: string;
  };
  expect(generateName).toMatch(/^[a-z][a-z0-9-]*[a-z0-9]-$/);
  expect(generateName.length).toBeLessThanOrEqual(40);
});

test('frameworks without a runtime train in one pod; more workers, MPI and NCCL without GPUs are refused by their field', () => {
  const training = (config: object, more: object = {}) =>
    specOf([{ name: 'train', type: 'ml-training', config }], more);
  const distributed = (backend: string) => ({ distributedTraining: { workers: 2, backend } });
  const made = new Synthesized(training({ framework: 'xgboost', image: IMAGE, hyperparameters: { depth: 6 } }));
  expect(variables(made.stage('train').container)).toMatchObject({ HYPERPARAMETERS: '{"depth":6}' });
  expect(refusal(training({ framework: 'xgboost' }))).toContain(
    'stages[0].config.image must be given, since the platform has training runtimes for pytorch, huggingface only',
  );
  expect(refusal(training({ framework: 'xgboost', image: IMAGE, ...distributed('gloo') }))).toContain(
    'stages[0].config.distributedTraining.workers must be 1',
  );
  expect(refusal(training({ framework: 'pytorch', ...distributed('nccl') }))).toContain(
    'stages[0].config.distributedTraining.backend must not be nccl without GPUs',
  );
  expect(refusal(training({ framework: 'pytorch', ...distributed('mpi') }))).toContain(
    'stages[0].config.distributedTraining.backend must be nccl or gloo',
  );
  const trainingRuntimes = { xgboost: 'xgboost-distributed', mpi: 'deepspeed-distributed' };
  const runtime = (config: object): unknown =>
    new Synthesized(training(config), { trainingRuntimes }).manifest('train').spec.runtimeRef.name;
  expect(runtime({ framework: 'xgboost', ...distributed('gloo') })).toBe('xgboost-distributed');
  expect(runtime({ framework: 'pytorch', ...distributed('mpi') })).toBe('deepspeed-distributed');
});
