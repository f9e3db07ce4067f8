import { AIModelSpec } from '../../../src/api/generated/ai-model';
import { AI_MODEL_OPERATOR } from '../../../src/kinds/ai-model/operator';
import { ARTIFACT_CHECK } from '../../../src/kinds/ai-model/artifact-check';
import { DRIFT_BASELINE } from '../../../src/kinds/ai-model/model-monitoring';
import { AIModelObjects } from '../../../src/kinds/ai-model/ai-model-objects';
import { Operator, Problems } from '../runtime/operator';
import { KubernetesObject, RelatedRule } from '../runtime/protocol';
import { render } from '../runtime/render';
import { checkArtifact } from './artifact';
import { readBaseline } from './baseline';
import { jobPods } from './jobs';
import { ModelContext, servingSettings } from './model-context';
import { report } from './report';
import { zoneRule } from '../ai-zone/zone-placement';
import { zoneOf } from './zone-of';

/** Serves models: see docs/operators/model.md. */
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
  },
};

function related({ metadata, spec }: KubernetesObject): readonly RelatedRule[] {
  const { name, namespace } = metadata;
  const zone = (spec as unknown as AIModelSpec | undefined)?.serving.zone;
  return [
    ...zoneRule(zone),
    { apiVersion: 'apps/v1', resource: 'deployments', namespace, names: [`${name}-predictor`] },
    { apiVersion: 'v1', resource: 'pods', namespace, labelSelector: jobPods(name, [ARTIFACT_CHECK, DRIFT_BASELINE]) },
  ];
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
      settings: servingSettings(settings),
    });
  });
}
