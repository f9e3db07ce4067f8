import { KubernetesObject } from '../../../operators/src/runtime/protocol';
import { condition } from '../support/conditions';
import { expectGoodChildren } from '../support/good-children';
import { SETTINGS } from '../support/settings';
import { child, endedPod, kinds, NAMESPACE, objects, running, sample, sync } from './support';

const PARENT = sample();
const first = sync(PARENT, [], [], SETTINGS);
const job = child(first, 'Job');

function done(object: KubernetesObject, type = 'Complete'): KubernetesObject {
  return { ...object, status: { conditions: [{ type, status: 'True' }] } };
}

test('the location is looked at before anything is made, by a Job that nothing hinders', () => {
  expect(kinds(first)).toEqual(['NetworkPolicy', 'Job']);
  expect(first.status).toMatchObject({ phase: 'Pending' });
  expect(condition(first, 'ArtifactAvailable')).toMatchObject({ status: 'Unknown', reason: 'Checking' });
  expect(job.metadata.name).toMatch(/^sentiment-analyzer-v2-model-check-[0-9a-f]{10}$/);
  expect(job.spec).not.toHaveProperty('ttlSecondsAfterFinished');
  expectGoodChildren(first.children, NAMESPACE);
});

test('what is found is served', () => {
  const next = sync(PARENT, [...first.children.slice(0, 1), done(job)], [], SETTINGS);
  expect(kinds(next)).toContain('InferenceService');
  expect(condition(next, 'ArtifactAvailable')).toMatchObject({ status: 'True', reason: 'Found' });
});

test('what is not there is said with the location and what to do', () => {
  const next = sync(PARENT, first.children, [endedPod(job.metadata.name, 3, 'there is nothing')], SETTINGS);
  expect(kinds(next)).toEqual(['NetworkPolicy', 'Job']);
  expect(next.status).toMatchObject({ phase: 'Failed' });
  expect(condition(next, 'ArtifactAvailable')).toMatchObject({
    status: 'False',
    reason: 'NotFound',
    message:
      'There is nothing at s3://models/sentiment/v2: upload the model or correct spec.storage.location; it is looked for again every few minutes',
  });
});

test('what cannot be read is said with the error', () => {
  const next = sync(PARENT, first.children, [endedPod(job.metadata.name, 4, '403 Forbidden')], SETTINGS);
  expect(condition(next, 'ArtifactAvailable')).toMatchObject({ status: 'False', reason: 'CannotBeRead' });
  expect(condition(next, 'ArtifactAvailable')?.message).toContain('(403 Forbidden)');
  const given = sync(PARENT, [...first.children.slice(0, 1), done(job, 'Failed')], [], SETTINGS);
  expect(condition(given, 'ArtifactAvailable')?.message).toContain(`delete the Job ${job.metadata.name} to look again`);
});

test('a new version that is not there leaves the old one serving', () => {
  const served = sync(PARENT, [...first.children.slice(0, 1), done(job)], [], SETTINGS);
  const { children, related } = running(served, 3);
  const B = sample({ version: '3.0', storage: { location: 's3://models/sentiment/v3' } });
  const looking = sync(B, children, related, SETTINGS);
  expect(objects(looking).filter(({ kind }) => kind === 'InferenceService')).toEqual(
    objects(served).filter(({ kind }) => kind === 'InferenceService'),
  );
  expect(looking.status).toMatchObject({ phase: 'Deploying', readyReplicas: 3 });
  const check = child(looking, 'Job');
  expect(check.metadata.name).not.toBe(job.metadata.name);
  const missing = sync(B, children, [...related, endedPod(check.metadata.name, 3, '')], SETTINGS);
  expect(missing.status).toMatchObject({ phase: 'Degraded', readyReplicas: 3 });
  expect(condition(missing, 'Ready')?.message).toContain('version 2.0 is served meanwhile');
});

test.each([
  'hf://bert-base',
  'pvc://models/x',
  'oci://registry/model:1',
  'hdfs://lake/m',
  'abfss://c@a.dfs.core.windows.net/m',
])('%s is not looked at, and served', (location) => {
  const response = sync(sample({ storage: { location } }), [], [], SETTINGS);
  expect(kinds(response)).toContain('InferenceService');
  expect(kinds(response)).not.toContain('Job');
  expect(condition(response, 'ArtifactAvailable')).toMatchObject({ status: 'Unknown', reason: 'CannotBeChecked' });
});
