export * from './chatdb';
