export * from './disruption-budget';
export * from './horizontal-scaling';
export * from './priority-classes';
