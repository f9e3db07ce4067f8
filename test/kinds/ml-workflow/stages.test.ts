import { specOf, Synthesized } from './support';

const IMAGE = 'registry.example.com/program:1.2.0';

test('a stage is tried again with growing pauses, and stopped in time', () => {
  const config = { image: IMAGE };
  const made = new Synthesized(
    specOf([
      { name: 'a', type: 'container', config, retries: 3, timeout: '1h30m' },
      { name: 'b', type: 'container', config, retries: 0 },
      { name: 'c', type: 'container', config },
    ]),
  );
  expect(made.stage('a')).toMatchObject({
    activeDeadlineSeconds: 5400,
    retryStrategy: { limit: '3', retryPolicy: 'Always', backoff: { duration: '30s', factor: 2 } },
  });
  expect(made.stage('b')).not.toHaveProperty('retryStrategy');
  expect(made.stage('c').retryStrategy.limit).toBe('1');
  expect(made.stage('c')).not.toHaveProperty('activeDeadlineSeconds');
});

test('a run of a pipeline is asked for by an annotation, and its end is read from the status', () => {
  const stages = [{ name: 'load', type: 'data-pipeline', config: { pipeline: 'orders' } }];
  const made = new Synthesized(specOf(stages));
  expect(made.manifest('load')).toEqual({
    apiVersion: 'nstarx.io/v1alpha1',
    kind: 'DataPipeline',
    metadata: { name: 'orders', annotations: { 'nstarx.io/run': '{{workflow.uid}}.0.{{retries}}' } },
  });
  expect(made.stage('load').resource).toMatchObject({
    action: 'patch',
    mergeStrategy: 'merge',
    successCondition: 'status.requestedRun == {{workflow.uid}}.0.{{retries}}.Completed',
    failureCondition: 'status.requestedRun == {{workflow.uid}}.0.{{retries}}.Failed',
  });
  expect(made.stage('load').resource).not.toHaveProperty('setOwnerReference');
  // Argo knows the attempt only where there may be several
  const once = new Synthesized(specOf([{ ...stages[0], retries: 0 }]));
  expect(once.manifest('load').metadata.annotations['nstarx.io/run']).toBe('{{workflow.uid}}.0.0');
});
