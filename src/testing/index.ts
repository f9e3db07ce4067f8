export { Capture } from './capture';
export { Match } from './match';
export { Matcher } from './matcher';
export { PlatformFindings } from './platform-findings';
export { PlatformTemplate } from './platform-template';
export { PlatformTesting } from './platform-testing';
