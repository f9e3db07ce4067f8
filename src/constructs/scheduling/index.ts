export * from './gpu-placement';
export * from './neural-priority-classes';
