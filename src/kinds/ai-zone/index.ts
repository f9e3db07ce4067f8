export { AIZoneObjects, AIZoneObjectsProps } from './ai-zone-objects';
export { ZoneInheritance } from './zone-inheritance';
export * from './ai-zone-settings';
export { ZonePlacement } from './zone-placement';
