export { BaselineReading, DriftBaseline, DriftFeature } from './drift-baseline';
export { AdaptiveThresholdProps, DriftRuleProps } from './drift-rules';
export * from './model-alert-rules';
export { ModelArtifactCheck, ModelArtifactCheckProps } from './artifact-check';
export * from './model-serving';
export { ModelScaler, ModelServingSettings, ModelStorageSettings } from './model-serving-settings';
export { ModelZone, ModelZoneRoute } from './model-zone';
