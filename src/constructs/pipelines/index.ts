export { DataPipelineJob, DataPipelineJobProps } from './data-pipeline-job';
export { PipelineZone } from './pipeline-plan';
export { PipelineLineageSettings, PipelineSettings } from './pipeline-settings';
