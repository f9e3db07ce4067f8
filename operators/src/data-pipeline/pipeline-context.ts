import { DataPipelineSpec, PipelineEngine } from '../../../src/api/generated/data-pipeline';
import { DataPipelineObjects, DataPipelineSettings } from '../../../src/kinds/data-pipeline';
import { OperatorSettings } from '../../../src/kinds/operators/operator-settings';
import { SyncContext } from '../runtime/operator';
import { renderedOnce } from '../runtime/render';
import { observedZone, placementIn } from '../ai-zone/placement';

/** What the operator knows of a DataPipeline. */
export type PipelineContext = SyncContext<DataPipelineSpec>;

export const SPARK = 'sparkoperator.k8s.io/v1beta2';
export const FLINK = 'flink.apache.org/v1beta1';

/** The platform, as pipelines have to know it. */
export function pipelineSettings({ pipelines, scraper }: OperatorSettings): DataPipelineSettings {
  return { scraper, ...pipelines };
}

/** Whether the pipeline is a stream, which runs without end. */
export function isStream({ spec }: PipelineContext): boolean {
  return spec.engine === PipelineEngine.FLINK;
}

/** What the spec means, whether or not it is suspended. */
export const wishOf = renderedOnce<DataPipelineSpec>((chart, { name, namespace, spec, settings, related }) => {
  const zone = observedZone(related, spec.zone);
  new DataPipelineObjects(chart, 'pipeline', {
    name,
    namespace,
    spec,
    zone: zone && placementIn(zone),
    settings: pipelineSettings(settings),
  });
});
