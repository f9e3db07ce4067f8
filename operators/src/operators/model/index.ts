export { modelOperator } from './model-operator';
