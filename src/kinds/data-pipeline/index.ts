export { DataPipelineObjects, DataPipelineObjectsProps } from './data-pipeline-objects';
export { PipelineLineageSettings, DataPipelineSettings } from './data-pipeline-settings';
