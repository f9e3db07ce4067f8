export * from './feast-repository';
export * from './feature-store-objects';
export { FeatureServerRuntime, FeatureStoreSettings } from './feature-store-settings';
export { FeatureStoreVersion } from './feature-store-versions';
