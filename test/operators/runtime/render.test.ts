import { Chart } from 'cdk8s';
import { Observed } from '../../../operators/src/runtime/observed';
import { SyncContext } from '../../../operators/src/runtime/operator';
import { renderedOnce } from '../../../operators/src/runtime/render';
import { RUN_ANNOTATION } from '../../../src/api/run-annotation';
import { fail } from '../../../src/contracts/errors';
import * as featureStore from '../feature-store/support';
import * as model from '../ai-model/support';
import * as pipeline from '../data-pipeline/support';
import { SETTINGS } from '../support/settings';
import * as workflow from '../ml-workflow/support';

afterEach(() => jest.restoreAllMocks());

/** The parts of a context that rendering needs. */
function contextOf(name: string): SyncContext<object> {
  const parent = { apiVersion: 'v1', kind: 'Toy', metadata: { name } };
  const [children, related] = [new Observed({}), new Observed({})];
  return { parent, name, namespace: 'zoo', spec: {}, children, related, settings: SETTINGS, now: '', revisions: [] };
}

test('contexts of one request share what was rendered, those of another do not', () => {
  const build = jest.fn();
  const renderedSpec = renderedOnce<object>(build);
  const context = contextOf('bear');
  const rendered = renderedSpec(context);
  // as a report is made from
  expect(renderedSpec({ ...context, revisions: [] } as SyncContext<object>)).toBe(rendered);
  expect(build).toHaveBeenCalledTimes(1);
  expect(renderedSpec(contextOf('bear'))).not.toBe(rendered);
  expect(build).toHaveBeenCalledTimes(2);
});

test('what is wrong is found once too; the name is none of the spec', () => {
  const build = jest.fn((_chart: Chart, { name }: { readonly name: string }) =>
    fail('Toy', name === 'bear' ? 'name' : 'size', 'must be another', name, 'use another'),
  );
  const renderedSpec = renderedOnce<object>(build);
  const bear = contextOf('bear');
  for (const rendered of [renderedSpec(bear), renderedSpec({ ...bear })]) {
    expect(rendered.objects).toEqual([]);
    expect(rendered.problems.toString()).toBe('metadata.name must be another, got "bear": use another.');
  }
  expect(build).toHaveBeenCalledTimes(1);
  expect(renderedSpec(contextOf('fox')).problems.all).toMatchObject([{ field: 'spec.size' }]);
});

const annotations = { [RUN_ANNOTATION]: '1' };
const asked = pipeline.sample();

test.each([
  ['model', () => model.sync(model.sample())],
  // every function of these asks what the spec means while a run is asked for
  ['pipeline', () => pipeline.sync({ ...asked, metadata: { ...asked.metadata, annotations } })],
  ['workflow', () => workflow.sync(workflow.manual({}, '1'))],
  ['feature store', () => featureStore.sync(featureStore.sample())],
])('a sync of a %s renders its spec once', (_kind, sync) => {
  const rendered = jest.spyOn(Chart.prototype, 'toJson');
  for (const calls of [1, 2]) {
    expect(sync().children.length).toBeGreaterThan(1);
    expect(rendered).toHaveBeenCalledTimes(calls);
  }
});
