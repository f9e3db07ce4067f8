import { Hooks } from '../runtime/hooks';

/** All operators. */
export const OPERATORS: readonly Hooks[] = [];
