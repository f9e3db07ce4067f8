export * from './volume-claim';
export * from './volume-snapshot-class';
