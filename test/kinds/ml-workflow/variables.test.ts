import { ML_WORKFLOW } from '../../../src/api/kinds/ml-workflow';
import { Schema } from '../../../src/api/schema/schema';
import { figuresOf, USER_VARIABLES } from '../../../src/kinds/ml-workflow/variables';
import { Json, refusal, specOf, Synthesized, variables } from './support';

const IMAGE = 'registry.example.com/program:1.2.0';
const EVERY_TYPE: readonly Json[] = [
  { type: 'spark-job', config: { mainClass: 'a.B' } },
  { type: 'python-job', config: { script: 'pass' } },
  { type: 'container', config: { image: IMAGE } },
  { type: 'data-pipeline', config: { pipeline: 'orders' } },
  { type: 'ml-training', config: { framework: 'pytorch' } },
  { type: 'evaluation', config: { metrics: ['accuracy'] } },
  { type: 'model-registry', config: { name: 'fraud' } },
];

/** Expressions and variables, as an attacker would write them. */
const HOSTILE = [
  "{{=sprig.repeat(300000000, 'a')}}",
  "{{=sprig.b64dec('In0=')}}",
  '{{ =1 }}',
  '{{inputs.parameters.metrics-train}}',
  '{{workflow.failures}}',
  '{{workflow.labels.a}}',
  'a {{{workflow.name}}',
  '{{workflow.name',
  '{{=',
  '{{workflow.na{{workflow.name}}me}}',
];

/** Every text of the spec's schema: fields, items, and keys of maps. */
function placesOf(
  schema: Schema,
  path: readonly string[],
  isKey = false,
): { path: readonly string[]; isKey: boolean }[] {
  if (schema.type === 'string' || isKey) return [{ path, isKey }];
  return [
    ...Object.entries(schema.properties ?? {}).flatMap(([name, field]) => placesOf(field, [...path, name])),
    ...(schema.items ? placesOf(schema.items, [...path, '0']) : []),
    ...(schema.additionalProperties
      ? [...placesOf(schema.additionalProperties, [...path, 'key']), { path: [...path, 'KEY'], isKey: true }]
      : []),
    ...(schema['x-kubernetes-preserve-unknown-fields']
      ? [
          { path: [...path, 'a', 'b'], isKey: false },
          { path: [...path, 'KEY'], isKey: true },
        ]
      : []),
  ];
}

/** The spec with a text at a place. */
function withText(spec: Json, path: readonly string[], text: string): Json {
  const copy: Json = structuredClone(spec);
  let at: Json = copy;
  for (const [index, key] of path.slice(0, -1).entries()) {
    at[key] ??= path[index + 1] === '0' ? [] : {};
    at = at[key] as Json;
  }
  const last = path[path.length - 1];
  if (last === 'KEY') at[text] = 'value';
  else at[last] = text;
  return copy;
}

const PLACES = placesOf(ML_WORKFLOW.spec, []);

test.each(EVERY_TYPE.map((stage) => [stage.type as string, stage] as const))(
  'no text around or in a stage of type %s is computed by Argo, keys of maps included',
  (_, stage) => {
    const spec = specOf([{ name: 'a', ...stage }]) as unknown as Json;
    expect(refusal(specOf([{ name: 'a', ...stage }]))).toBe('accepted');
    for (const { path } of PLACES) {
      if (path.join('.') === 'stages.0.config.script') continue;
      for (const text of HOSTILE) {
        expect(`${path.join('.')} ${refusal(withText(spec, path, text) as never)}`).toMatch(/must have no/);
      }
    }
  },
);

test('the schema has the texts that are tried above', () => {
  const paths = PLACES.map(({ path }) => path.join('.'));
  expect(paths).toEqual(
    expect.arrayContaining([
      'stages.0.config.environment.KEY',
      'stages.0.config.hyperparameters.a.b',
      'resources.KEY',
      'checkpoints.path',
      'tracking.experiment',
    ]),
  );
});

test.each(USER_VARIABLES)('{{%s}} is filled in for a container', (name) => {
  const config = { image: IMAGE, command: ['run'], arguments: [`--x={{${name}}}`], environment: { X: `{{${name}}}` } };
  const made = new Synthesized(specOf([{ name: 'a', type: 'container', config }]));
  expect(made.stage('a').container.args).toEqual([`--x={{${name}}}`]);
});

test.each(['spark-job', 'ml-training'])('none is, in the manifest of a %s', (type) => {
  const config = { ...EVERY_TYPE.find((stage) => stage.type === type)!.config, arguments: ['{{workflow.name}}'] };
  expect(refusal(specOf([{ name: 'a', type, config }]))).toContain(
    `stages[0].config.arguments[0] must have no '{{': Argo would fill it in, or compute it, got "{{workflow.name}}": ` +
      'use the environment of the program, such as WORKFLOW_RUN.',
  );
});

test('a hyperparameter that looks like a variable of the container stays as it is', () => {
  const config = { image: IMAGE, hyperparameters: { prompt: 'costs $5, $(HOME), $$' } };
  const { container } = new Synthesized(specOf([{ name: 'a', type: 'ml-training', config }])).stage('a');
  expect(variables(container).HYPERPARAMETERS).toBe('{"prompt":"costs $$5, $$(HOME), $$$$"}');
});

test('what a program wrote reaches no template but in base64', () => {
  expect(figuresOf('train-all')).toBe("{{=toBase64(tasks['train-all'].outputs.parameters.metrics)}}");
  const made = new Synthesized(
    specOf([
      { name: 'train', type: 'container', config: { image: IMAGE } },
      { name: 'gate', type: 'evaluation', config: { metrics: ['accuracy'] } },
    ]),
  );
  const text = JSON.stringify(made.object('WorkflowTemplate'));
  const outputs = [...text.matchAll(/\{\{[^}]*outputs\.parameters[^}]*\}\}/g)].map(([found]) => found);
  expect(outputs).toEqual([figuresOf('train')]);
});
