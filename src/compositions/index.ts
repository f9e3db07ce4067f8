export * from './chatdb';
export * from './data-platform';
export * from './neural-platform';
export * from './zero-touch';
