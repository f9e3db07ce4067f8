import { ConditionReport } from '../runtime/conditions';
import { Report } from '../runtime/operator';
import { REJECTED, verdictOf, WAITS } from './gate';
import { healthCondition, rollbackCondition } from './judgement';
import { servedImage, servedVersion, Serving, servingOf } from './serving';
import { DeploymentReportContext } from './spec';
import { Step, stepsOf } from './steps';

/** A phase of a ModelDeployment. */
type Phase =
  'Validating' | 'Rejected' | 'Scanning' | 'Registering' | 'Deploying' | 'Serving' | 'Degraded' | 'RollingBack';

/** Most former versions that are shown. */
const SHOWN = 64;

/** Says what was observed of a ModelDeployment. */
export function report(context: DeploymentReportContext): Report {
  const { active, revisions, spec } = context;
  const serving = servingOf(context);
  const image = servedImage(context);
  const version = servedVersion(context, serving);
  const steps = stepsOf(context);
  const health = healthCondition(context);
  const kept = revisions.filter(({ outcome }) => outcome?.held !== false).map((revision) => revision.version);
  const former = [...new Set(kept)].filter((one) => one !== spec.model?.version && one !== active?.version);
  return {
    phase: phaseOf(context, serving, health),
    fields: {
      policies: verdictOf(context).policies,
      ...(version === undefined ? {} : { version }),
      ...(image === undefined ? {} : { image }),
      ...(steps.registration === undefined ? {} : { registration: steps.registration }),
      revisions: former.slice(-SHOWN),
    },
    conditions: [
      steps.gate,
      steps.verified.condition,
      steps.registered.condition,
      { type: 'Ready', status: serving.ready, reason: serving.reason, message: serving.message },
      health,
      rollbackCondition(context),
    ],
    // Metacontroller does not tell of a change of the status
    ...(steps.gate.reason === WAITS ? { resyncAfterSeconds: 30 } : {}),
  };
}

function phaseOf(context: DeploymentReportContext, serving: Serving, health: ConditionReport): Phase {
  const { active, failed, problems, rolledBack } = context;
  const leaves = active?.outcome?.held === false;
  if (rolledBack || failed || leaves) {
    if (leaves) return 'RollingBack';
    return serving.ready || serving.settled || serving.failed ? served(context, serving, health) : 'RollingBack';
  }
  const { image, gate, verified, registered } = stepsOf(context);
  if (gate.reason === REJECTED || !problems.isEmpty) return 'Rejected';
  if (image.status !== true || gate.status !== true) return 'Validating';
  return stepPhase(verified, 'Scanning') ?? stepPhase(registered, 'Registering') ?? served(context, serving, health);
}

function stepPhase({ state }: Step, running: Phase): Phase | undefined {
  if (state === 'Done') return undefined;
  return state === 'Refused' ? 'Rejected' : running;
}

/**
 * Of a version that is deployed: fewer replicas than asked for that do not come by themselves, or figures above a bound, are a bad way. Before it has served once, its
 * autoscaler may only now ask for the replicas that are missing.
 */
function served(
  { active, parent }: DeploymentReportContext,
  { ready, settled, failed }: Serving,
  health: ConditionReport,
): Phase {
  if (ready) return health.status === false ? 'Degraded' : 'Serving';
  const hasServed = active !== undefined && parent.status?.version === active.version;
  return failed || (settled && hasServed) ? 'Degraded' : 'Deploying';
}
