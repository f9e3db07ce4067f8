import { Tier } from '../../../src/contracts/tier';
import { GateVerdict, gateVerdict, mergedPolicies, policiesOfTier } from '../../../src/kinds/model-deployment/gate';
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
    const policies = mergedPolicies(policiesOfTier(Tier.DEVELOPMENT), settings.modelDeployment?.policies);
    return gateVerdict({ manifest: parent, policies, now: specTime(parent, now) });
  },
  ({ children }) => children,
);

type Gated = Pick<DeploymentContext, 'parent' | 'spec' | 'settings' | 'now' | 'children'>;

/** Whether the model may be served: it keeps the policies, and a reviewer has approved it where one must. */
export function gateCondition(context: Gated): ConditionReport {
  const type = 'GatePassed';
  const { allowed, findings } = verdictOf(context);
  if (!allowed) {
    const message = findings.map((finding) => finding.message).join('; ');
    return { type, status: false, reason: REJECTED, message };
  }
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
