export * from './generated';
export * from './platform-crds';
export * from './platform-manifest';
