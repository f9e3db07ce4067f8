import { argoPod } from './argo-pod';
import { Json, specOf, Synthesized, TRACKING } from './support';

const IMAGE = 'registry.example.com/program:1.2.0';

const STAGES: readonly Json[] = [
  { name: 'prepare', type: 'spark-job', config: { mainClass: 'com.example.Prep', jar: 's3://jars/prep.jar' } },
  { name: 'load', type: 'data-pipeline', config: { pipeline: 'orders' } },
  { name: 'script', type: 'python-job', config: { script: 'print(1)' } },
  { name: 'program', type: 'container', config: { image: IMAGE, command: ['run'] } },
  { name: 'fit', type: 'ml-training', config: { framework: 'pytorch', image: IMAGE } },
  { name: 'forest', type: 'ml-training', config: { framework: 'sklearn', image: IMAGE } },
  { name: 'gate', type: 'evaluation', config: { metrics: ['auc'], threshold: 0.9 } },
  { name: 'measure', type: 'evaluation', config: { metrics: ['auc'], image: IMAGE, command: ['measure'] } },
  { name: 'register', type: 'model-registry', config: { name: 'churn' } },
];

test.each(['release', ...STAGES.map(({ name }) => `stage-${String(name)}`)])(
  'the pod of template %s mounts nothing twice, and each of its containers has a /tmp',
  (template) => {
    const spec = specOf(STAGES, {
      checkpoints: { path: 'pvc://state/runs' },
      resources: { default: { 'nvidia.com/gpu': '1' } },
    });
    const made = new Synthesized(spec, { ...TRACKING, artifacts: { bucket: 'files' } });
    const { init, main } = argoPod(made, template);
    for (const { name, volumeMounts, securityContext } of [...init, ...main]) {
      const paths = volumeMounts.map(({ mountPath }) => mountPath);
      expect({ name, paths: [...new Set(paths)] }).toEqual({ name, paths });
      expect({ name, paths }).toMatchObject({ paths: expect.arrayContaining(['/tmp', '/var/run/argo']) });
      expect({ name, securityContext }).toMatchObject({ securityContext: { readOnlyRootFilesystem: true } });
    }
  },
);

test('the program of an evaluation has the devices of its stage, and the files that the gate has', () => {
  const spec = specOf([{ name: 'gate', type: 'evaluation', config: { metrics: ['auc'], image: IMAGE } }], {
    resources: { gate: { 'nvidia.com/gpu': '1' }, default: { memory: '8Gi' } },
  });
  const [, evaluate] = argoPod(new Synthesized(spec), 'stage-gate').init;
  expect(evaluate).toMatchObject({ name: 'evaluate', resources: { limits: { memory: '8Gi', 'nvidia.com/gpu': '1' } } });
  expect(evaluate.volumeMounts.map(({ mountPath }) => mountPath).sort()).toEqual([
    '/dev/shm',
    '/programs',
    '/tmp',
    '/var/run/argo',
    '/workspace',
  ]);
});
