/*
 * The public package @ml-platform-constructs/operator-runtime: what an operator of a user's own kind is made of. What is exported here keeps to
 * Semantic Versioning; the files behind it do not, and `exports` of the package lets nobody import them.
 */
export {
  ChildRule,
  EngineName,
  GrantedRule,
  OperatorDefinition,
  RelatedKind,
  UpdateMethod,
} from '../../src/api/operator-definition';
export * as schema from '../../src/api/schema/builders';
export { customResourceDefinition } from '../../src/api/schema/crd';
export { Column, KindDefinition, Rule, Scale, Schema } from '../../src/api/schema/schema';
export { Condition, conditionOf, ConditionReport, ConditionStatus } from './runtime/conditions';
export {
  EngineSettings,
  Operator,
  Preflight,
  Problem,
  Problems,
  Report,
  ReportContext,
  Revision,
  SyncContext,
  Versioning,
} from './runtime/contract';
export { Hooks, hooksOf } from './runtime/hooks';
export { Observed } from './runtime/observed';
export {
  CustomizeRequest,
  CustomizeResponse,
  JsonObject,
  KubernetesObject,
  ObjectMap,
  ObjectMeta,
  RelatedRule,
  SyncRequest,
  SyncResponse,
} from './runtime/protocol';
export { render, renderedOnce, RenderedSpec } from './runtime/rendering';
export { serveOperators } from './server/serve-operators';
export { readyColumn, status } from '../../src/api/schema/fragments';
