import { Schema } from '../../../src/api/schema/schema';
import { fitted } from './fitted';
import { KubernetesObject } from './protocol';
import { withoutSecrets } from './redaction';

/*
 * What the operators read in the status of objects that others write. The API server checks the types in its own kinds; the CRDs of
 * engines often keep a status as it comes, and whoever may write it may write a number where a list belongs. A field of another type
 * is taken to be absent, here and for all operators.
 */

const TEXT: Schema = { type: 'string' };
const LIST_OF_TEXTS: Schema = { type: 'array', items: TEXT };

/** An object of which these fields are read. Those with `required` are no item of their list without them. */
function fields(properties: Readonly<Record<string, Schema>>, required: readonly string[] = []): Schema {
  return { type: 'object', properties, required, 'x-kubernetes-preserve-unknown-fields': true };
}

function texts(...names: readonly string[]): Readonly<Record<string, Schema>> {
  return Object.fromEntries(names.map((name) => [name, TEXT]));
}

function listOf(items: Schema): Schema {
  return { type: 'array', items };
}

function mapOf(additionalProperties: Schema): Schema {
  return { type: 'object', additionalProperties };
}

const CONDITIONS = listOf(
  fields(
    { ...texts('type', 'status', 'reason', 'message', 'lastTransitionTime'), observedGeneration: { type: 'integer' } },
    ['type'],
  ),
);
const ENDED = fields({ ...texts('reason', 'message', 'finishedAt'), exitCode: { type: 'integer' } });
const CONTAINERS = listOf(
  fields({
    ...texts('name', 'image', 'imageID'),
    state: fields({ waiting: fields(texts('reason', 'message')), terminated: ENDED }),
    lastState: fields({ terminated: ENDED }),
  }),
);

/** A node of an Argo Workflow. */
export const ARGO_NODES = mapOf(
  fields(
    {
      ...texts('id', 'name', 'type', 'phase', 'message', 'startedAt', 'finishedAt', 'progress'),
      children: LIST_OF_TEXTS,
    },
    ['id', 'name'],
  ),
);

/** By the name of the field, which has one type in all the kinds that are read. */
const STATUS = fields({
  conditions: CONDITIONS,
  // pods
  containerStatuses: CONTAINERS,
  initContainerStatuses: CONTAINERS,
  // Argo Workflows, Argo Rollouts, Flink, Spark
  ...texts('phase', 'reason', 'message', 'startedAt', 'finishedAt', 'compressedNodes', 'offloadNodeStatusVersion'),
  nodes: ARGO_NODES,
  storedWorkflowTemplateSpec: fields({
    templates: listOf(fields({ name: TEXT, dag: fields({ tasks: listOf(fields({ name: TEXT }, ['name'])) }) })),
  }),
  metricResults: listOf(
    fields({ name: TEXT, measurements: listOf(fields(texts('value', 'phase', 'message', 'finishedAt'))) }),
  ),
  ...texts('error', 'jobManagerDeploymentStatus', 'lifecycleState'),
  jobStatus: fields(texts('state', 'startTime')),
  ...texts('lastSubmissionAttemptTime', 'terminationTime', 'scheduleState', 'lastRun', 'nextRun'),
  applicationState: fields(texts('state', 'errorMessage')),
  executorState: mapOf(TEXT),
  pastSuccessfulRunNames: LIST_OF_TEXTS,
  pastFailedRunNames: LIST_OF_TEXTS,
  ...texts('lastScheduleTime', 'lastSuccessfulTime', 'lastScheduledTime'),
  // Trainer, KServe, Gateway API
  trainerStatus: fields({}),
  modelStatus: fields({ transitionStatus: TEXT, lastFailureInfo: fields({}) }),
  parents: listOf(fields({ conditions: CONDITIONS })),
  // AIModels, quotas, tenants of Capsule
  version: TEXT,
  readyReplicas: { type: 'integer' },
  endpoints: LIST_OF_TEXTS,
  used: mapOf(TEXT),
  namespaces: LIST_OF_TEXTS,
});

/** The object, with what its status has of the types that are expected. */
export function withTypedStatus(object: KubernetesObject): KubernetesObject {
  if (object.status === undefined) return object;
  const status = withoutSecrets(fitted(STATUS, object.status) as KubernetesObject['status']);
  return status === object.status ? object : { ...object, status };
}
