import fc from 'fast-check';

import { JsonObject, KubernetesObject } from '../../../operators/src/runtime/protocol';
import { ML_WORKFLOW } from '../../../src/api/kinds/ml-workflow';
import { validate, withDefaults } from '../../../src/api/schema/validate';
import { containersOf } from '../../../src/checks/manifest-graph';
import { NEWEST_MINOR, podSecurityViolations } from '../../../src/checks/pod-security-check';
import { variants } from '../../api/support/arbitrary';
import { condition } from '../support/conditions';
import { expectGoodChildren } from '../support/good-children';
import { NAMESPACE, ofKind, sync, workflow } from './support';

const RUNS = { numRuns: 150 };
const IMAGE = 'registry.example.com/program:1.0';

const config: Readonly<Record<string, fc.Arbitrary<JsonObject>>> = {
  'spark-job': fc.constantFrom({ mainClass: 'a.B' }, { mainClass: 'a.B', jar: 's3://b/a.jar', arguments: ['--x=1'] }),
  'python-job': fc.constantFrom<JsonObject>(
    { script: 'print(1)' },
    { image: IMAGE },
    { script: '{{x}}', image: IMAGE },
  ),
  container: fc.constantFrom<JsonObject>({ image: IMAGE }, { image: IMAGE, command: ['run'], environment: { A: 'b' } }),
  'data-pipeline': fc.constant({ pipeline: 'orders' }),
  'ml-training': fc.constantFrom<JsonObject>(
    { framework: 'pytorch', image: IMAGE, distributedTraining: { workers: 3, backend: 'gloo' } },
    { framework: 'sklearn', image: IMAGE, hyperparameters: { a: { b: [1] } } },
    { framework: 'huggingface' },
  ),
  evaluation: fc.constantFrom<JsonObject>({ metrics: ['accuracy'], threshold: 0.5 }, { metrics: ['f1'], image: IMAGE }),
  'model-registry': fc.constantFrom<JsonObject>({ name: 'm' }, { name: 'm', version: '1', tags: ['a'] }),
};

const parent = fc
  .record({
    name: fc.constantFrom('w', 'churn', `a${'b'.repeat(51)}`, `0${'-'.repeat(49)}-b`),
    types: fc.array(fc.constantFrom(...Object.keys(config)), { minLength: 1, maxLength: 6 }),
    long: fc.boolean(),
    trigger: fc.constantFrom<JsonObject>({ type: 'manual' }, { type: 'schedule', schedule: '0 2 * * *' }),
    checkpoints: fc.option(fc.constantFrom({ path: 's3://b/c' }, { path: 'pvc://claim/a' }), { nil: undefined }),
    gpus: fc.nat(4),
    retries: fc.nat(3),
  })
  .chain(({ name, types, long, trigger, checkpoints, gpus, retries }) =>
    fc.tuple(...types.map((type) => config[type])).map((configs) =>
      workflow(
        JSON.parse(
          JSON.stringify({
            type: 'training',
            trigger,
            checkpoints,
            resources: gpus > 0 ? { training: { 'nvidia.com/gpu': String(gpus) } } : undefined,
            stages: types.map((type, at) => ({
              name: `${String(at)}${long ? 's'.repeat(62) : ''}`,
              type,
              retries,
              config: configs[at],
            })),
          }),
        ) as JsonObject,
        name,
      ),
    ),
  );

interface Template {
  readonly name: string;
  readonly container?: object;
  readonly initContainers?: readonly object[];
  readonly resource?: { readonly manifest?: string };
}

/** The pods that Argo makes of a template, as far as the template says it. */
function expectGoodTemplates(template: KubernetesObject): void {
  const { securityContext, templates } = template.spec as {
    readonly securityContext: object;
    readonly templates: readonly Template[];
  };
  const names = templates.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { name, container, initContainers = [], resource } of templates) {
    if (resource?.manifest !== undefined) {
      const { metadata } = JSON.parse(resource.manifest) as { readonly metadata: { readonly generateName?: string } };
      if (metadata.generateName !== undefined) expect(metadata.generateName).toMatch(/^[a-z][a-z0-9-]{1,38}-$/);
    }
    if (!container) continue;
    const pod = { securityContext, initContainers, containers: [{ ...container, name: 'main' }] };
    expect({ name, found: podSecurityViolations('restricted', NEWEST_MINOR, {}, pod) }).toEqual({ name, found: [] });
    for (const each of containersOf(pod)) {
      expect(each).toMatchObject({
        image: expect.stringMatching(/:(?!latest$)[\w.-]+$/) as string,
        securityContext: { readOnlyRootFilesystem: true },
        resources: { requests: { cpu: expect.any(String) as string, memory: expect.any(String) as string } },
      });
    }
  }
}

test('every workflow becomes objects that keep the rules, the same each time', () => {
  fc.assert(
    fc.property(parent, (object) => {
      const begun = sync(object);
      const response = sync(object, begun.children);
      expect(condition(response, 'Accepted')).toMatchObject({ status: 'True' });
      expectGoodChildren(response.children, NAMESPACE);
      expectGoodTemplates(ofKind(response, 'WorkflowTemplate')[0]);
      expect(JSON.stringify(sync(object))).toBe(JSON.stringify(begun));
      expect(JSON.stringify(sync(object, response.children).children)).toBe(JSON.stringify(response.children));
    }),
    RUNS,
  );
});

test('a workflow that the schema allows runs or is refused with the field, never an error', () => {
  fc.assert(
    fc.property(variants(ML_WORKFLOW), (variant) => {
      const spec = withDefaults(ML_WORKFLOW.spec, variant.spec) as JsonObject;
      // the API server refuses the others
      fc.pre(validate(ML_WORKFLOW.spec, spec).findings.length === 0);
      const response = sync({ ...workflow({ type: 'training', stages: [] }), spec });
      const accepted = condition(response, 'Accepted')!;
      if (accepted.status === 'True') expectGoodChildren(response.children, NAMESPACE);
      else expect(accepted.message).toMatch(/^(spec|metadata)\.[\w.[\]'/-]+ must /);
    }),
    RUNS,
  );
});
