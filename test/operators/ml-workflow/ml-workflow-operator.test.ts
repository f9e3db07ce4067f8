import { condition, settled } from '../support/conditions';
import { readable } from '../support/requests';
import { App, Chart } from 'cdk8s';

import { MLWorkflowSpec } from '../../../src/api';
import { MLWorkflowObjects } from '../../../src/kinds/ml-workflow/ml-workflow-objects';
import { expectGoodChildren } from '../support/good-children';
import { HOOKS, NAME, NAMESPACE, objects, ofKind, PLATFORM, sample, sync } from './support';

const begun = sync(sample());
const first = sync(sample(), begun.children);

test('the template is there before the schedule: Argo looks for it once, and then no more for 20 minutes', () => {
  expect(objects(begun).map(({ kind }) => kind)).toEqual(['ConfigMap', 'WorkflowTemplate']);
  expect(begun.status).toMatchObject({ phase: 'Pending' });
  expect(condition(begun, 'Accepted')).toMatchObject({ status: 'True' });
  expect(condition(begun, 'Ready')).toMatchObject({ status: 'False', reason: 'BeingMade' });
  expect(condition(begun, 'TriggerReady')).toMatchObject({ status: 'False', reason: 'BeingMade' });
  // a schedule that is there keeps what it knows of its runs when someone deletes the template
  const orphaned = sync(
    sample(),
    first.children.filter(({ kind }) => kind !== 'WorkflowTemplate'),
  );
  expect(ofKind(orphaned, 'CronWorkflow')).toEqual(ofKind(first, 'CronWorkflow'));
});

test('the documented sample becomes a template, its programs and a schedule', () => {
  expect(objects(first).map(({ kind, metadata }) => [kind, metadata.name])).toEqual([
    ['ConfigMap', expect.stringMatching(/^fraud-detection-training-workflow-[0-9a-f]{10}$/)],
    ['WorkflowTemplate', NAME],
    ['CronWorkflow', NAME],
  ]);
  expect(ofKind(first, 'CronWorkflow')[0].spec).toMatchObject({ schedules: ['0 0 * * 0'], timezone: 'Etc/UTC' });
  expectGoodChildren(first.children, NAMESPACE);
  const next = sync(sample(), first.children);
  expect(next.status).toMatchObject({ phase: 'Waiting' });
  expect(condition(next, 'Ready')).toMatchObject({ status: 'True' });
  expect(condition(next, 'TriggerReady')).toMatchObject({ status: 'True', reason: 'Scheduled' });
  expect(next.children).toEqual(first.children);
});

test('its objects, whole', () => {
  expect(readable(objects(first).filter(({ kind }) => kind !== 'ConfigMap'))).toMatchSnapshot();
});

test('the same request has the same bytes, and a chart the same objects', () => {
  expect(JSON.stringify(sync(sample(), begun.children))).toBe(JSON.stringify(first));
  const chart = new Chart(new App(), 'static', { namespace: NAMESPACE, disableResourceNameHashes: true });
  const spec = sample().spec as unknown as MLWorkflowSpec;
  new MLWorkflowObjects(chart, 'workflow', {
    name: NAME,
    namespace: NAMESPACE,
    spec,
    settings: PLATFORM.mlWorkflow,
  });
  expect(chart.toJson()).toEqual(objects(first));
});

test('it asks for its runs, its trainings, the pods of engines and its zone only', () => {
  const parent = sample({ zone: 'training' });
  const labelSelector = { matchLabels: { 'nstarx.io/workflow': NAME } };
  expect(HOOKS.customize({ parent: settled(parent) }, PLATFORM).relatedResources).toEqual([
    { apiVersion: 'argoproj.io/v1alpha1', resource: 'workflows', namespace: NAMESPACE, labelSelector },
    { apiVersion: 'trainer.kubeflow.org/v1alpha1', resource: 'trainjobs', namespace: NAMESPACE, labelSelector },
    expect.objectContaining({ apiVersion: 'v1', resource: 'pods', namespace: NAMESPACE }),
    { apiVersion: 'nstarx.io/v1alpha1', resource: 'aizones', names: ['training'] },
  ]);
});

test('a bad edit names the field and leaves what runs as it is', () => {
  const bad = sample({
    stages: [
      { name: 'a', type: 'container', config: { image: 'r/a:1' }, dependsOn: ['b'] },
      { name: 'b', type: 'container', config: { image: 'r/a:1' }, dependsOn: ['a'] },
    ],
  });
  const response = sync(bad, first.children);
  expect(condition(response, 'Accepted')).toMatchObject({
    status: 'False',
    reason: 'InvalidSpec',
    message: expect.stringMatching(/^spec\.stages\[0\]\.dependsOn must not lead back .*a -> b -> a/) as string,
  });
  expect(response.children).toEqual(first.children);
});

test('without MLflow the sample is refused by the field that helps', () => {
  const response = sync(sample(), [], [], { ...PLATFORM, mlWorkflow: {} });
  expect(condition(response, 'Accepted')?.message).toMatch(/^spec\.tracking\.uri must be given/);
  expect(response.status).toMatchObject({ phase: 'Failed' });
});

test('a zone must be there; its limits hold', () => {
  const parent = sample({ zone: 'training' });
  const missing = sync(parent);
  expect(objects(missing)).toEqual([]);
  expect(condition(missing, 'ZoneAvailable')).toMatchObject({
    status: 'False',
    message: 'spec.zone must be an AIZone that is there, got "training": make it, or name another',
  });
  const zone = (gpus: string) => ({
    apiVersion: 'nstarx.io/v1alpha1',
    kind: 'AIZone',
    metadata: { name: 'training' },
    spec: {
      type: 'training',
      resources: { compute: { nodeSelector: { pool: 'gpu' }, limits: { 'nvidia.com/gpu': gpus } } },
    },
  });
  const small = sync(parent, [], [zone('8')]);
  expect(condition(small, 'Accepted')?.message).toMatch(
    /^spec\.resources\.training\.nvidia\.com\/gpu must not need more than the 8 of zone training; stage model-training has 4 pods/,
  );
  const large = sync(parent, [], [zone('16')]);
  expect(ofKind(large, 'WorkflowTemplate')[0].spec).toMatchObject({ nodeSelector: { pool: 'gpu' } });
});

test('a training without anything to run is pointed out', () => {
  expect(condition(first, 'ProgramGiven')).toMatchObject({ status: 'False', reason: 'ImageOfRuntime' });
  expect(condition(first, 'ProgramGiven')?.message).toMatch(/^model-training names neither image nor command/);
  const given = { ...PLATFORM, mlWorkflow: { ...PLATFORM.mlWorkflow, trainingImages: { pytorch: 'r/train:1' } } };
  expect(condition(sync(sample(), [], [], given), 'ProgramGiven')).toBeUndefined();
});
