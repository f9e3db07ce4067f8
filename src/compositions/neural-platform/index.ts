export { NeuralNamespaces, NeuralNamespacesProps } from './neural-namespaces';
export { NeuralOperatorsProps } from './neural-operators';
export * from './neural-platform';
