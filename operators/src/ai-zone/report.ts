import { AIZoneSpec } from '../../../src/api/generated/ai-zone';
import { AI_MODEL } from '../../../src/api/kinds/ai-model';
import { durationSeconds } from '../../../src/contracts/duration';
import { hasIngress, ZONE_LISTENERS } from '../../../src/kinds/ai-zone/network';
import { ZONE_QUOTA } from '../../../src/kinds/ai-zone/placement';
import { conditionOf, ConditionReport } from '../runtime/conditions';
import { Report, ReportContext, SyncContext } from '../runtime/operator';
import { KubernetesObject } from '../runtime/protocol';
import { allocatedResources } from './contents';
import { DesiredModel, desiredModels, MODEL_API } from './models';

/** The state of a zone, as it was observed. */
export function report(context: ReportContext<AIZoneSpec>): Report {
  const models = desiredModels(context);
  const observed = (model: DesiredModel): KubernetesObject | undefined =>
    context.children.find(MODEL_API, AI_MODEL.kind, model.model.name, context.namespace);
  const parts = [meshReady(context), reachable(context), modelsReady(models, observed), retentionKept(context)].flatMap(
    (part) => part ?? [],
  );
  const state = stateOf(context, parts);
  const namespace = context.children.find('v1', 'Namespace', context.namespace);
  return {
    phase: state.phase,
    fields: {
      ...(namespace ? { namespace: context.namespace, allocatedResources: allocatedResources(context) } : {}),
      models: models.flatMap((model) => modelStatus(model, observed(model)) ?? []),
    },
    conditions: [
      { type: 'Ready', status: state.phase === 'Active', reason: state.phase, message: state.message },
      ...parts.map(({ condition }) => condition),
    ],
  };
}

/** A condition, and what it means for the whole. */
interface Part {
  readonly condition: ConditionReport;
  readonly weight: 'fine' | 'waits' | 'degrades';
}

function stateOf(context: ReportContext<AIZoneSpec>, parts: readonly Part[]): { phase: string; message: string } {
  const { children, namespace: name, active, problems } = context;
  if (!active) return { phase: 'Failed', message: `Nothing is made yet: ${problems.toString()}` };
  const namespace = children.find('v1', 'Namespace', name);
  if (!namespace) return { phase: 'Pending', message: `Namespace ${name} is not there yet` };
  if (namespace.metadata.deletionTimestamp !== undefined) {
    return { phase: 'Degraded', message: `Namespace ${name} is being deleted; it is made again when it is gone` };
  }
  const messages = (weight: Part['weight']): string =>
    parts
      .filter((part) => part.weight === weight)
      .map(({ condition }) => condition.message)
      .join('; ');
  const degraded = messages('degrades');
  if (degraded !== '') return { phase: 'Degraded', message: degraded };
  const quota = children.find('v1', 'ResourceQuota', ZONE_QUOTA, name);
  if (quota?.status?.hard === undefined) return { phase: 'Provisioning', message: 'The quota does not count yet' };
  const waits = messages('waits');
  if (waits !== '') return { phase: 'Provisioning', message: waits };
  return { phase: 'Active', message: `Namespace ${name} is ready for workloads` };
}

/** Whether the Pods are in the mesh, for zones that ask for it. */
function meshReady(context: SyncContext<AIZoneSpec>): Part | undefined {
  const asked = context.spec.networking?.serviceMesh;
  if (!asked || asked.enabled === false) return undefined;
  const there = context.settings.aiZone?.mesh ?? false;
  const message = there
    ? 'The namespace is in the mesh'
    : 'spec.networking.serviceMesh.enabled has no effect, because the platform has no mesh: connections are not encrypted. Install it, or set enabled to false';
  const condition = { type: 'MeshReady', status: there, reason: there ? 'InMesh' : 'NoMesh', message };
  return { condition, weight: there ? 'fine' : 'degrades' };
}

/** Whether the Gateway listens for the zone, for zones with an ingress. */
function reachable({ spec, settings, children, namespace, active }: ReportContext<AIZoneSpec>): Part | undefined {
  if (!hasIngress(spec)) return undefined;
  const say = (status: boolean | 'Unknown', reason: string, message: string, weight: Part['weight']): Part => ({
    condition: { type: 'Reachable', status, reason, message },
    weight,
  });
  if (!settings.gateway) {
    const field = 'spec.networking.ingress.enabled';
    return say(false, 'NoGateway', `${field} has no effect, because the platform has no Gateway`, 'degrades');
  }
  if (!active?.objects.some(({ kind }) => kind === 'ListenerSet')) {
    return say(true, 'SharedListener', `Models are reached below ${settings.gateway.domain}`, 'fine');
  }
  const listeners = children.find('gateway.networking.k8s.io/v1', 'ListenerSet', ZONE_LISTENERS, namespace);
  const states = ['Accepted', 'Programmed'].map((type) => conditionOf(listeners, type));
  const refused = states.find((state) => state?.status === 'False');
  if (refused) {
    return say(false, refused.reason ?? 'Refused', `The Gateway refuses the listener: ${refused.message}`, 'degrades');
  }
  if (!states.every((state) => state?.status === 'True')) {
    return say('Unknown', 'Waiting', 'The Gateway has not taken the listener yet', 'waits');
  }
  return say(true, 'Listening', 'The Gateway listens for the zone', 'fine');
}

function modelsReady(
  models: readonly DesiredModel[],
  observed: (model: DesiredModel) => KubernetesObject | undefined,
): Part | undefined {
  if (models.length === 0) return undefined;
  const problems = models.flatMap(({ problem }) => problem ?? []);
  const notMade = models.some(({ object }) => !object);
  const failed = models.filter((model) => ['Failed', 'Degraded'].includes(String(observed(model)?.status?.phase)));
  const starting = models.filter((model) => conditionOf(observed(model), 'Ready')?.status !== 'True');
  const said = (list: readonly DesiredModel[]): string =>
    list
      .map((one) => {
        const message = conditionOf(observed(one), 'Ready')?.message;
        return message === undefined ? `${one.model.name} (see its conditions)` : `${one.model.name} (${message})`;
      })
      .join(', ');
  const say = (status: boolean, reason: string, message: string): ConditionReport => ({
    type: 'ModelsReady',
    status,
    reason,
    message,
  });
  if (problems.length > 0) {
    const condition = say(
      !notMade && starting.length === 0,
      notMade ? 'NotMade' : 'OriginalChanged',
      problems.join('; '),
    );
    return { condition, weight: notMade ? 'degrades' : 'fine' };
  }
  if (failed.length > 0) {
    return { condition: say(false, 'Failed', `Not well: ${said(failed)}`), weight: 'degrades' };
  }
  if (starting.length > 0)
    return { condition: say(false, 'Starting', `Not ready yet: ${said(starting)}`), weight: 'fine' };
  return { condition: say(true, 'Serving', 'All models are ready'), weight: 'fine' };
}

/** Prometheus has one retention for all metrics. What is asked for beyond it cannot be given to a zone alone. */
function retentionKept(context: SyncContext<AIZoneSpec>): Part | undefined {
  const asked = context.spec.monitoring?.prometheus?.retention;
  const given = context.settings.aiZone?.metricsRetentionDays;
  if (asked === undefined || given === undefined || context.spec.monitoring?.prometheus?.enabled === false)
    return undefined;
  const enough = days(asked) <= given;
  const message = enough
    ? `Prometheus keeps metrics for ${given} days`
    : `spec.monitoring.prometheus.retention is ${asked}, but Prometheus keeps all metrics for ${given} days: lower it, or raise that of the platform`;
  return {
    condition: { type: 'RetentionKept', status: enough, reason: enough ? 'LongEnough' : 'TooShort', message },
    weight: 'fine',
  };
}

function days(duration: string): number {
  return durationSeconds(duration) / 86_400;
}

function modelStatus({ model }: DesiredModel, object: KubernetesObject | undefined): object | undefined {
  if (!object) return undefined;
  const { readyReplicas, endpoints } = (object.status ?? {}) as {
    readonly readyReplicas?: number;
    readonly endpoints?: readonly string[];
  };
  // an AIModel counts the replicas that its Deployment has available
  const ready = readyReplicas ?? 0;
  return { name: model.name, ready, available: ready, endpoints: endpoints ?? [] };
}
