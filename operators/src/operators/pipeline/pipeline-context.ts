import { DataPipelineSpec, PipelineEngine } from '../../../../src/api/generated/data-pipeline';
import { PipelineSettings } from '../../../../src/constructs/pipelines';
import { OperatorSettings } from '../../../../src/constructs/operators/operator-settings';
import { SyncContext } from '../../runtime/operator';

/** What the operator knows of a DataPipeline. */
export type PipelineContext = SyncContext<DataPipelineSpec>;

export const SPARK = 'sparkoperator.k8s.io/v1beta2';
export const FLINK = 'flink.apache.org/v1beta1';

/** The platform, as pipelines have to know it. */
export function pipelineSettings({ pipelines, scraper }: OperatorSettings): PipelineSettings {
  return { scraper, ...pipelines };
}

/** Whether the pipeline is a stream, which runs without end. */
export function isStream({ spec }: PipelineContext): boolean {
  return spec.engine === PipelineEngine.FLINK;
}
