export * from './data-platform';
export * from './neural-platform';
