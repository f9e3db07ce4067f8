import { MLWorkflowSpec } from '../../../src/api/generated/ml-workflow';
import { EVENT_SOURCE_LABEL, SENSOR_LABEL } from '../../../src/contracts/event-bus';
import { WORKFLOW_LABEL } from '../../../src/kinds/ml-workflow/plan';
import { pushesName, pushSecretName } from '../../../src/kinds/ml-workflow/pushes';
import { ConditionReport, conditionOf } from '../runtime/conditions';
import { ReportContext } from '../runtime/operator';
import { livePods } from '../runtime/pods';
import { KubernetesObject, RelatedRule } from '../runtime/protocol';
import { ARGO } from './runs';

/** Label that Argo Events gives to the pods of its objects, of each kind. */
const OWNER_LABEL = 'owner-name';

const GATEWAY_API = 'gateway.networking.k8s.io/v1';

/** The pods that take pushes to the repository of a workflow. */
export function pushPods(workflow: string, namespace: string | undefined): RelatedRule {
  return {
    apiVersion: 'v1',
    resource: 'pods',
    namespace,
    labelSelector: {
      matchLabels: { [WORKFLOW_LABEL]: workflow },
      matchExpressions: [{ key: OWNER_LABEL, operator: 'Exists' }],
    },
  };
}

/** Whether pushes arrive: the objects are there, Argo Events and the Gateway have taken them, and the pods are ready. */
export function pushesArrive(context: ReportContext<MLWorkflowSpec>): ConditionReport {
  const { children, name, namespace, spec } = context;
  const type = 'TriggerReady';
  const own = pushesName(name);
  const secret = `Secret ${pushSecretName(name, spec)}`;
  const not = (reason: string, message: string): ConditionReport => ({ type, status: false, reason, message });
  const route = children.find(GATEWAY_API, 'HTTPRoute', own, namespace);
  const takers = [
    { kind: 'EventSource', label: EVENT_SOURCE_LABEL },
    { kind: 'Sensor', label: SENSOR_LABEL },
  ].map((taker) => ({ ...taker, object: children.find(ARGO, taker.kind, own, namespace) }));
  const missing = [...takers, { kind: 'HTTPRoute', object: route }].filter(({ object }) => object === undefined);
  if (route === undefined || missing.length > 0) {
    return not('BeingMade', `Not there yet: ${missing.map(({ kind }) => `${kind} ${own}`).join(', ')}`);
  }
  for (const { kind, label, object } of takers) {
    const deployed = conditionOf(object, 'Deployed');
    if (deployed?.status !== 'True') {
      const why = deployed?.message ?? 'it has said nothing yet';
      return not('NotDeployed', `Argo Events has not deployed ${kind} ${own}: ${why}`);
    }
    const pods = livePods(context, ({ metadata: { labels = {} } }) => labels[label] === own);
    if (!pods.some((pod) => conditionOf(pod, 'Ready')?.status === 'True')) {
      const needs = kind === 'EventSource' ? `; it needs ${secret} with the key "secret"` : '';
      return not('NotRunning', `No pod of ${kind} ${own} is ready${needs}`);
    }
  }
  const refused = refusalOf(route);
  if (refused !== undefined) return not('NotReached', `The Gateway does not take HTTPRoute ${own}: ${refused}`);
  const { repository, branch = 'main', filter = {} } = spec.trigger ?? {};
  const fields = Object.entries(filter).map(([field, value]) => ` with ${field}=${value}`);
  const message =
    `Pushes to branch ${branch} of ${repository}${fields.join(' and')} start runs: its webhook posts them as JSON to ` +
    `${urlOf(route)}, with the secret in ${secret}`;
  return { type, status: true, reason: 'Listening', message };
}

interface RouteStatus {
  readonly parents?: readonly {
    readonly conditions?: readonly { readonly type?: string; readonly status?: string; readonly message?: string }[];
  }[];
}

/** Why no Gateway has taken the route; undefined where one has. */
function refusalOf({ status }: KubernetesObject): string | undefined {
  const { parents = [] } = (status ?? {}) as RouteStatus;
  const accepted = parents.flatMap(({ conditions = [] }) => conditions.filter(({ type }) => type === 'Accepted'));
  if (accepted.some((one) => one.status === 'True')) return undefined;
  return accepted.at(0)?.message ?? 'it has said nothing yet';
}

interface RouteSpec {
  readonly hostnames: readonly string[];
  readonly rules: readonly { readonly matches: readonly { readonly path: { readonly value: string } }[] }[];
}

function urlOf({ spec }: KubernetesObject): string {
  const { hostnames, rules } = spec as unknown as RouteSpec;
  return `https://${hostnames[0]}${rules[0].matches[0].path.value}`;
}
