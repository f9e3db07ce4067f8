export { featureStoreOperator } from './feature-store-operator';
