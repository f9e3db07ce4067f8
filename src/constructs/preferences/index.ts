export * from './user-preferences';
