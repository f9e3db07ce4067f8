import fc from 'fast-check';
import { refusal, specOf, Synthesized, variables } from './support';

const IMAGE = 'registry.example.com/program:1.2.0';

const stage = (name: string, dependsOn?: string[]): Record<string, unknown> => ({
  name,
  type: 'container',
  config: { image: 'registry.example.com/a:1' },
  ...(dependsOn ? { dependsOn } : {}),
});

test('a stage waits for the one before, unless it says for which it waits', () => {
  const made = new Synthesized(
    specOf([stage('a'), stage('b'), stage('c', ['a']), stage('d', ['b', 'c']), stage('e', [])]),
  );
  expect(made.task('a')).toEqual({ name: 'a', template: 'stage-a' });
  expect(made.task('b').dependencies).toEqual(['a']);
  expect(made.task('c').dependencies).toEqual(['a']);
  expect(made.task('d').dependencies).toEqual(['b', 'c']);
  expect(made.task('e')).not.toHaveProperty('dependencies');
  expect(made.spec.entrypoint).toBe('stages');
});

test('any graph in which stages wait for earlier ones is taken, whatever order they are written in', () => {
  const graph = fc.integer({ min: 1, max: 8 }).chain((size) =>
    fc.record({
      edges: fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: 20 }),
      order: fc.shuffledSubarray([...Array(size).keys()], { minLength: size }),
    }),
  );
  fc.assert(
    fc.property(graph, ({ edges, order }) => {
      const waits = (to: number): string[] => [
        ...new Set(edges.filter(([from, target]) => target === to && from < to).map(([from]) => `s${from}`)),
      ];
      const made = new Synthesized(specOf(order.map((at) => stage(`s${at}`, waits(at)))));
      for (const at of order) expect(made.task(`s${at}`).dependencies ?? []).toEqual(waits(at));
    }),
    { numRuns: 50 },
  );
});

test('a profile of the stage wins over training, and that over default', () => {
  const resources = {
    default: { cpu: 4, memory: '16Gi' },
    training: { memory: '64Gi', 'nvidia.com/gpu': '2' },
    second: { 'nvidia.com/gpu': '1' },
  };
  const training = (name: string) => ({ name, type: 'ml-training', config: { framework: 'sklearn', image: IMAGE } });
  const made = new Synthesized(
    specOf([training('first'), training('second'), { name: 'c', type: 'container', config: { image: IMAGE } }], {
      resources,
    }),
  );
  expect(made.stage('first').container.resources).toEqual({
    requests: { cpu: '4', memory: '64Gi', 'nvidia.com/gpu': '2' },
    limits: { memory: '64Gi', 'nvidia.com/gpu': '2' },
  });
  expect(made.stage('second').container.resources.limits).toEqual({ memory: '64Gi', 'nvidia.com/gpu': '1' });
  expect(made.stage('c').container.resources.requests).toEqual({ cpu: '4', memory: '16Gi' });
  expect(made.stage('first').tolerations).toEqual([
    { key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' },
  ]);
  expect(made.stage('c')).not.toHaveProperty('tolerations');
});

test('the ConfigMap has another name for other scripts', () => {
  const name = (script: string): string =>
    new Synthesized(specOf([{ name: 'a', type: 'python-job', config: { script } }])).object('ConfigMap').metadata
      .name as string;
  expect(name('1')).toMatch(/^churn-workflow-[0-9a-f]{10}$/);
  expect(name('1')).toBe(name('1'));
  expect(name('1')).not.toBe(name('2'));
});

test.each([
  ['s3://bucket/state/', 's3://bucket/state/ml-workflows/{{workflow.name}}/a'],
  ['pvc://claim', '/checkpoints/{{workflow.name}}/a'],
])('state at %s is kept at %s', (path, expected) => {
  const stages = [{ name: 'a', type: 'container', config: { image: IMAGE } }];
  const made = new Synthesized(specOf(stages, { checkpoints: { path, interval: '90s' } }));
  expect(variables(made.stage('a').container)).toMatchObject({
    CHECKPOINT_PATH: expected,
    CHECKPOINT_INTERVAL_SECONDS: '90',
  });
  const off = new Synthesized(specOf(stages, { checkpoints: { path, enabled: false } }));
  expect(variables(off.stage('a').container)).not.toHaveProperty('CHECKPOINT_PATH');
});

test.each(['https://host/state', 'file:///state', 'pvc://claim/../other'])('state at %s is refused', (path) => {
  const stages = [{ name: 'a', type: 'container', config: { image: IMAGE } }];
  expect(refusal(specOf(stages, { checkpoints: { path } }))).toContain(
    'checkpoints.path must be a volume or an object store',
  );
});
