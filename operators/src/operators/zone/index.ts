export { zoneOperator } from './zone-operator';
