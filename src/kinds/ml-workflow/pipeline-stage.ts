import { resourceTemplate } from './resource-stage';
import { Json, StageContext, StageTemplate } from './stage-context';

/** Annotation of a kind of the platform that asks for a run; each new value asks for one. */
export const RUN_ANNOTATION = 'nstarx.io/run';

/**
 * A run of a DataPipeline: the stage asks for it by an annotation and reads how it ended from `status.requestedRun`. So the run is
 * the pipeline's own, with its state, quality checks and history, on whatever engine it has; and the stage needs to be allowed nothing
 * but to read and change DataPipelines.
 */
export function pipelineStage(context: StageContext): StageTemplate {
  // two stages may run one pipeline, and each attempt is a run; it must fit into a label's value with the outcome
  const attempt = (context.stage.retries ?? 1) > 0 ? '{{retries}}' : '0';
  const run = `{{workflow.uid}}.${context.index}.${attempt}`;
  const manifest: Json = {
    apiVersion: 'nstarx.io/v1alpha1',
    kind: 'DataPipeline',
    metadata: {
      name: context.stage.config.pipeline,
      annotations: { [RUN_ANNOTATION]: run },
    },
  };
  return {
    template: resourceTemplate(context, {
      action: 'patch',
      manifest,
      success: `status.requestedRun == ${run}.Completed`,
      failure: `status.requestedRun == ${run}.Failed`,
    }),
  };
}
