export * from './check';
export { ExistingObject, Manifest, ManifestGraph, ManifestGraphContext, PodTemplate } from './manifest-graph';
export { PlatformChecks, PlatformChecksProps } from './platform-checks';
