import fc from 'fast-check';
import { KubernetesObject } from '../../../operators/src/runtime/protocol';
import { DATA_PIPELINE } from '../../../src/api/kinds/data-pipeline';
import { validate, withDefaults } from '../../../src/api/schema/validate';
import { variants } from '../../api/support/arbitrary';
import { condition } from '../support/conditions';
import { expectGoodChildren } from '../support/good-children';
import { SETTINGS } from '../support/settings';
import { NAMESPACE, sync } from './support';

const PLATFORM = {
  ...SETTINGS,
  dataPipeline: {
    sparkImage: 'registry.example.com/spark:1',
    flinkImage: 'registry.example.com/flink:1',
    folder: 's3://platform/pipelines',
    bootstrapServers: 'kafka:9092',
    lookupFolder: 's3://lake/tables',
  },
};
const SCHEMA = 'id BIGINT, amount DECIMAL(10, 2)';

const source = fc.constantFrom(
  { type: 'database', config: { driver: 'postgresql', connection: { secretRef: { name: 'db' } }, table: 'orders' } },
  { type: 'database', config: { driver: 'mongodb', connection: { secretRef: { name: 'db' } }, table: 'orders' } },
  { type: 'datalake', config: { path: 'pvc://claim/in', format: 'csv' } },
  { type: 'kafka', config: { topic: 'orders', options: { schema: SCHEMA } } },
  { type: 'api', config: { url: 'https://api.example.com/orders' } },
);
const sink = fc.constantFrom(
  { type: 'datalake', config: { path: 's3://lake/orders' } },
  { type: 'datalake', config: { path: 'pvc://claim/out', format: 'csv', partitionBy: ['day'] } },
  { type: 'warehouse', config: { connection: { secretRef: { name: 'dwh' } }, table: 'orders' } },
  { type: 'kafka', config: { topic: 'out' } },
);
const step = fc.constantFrom(
  { type: 'clean', config: { removeNulls: true } },
  { type: 'filter', config: { condition: "amount > 0 AND note <> 'it''s'" } },
  { type: 'sql', config: { query: 'SELECT * FROM input' } },
  { type: 'python', config: { script: 'df = df.limit(7)' } },
);
const parents = fc
  .record({
    name: fc.constantFrom('p', 'orders', `a${'b'.repeat(51)}`, `x${'-'.repeat(50)}y`),
    engine: fc.constantFrom('spark', 'flink'),
    schedule: fc.constantFrom(undefined, '0 2 * * *', '*/5 * * * 1-5'),
    source,
    sink,
    transformations: fc.array(step, { maxLength: 3 }),
    retries: fc.nat(10),
    historyLimit: fc.nat(100),
    suspend: fc.boolean(),
    cpu: fc.constantFrom('250m', '1', '3.5'),
    memory: fc.constantFrom('1Gi', '3000Mi', '7G'),
  })
  .map(({ name, cpu, memory, ...spec }) =>
    object(name, { ...spec, resources: { driver: { cpu, memory }, executor: { cpu, memory } } }),
  );

function object(name: string, spec: object): KubernetesObject {
  const plain = JSON.parse(JSON.stringify(spec)) as Record<string, unknown>;
  return {
    apiVersion: 'nstarx.io/v1alpha1',
    kind: 'DataPipeline',
    metadata: { name, namespace: NAMESPACE },
    spec: plain,
  };
}

/** Spark's and Flink's operators make the pods: what is theirs is looked at here. */
function expectGoodPods(children: readonly KubernetesObject[]): void {
  for (const { kind, spec } of children) {
    if (!/Spark|Flink/.test(kind)) continue;
    const text = JSON.stringify(spec);
    expect(text).not.toMatch(/:latest"/);
    expect(text).not.toMatch(/"readOnlyRootFilesystem":false|"allowPrivilegeEscalation":true/);
    expect(text.match(/"readOnlyRootFilesystem":true/g)).toHaveLength(kind === 'FlinkDeployment' ? 1 : 2);
    expect(text.match(/"runAsNonRoot":true,"runAsUser"/g)).toHaveLength(kind === 'FlinkDeployment' ? 1 : 2);
  }
}

test('whatever the spec: the same answer twice, good children or a problem that names the field', () => {
  let accepted = 0;
  fc.assert(
    fc.property(parents, (parent) => {
      fc.pre(validate(DATA_PIPELINE.spec, parent.spec).findings.length === 0);
      const response = sync(parent, [], [], PLATFORM);
      expect(JSON.stringify(sync(parent, [], [], PLATFORM))).toBe(JSON.stringify(response));
      const made = response.children.filter(({ kind }) => kind !== 'ControllerRevision');
      const verdict = condition(response, 'Accepted')!;
      if (verdict.status === 'True') accepted++;
      else expect(verdict.message).toMatch(/^spec\.[a-z][\w[\].]* must /);
      expect(made.length > 0).toBe(verdict.status === 'True');
      expectGoodChildren(made, NAMESPACE);
      expectGoodPods(made);
      expect(validate(DATA_PIPELINE.status, response.status).findings).toEqual([]);
    }),
    { numRuns: 150 },
  );
  expect(accepted).toBeGreaterThan(30);
});

test('any spec that the API server takes has an answer', () => {
  fc.assert(
    fc.property(variants(DATA_PIPELINE), ({ spec }) => {
      const { findings, value } = validate(DATA_PIPELINE.spec, withDefaults(DATA_PIPELINE.spec, spec));
      fc.pre(findings.length === 0);
      const full = value as object;
      const response = sync(object('any', full), [], [], PLATFORM);
      expect(validate(DATA_PIPELINE.status, response.status).findings).toEqual([]);
      if (condition(response, 'Accepted')!.status === 'False') {
        expect(condition(response, 'Accepted')!.message).toMatch(/^spec\.[a-z]/);
      }
    }),
    { numRuns: 100 },
  );
});
