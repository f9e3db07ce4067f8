import { DataPipelineSpec } from '../../../src/api/generated/data-pipeline';
import { DATA_PIPELINE_OPERATOR } from '../../../src/kinds/data-pipeline/operator';
import { podLabels } from '../../../src/kinds/data-pipeline/pipeline-plan';
import { Operator } from '../runtime/operator';
import { KubernetesObject, RelatedRule } from '../runtime/protocol';
import { zoneRule } from '../ai-zone/placement';
import { desired } from './desired';
import { keptRuns } from './kept-runs';
import { report } from './report';

/** Runs data pipelines: see docs/operators/pipeline.md. */
export const dataPipelineOperator: Operator<DataPipelineSpec> = {
  definition: DATA_PIPELINE_OPERATOR,
  related,
  preflight: keptRuns,
  desired,
  report,
};

function related({ metadata, spec }: KubernetesObject): readonly RelatedRule[] {
  const { name, namespace } = metadata;
  const zone = (spec as unknown as DataPipelineSpec | undefined)?.zone;
  const matchLabels = { ...podLabels({ name }), 'spark-role': 'driver' };
  return [...zoneRule(zone), { apiVersion: 'v1', resource: 'pods', namespace, labelSelector: { matchLabels } }];
}
