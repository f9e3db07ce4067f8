import fc from 'fast-check';
import { OPERATORS } from '../../../operators/src/operators';
import { Hooks } from '../../../operators/src/runtime/hooks';
import { JsonObject, KubernetesObject, RelatedRule, SyncRequest } from '../../../operators/src/runtime/protocol';
import { KINDS } from '../../../src/api/kinds';
import { findingsOf } from '../../../src/api/schema/object-findings';
import { apiVersionOf, KindDefinition } from '../../../src/api/schema/schema';
import { validate, withDefaults } from '../../../src/api/schema/validate';
import { OperatorSettings } from '../../../src/kinds/operators/operator-settings';
import { hostileOf, hostileVariants } from '../../api/support/hostile';
import { objectMap } from '../support/requests';
import { SETTINGS } from '../support/settings';
import { hostileStatus } from './statuses';

/** A platform with everything that an object can ask for. */
export const PLATFORM: OperatorSettings = {
  ...SETTINGS,
  aiModel: { serviceMonitors: true },
  aiZone: { mesh: true, metricsRetentionDays: 30, platformNamespaces: ['nstarx-system', 'ml-models'] },
  mlWorkflow: { trackingUri: 'http://mlflow.mlflow.svc:5000' },
  dataPipeline: {
    sparkImage: 'registry.example.com/spark:1',
    flinkImage: 'registry.example.com/flink:1',
    folder: 's3://platform/pipelines',
    bootstrapServers: 'kafka:9092',
    lookupFolder: 's3://lake/tables',
  },
  featureStore: {
    folder: 's3://platform/features',
    streamImage: 'registry.example.com/flink:1',
    onlineAddress: 'redis:6379',
  },
};

/** Operators by the kind that they are for. */
export const SUBJECTS = OPERATORS.map((hooks) => [hooks.definition.parent.kind, hooks] as const);

const NAMES = [
  'base',
  'a',
  '0',
  'constructor',
  'tostring',
  'a.b',
  `a${'b'.repeat(51)}`,
  `a${'b'.repeat(62)}`,
  'x'.repeat(253),
];
const START = '2026-01-01T00:00:00Z';

/** Objects of a kind as the API server may have stored them: valid ones, at the edges of what the schema allows. */
export function hostileParents(kind: KindDefinition): fc.Arbitrary<KubernetesObject> {
  const status = fc.option(hostileOf(kind.status), { nil: undefined });
  const names = fc.oneof(
    { weight: 3, arbitrary: fc.constant('base') },
    { weight: 1, arbitrary: fc.constantFrom(...NAMES) },
  );
  const annotations = fc.option(
    fc.constantFrom<Record<string, string>>(
      {},
      { 'nstarx.io/run': '1' },
      { 'nstarx.io/run': '' },
      { 'nstarx.io/run': 'é'.repeat(100_000) },
      JSON.parse('{"__proto__":"x","constructor":"y"}') as Record<string, string>,
    ),
    { nil: undefined },
  );
  return fc
    .record({
      variant: hostileVariants(kind),
      name: names,
      annotations,
      status,
      generation: fc.constantFrom(1, 2 ** 40),
    })
    .map(({ variant, name, annotations: notes, status: before, generation }) => ({
      ...variant,
      metadata: {
        name,
        ...(kind.scope === 'Namespaced' ? { namespace: 'team' } : {}),
        uid: 'uid-of-parent',
        generation,
        creationTimestamp: START,
        ...(notes ? { annotations: notes } : {}),
      },
      spec: withDefaults(kind.spec, variant.spec) as JsonObject,
      ...(before === undefined ? {} : { status: JSON.parse(JSON.stringify(before)) as JsonObject }),
    }))
    .filter((object) => findingsOf(kind, { ...object, status: undefined }).length === 0)
    .filter(({ status: before }) => before === undefined || validate(kind.status, before).findings.length === 0);
}

/** Objects that a rule of `customize` lets the operator see, in whatever state. */
function relatedTo(rule: RelatedRule, hooks: Hooks): fc.Arbitrary<readonly KubernetesObject[]> {
  const { apiVersion, resource, labelSelector, namespace } = rule;
  const rules = [...hooks.definition.related, ...hooks.definition.children];
  const kindName = rules.find((one) => one.apiVersion === apiVersion && one.resource === resource)?.kind ?? 'Unknown';
  const kind = KINDS.find((one) => apiVersionOf(one) === apiVersion && one.kind === kindName);
  const names = rule.names ?? ['one', 'two'];
  const labels = (labelSelector as { readonly matchLabels?: Record<string, string> } | undefined)?.matchLabels;
  const objects = names.slice(0, 5).map((name) =>
    fc
      .record({ status: hostileStatus, spec: kind ? specOf(kind) : fc.constant({}), gone: fc.boolean() })
      .map(({ status, spec, gone }) => ({
        apiVersion,
        kind: kindName,
        metadata: {
          name,
          ...(kind?.scope === 'Cluster' || kindName === 'Namespace' ? {} : { namespace: namespace ?? 'team' }),
          ...(labels ? { labels } : {}),
          ...(gone ? { deletionTimestamp: START } : {}),
          ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'other', uid: 'foreign', controller: true }],
        },
        spec,
        ...(kindName === 'ControllerRevision' ? { revision: 1, data: { spec: spec } } : {}),
        ...(status === undefined ? {} : { status }),
      })),
  );
  return fc.tuple(...objects).chain((all) => fc.subarray(all));
}

const specs = new Map<KindDefinition, readonly JsonObject[]>();

/** Specs that the API server may have stored; looking for valid ones takes long, so there are a few of each kind. */
function specOf(kind: KindDefinition): fc.Arbitrary<JsonObject> {
  let pool = specs.get(kind);
  if (!pool) {
    pool = fc
      .sample(hostileVariants(kind), { seed: 1, numRuns: 30 })
      .filter((object) => findingsOf(kind, object).length === 0)
      .map(({ spec }) => withDefaults(kind.spec, spec) as JsonObject);
    specs.set(kind, pool);
  }
  return fc.constantFrom(...pool);
}

/** Requests about an object: its children in whatever state, and whatever the operator asks to see. */
export function hostileRequests(hooks: Hooks, parent: KubernetesObject): fc.Arbitrary<SyncRequest> {
  const { relatedResources } = hooks.customize({ parent }, PLATFORM);
  const made = hooks.sync({ parent, children: {}, related: {} }, PLATFORM).children;
  const children = made.map((child) =>
    fc
      .record({ status: hostileStatus, gone: fc.boolean(), foreign: fc.boolean() })
      .map(({ status, gone, foreign }): KubernetesObject => ({
        ...child,
        metadata: {
          ...child.metadata,
          creationTimestamp: START,
          ownerReferences: [
            { apiVersion: 'v1', kind: 'X', name: 'x', uid: foreign ? 'foreign' : 'uid-of-parent', controller: true },
          ],
          ...(gone ? { deletionTimestamp: START } : {}),
        },
        ...(status === undefined ? {} : { status }),
      })),
  );
  return fc
    .record({
      children: fc.tuple(...children).chain((all) => fc.subarray(all)),
      related: fc.tuple(...relatedResources.map((rule) => relatedTo(rule, hooks))),
      finalizing: hooks.definition.finalizes ? fc.boolean() : fc.constant(false),
    })
    .map(({ children: seen, related, finalizing }) => ({
      parent: finalizing ? { ...parent, metadata: { ...parent.metadata, deletionTimestamp: START } } : parent,
      children: objectMap(seen),
      related: objectMap(related.flat()),
      finalizing,
    }));
}
