import { AIZoneSpec, ZoneIsolation } from '../../../../src/api/generated/ai-zone';
import { MLWorkflowSpec } from '../../../../src/api/generated/ml-workflow';
import { OperatorSettings } from '../../../../src/constructs/operators/operator-settings';
import { WorkflowOrchestration } from '../../../../src/constructs/workflows/workflow-orchestration';
import { WorkflowSettings } from '../../../../src/constructs/workflows/workflow-settings';
import { WorkflowZone } from '../../../../src/constructs/workflows/workflow-zone';
import { SyncContext } from '../../runtime/operator';
import { Problems } from '../../runtime/problems';
import { KubernetesObject } from '../../runtime/protocol';
import { render } from '../../runtime/render';

/** What the functions of this operator work on. */
export type WorkflowContext = SyncContext<MLWorkflowSpec>;

export const ARGO = 'argoproj.io/v1alpha1';

/** What workflows know of the platform. */
export function workflowSettings(settings: OperatorSettings): WorkflowSettings {
  return settings.workflows ?? {};
}

/** The AIZone that the spec names, as it was observed. */
export function observedZone({ related, spec }: WorkflowContext): KubernetesObject | undefined {
  const found = spec.zone === undefined ? undefined : related.find('nstarx.io/v1alpha1', 'AIZone', spec.zone);
  // what is being deleted takes nothing in any more
  return found?.metadata.deletionTimestamp === undefined ? found : undefined;
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
  const { name, namespace, spec, settings } = context;
  const problems = new Problems();
  const objects = render(namespace, problems, (chart) => {
    new WorkflowOrchestration(chart, 'workflow', {
      name,
      namespace,
      spec,
      zone: zoneOf(context),
      settings: workflowSettings(settings),
    });
  });
  const wish = { objects, problems };
  WISHES.set(context, wish);
  return wish;
}

function zoneOf(context: WorkflowContext): WorkflowZone | undefined {
  const object = observedZone(context);
  if (!object) return undefined;
  const spec = object.spec as unknown as AIZoneSpec;
  const { compute } = spec.resources ?? {};
  return {
    name: object.metadata.name,
    nodeSelector: compute?.nodeSelector,
    limits: compute?.limits && texts(compute.limits),
    ownNodes: spec.isolation === ZoneIsolation.NODE,
  };
}

function texts(amounts: { readonly [resource: string]: unknown }): { [resource: string]: string } {
  return Object.fromEntries(Object.entries(amounts).map(([resource, amount]) => [resource, String(amount)]));
}
