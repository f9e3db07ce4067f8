import { AIModelSpec, AIModelStatusPhase as Phase } from '../../../src/api/generated/ai-model';
import { podSelector } from '../../../src/kinds/ai-model/model-pod';
import { ConditionReport } from '../runtime/conditions';
import { Report, ReportContext } from '../runtime/operator';
import { baselineCondition } from './baseline';
import { observedEndpoints } from './endpoints';
import { observeServer, ServerState } from './server-state';
import { zoneOf } from './zone-of';

type Context = ReportContext<AIModelSpec>;

/** Says what was observed of a model: nothing is served before its pods say so. */
export function report(context: Context): Report {
  const { active, name, spec } = context;
  const server = observeServer(context);
  const ready = server.ready && isCurrent(context);
  const version = servedVersion(context, server);
  const selector = Object.entries(podSelector(name)).map(([key, value]) => `${key}=${value}`);
  const kept = [...new Set(context.revisions.map((revision) => revision.version))];
  const drift = baselineCondition(context, active?.spec ?? spec);
  return {
    phase: phaseOf(context, server),
    fields: {
      ...(version === undefined ? {} : { version }),
      replicas: server.replicas,
      readyReplicas: server.readyReplicas,
      selector: selector.join(','),
      endpoints: server.readyReplicas > 0 ? observedEndpoints(context) : [],
      revisions: kept.filter((one) => one !== active?.version && one !== spec.version),
    },
    conditions: [
      { type: 'Ready', status: ready, ...reasonOf(context, server) },
      ...(spec.serving.zone === undefined ? [] : [zoneCondition(context)]),
      ...(drift ? [drift] : []),
    ],
  };
}

/** The version that answers: that of the last report, until all replicas are of what is wished now. */
function servedVersion({ active, parent }: Context, server: ServerState): string | undefined {
  if (server.ready) return active?.version;
  const before = parent.status?.version;
  return server.readyReplicas > 0 && typeof before === 'string' ? before : undefined;
}

/** Whether what is wished is what the spec asks for, not the last good one because the spec cannot be done. */
function isCurrent({ active, problems, preflight }: Context): boolean {
  return active !== undefined && problems.isEmpty && (preflight?.passed ?? true);
}

function phaseOf(context: Context, server: ServerState): Phase {
  const { active, problems, preflight, rolledBack } = context;
  if (!active) {
    const failed = !problems.isEmpty || preflight?.condition.status === 'False';
    return failed ? Phase.FAILED : Phase.PENDING;
  }
  if (!isCurrent(context)) {
    // a version that is only being looked for takes nothing away from the one that is served
    if (problems.isEmpty && preflight?.condition.status === 'Unknown') return Phase.DEPLOYING;
    return server.readyReplicas > 0 ? Phase.DEGRADED : Phase.FAILED;
  }
  if (server.ready) return Phase.SERVING;
  if (server.failure) return server.readyReplicas > 0 ? Phase.DEGRADED : Phase.FAILED;
  if (rolledBack) return Phase.ROLLING_BACK;
  return pending(context, server);
}

/** What is not ready: on its way at first and after a change, in a bad way when it was served before. */
function pending({ parent }: Context, server: ServerState): Phase {
  const before = parent.status?.phase;
  return server.updated && (before === Phase.SERVING || before === Phase.DEGRADED) ? Phase.DEGRADED : Phase.DEPLOYING;
}

function reasonOf(context: Context, server: ServerState): Pick<ConditionReport, 'reason' | 'message'> {
  const { active, problems, preflight, rolledBack, spec } = context;
  const version = servedVersion(context, server) ?? active?.version;
  const serving =
    active && server.readyReplicas > 0 ? `; version ${version} is served meanwhile` : '; nothing is served';
  if (!problems.isEmpty) return { reason: 'InvalidSpec', message: `${problems.toString()}${serving}` };
  if (preflight && !preflight.passed) {
    return { reason: `Artifact${preflight.condition.reason}`, message: `${preflight.condition.message}${serving}` };
  }
  if (server.ready) {
    const message = `${server.readyReplicas} of ${server.replicas} replicas serve version ${active?.version}`;
    return rolledBack
      ? { reason: 'RolledBack', message: `${message}, not ${spec.version}: remove spec.rollbackTo to serve that` }
      : { reason: 'Serving', message };
  }
  if (server.failure) return { reason: server.failure.reason, message: server.failure.message };
  return {
    reason: rolledBack ? 'RollingBack' : 'Deploying',
    message: `${server.readyReplicas} replicas are ready: ${server.waitingFor}`,
  };
}

/** Where the model is, seen from its zone. */
function zoneCondition(context: Context): ConditionReport {
  const { namespace, spec } = context;
  const type = 'InZone';
  const zone = zoneOf(context);
  if (!zone) {
    const message = `There is no AIZone ${spec.serving.zone}: create it, or correct spec.serving.zone`;
    return { type, status: false, reason: 'NoSuchZone', message };
  }
  if (zone.namespace !== namespace) {
    const message =
      `The model runs on the nodes of zone ${zone.name} and within its GPUs, but in its own namespace: quota, network rules and way in ` +
      `are those of ${namespace}. To have the zone's, create the model in ${zone.namespace}`;
    return { type, status: true, reason: 'OnItsNodes', message };
  }
  return { type, status: true, reason: 'InItsNamespace', message: `The model runs in zone ${zone.name}` };
}
