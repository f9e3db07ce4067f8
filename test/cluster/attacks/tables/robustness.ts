import { conditionOf, type Identity, type KubernetesObject, referenceTo } from '../../types';
import { type Attack, DORA, FIONA, FRAUD, MALIK, notAccepted, refused, VISION } from '../attack';
import type { AttackBench } from '../bench';

const API = 'nstarx.io/v1alpha1';
const SCIENTIST = 'data scientist of vision';
const ENGINEER = 'ML engineer of vision';
const STOPS = 'an operator that stops at the object, and with it the objects of all tenants';
const ANSWERED = 'an answer for every valid object, found by fuzzing the hooks';

type Spec = Readonly<Record<string, unknown>>;

function object(kind: string, name: string, spec: Spec, namespace = VISION): KubernetesObject {
  return { apiVersion: API, kind, metadata: { name, namespace }, spec };
}

function model(name: string, serving: Spec = {}, namespace = VISION): KubernetesObject {
  const resources = { requests: { cpu: '1', memory: '1Gi' } };
  const spec = { type: 'sklearn', version: '1.0', storage: { location: 's3://models/a' } };
  return object('AIModel', name, { ...spec, serving: { resources, ...serving } }, namespace);
}

function workflow(name: string, ...stages: readonly Spec[]): KubernetesObject {
  return object('MLWorkflow', name, { type: 'training', stages });
}

function training(hyperparameters: unknown): Spec {
  return { name: 'train', type: 'ml-training', config: { framework: 'pytorch', command: ['train'], hyperparameters } };
}

function pipeline(name: string, change: Spec): KubernetesObject {
  const at = (path: string): Spec => ({ type: 'datalake', config: { path } });
  return object('DataPipeline', name, {
    engine: 'spark',
    source: at('s3://lake/in'),
    sink: at('s3://lake/out'),
    ...change,
  });
}

/** Objects in objects, so many deep. */
function nested(depth: number): Spec {
  let value: Spec = {};
  for (let level = 1; level < depth; level++) value = { a: value };
  return value;
}

/** As a parser makes it: `__proto__` is a key like any other. */
function inherited(value: string): Spec {
  return JSON.parse(`{"constructor":"${value}","__proto__":"${value}","toString":"${value}"}`) as Spec;
}

/** Waits until the operator has said whether it can do the object as it is; the status is one that the API server took. */
async function answered({ cluster }: AttackBench, stored: KubernetesObject): Promise<KubernetesObject> {
  return cluster.waitFor(
    referenceTo(stored),
    ({ status, ...one }) =>
      status?.observedGeneration === one.metadata.generation &&
      conditionOf({ status, ...one }, 'Accepted') !== undefined,
    120_000,
  );
}

/** The API server stores the objects, each gets a status, and so does an honest object of another tenant, which is made after them. */
function isAnswered(objects: readonly KubernetesObject[], by: Identity): Attack['attempt'] {
  return async (bench) => {
    const { cluster } = bench;
    const honest = model('bystander', {}, FRAUD);
    const stored: KubernetesObject[] = [];
    try {
      for (const one of objects) stored.push(await cluster.create(one, { asUser: by }));
      stored.push(await cluster.create(honest, { asUser: FIONA }));
      for (const one of [...stored].reverse()) {
        const accepted = conditionOf(await answered(bench, one), 'Accepted');
        // a fault would be Unknown
        expect({ name: one.metadata.name, status: accepted?.status }).toEqual({
          name: one.metadata.name,
          status: expect.stringMatching(/^(True|False)$/) as string,
        });
      }
    } finally {
      for (const one of stored) await cluster.delete(referenceTo(one));
      for (const one of stored) await cluster.waitForGone(referenceTo(one), 60_000);
    }
  };
}

/** Attacks on the operators themselves: objects that the API server takes, and programs stumble over. */
export const ROBUSTNESS: readonly Attack[] = [
  {
    who: SCIENTIST,
    request: 'an MLWorkflow with hyperparameters that are nested 1000 deep',
    gain: STOPS,
    defence: 'bound on the depth of free-form data, looked at without recursion',
    attempt: notAccepted(
      workflow('deep', training(nested(1000))),
      DORA,
      /hyperparameters must be nested at most 16 deep/,
    ),
  },
  {
    who: SCIENTIST,
    request: 'an MLWorkflow with hyperparameters of 300 kB',
    gain: 'pods that cannot start, since Linux takes 128 KiB in one variable',
    defence: 'bound on the size of free-form data',
    attempt: notAccepted(
      workflow('wide', training({ text: 'x'.repeat(300_000) })),
      DORA,
      /hyperparameters must have at most 65536 bytes of JSON, got 300011/,
    ),
  },
  {
    who: SCIENTIST,
    request: 'an MLWorkflow with hyperparameters called `constructor`, `__proto__` and `toString`',
    gain: STOPS,
    defence: ANSWERED,
    attempt: isAnswered([workflow('keys', training(inherited('x')))], DORA),
  },
  {
    who: SCIENTIST,
    request: 'an AIModel with a variable called `__proto__`',
    gain: 'an object of the operators in which every other finds its fields',
    defence: 'rule on the keys of all maps of the kinds',
    attempt: refused(
      model('keys', { environment: JSON.parse('{"__proto__":"x"}') as Spec }),
      DORA,
      /must have keys of at most 317 characters, and none called constructor or __proto__/,
    ),
  },
  {
    who: SCIENTIST,
    request: 'an AIModel on nodes with a label constructor',
    gain: STOPS,
    defence: 'rule on the keys of all maps of the kinds',
    attempt: refused(
      model('keys', { nodeSelector: { constructor: 'x' } }),
      DORA,
      /none called constructor or __proto__/,
    ),
  },
  {
    who: SCIENTIST,
    request: 'an AIModel with a variable whose name has 100 000 characters',
    gain: 'a request of a zone that is over the limit of the hook server, so that the zone is not looked after any more',
    defence: 'rule on the keys of all maps of the kinds',
    attempt: refused(
      model('long', { environment: { ['K'.repeat(100_000)]: 'x' } }),
      DORA,
      /must have keys of at most 317/,
    ),
  },
  {
    who: SCIENTIST,
    request: 'an AIModel that is scaled by a metric called constructor',
    gain: 'the text of a function of the operator in the query of the autoscaler',
    defence: 'tables of the operators that know only their own keys',
    attempt: isAnswered(
      [
        model('metric', {
          autoscaling: { maxReplicas: 2, metrics: [{ type: 'custom', name: 'constructor', targetValue: 1 }] },
        }),
      ],
      DORA,
    ),
  },
  {
    who: ENGINEER,
    request: 'an ABTest whose variants are called constructor and valueof',
    gain: STOPS,
    defence: 'tables of the operators that know only their own keys',
    attempt: isAnswered(
      [
        object('ABTest', 'names', {
          variants: [
            { name: 'constructor', modelRef: { name: 'constructor' }, weight: 50, control: true },
            { name: 'valueof', modelRef: { name: 'valueof' }, weight: 50 },
          ],
          metric: { name: 'constructor', type: 'ratio', goal: 'maximize' },
          guardrails: [{ name: 'constructor', max: 1 }],
        }),
      ],
      MALIK,
    ),
  },
  {
    who: SCIENTIST,
    request: 'an MLWorkflow whose scripts are larger than a ConfigMap together',
    gain: 'a workflow that is never made and never says why',
    defence: 'bound on the size of programs, told in Accepted',
    attempt: notAccepted(
      workflow(
        'large',
        ...Array.from({ length: 40 }, (_, at) => ({
          name: `stage-${at}`,
          type: 'python-job',
          config: { script: `#${'x'.repeat(30_000)}` },
        })),
      ),
      DORA,
      /must have scripts of at most \d+ bytes together, got \d+/,
    ),
  },
  {
    who: SCIENTIST,
    request: 'an MLWorkflow of 65 stages',
    gain: 'work of the operators that has no bound',
    defence: 'bound on every list of the kinds',
    attempt: refused(
      workflow(
        'many',
        ...Array.from({ length: 65 }, (_, at) => ({
          name: `stage-${at}`,
          type: 'container',
          config: { image: 'registry.example.com/own:1.0' },
        })),
      ),
      DORA,
      /must have at most 64 items/,
    ),
  },
  {
    who: SCIENTIST,
    request: 'an AIModel with 65 variables',
    gain: 'work of the operators that has no bound',
    defence: 'bound on every map of the kinds',
    attempt: refused(
      model('many', { environment: Object.fromEntries(Array.from({ length: 65 }, (_, at) => [`K${at}`, 'x'])) }),
      DORA,
      /must have at most 64 (items|properties)/,
    ),
  },
  {
    who: SCIENTIST,
    request: 'a DataPipeline whose annotation asks for a run with a value of 200 kB',
    gain: 'a status that the API server refuses, so that the object has none',
    defence: 'status that is fitted to the schema of the kind',
    attempt: isAnswered(
      [
        {
          ...pipeline('asked', {}),
          metadata: { name: 'asked', namespace: VISION, annotations: { 'nstarx.io/run': 'é'.repeat(100_000) } },
        },
      ],
      DORA,
    ),
  },
  {
    who: ENGINEER,
    request: 'a ModelDeployment whose name has 253 characters',
    gain: STOPS,
    defence: ANSWERED,
    attempt: isAnswered(
      [
        {
          apiVersion: 'mlifecycle.io/v1',
          kind: 'ModelDeployment',
          metadata: { name: 'x'.repeat(253), namespace: VISION },
          spec: {
            model: { name: 'churn', version: '1.0', framework: 'sklearn' },
            metrics: { accuracy: 0.9, f1_score: 0.9 },
            fairness: { demographic_parity: 0.02 },
            drift: { score: 0.05 },
            serving: { image: 'registry.example.com/churn:1.0' },
          },
        },
      ],
      MALIK,
    ),
  },
  {
    who: SCIENTIST,
    request: 'an AIModel that asks for amounts beyond every number',
    gain: STOPS,
    defence: ANSWERED,
    attempt: isAnswered(
      [model('amounts', { resources: { requests: { cpu: '9'.repeat(30), memory: `${'9'.repeat(29)}Ei` } } })],
      DORA,
    ),
  },
  {
    who: SCIENTIST,
    request: 'a FeatureStore with 200 features and 15 MLWorkflows of 64 stages at once',
    gain: 'the time of the operators, which other tenants then wait for',
    defence: 'bounds on every list, and a queue of objects in which each has its turn',
    attempt: isAnswered(
      [
        object('FeatureStore', 'wide', {
          features: Array.from({ length: 200 }, (_, at) => ({
            name: `feature_${at}`,
            type: 'float',
            source: { type: 'batch', query: `SELECT ${at}` },
          })),
        }),
        ...Array.from({ length: 15 }, (_, run) =>
          workflow(
            `wide-${run}`,
            ...Array.from({ length: 64 }, (__, at) => ({
              name: `stage-${at}`,
              type: 'container',
              config: { image: 'registry.example.com/own:1.0', arguments: ['x'.repeat(100)] },
            })),
          ),
        ),
      ],
      DORA,
    ),
  },
  {
    who: SCIENTIST,
    request: 'the status of her own AIModel, with a list where a text belongs',
    gain: 'an operator that stops at what it reads of the object',
    defence: 'no verb on the status of kinds',
    attempt: async ({ cluster }) => {
      const stored = await cluster.create(model('status'), { asUser: DORA });
      const ref = referenceTo(stored);
      try {
        const answer = await cluster
          .patch(ref, { status: { phase: ['Serving'] } }, { asUser: DORA, subresource: 'status' })
          .then(
            () => 'accepted',
            (error: unknown) => (error as Error).message,
          );
        expect(answer).toMatch(/cannot patch resource "aimodels\/status"/);
      } finally {
        await cluster.delete(ref);
        await cluster.waitForGone(ref, 60_000);
      }
    },
  },
  {
    who: SCIENTIST,
    request: 'a ControllerRevision of her AIModel, which unfolds to a thousand times its size',
    gain: 'the memory of the hook server of all tenants',
    defence: 'no verb on revisions, and a bound on what one unfolds to',
    attempt: refused(
      {
        apiVersion: 'apps/v1',
        kind: 'ControllerRevision',
        metadata: { name: 'forged', namespace: VISION },
        revision: 1,
        data: { spec: {}, objects: 'H4sIAAAAAAAA' },
      },
      DORA,
      /cannot create resource "controllerrevisions"/,
    ),
  },
];
