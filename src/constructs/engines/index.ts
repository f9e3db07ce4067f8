export * from './accounts';
export * from './engines';
