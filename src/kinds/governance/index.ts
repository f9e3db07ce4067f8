export { Personas, PersonasProps } from './personas';
export * from './platform-policies';
export * from './tenant-personas';
