import { AIModelSpec } from '../../../src/api/generated/ai-model';
import { AIModelObjects } from '../../../src/kinds/ai-model/ai-model-objects';
import { AI_MODEL_OPERATOR, predictorName } from '../../../src/kinds/ai-model/operator';
import { aiModelSettings } from '../../../src/kinds/operators/kind-settings';
import { zoneRule } from '../ai-zone/placement';
import { Operator, Problem, Problems } from '../runtime/operator';
import { KubernetesObject, RelatedRule } from '../runtime/protocol';
import { render } from '../runtime/render';
import { ModelContext, zoneOf } from './context';
import { checkArtifact, modelPods, readBaseline } from './jobs';
import { report } from './report';

/** Serves models: see docs/operators/ai-model.md. */
export const aiModelOperator: Operator<AIModelSpec> = {
  definition: AI_MODEL_OPERATOR,
  related,
  preflight: checkArtifact,
  desired,
  report,
  versioning: {
    version: ({ version }) => version,
    limit: ({ revisionHistoryLimit }) => revisionHistoryLimit ?? 10,
    rollbackTo: ({ rollbackTo }) => rollbackTo,
    refuses: entersZone,
  },
};

function related({ metadata, spec }: KubernetesObject): readonly RelatedRule[] {
  const { name, namespace } = metadata;
  const zone = (spec as unknown as AIModelSpec | undefined)?.serving.zone;
  return [
    ...zoneRule(zone),
    { apiVersion: 'apps/v1', resource: 'deployments', namespace, names: [predictorName(name)] },
    modelPods(name, namespace),
  ];
}

/** The API server asks for the right to the zone that a spec names, and sees no other. */
function entersZone(
  { rollbackTo, serving: now }: AIModelSpec,
  { serving: kept }: AIModelSpec,
): Omit<Problem, 'reason'> | undefined {
  if (kept.zone === undefined || kept.zone === now.zone) return undefined;
  const message = `must not enter an AIZone that the spec does not name, got "${rollbackTo}", which ran in ${kept.zone}: set spec.serving.zone to ${kept.zone}`;
  return { field: 'spec.rollbackTo', message };
}

function desired(context: ModelContext, problems: Problems): readonly KubernetesObject[] {
  const { name, namespace, spec, settings } = context;
  return render(namespace, problems, (chart) => {
    new AIModelObjects(chart, 'model', {
      name,
      namespace,
      spec,
      zone: zoneOf(context),
      driftBaseline: readBaseline(context)?.baseline,
      settings: aiModelSettings(settings),
    });
  });
}
