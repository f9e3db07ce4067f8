import { ApiObject } from 'cdk8s';
import {
  conditionOf,
  hooksOf,
  KindDefinition,
  Operator,
  OperatorDefinition,
  readyColumn,
  render,
  schema,
  status,
} from '@ml-platform-constructs/operator-runtime';

const { choice, integer, struct, text } = schema;

/** What a user writes. */
export interface NotebookSpec {
  readonly image: string;
  readonly size: 'small' | 'large';
  readonly idleMinutes?: number;
}

/** The kind: its CustomResourceDefinition is made from this. */
export const NOTEBOOK: KindDefinition = {
  group: 'acme.example',
  version: 'v1',
  kind: 'Notebook',
  plural: 'notebooks',
  shortNames: ['nb'],
  scope: 'Namespaced',
  description: 'A notebook server for one person.',
  spec: struct(
    'NotebookSpec',
    'Desired state.',
    {
      image: text('Image of the server.', { minLength: 1 }),
      size: choice('NotebookSize', 'How much it may use.', ['small', 'large'], { default: 'small' }),
      idleMinutes: integer('Minutes after which it stops.', { min: 5, max: 1440, absent: 'it runs on' }),
    },
    { required: ['image'] },
  ),
  status: status({ phase: choice('', 'The state as one word.', ['Starting', 'Running', 'Failed', 'Terminating']) }),
  columns: [readyColumn()],
  example: 'image: "registry.example.com/notebook:1.0.0"\n',
};

/** What Metacontroller has to know. */
export const NOTEBOOK_OPERATOR: OperatorDefinition = {
  name: 'notebook',
  parent: NOTEBOOK,
  children: [
    { apiVersion: 'apps/v1', kind: 'Deployment', resource: 'deployments' },
    { apiVersion: 'v1', kind: 'Service', resource: 'services' },
  ],
  names: (notebook) => ({ Deployment: [notebook], Service: [notebook] }),
  related: [],
};

const MEMORY = { small: '2Gi', large: '16Gi' };

/** What the objects of a notebook are, and what is said of them. No clock, no random, no I/O. */
const notebookOperator: Operator<NotebookSpec> = {
  definition: NOTEBOOK_OPERATOR,

  desired: ({ name, namespace, spec }, problems) => {
    if (spec.size === 'large' && spec.idleMinutes === undefined) {
      problems.add('spec.idleMinutes', 'must be given for a large notebook: say when it stops');
    }
    return render(namespace, problems, (chart) => {
      const labels = { app: name };
      const container = { name: 'notebook', image: spec.image, resources: { limits: { memory: MEMORY[spec.size] } } };
      new ApiObject(chart, 'Deployment', {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name },
        spec: {
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers: [container] } },
        },
      });
      new ApiObject(chart, 'Service', {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name },
        spec: { selector: labels, ports: [{ port: 80, targetPort: 8888 }] },
      });
    });
  },

  report: ({ children, name, namespace, problems }) => {
    const available = conditionOf(children.find('apps/v1', 'Deployment', name, namespace), 'Available');
    const ready = available?.status === 'True';
    return {
      phase: ready ? 'Running' : problems.isEmpty ? 'Starting' : 'Failed',
      fields: {},
      conditions: [
        {
          type: 'Ready',
          status: ready,
          reason: available?.reason ?? 'NotYet',
          message: available?.message ?? 'There is no Deployment yet',
        },
      ],
    };
  },
};

/** The hooks that Metacontroller calls. */
export const NOTEBOOK_HOOKS = hooksOf(notebookOperator);
