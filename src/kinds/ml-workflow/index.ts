export { MLWorkflowObjects, MLWorkflowObjectsProps } from './ml-workflow-objects';
export { WorkflowArtifactSettings, WorkflowSecretKey, MLWorkflowSettings } from './ml-workflow-settings';
