export * from './operator-settings';
export * from './platform-operators';
