import { MLWorkflowSpec } from '../../../src/api/generated/ml-workflow';
import { OperatorSettings } from '../../../src/kinds/operators/operator-settings';
import { MLWorkflowObjects } from '../../../src/kinds/ml-workflow/ml-workflow-objects';
import { MLWorkflowSettings } from '../../../src/kinds/ml-workflow/ml-workflow-settings';
import { SyncContext } from '../runtime/operator';
import { renderedOnce } from '../runtime/render';
import { observedZone, placementIn } from '../ai-zone/placement';

/** What the functions of this operator work on. */
export type WorkflowContext = SyncContext<MLWorkflowSpec>;

export const ARGO = 'argoproj.io/v1alpha1';

/** What workflows know of the platform. */
export function workflowSettings(settings: OperatorSettings): MLWorkflowSettings {
  return settings.workflows ?? {};
}

/** What the spec means. */
export const wishOf = renderedOnce<MLWorkflowSpec>((chart, { name, namespace, related, spec, settings }) => {
  const zone = observedZone(related, spec.zone);
  new MLWorkflowObjects(chart, 'workflow', {
    name,
    namespace,
    spec,
    zone: zone && placementIn(zone),
    settings: workflowSettings(settings),
  });
});
