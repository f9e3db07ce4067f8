export { WorkflowOrchestration, WorkflowOrchestrationProps } from './workflow-orchestration';
export { WorkflowArtifactSettings, WorkflowSecretKey, WorkflowSettings } from './workflow-settings';
