import { until } from '../../../support/waiting';
import { type KubernetesObject, referenceTo } from '../../types';
import { type Attack, DORA, notAccepted, refused, VISION } from '../attack';

const BOMB = "{{=sprig.repeat(300000000, 'a')}}";
const QUOTE = "{{=sprig.b64dec('In0=')}}";
const IMAGE = 'registry.example.com/train:1.2.0';

type Json = Readonly<Record<string, unknown>>;

function workflow(stage: Json, more: Json = {}): KubernetesObject {
  return {
    apiVersion: 'nstarx.io/v1alpha1',
    kind: 'MLWorkflow',
    metadata: { name: 'expressions', namespace: VISION },
    spec: { type: 'training', stages: [{ name: 'a', ...stage }], ...more },
  };
}

const container = (config: Json): Json => ({ type: 'container', config: { image: IMAGE, ...config } });

const AT_THE_SCHEMA = 'grammar of the schema: no expression in a text';
const AT_THE_WRITER = 'the operator: no variable of Argo but the documented ones';
const BY_GRAMMAR = 'grammar of the schema';

interface Row {
  readonly request: string;
  readonly gain: string;
  readonly defence: string;
  readonly attempt: Attack['attempt'];
}

const ROWS: readonly Row[] = [
  {
    request: 'a command that repeats a letter 300 million times in an expression',
    gain: 'the controller of all workflows out of memory, again at each start',
    defence: AT_THE_SCHEMA,
    attempt: refused(workflow(container({ command: ['sh', '-c', BOMB] })), DORA, /must have no expression of Argo/),
  },
  {
    request: 'the same in an argument',
    gain: 'the controller of all workflows out of memory',
    defence: AT_THE_SCHEMA,
    attempt: refused(workflow(container({ arguments: [BOMB] })), DORA, /must have no expression of Argo/),
  },
  {
    request: 'the same in an environment variable',
    gain: 'the controller of all workflows out of memory',
    defence: AT_THE_SCHEMA,
    attempt: refused(workflow(container({ environment: { A: BOMB } })), DORA, /must have no expression of Argo/),
  },
  {
    request: 'the same as the name of an environment variable',
    gain: 'the controller of all workflows out of memory',
    defence: BY_GRAMMAR,
    attempt: refused(workflow(container({ environment: { [BOMB]: 'a' } })), DORA, /must have names of environment/),
  },
  {
    request: 'the same in a hyperparameter, where the schema looks at nothing',
    gain: 'the controller of all workflows out of memory',
    defence: AT_THE_WRITER,
    attempt: notAccepted(
      workflow({ type: 'ml-training', config: { framework: 'pytorch', hyperparameters: { prompt: [BOMB] } } }),
      DORA,
      /stages\[0\]\.config\.hyperparameters\.prompt\[0\] must have no '\{\{'/,
    ),
  },
  {
    request: 'the same as the name of a hyperparameter',
    gain: 'the controller of all workflows out of memory',
    defence: AT_THE_WRITER,
    attempt: notAccepted(
      workflow({ type: 'ml-training', config: { framework: 'pytorch', hyperparameters: { [BOMB]: 1 } } }),
      DORA,
      /must have no '\{\{'/,
    ),
  },
  {
    request: 'the same as the name of a resource of a profile',
    gain: 'the controller of all workflows out of memory',
    defence: AT_THE_WRITER,
    attempt: notAccepted(
      workflow(container({}), { resources: { default: { [BOMB]: '1' } } }),
      DORA,
      /resources\.default.* must have no '\{\{'/,
    ),
  },
  {
    request: 'an argument of a Spark stage that ends the manifest it stands in',
    gain: 'any SparkApplication: any account, any Secret, any node',
    defence: AT_THE_SCHEMA,
    attempt: refused(
      workflow({ type: 'spark-job', config: { mainClass: 'a.B', arguments: [`${QUOTE},"serviceAccount":"x`] } }),
      DORA,
      /must have no expression of Argo/,
    ),
  },
  {
    request: 'a variable with a text of other stages, in an argument of a Spark stage',
    gain: 'text of a program in the manifest, which ends it',
    defence: AT_THE_WRITER,
    attempt: notAccepted(
      workflow({ type: 'spark-job', config: { mainClass: 'a.B', arguments: ['{{workflow.failures}}'] } }),
      DORA,
      /stages\[0\]\.config\.arguments\[0\] must have no '\{\{'/,
    ),
  },
  {
    request: 'the same in the command of a training',
    gain: 'any TrainJob',
    defence: AT_THE_WRITER,
    attempt: notAccepted(
      workflow({ type: 'ml-training', config: { framework: 'pytorch', command: ['{{workflow.labels.a}}'] } }),
      DORA,
      /stages\[0\]\.config\.command\[0\] must have no '\{\{'/,
    ),
  },
  {
    request: 'an expression with a blank, and one within a variable, which only a second look would see',
    gain: 'an expression that is computed after the first one is filled in',
    defence: AT_THE_WRITER,
    attempt: async (bench) => {
      for (const text of ['{{ =1 }}', '{{workflow.na{{workflow.name}}me}}', '{{{workflow.name}}', '{{workflow.name']) {
        await notAccepted(workflow(container({ arguments: [text] })), DORA, /must have no variable of Argo but/)(bench);
      }
    },
  },
  {
    request: 'an image, a location and a name with an expression',
    gain: 'a manifest that is another after it was looked at',
    defence: BY_GRAMMAR,
    attempt: async (bench) => {
      await refused(workflow(container({ image: `a:${QUOTE}` })), DORA, /must be a container image/)(bench);
      await refused(
        workflow(container({}), { checkpoints: { path: `s3://a/${QUOTE}` } }),
        DORA,
        /must be a URL without credentials/,
      )(bench);
      await refused(
        workflow({ type: 'model-registry', config: { name: 'a', tags: [QUOTE] } }),
        DORA,
        /must be a plain name/,
      )(bench);
    },
  },
  {
    request: 'an experiment whose name is an expression',
    gain: 'the controller of all workflows out of memory',
    defence: BY_GRAMMAR,
    attempt: refused(workflow(container({}), { tracking: { experiment: BOMB } }), DORA, /must be a plain name/),
  },
  {
    request: 'figures of a program that are an expression, for the gate after it',
    gain: 'an expression that Argo computes when the gate starts',
    defence: 'the template: what a program wrote goes on in base64',
    attempt: async ({ cluster }) => {
      const stored = await cluster.create(
        workflow(container({}), {
          stages: [
            { name: 'train', ...container({ arguments: ['--run={{workflow.name}}'] }) },
            { name: 'gate', type: 'evaluation', config: { metrics: ['accuracy'] } },
          ],
        }),
        { asUser: DORA },
      );
      const ref = referenceTo(stored);
      try {
        const template = {
          apiVersion: 'argoproj.io/v1alpha1',
          kind: 'WorkflowTemplate',
          name: ref.name,
          namespace: VISION,
        };
        let text = '';
        await until('the template', 60_000, async () => {
          const found = await cluster.find(template);
          text = JSON.stringify(found?.spec ?? {});
          return found !== undefined;
        });
        // the honest variable is there, and the figures are read in one place only
        expect(text).toContain('--run={{workflow.name}}');
        expect([...text.matchAll(/\{\{[^}]*outputs\.parameters[^}]*\}\}/g)].map(([found]) => found)).toEqual([
          "{{=toBase64(tasks['train'].outputs.parameters.metrics)}}",
        ]);
      } finally {
        await cluster.delete(ref);
        await cluster.waitForGone(ref, 60_000);
      }
    },
  },
];

/** Attacks by expressions and variables of Argo Workflows. */
export const EXPRESSIONS: readonly Attack[] = ROWS.map((row) => ({ who: 'data scientist of vision', ...row }));
