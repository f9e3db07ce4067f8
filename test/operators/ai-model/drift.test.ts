import { condition } from '../support/conditions';
import { expectGoodChildren } from '../support/good-children';
import { child, endedPod, kinds, NAMESPACE, objects, sample, sync } from './support';

const DRIFT = { enabled: true, method: 'kolmogorov-smirnov', threshold: 0.2, baseline: 's3://training/churn.parquet' };
const PARENT = sample({ monitoring: { drift: DRIFT } });
const WORDS = '{"format":1,"rows":1000,"features":[{"name":"age","bounds":[18,40],"counts":[12,700,288]}]}';

const first = sync(PARENT);
const job = child(first, 'Job').metadata.name;

test('the training data is read once, by a job in the namespace of the model', () => {
  expectGoodChildren(first.children, NAMESPACE);
  expect(child(first, 'Job').spec).toMatchObject({
    template: {
      spec: {
        containers: [{ command: ['python3', '/program/drift_baseline.py', 's3://training/churn.parquet'] }],
      },
    },
  });
  expect(condition(first, 'DriftBaseline')).toMatchObject({ status: 'Unknown', reason: 'Reading' });
  expect(JSON.stringify(child(first, 'PrometheusRule'))).not.toContain('ModelDrift');
});

test('what the job said becomes rules, and is kept', () => {
  const told = sync(PARENT, first.children, [endedPod(job, 0, WORDS)]);
  expect(JSON.stringify(child(told, 'PrometheusRule'))).toContain('ModelDrift');
  expect(child(told, 'ConfigMap', job).data).toEqual({ 'baseline.json': expect.stringContaining('"age"') as string });
  expect(condition(told, 'DriftBaseline')).toMatchObject({ status: 'True', reason: 'Read' });
  // the Pod is gone
  const later = sync(PARENT, told.children);
  expect(JSON.stringify(objects(later))).toBe(JSON.stringify(objects(told)));
  expectGoodChildren(later.children, NAMESPACE);
});

test('a return to the old data does not have it read again', () => {
  const told = sync(PARENT, first.children, [endedPod(job, 0, WORDS)]);
  const other = sample({ version: '2.1', monitoring: { drift: { ...DRIFT, baseline: 's3://training/new.parquet' } } });
  const next = sync(other, told.children);
  expect(kinds(next).filter((kind) => kind === 'ConfigMap')).toHaveLength(2);
  expect(child(next, 'Job').metadata.name).not.toBe(job);
  const back = sync(PARENT, next.children);
  expect(JSON.stringify(objects(back))).toBe(JSON.stringify(objects(told)));
});

test('data that cannot be read is said, and the model is served all the same', () => {
  const told = sync(PARENT, first.children, [endedPod(job, 1, '{"error":"there is no column of numbers"}')]);
  expect(kinds(told)).toContain('InferenceService');
  expect(condition(told, 'DriftBaseline')).toMatchObject({
    status: 'False',
    message:
      's3://training/churn.parquet is no baseline (there is no column of numbers), so drift is not measured: correct spec.monitoring.drift.baseline',
  });
});

test('the buckets and the adaptive threshold of the spec are used', () => {
  const drift = { ...DRIFT, buckets: { age: [18, 40] }, adaptive: { deviations: 4, history: '14d', maximum: 0.6 } };
  const parent = sample({ monitoring: { drift } });
  const start = sync(parent);
  expect(JSON.stringify(child(start, 'Job'))).toContain('--bounds');
  const told = sync(parent, start.children, [endedPod(child(start, 'Job').metadata.name, 0, WORDS)]);
  expect(JSON.stringify(child(told, 'PrometheusRule'))).toContain('0.6');
});

test('without monitoring there are no alerts and nothing is read', () => {
  const off = sync(sample({ monitoring: { enabled: false, drift: DRIFT } }));
  expect(kinds(off)).not.toContain('Job');
  expect(kinds(off)).not.toContain('PrometheusRule');
});
