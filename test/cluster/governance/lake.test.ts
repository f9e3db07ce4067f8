import type { KubernetesObject } from '../types';
import { API, model, pipeline, workflow } from './objects';
import { describeGovernance, DORA, MALIK, verdictOf } from './support';

const BUCKET = 's3://acme-artifacts';

function modelAt(location: string): KubernetesObject {
  const made = model('a');
  return { ...made, spec: { ...made.spec, storage: { location } } };
}

function pipelineFrom(config: object): KubernetesObject {
  const made = pipeline('a');
  return { ...made, spec: { ...made.spec, source: { type: 'datalake', config } } };
}

function workflowWith(config: object, rest: object = {}, type = 'container'): KubernetesObject {
  const stages = [{ name: 'a', type, config: { image: 'registry.example.com/a:1', ...config } }];
  const made = workflow('a');
  return { ...made, spec: { ...made.spec, stages, ...rest } };
}

function storeAt(path: string): KubernetesObject {
  const features = [{ name: 'age', type: 'float', source: { type: 'batch', query: 'SELECT 1' } }];
  const spec = { features, serving: { offline: { storage: 'parquet', path } } };
  return { apiVersion: API, kind: 'FeatureStore', metadata: { name: 'a', namespace: 'vision' }, spec };
}

const path = (key: string) => `${BUCKET}/${key}`;

describeGovernance('folders of the bucket', (cluster) => {
  test.each<[string, KubernetesObject, string]>([
    ['a model in the own folder', modelAt(path('models/vision/a')), ''],
    ['a model in another bucket', modelAt('s3://acme-artifacts-2/models/fraud/a'), ''],
    ['a model of another', modelAt(path('models/fraud/a')), 'spec.storage.location: the pods of namespace vision'],
    ['the same by s3a', modelAt('s3a://acme-artifacts/models/fraud/a'), 'spec.storage.location: the pods'],
    ['the bucket', modelAt(BUCKET), 'spec.storage.location: the pods'],
    ['a way out', modelAt(path('models/vision/../fraud/a')), 'must stay in its folder: leave . and .. out'],
    ['a longer name', modelAt(path('models/vision-2/a')), 'spec.storage.location: the pods'],
    ['data in the own folder', pipelineFrom({ path: path('lake/vision/a/') }), ''],
    ['data of another', pipelineFrom({ path: path('lake/fraud/a/') }), 'spec.source.config.path: the pods'],
    [
      'data of another in an option',
      pipelineFrom({ path: path('lake/vision/a/'), options: { lookupLocation: path('lake/fraud/') } }),
      'spec.source.config.options.*: the pods',
    ],
    [
      'a data set of another',
      workflowWith({ dataset: path('lake/fraud/a') }, {}, 'ml-training'),
      'spec.stages[].config.dataset: the pods',
    ],
    ['an argument', workflowWith({ arguments: [path('lake/fraud/a')] }), 'spec.stages[].config.arguments[]: the pods'],
    [
      'a variable',
      workflowWith({ environment: { A: path('lake/fraud/a') } }),
      'spec.stages[].config.environment.*: the pods',
    ],
    [
      'the state of another',
      workflowWith({}, { checkpoints: { path: path('workflows/fraud/') } }),
      'spec.checkpoints.path: the pods',
    ],
    ['features of another', storeAt(path('features/fraud/')), 'spec.serving.offline.path: the pods'],
    ['features in the own folder', storeAt(path('features/vision/')), ''],
  ])('%s', async (_, object, message) => {
    const verdict = await verdictOf(cluster(), object, object.kind === 'AIModel' ? MALIK : DORA);
    if (message === '') expect(verdict).toBe('');
    else expect(verdict).toContain(message);
  });
});
