/*
 * The entry `@ml-platform-constructs/operator-runtime/deploy`: what a program deploys operators with. It loads the library, which the process of the
 * hooks does not need.
 */
export { CustomOperators, CustomOperatorsProps } from './deployment/custom-operators';
