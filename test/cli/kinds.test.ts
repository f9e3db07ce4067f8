import { KINDS } from '../../src/api/kinds';
import { apiVersionOf } from '../../src/api/schema/schema';
import { identify } from '../../src/cli/kinds';
import { placesIn, reportOf, SAMPLE, Workplace } from './support';
import { deploymentName } from '../../src/kinds/model-deployment/deployment-name';

const place = new Workplace();
afterAll(() => place.remove());

test.each(KINDS.map((kind) => [kind.kind, kind] as const))('a %s is known', (_, kind) => {
  expect(identify({ apiVersion: apiVersionOf(kind), kind: kind.kind })).toEqual({ kind });
});

test.each<[object, string]>([
  [{ apiVersion: 'v1', kind: 'ConfigMap' }, 'v1 ConfigMap'],
  [{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow' }, 'argoproj.io/v1alpha1 Workflow'],
  // Feast's
  [{ apiVersion: 'feast.dev/v1alpha1', kind: 'FeatureStore' }, 'feast.dev/v1alpha1 FeatureStore'],
  [{ replicas: 2 }, 'A document without apiVersion and kind'],
])('%j is of somebody else', (value, other) => {
  expect(identify(value)).toEqual({ other });
});

test.each<[object, string, RegExp]>([
  [{ apiVersion: 'mlifecycle.io/v1', kind: 'ModelDeployement' }, 'kind', /got ModelDeployement/],
  [{ apiVersion: 'mlifecycle.io/v1', kind: 'modeldeployment' }, 'kind', /must be ModelDeployment/],
  [{ apiVersion: 'mlifecycle.io/v2', kind: 'ModelDeployment' }, 'apiVersion', /must be mlifecycle\.io\/v1, got/],
  [{ apiVersion: 'mlifecycle.io', kind: 'ModelDeployment' }, 'apiVersion', /must be mlifecycle\.io\/v1/],
  [{ apiVersion: 'mlifecyle.io/v1', kind: 'ModelDeployment' }, 'apiVersion', /must be mlifecycle\.io\/v1/],
  [{ apiVersion: 'MLifecycle.io/v1', kind: 'ModelDeployment' }, 'apiVersion', /must be mlifecycle\.io\/v1/],
  [{ apiVersion: 'nstarx.io/v1alpha1', kind: 'AIModell' }, 'kind', /write AIModel/],
  [{ apiVersion: 'nstarx.io/v1alpha1', kind: 'ModelDeployment' }, 'kind', /must be one of/],
  [{ kind: 'ModelDeployment' }, 'apiVersion', /got nothing/],
  [{ apiVersion: 'mlifecycle.io/v1' }, 'kind', /got nothing/],
  [{ apiVersion: 1, kind: 'ModelDeployment' }, 'apiVersion', /got 1/],
])('%j is meant to be ours, and is not', (value, field, message) => {
  expect(identify(value)).toEqual({ finding: { field, message: expect.stringMatching(message) as string } });
});

test('a file with manifests of others too', async () => {
  const text = `apiVersion: v1\nkind: ConfigMap\ndata: { on: yes }\n---\n${SAMPLE}`;
  const report = reportOf(await place.run('validate', '--format', 'json', place.write('both.yaml', text)));
  expect(report).toMatchObject({
    passed: true,
    manifests: [{ title: 'ModelDeployment fraud-detector-2-1-0', name: 'fraud-detector-2-1-0', passed: true }],
    skipped: [{ message: 'v1 ConfigMap is skipped: it is of no kind of the platform', line: 1 }],
  });
});

test.each([
  ['fraud-detector', '2.1.0', 'fraud-detector-2-1-0'],
  ['Fraud_Detector', '2.1.0-RC.1+cu12', 'fraud-detector-2-1-0-rc-1-cu12'],
  ['2fast', '1', undefined],
  ['m'.repeat(63), '1', undefined],
])('the name of version %s of %s is %s', (model, version, name) => {
  expect(deploymentName(model, version)).toBe(name);
});

test.each([
  ['name: "2fast"', /metadata\.name.*begins with a letter: write one/],
  [`name: ${'m'.repeat(63)}`, /metadata\.name.*at most 63 characters/],
])('where %s makes no name, one has to be given', async (name, message) => {
  const text = SAMPLE.replace('name: fraud-detector', name);
  const { code, stdout } = await place.run('validate', place.write('name.yaml', text));
  expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringMatching(message) as string });
  const named = `metadata: { name: given }\n${text}`;
  expect((await place.run('validate', place.write('name.yaml', named))).code).toBe(0);
});

test('only ModelDeployments have a name that is derived', async () => {
  const text = 'apiVersion: nstarx.io/v1alpha1\nkind: AIModel\nspec: {}\n';
  expect(placesIn(await place.run('validate', '--format', 'json', place.write('model.yaml', text)))).toContain(
    'model.yaml:1:1 metadata.name metadata',
  );
});

test.each([
  ['two objects of a name in a file', `${SAMPLE}---\n${SAMPLE}`, 'm.yaml:16:1 metadata.name duplicate-object'],
  [
    'versions whose names are the same',
    `${SAMPLE}---\n${SAMPLE.replace('2.1.0', '2-1-0')}`,
    'm.yaml:16:1 metadata.name duplicate-object',
  ],
])('%s', async (_, text, finding) => {
  expect(placesIn(await place.run('validate', '--format', 'json', place.write('m.yaml', text)))).toEqual([finding]);
});

test.each([
  ['namespace: ML', 'metadata.namespace'],
  ['labels: { team: 1 }', 'metadata.labels.team'],
  ['labels: { team: "a b" }', 'metadata.labels[team]'],
  ['annotations: { a: true }', 'metadata.annotations.a'],
  ['lables: { team: a }', 'metadata.lables'],
  ['name: 1', 'metadata.name'],
  ['name: A', 'metadata.name'],
])('metadata with %s', async (line, field) => {
  const text = `metadata:\n  ${line}\n${SAMPLE}`;
  expect(placesIn(await place.run('validate', '--format', 'json', place.write('m.yaml', text)))).toEqual([
    `m.yaml:2:${line.startsWith('n') || field === 'metadata.lables' ? 3 : line.indexOf('{') + 5} ${field} metadata`,
  ]);
});
