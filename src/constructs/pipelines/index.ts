export { DataPipelineJob, DataPipelineJobProps } from './data-pipeline-job';
export { PipelineLineageSettings, PipelineSettings } from './pipeline-settings';
