import { VariablesCheck } from '../../src/checks/variables-check';
import { lateVariables, Variable } from '../../src/contracts/variable-order';
import { JobWorkload } from '../../src/constructs/workloads';
import { containerOf, render, setUp, TestDatabase } from '../constructs/workloads/support';
import { findings } from './graph';
import { synthesizedObjects } from '../support/synthesized-objects';

const CONTAINER = {
  name: 'main',
  env: [
    { name: 'URL', value: 'http://$(HOST):$(PORT)/$$(PATH)' },
    { name: 'HOST', value: 'db' },
    { name: 'PATH', value: '/' },
  ],
};

test.each([
  [
    'Deployment',
    'apps/v1',
    { template: { spec: { containers: [CONTAINER] } } },
    'spec.template.spec.containers[0].env',
  ],
  [
    'WorkflowTemplate',
    'argoproj.io/v1alpha1',
    { templates: [{ container: CONTAINER }] },
    'spec.templates[0].container.env',
  ],
  ['SparkApplication', 'sparkoperator.k8s.io/v1beta2', { driver: CONTAINER }, 'spec.driver.env'],
])('a variable before the one that it names is found in a %s', (kind, apiVersion, spec, at) => {
  const found = findings(new VariablesCheck(), [
    { apiVersion, kind, metadata: { name: 'api', namespace: 'team' }, spec },
  ]);

  expect(found.map(({ message }) => message)).toEqual([
    `${kind} api: ${at}.URL names $(HOST), which comes after it and is not known yet; move URL behind HOST, or write $$(HOST) where the text is meant`,
  ]);
});

test('a workload may name variables of its Secrets and of its services, in any order', () => {
  const { chart, namespace } = setUp();
  const job = new JobWorkload(chart, 'job', {
    namespace,
    image: 'a:1',
    env: { URL: 'postgres://$(USER):$(PASSWORD)@$(DATABASE_HOST)', USER: 'app' },
    secretEnv: [{ name: 'PASSWORD', secretName: 'db', key: 'password' }],
  });
  new TestDatabase(chart, 'db').grantRead(job);

  const names = (containerOf(render(job.job)).env as { name: string }[]).map(({ name }) => name);

  expect(lateVariables(containerOf(render(job.job)).env as Variable[])).toEqual([]);
  expect(names).toEqual(expect.arrayContaining(['URL', 'USER', 'PASSWORD', 'DATABASE_HOST']));
});

test('what the examples and the operators make names no later variable', () => {
  const late = synthesizedObjects().flatMap((object) => listsOf(object).flatMap(lateVariables));
  expect(late).toEqual([]);
});

function listsOf(value: unknown): { name: string; value?: string }[][] {
  if (Array.isArray(value)) return value.flatMap(listsOf);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
    key === 'env' && Array.isArray(inner) ? [inner as { name: string }[]] : listsOf(inner),
  );
}
