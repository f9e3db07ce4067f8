export { BaselineReading, DriftBaseline, DriftFeature } from './drift-baseline';
export { AdaptiveThresholdProps, DriftRuleProps } from './drift-rules';
export * from './model-alert-rules';
export { ModelArtifactCheck, ModelArtifactCheckProps } from './artifact-check';
export * from './ai-model-objects';
export { ModelScaler, AIModelSettings, AIModelStorageSettings } from './ai-model-settings';
export { ModelZone, ModelZoneRoute } from './model-zone';
