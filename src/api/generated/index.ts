// Generated from src/api/kinds by scripts/generate-api.ts. Do not edit.

export * from './ai-model';
export * from './data-pipeline';
export * from './ml-workflow';
export * from './ai-zone';
export * from './feature-store';
export * from './ab-test';
export * from './model-deployment';
export * from './shared';
