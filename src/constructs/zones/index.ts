export { Zone, ZoneProps } from './zone';
export { ZoneInheritance } from './zone-inheritance';
export * from './zone-settings';
export { ZonePlacement } from './zone-placement';
