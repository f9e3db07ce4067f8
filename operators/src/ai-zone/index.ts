export { aiZoneOperator } from './ai-zone-operator';
