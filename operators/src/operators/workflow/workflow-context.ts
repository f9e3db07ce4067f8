import { MLWorkflowSpec } from '../../../../src/api/generated/ml-workflow';
import { OperatorSettings } from '../../../../src/constructs/operators/operator-settings';
import { WorkflowOrchestration } from '../../../../src/constructs/workflows/workflow-orchestration';
import { WorkflowSettings } from '../../../../src/constructs/workflows/workflow-settings';
import { SyncContext } from '../../runtime/operator';
import { Problems } from '../../runtime/problems';
import { KubernetesObject } from '../../runtime/protocol';
import { render } from '../../runtime/render';
import { observedZone, placementIn } from '../zone-placement';

/** What the functions of this operator work on. */
export type WorkflowContext = SyncContext<MLWorkflowSpec>;

export const ARGO = 'argoproj.io/v1alpha1';

/** What workflows know of the platform. */
export function workflowSettings(settings: OperatorSettings): WorkflowSettings {
  return settings.workflows ?? {};
}

/** What the spec means, and what is wrong with it. */
export interface Wish {
  readonly objects: readonly KubernetesObject[];
  readonly problems: Problems;
}

/** A request asks for it several times. */
const WISHES = new WeakMap<WorkflowContext, Wish>();

/** What the spec means. */
export function wishOf(context: WorkflowContext): Wish {
  const known = WISHES.get(context);
  if (known) return known;
  const { name, namespace, related, spec, settings } = context;
  const zone = observedZone(related, spec.zone);
  const problems = new Problems();
  const objects = render(namespace, problems, (chart) => {
    new WorkflowOrchestration(chart, 'workflow', {
      name,
      namespace,
      spec,
      zone: zone && placementIn(zone),
      settings: workflowSettings(settings),
    });
  });
  const wish = { objects, problems };
  WISHES.set(context, wish);
  return wish;
}
