import { MLWorkflowSpec, WorkflowTriggerType } from '../../api/generated/ml-workflow';
import { RUN_ANNOTATION } from '../../api/run-annotation';
import { EVENT_SOURCE_ACCOUNT, RUN_REQUESTER_ACCOUNT } from '../../contracts/engine-accounts';
import { fail } from '../../contracts/errors';
import { EVENT_BUS_NAME, PUSH_PORT } from '../../contracts/event-bus';
import { defaultHost } from '../../contracts/host-names';
import { CHILD, childName } from '../child-names';
import { Json, labelsOf, MLWorkflowPlan } from './plan';

/** Longest name of an EventSource: its Service is `<name>-eventsource-svc`. */
const LONGEST = 63 - '-eventsource-svc'.length;

/** The name of the EventSource, the Sensor and the route. */
export function pushesName(workflow: string): string {
  return childName(workflow, CHILD.WORKFLOW_PUSHES, LONGEST);
}

/** The Secret that pushes are signed with. */
export function pushSecretName(workflow: string, { trigger }: Pick<MLWorkflowSpec, 'trigger'>): string {
  return trigger?.secretName ?? `${workflow}-push`;
}

/** What the EventSource calls a push, and the Sensor what it depends on. */
const PUSH = 'push';
/** Key of the webhook's secret. */
const SECRET_KEY = 'secret';
/** Hosts whose pushes have no signature that the EventSource of GitHub knows. */
const OTHER_HOSTS = ['gitlab.com', 'bitbucket.org', 'dev.azure.com'];

/**
 * What asks for a run when someone pushes: an EventSource that takes the message of the webhook, with a signature by its secret, an HTTPRoute
 * through which it gets there, and a Sensor that lets pushes to the branch through and asks for a run, as a person does: by the annotation,
 * with the number of the delivery. So what holds for other runs holds for these (`suspend`, `concurrencyPolicy`, `historyLimit`), and a
 * message that is delivered again starts no second run.
 *
 * @throws InvalidInputError when the platform takes no pushes, or none of this repository
 */
export function pushObjects(plan: MLWorkflowPlan): Json[] {
  const { name, namespace, scope, settings, spec } = plan;
  if (spec.trigger?.type !== WorkflowTriggerType.GIT) return [];
  const namespaces = settings.pushNamespaces ?? [];
  if (!namespaces.includes(namespace)) {
    const [rule, fix] =
      namespaces.length === 0
        ? ['must be one that the platform has', 'set engines.argoEvents of NeuralPlatform to true']
        : [`must be in ${namespaces.join(' or ')}`, 'move the workflow, or add its namespace to engineNamespaces'];
    fail(scope, 'trigger.type', `git ${rule}`, `git in ${namespace}`, fix);
  }
  const own = pushesName(name);
  const metadata = { name: own, namespace, labels: labelsOf(name) };
  const kind = { apiVersion: 'argoproj.io/v1alpha1', metadata };
  return [
    { ...kind, kind: 'EventSource', spec: sourceSpec(plan) },
    { ...kind, kind: 'Sensor', spec: sensorSpec(plan) },
    { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata, spec: routeSpec(plan) },
  ];
}

/** Source: https://github.com/argoproj/argo-events/blob/v1.9.10/pkg/eventsources/sources/github/start.go */
function sourceSpec(plan: MLWorkflowPlan): Json {
  const { name, spec } = plan;
  const { owner, repository } = repositoryOf(plan);
  return {
    eventBusName: EVENT_BUS_NAME,
    template: podTemplate(name, EVENT_SOURCE_ACCOUNT),
    service: { ports: [{ name: PUSH, port: PUSH_PORT, targetPort: PUSH_PORT }] },
    github: {
      [PUSH]: {
        repositories: [{ owner, names: [repository] }],
        events: ['push'],
        contentType: 'json',
        active: true,
        // without a token it makes no webhook, it only takes what one sends
        webhook: { endpoint: pathOf(name), port: String(PUSH_PORT), method: 'POST', url: '' },
        webhookSecret: { name: pushSecretName(name, spec), key: SECRET_KEY },
      },
    },
  };
}

/** Source: https://github.com/argoproj/argo-events/blob/v1.9.10/pkg/sensors/dependencies/filter.go: values are regular expressions */
function sensorSpec(plan: MLWorkflowPlan): Json {
  const { name, namespace, spec } = plan;
  const { owner, repository } = repositoryOf(plan);
  const { branch = 'main', filter = {} } = spec.trigger ?? {};
  const field = (path: string, pattern: string): Json => ({ path, type: 'string', value: [pattern] });
  const exactly = (text: string, flags = ''): string => `${flags}^${quoted(text)}$`;
  return {
    eventBusName: EVENT_BUS_NAME,
    template: podTemplate(name, RUN_REQUESTER_ACCOUNT),
    dependencies: [
      {
        name: PUSH,
        eventSourceName: pushesName(name),
        eventName: PUSH,
        filters: {
          data: [
            field('body.X-GitHub-Event', exactly('push')),
            // hosts do not look at the case
            field('body.repository.full_name', exactly(`${owner}/${repository}`, '(?i)')),
            field('body.ref', exactly(`refs/heads/${branch}`)),
            // that of a branch that is deleted has zeros only
            field('body.after', '[1-9a-f]'),
            ...Object.entries(filter).map(([key, value]) => field(`body.${key}`, exactly(value))),
          ],
        },
      },
    ],
    triggers: [
      {
        template: {
          name: 'run',
          k8s: {
            operation: 'patch',
            source: {
              resource: {
                apiVersion: 'nstarx.io/v1alpha1',
                kind: 'MLWorkflow',
                metadata: { name, namespace, annotations: { [RUN_ANNOTATION]: '' } },
              },
            },
            parameters: [
              {
                src: { dependencyName: PUSH, dataKey: 'body.X-GitHub-Delivery' },
                dest: `metadata.annotations.${RUN_ANNOTATION.replace(/\./g, '\\.')}`,
              },
            ],
          },
        },
        retryStrategy: { steps: 5, duration: '5s' },
      },
    ],
  };
}

function routeSpec(plan: MLWorkflowPlan): Json {
  const { name, settings, scope } = plan;
  const { gateway } = settings;
  if (!gateway) fail(scope, 'trigger.type', 'git must reach a Gateway', undefined, 'use another trigger');
  return {
    parentRefs: [
      {
        group: 'gateway.networking.k8s.io',
        kind: 'Gateway',
        name: gateway.name,
        namespace: gateway.namespace,
        sectionName: 'https',
      },
    ],
    hostnames: [hostOf(plan)],
    rules: [
      {
        matches: [{ path: { type: 'Exact', value: pathOf(name) }, method: 'POST' }],
        backendRefs: [{ name: `${pushesName(name)}-eventsource-svc`, port: PUSH_PORT }],
      },
    ],
  };
}

function hostOf({ name, namespace, scope, settings }: MLWorkflowPlan): string {
  const { gateway } = settings;
  if (!gateway) fail(scope, 'trigger.type', 'git must reach a Gateway', undefined, 'use another trigger');
  return defaultHost(scope, name, namespace, gateway.domain);
}

/** A model may have the same host; it is asked on other paths, and the whole path goes before the beginning of one. */
function pathOf(workflow: string): string {
  return `/-/workflows/${workflow}/pushes`;
}

function repositoryOf({ scope, spec }: MLWorkflowPlan): { readonly owner: string; readonly repository: string } {
  const url = spec.trigger?.repository ?? '';
  const prop = 'trigger.repository';
  const { hostname, pathname } = new URL(url);
  const other = OTHER_HOSTS.find((host) => hostname === host || hostname.endsWith(`.${host}`));
  if (other !== undefined) {
    const rule = `must send pushes with the signature of GitHub, which ${other} does not`;
    fail(
      scope,
      prop,
      rule,
      url,
      `leave trigger.type manual, and let its pipeline set the annotation ${RUN_ANNOTATION}`,
    );
  }
  const [owner, repository, ...more] = pathname
    .replace(/\/$/, '')
    .replace(/\.git$/, '')
    .slice(1)
    .split('/');
  if (repository === undefined || repository === '' || more.length > 0) {
    fail(scope, prop, 'must have an owner and a name', url, 'write it like https://github.com/acme/fraud');
  }
  return { owner, repository };
}

/** A regular expression, of RE2, for a text. */
function quoted(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/** Pods of level `restricted`. The image's own user is root, and it writes nowhere but to /tmp, which Argo Events mounts. */
function podTemplate(workflow: string, serviceAccountName: string): Json {
  return {
    metadata: { labels: labelsOf(workflow) },
    serviceAccountName,
    securityContext: { runAsNonRoot: true, runAsUser: 9731, seccompProfile: { type: 'RuntimeDefault' } },
    container: {
      resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '128Mi' } },
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
    },
  };
}
