import { MLWorkflowSettings } from '../../../src/kinds/ml-workflow/settings';
import { SETTINGS } from '../../operators/support/settings';
import { Json, refusal, specOf, Synthesized } from './support';

const STAGES = [{ name: 'a', type: 'container', config: { image: 'registry.example.com/a:1' } }];
const WITH_BUS: MLWorkflowSettings = { gateway: SETTINGS.gateway, pushNamespaces: ['ml-workflows'] };

const pushed = (trigger: Json) =>
  specOf(STAGES, { trigger: { type: 'git', repository: 'https://github.com/acme/fraud', ...trigger } });
const made = (trigger: Json = {}, name = 'churn') => new Synthesized(pushed(trigger), WITH_BUS, undefined, name);

interface DataFilter {
  readonly path: string;
  readonly type: string;
  readonly value: readonly string[];
}

/**
 * Whether a Sensor lets a message through, as Argo Events decides: each path must be there, and one of its regular expressions must match.
 *
 * Source: https://github.com/argoproj/argo-events/blob/v1.9.10/pkg/sensors/dependencies/filter.go (filterData)
 */
function passes(sensor: Json, body: Json): boolean {
  const filters = (sensor.spec as { dependencies: { filters: { data: DataFilter[] } }[] }).dependencies[0].filters.data;
  return filters.every(({ path, value }) => {
    const found = path.split('.').reduce<unknown>((at, key) => (at as Json | undefined)?.[key], { body });
    const matches = (pattern: string): boolean => {
      const text = pattern.replace(/^\(\?i\)/, '');
      return new RegExp(text, text === pattern ? '' : 'i').test(String(found));
    };
    return found !== undefined && value.some(matches);
  });
}

/** A push as GitHub sends it, with what the EventSource adds. */
const push = (change: Json = {}): Json => ({
  'X-GitHub-Event': 'push',
  'X-GitHub-Delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
  ref: 'refs/heads/main',
  after: '6dcb09b5b57875f334f61aebed695e2e4193db5e',
  repository: { full_name: 'acme/fraud' },
  pusher: { name: 'ada', email: 'ada@acme.example' },
  ...change,
});

test('pushes are taken with a signature, through the Gateway, at a path of the workflow alone', () => {
  const objects = made({ secretName: 'webhook' });
  expect(objects.objects.map(({ kind }) => kind as string)).toEqual([
    'WorkflowTemplate',
    'EventSource',
    'Sensor',
    'HTTPRoute',
  ]);
  const [source, route] = ['EventSource', 'HTTPRoute'].map((kind) => objects.object(kind));
  expect(source).toMatchObject({
    metadata: { name: 'churn-workflow-pushes', namespace: 'ml-workflows' },
    spec: {
      eventBusName: 'default',
      template: { serviceAccountName: 'event-source' },
      github: {
        push: {
          repositories: [{ owner: 'acme', names: ['fraud'] }],
          webhook: { endpoint: '/-/workflows/churn/pushes', port: '12000', method: 'POST', url: '' },
          webhookSecret: { name: 'webhook', key: 'secret' },
        },
      },
    },
  });
  // without a token it makes no webhooks
  expect(JSON.stringify(source)).not.toMatch(/apiToken|githubApp/);
  expect(route.spec).toMatchObject({
    hostnames: [`churn--ml-workflows.${SETTINGS.gateway?.domain}`],
    rules: [
      {
        matches: [{ path: { type: 'Exact', value: '/-/workflows/churn/pushes' }, method: 'POST' }],
        backendRefs: [{ name: 'churn-workflow-pushes-eventsource-svc', port: 12000 }],
      },
    ],
  });
});

test('a push asks for a run of this workflow as a person does, by the number of its delivery', () => {
  const { triggers } = made().object('Sensor').spec as { triggers: Json[] };
  expect(triggers).toMatchObject([
    {
      template: {
        k8s: {
          operation: 'patch',
          source: {
            resource: { kind: 'MLWorkflow', metadata: { name: 'churn', namespace: 'ml-workflows' } },
          },
          parameters: [
            {
              src: { dependencyName: 'push', dataKey: 'body.X-GitHub-Delivery' },
              dest: 'metadata.annotations.nstarx\\.io/run',
            },
          ],
        },
      },
    },
  ]);
});

test.each<[string, Json, Json, boolean]>([
  ['the branch', {}, {}, true],
  ['another branch', {}, { ref: 'refs/heads/next' }, false],
  ['a branch that ends like it', {}, { ref: 'refs/heads/feature/main' }, false],
  ['a branch that begins like it', {}, { ref: 'refs/heads/main-2' }, false],
  ['a tag of its name', {}, { ref: 'refs/tags/main' }, false],
  ['a branch with signs of regular expressions', { branch: 'release/1.x+' }, { ref: 'refs/heads/release/1.x+' }, true],
  ['a branch that such signs would match', { branch: 'release/1.x' }, { ref: 'refs/heads/release/11x' }, false],
  ['the repository in other letters', {}, { repository: { full_name: 'Acme/Fraud' } }, true],
  ['another repository with the same secret', {}, { repository: { full_name: 'acme/fraud-2' } }, false],
  ['the branch, which is deleted', {}, { after: '0'.repeat(40) }, false],
  ['another event of the webhook', {}, { 'X-GitHub-Event': 'ping' }, false],
  ['a field that is asked for', { filter: { 'pusher.name': 'ada' } }, {}, true],
  ['a field with another value', { filter: { 'pusher.name': 'ad' } }, {}, false],
  ['a field that is not there', { filter: { 'pusher.team': 'ada' } }, {}, false],
])('%s', (_what, trigger, change, through) => {
  expect(passes(made(trigger).object('Sensor'), push(change))).toBe(through);
});

test('a long name leaves room for what Argo Events adds', () => {
  const name = 'a'.repeat(40);
  const { backendRefs } = (made({}, name).object('HTTPRoute').spec as { rules: { backendRefs: { name: string }[] }[] })
    .rules[0];
  expect(backendRefs[0].name.length).toBeLessThanOrEqual(63);
});

test.each<[string, string, MLWorkflowSettings, RegExp]>([
  ['a platform without Argo Events', 'https://github.com/acme/fraud', {}, /set engines\.argoEvents of NeuralPlatform/],
  [
    'a namespace without a bus',
    'https://github.com/acme/fraud',
    { ...WITH_BUS, pushNamespaces: ['vision'] },
    /must be in vision, got "git in ml-workflows": move the workflow, or add its namespace to engineNamespaces/,
  ],
  ['a host with other signatures', 'https://gitlab.com/acme/fraud', WITH_BUS, /signature of GitHub, which gitlab\.com/],
  ['a repository without an owner', 'https://git.example.com/fraud', WITH_BUS, /must have an owner and a name/],
])('%s is refused', (_what, repository, settings, message) => {
  expect(refusal(pushed({ repository }), settings)).toMatch(message);
});
