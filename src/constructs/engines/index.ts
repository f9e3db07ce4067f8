export * from './engine';
export * from './engine-account';
export * from './engines';
export * from './model-server-account';
