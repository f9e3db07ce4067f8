export { aiModelOperator } from './ai-model-operator';
