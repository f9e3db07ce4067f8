import { refusal, specOf, TRACKING } from './support';

const IMAGE = 'registry.example.com/program:1.2.0';

const ZONE = {
  name: 'training',
  nodeSelector: { 'nvidia.com/gpu.product': 'NVIDIA-A100-SXM4-80GB' },
  limits: { 'nvidia.com/gpu': '8', cpu: '4' },
  ownNodes: true,
};

const stage = (name: string, dependsOn?: string[]): Record<string, unknown> => ({
  name,
  type: 'container',
  config: { image: 'registry.example.com/a:1' },
  ...(dependsOn ? { dependsOn } : {}),
});

test('a cycle is refused with the names of its stages', () => {
  const spec = specOf([stage('a'), stage('b', ['d']), stage('c', ['b']), stage('d', ['c'])]);
  expect(refusal(spec)).toBe(
    '[test/workflow] stages[1].dependsOn must not lead back to the stage itself, got "b -> d -> c -> b": remove one of the dependencies.',
  );
  expect(refusal(specOf([stage('a', ['a'])]))).toContain('got "a -> a"');
});

test('a stage that is not there is refused with the names of those that are', () => {
  expect(refusal(specOf([stage('a'), stage('b', ['a', 'prepare'])]))).toBe(
    '[test/workflow] stages[1].dependsOn[1] must be a stage; there are a, b, got "prepare": correct the name.',
  );
});

test('two stages of one name are refused, and none at all', () => {
  expect(refusal(specOf([stage('a'), stage('a')]))).toContain('stages[1].name must be unique, got "a"');
  expect(refusal(specOf([]))).toContain('stages must have at least one stage');
});

test('profiles that no stage has, and amounts that are none, are refused', () => {
  const stages = [{ name: 'a', type: 'container', config: { image: IMAGE } }];
  expect(refusal(specOf(stages, { resources: { gpu: { cpu: '1' } } }))).toContain(
    'resources.gpu must be named one of default, training, a, got "gpu"',
  );
  expect(refusal(specOf(stages, { resources: { a: { memory: '16 GB' } } }))).toContain(
    'resources.a.memory must be a quantity',
  );
});

test('scripts that no ConfigMap takes are refused', () => {
  const stages = Array.from({ length: 20 }, (_, at) => ({
    name: `s${at}`,
    type: 'python-job',
    config: { script: '#'.repeat(60_000) },
  }));
  expect(refusal(specOf(stages))).toContain('stages must have scripts of at most 1000000 bytes together, got 1200000');
});

test('more GPUs than the zone has are refused with the field and the count', () => {
  const stages = (workers: number) => [
    {
      name: 'train',
      type: 'ml-training',
      config: { framework: 'pytorch', distributedTraining: { workers, backend: 'nccl' } },
    },
  ];
  const resources = { training: { 'nvidia.com/gpu': '4' } };
  expect(refusal(specOf(stages(2), { resources }), TRACKING, ZONE)).toBe('accepted');
  expect(refusal(specOf(stages(3), { resources }), TRACKING, ZONE)).toBe(
    '[test/workflow] resources.training.nvidia.com/gpu must not need more than the 8 of zone training; stage train has 3 pods with 4 each, ' +
      'got "4": use fewer, train with fewer workers, or raise the zone\'s limit.',
  );
  const program = [{ name: 'a', type: 'container', config: { image: IMAGE } }];
  expect(refusal(specOf(program, { resources: { a: { 'nvidia.com/gpu': '9' } } }), TRACKING, ZONE)).toContain(
    'resources.a.nvidia.com/gpu must not need more than the 8',
  );
  // CPU is what the quota is for
  expect(refusal(specOf(program, { resources: { a: { cpu: '9' } } }), TRACKING, ZONE)).toBe('accepted');
});
