import { lateVariables, Variable } from '../../src/contracts/variable-order';
import { make, serving } from './ai-model/support';
import { specOf, Synthesized } from './ml-workflow/support';

/** Names in an order that the API server may give them back in: sorted. */
const ENVIRONMENT = {
  A_URL: 'http://$(Z_HOST):$(P_PORT)',
  P_PORT: '80',
  Z_HOST: '$(Z_NAME).example',
  Z_NAME: 'db',
  TEXT: '$$(ZZ)',
};
const CIRCLE = { A: '$(B)', B: '$(A)' };

const stage = (type: string, environment: object): object[] => [
  {
    name: 'a',
    type,
    config: {
      image: 'registry.example.com/a:1',
      framework: 'pytorch',
      distributedTraining: { workers: 2, backend: 'gloo' },
      environment,
    },
  },
];
const workflow = (type: string, environment: object): unknown =>
  new Synthesized(specOf(stage(type, environment))).objects;

test.each<[string, (environment: { [name: string]: string }) => unknown]>([
  ['AIModel under KServe', (environment) => make(serving({ environment }))],
  ['AIModel as a Deployment', (environment) => make(serving({ environment }), { kserve: false })],
  ['MLWorkflow, a container', (environment) => workflow('container', environment)],
  ['MLWorkflow, a Python job', (environment) => workflow('python-job', environment)],
  ['MLWorkflow, a distributed training', (environment) => workflow('ml-training', environment)],
])('%s: a variable comes after those that it names, and a circle is refused', (_kind, objects) => {
  const lists = listsOf(objects(ENVIRONMENT));
  expect(lists.flat().filter(({ name }) => name === 'A_URL').length).toBeGreaterThan(0);
  expect(lists.flatMap(lateVariables)).toEqual([]);
  expect(() => objects(CIRCLE)).toThrow(/environment must not name each other in a circle, got "B with \$\(A\)": take/);
});

function listsOf(value: unknown): Variable[][] {
  // an object that a stage makes is text
  if (typeof value === 'string' && value.startsWith('{"')) return listsOf(JSON.parse(value));
  if (Array.isArray(value)) return value.flatMap(listsOf);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
    key === 'env' && Array.isArray(inner) ? [inner as Variable[]] : listsOf(inner),
  );
}
