export * from './database-dump';
