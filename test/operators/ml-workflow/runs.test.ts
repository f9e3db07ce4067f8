import { KubernetesObject } from '../../../operators/src/runtime/protocol';
import { condition } from '../support/conditions';
import { ended, manual, objects, ofKind, run, sync } from './support';

/** What there is once the objects of a workflow are made. */
function settled(parent: KubernetesObject): readonly KubernetesObject[] {
  return sync(parent).children;
}

const names = (response: ReturnType<typeof sync>): string[] =>
  ofKind(response, 'Workflow').map(({ metadata }) => metadata.name);

test('nothing runs until someone asks; then a Workflow of the template is made', () => {
  expect(ofKind(sync(manual(), settled(manual())), 'Workflow')).toEqual([]);
  const asked = sync(manual({}, 'first'), settled(manual()));
  const [made] = ofKind(asked, 'Workflow');
  expect(made).toMatchObject({
    metadata: {
      name: expect.stringMatching(/^churn-r[0-9a-f]{9}$/) as string,
      labels: { 'nstarx.io/workflow': 'churn' },
    },
    spec: { workflowTemplateRef: { name: 'churn' } },
  });
  expect(condition(asked, 'RunRequested')).toMatchObject({ status: 'False', reason: 'Starting' });
  const next = sync(manual({}, 'first'), [...asked.children]);
  expect(names(next)).toEqual([made.metadata.name]);
  expect(condition(next, 'RunRequested')).toMatchObject({
    status: 'True',
    message: `Run "first" is Workflow ${made.metadata.name}`,
  });
});

test('a run does not start before the template is as the spec says', () => {
  const changed = manual({ stages: [{ name: 'a', type: 'python-job', config: { script: 'print(2)' } }] }, 'first');
  const response = sync(changed, settled(manual()));
  expect(names(response)).toEqual([]);
  expect(condition(response, 'RunRequested')).toMatchObject({ reason: 'WaitsForTemplate' });
  expect(names(sync(changed, response.children))).toHaveLength(1);
});

test('a run whose Workflow was deleted does not start again; another request does', () => {
  const parent = manual({}, 'first');
  const started = sync(parent, settled(manual()));
  const seen = sync(parent, started.children);
  expect(ofKind(seen, 'WorkflowTemplate')[0].metadata.annotations).toMatchObject({ 'nstarx.io/run': 'first' });
  const gone = seen.children.filter(({ kind }) => kind !== 'Workflow');
  const later = sync(parent, gone);
  expect(names(later)).toEqual([]);
  expect(condition(later, 'RunRequested')).toMatchObject({ status: 'True' });
  expect(later.children).toEqual(gone);
  expect(names(sync(manual({}, 'second'), gone))).toHaveLength(1);
});

test.each([
  ['Forbid', 1, 'WaitsForRun'],
  ['Allow', 2, 'Starting'],
  ['Replace', 1, 'Starting'],
])('with %s, of a run under way and a new one there are %i', (concurrencyPolicy, count, reason) => {
  const one = manual({ concurrencyPolicy }, 'first');
  const running = sync(one, sync(one, settled(manual({ concurrencyPolicy }))).children);
  const [old] = names(running);
  const both = sync(manual({ concurrencyPolicy }, 'second'), running.children);
  expect(condition(both, 'RunRequested')).toMatchObject({ reason });
  expect(names(both)).toHaveLength(count);
  expect(names(both).includes(old)).toBe(concurrencyPolicy !== 'Replace');
});

test('a run of the schedule holds back a requested one as well', () => {
  const related = [run('churn-1700000000', { phase: 'Running' }, 'churn')];
  const response = sync(manual({}, 'now'), settled(manual()), related);
  expect(names(response)).toEqual([]);
  const free = sync(manual({}, 'now'), settled(manual()), [ended(related[0], 'Succeeded')]);
  expect(names(free)).toHaveLength(1);
});

test('nothing starts while the workflow is suspended', () => {
  const response = sync(manual({ suspend: true }, 'now'), settled(manual({ suspend: true })));
  expect(names(response)).toEqual([]);
  expect(response.status).toMatchObject({ phase: 'Suspended' });
  expect(condition(response, 'RunRequested')).toMatchObject({ reason: 'Suspended' });
});

test('so many ended runs are kept, the newest; one under way always', () => {
  let children = settled(manual({ historyLimit: 2 }));
  const started: string[] = [];
  for (const id of ['a', 'b', 'c', 'd']) {
    const response = sync(manual({ historyLimit: 2 }, id), children);
    started.push(...names(response).filter((name) => !started.includes(name)));
    const statusOf = (name: string): KubernetesObject['status'] => ({
      phase: 'Succeeded',
      startedAt: `2026-01-0${started.indexOf(name) + 1}T00:00:00Z`,
    });
    children = response.children.map((child) =>
      child.kind === 'Workflow' && id !== 'd' ? { ...child, status: statusOf(child.metadata.name) } : child,
    );
    if (id === 'd') {
      const [, second, third, last] = started;
      // the last one has only been made: of those before, the first has gone already
      expect(names(response)).toEqual([second, third, last].sort());
    }
  }
  expect(started).toHaveLength(4);
});

test('a run under way keeps the programs that it was started with', () => {
  const parent = manual({}, 'first');
  const running = sync(parent, settled(manual()));
  const [programs] = ofKind(running, 'ConfigMap');
  const started = running.children.map((child) =>
    child.kind === 'Workflow'
      ? { ...child, status: { phase: 'Running', storedWorkflowTemplateSpec: { x: programs.metadata.name } } }
      : child,
  );
  const edit = manual({ stages: [{ name: 'a', type: 'python-job', config: { script: 'print(2)' } }] }, 'first');
  const edited = sync(edit, started);
  expect(ofKind(edited, 'ConfigMap')).toHaveLength(2);
  expect(ofKind(edited, 'ConfigMap')).toContainEqual(programs);
  const done = edited.children.map((child) => (child.kind === 'Workflow' ? ended(child, 'Succeeded') : child));
  expect(ofKind(sync(edit, done), 'ConfigMap')).toHaveLength(1);
});

test('a bad edit starts nothing and takes nothing away', () => {
  const parent = manual({}, 'first');
  const running = sync(parent, sync(parent, settled(manual())).children);
  const bad = sync(manual({ resources: { nothing: { cpu: '1' } } }, 'second'), running.children);
  expect(condition(bad, 'RunRequested')).toMatchObject({ reason: 'NotAccepted' });
  expect(objects(bad)).toEqual(objects(running));
});

test('a trigger of a version that had more of them is said, and nothing starts', () => {
  const parent = manual({ trigger: { type: 'event', event: 'drift.detected' } });
  expect(condition(sync(parent, settled(parent)), 'TriggerReady')).toMatchObject({
    status: 'False',
    reason: 'Unknown',
  });
});
