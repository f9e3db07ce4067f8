export { DataPlatform, DataPlatformProps, DataPlatformTeamProps } from './data-platform';
export { PlatformFoundationProps } from './foundation';
