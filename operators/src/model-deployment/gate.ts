import { BreakGlass, breakGlassOf } from '../../../src/kinds/model-deployment/break-glass';
import { GateVerdict, gateVerdict, servedPolicies } from '../../../src/kinds/model-deployment/gate';
import { ConditionReport, previousConditions } from '../runtime/conditions';
import { memoized } from '../runtime/observed';
import { DeploymentContext } from './spec';
import { specTime } from './spec-time';

/** Reason of a manifest that does not keep a policy. */
export const REJECTED = 'PolicyFailed';
/** Reason of one that a reviewer has to approve. */
export const WAITS = 'WaitsForApproval';

/** What the policy gate says of the manifest; it is asked once a request. */
export const verdictOf: (context: Gated) => GateVerdict = memoized(
  ({ parent, settings, now }) => {
    const policies = servedPolicies(settings.modelDeployment);
    return gateVerdict({ manifest: parent, policies, now: specTime(parent, now) });
  },
  ({ children }) => children,
);

type Gated = Pick<DeploymentContext, 'parent' | 'spec' | 'settings' | 'now' | 'children'>;

/** Reason of a manifest that a member of the break-glass group has served past the policies. */
export const PAST_THE_POLICIES = 'BreakGlass';

/**
 * The grant by which a manifest is served past the policies. Who may give one, the API server says. It counts while it lasts, by the time of what was written last:
 * a spec that is written after its end is judged as any other, and what was served by it stays.
 */
export function grantOf({ parent, now }: Pick<Gated, 'parent' | 'now'>): BreakGlass | undefined {
  return breakGlassOf(parent.metadata.annotations, now);
}

/** Who has given it, and why. */
export function grantedBy({ by, until, reason }: BreakGlass): string {
  return `${by} has it served past the policies until ${until}: ${reason}`;
}

/** Whether the model may be served: it keeps the policies, and a reviewer has approved it where one must. */
export function gateCondition(context: Gated): ConditionReport {
  const type = 'GatePassed';
  const { allowed, findings } = verdictOf(context);
  const broken = findings.map(({ message }) => message).join('; ');
  const grant = grantOf(context);
  if (grant) {
    const message = allowed ? grantedBy(grant) : `${grantedBy(grant)}; it breaks: ${broken}`;
    return { type, status: true, reason: PAST_THE_POLICIES, message };
  }
  if (!allowed) return { type, status: false, reason: REJECTED, message: broken };
  if (!(context.settings.modelDeployment?.policies?.approval ?? false)) {
    return { type, status: true, reason: 'PoliciesKept', message: 'The manifest keeps the policies of the platform' };
  }
  const { generation } = context.parent.metadata;
  const approval = previousConditions(context.parent).find((condition) => condition.type === 'Approved');
  if (approval?.status === 'True' && approval.observedGeneration === generation) {
    return { type, status: true, reason: 'Approved', message: `Approved: ${approval.message}` };
  }
  const message = `A model reviewer has to set the condition Approved for generation ${generation}; what was served before stays`;
  return { type, status: false, reason: WAITS, message };
}
