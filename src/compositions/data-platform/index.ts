export * from './data-platform';
