import { ApiObject, App, Chart } from 'cdk8s';
import fc from 'fast-check';
import { parse } from 'yaml';
import { renderManifests } from '../../src/app/kustomize';
import { ManifestGraph } from '../../src/checks/manifest-graph';
import { Delivery } from '../../src';
import { FakeProvider } from '../support/fake-provider';
import { readStack, temporaryApp } from '../support/synth';

interface Named {
  readonly kind: string;
  readonly name: string;
  readonly apiVersion?: string;
  readonly namespace?: string;
  readonly chart?: string;
}

/** The files of objects, each made in the chart that it names. */
function filesOf(objects: Named[]): Map<string, string> {
  const app = new App();
  const charts = new Map<string, Chart>();
  objects.forEach(({ kind, name, namespace, apiVersion = 'example.org/v1', chart: id = 'chart' }, at) => {
    const chart = charts.get(id) ?? new Chart(app, id);
    charts.set(id, chart);
    new ApiObject(chart, String(at), { apiVersion, kind, metadata: { name, namespace } });
  });
  return renderManifests(ManifestGraph.of(app).manifests, true);
}

function namesOf(objects: Named[]): string[] {
  return [...filesOf(objects).keys()].filter((file) => file !== 'kustomization.yaml');
}

test('a namespace is in the folder of what is in it', () => {
  expect(
    namesOf([
      { kind: 'Namespace', name: 'team', apiVersion: 'v1' },
      { kind: 'Quota', name: 'team', namespace: 'team' },
      { kind: 'Namespace', name: 'team' },
    ]),
  ).toEqual(['chart/team/namespace.yaml', 'chart/team/quota-team.yaml', 'chart/namespace-team.yaml']);
});

test('a name that is too long ends with a hash of the whole', () => {
  const [one, other] = namesOf([
    { kind: 'ValidatingAdmissionPolicyBinding', name: 'pinned-images-modeldeployments.mlifecycle.io' },
    { kind: 'ValidatingAdmissionPolicyBinding', name: 'pinned-images-modeldeployments.mlifecycle.org' },
  ]);
  expect(one).toMatch(/^chart\/validatingadmissionpolicybinding-pinned-images-modeldeployments-[0-9a-f]{10}\.yaml$/);
  expect(other).not.toBe(one);
});

test.each([
  [
    'more than two names that a file system cannot tell apart',
    ['a:b', 'a-b', 'A-b', 'a_b'].map((name) => ({ kind: 'ClusterRole', name })),
  ],
  [
    'kinds of one name',
    ['', 'a/', 'b/'].map((group) => ({ kind: 'FeatureStore', name: 'x', apiVersion: `${group}v1` })),
  ],
])('%s have a file each, whatever their order', (_, objects) => {
  const files = namesOf(objects);
  expect(new Set(files).size).toBe(objects.length);
  expect(namesOf([...objects].reverse()).sort()).toEqual([...files].sort());
});

test('whatever objects are called, each has a file that every system can have, listed once', () => {
  const text = (alphabet: string[], maxLength: number) =>
    fc.string({ unit: fc.constantFrom(...alphabet), minLength: 1, maxLength });
  const objects = fc.uniqueArray(
    fc.record({
      kind: fc.oneof(fc.constantFrom('Role', 'ROLE', 'Namespace'), text(['A', 'b'], 63)),
      name: text(['a', 'A', '.', ':', '-', '_', '/', 'é'], 253),
      namespace: fc.option(text(['n', '-', '.'], 63), { nil: undefined }),
      chart: fc.constantFrom('chart', 'Chart', '..', 'c'.repeat(100)),
      apiVersion: fc.constantFrom('v1', 'example.org/v1'),
    }),
    {
      selector: ({ kind, name, namespace, apiVersion }) => [kind, name, namespace, apiVersion].join(' '),
      minLength: 1,
    },
  );
  fc.assert(
    fc.property(objects, (given) => {
      const files = filesOf(given);
      const { resources } = parse(files.get('kustomization.yaml') ?? '') as { resources: string[] };
      expect(new Set(resources).size).toBe(given.length);
      expect([...files.keys()].filter((file) => file !== 'kustomization.yaml').sort()).toEqual(resources);
      for (const part of resources.flatMap((file) => file.split('/'))) {
        expect(part.length).toBeLessThan(80);
        expect(part).toMatch(/^[a-z0-9-][a-z0-9.-]*$/);
      }
    }),
  );
});

test('Helm gets releases whose names it takes, none of them that of another', () => {
  const { app, folder } = temporaryApp();
  const environment = app.environment('local', { provider: new FakeProvider(), delivery: Delivery.terraform() });
  environment.addCluster();
  const ids = ['foundation', 'manifests-chart', 'terraform-values', 'a'.repeat(53)];
  const charts = [
    ...ids.map((id) => environment.addChart(id)),
    new Chart(environment.addChart('b'), 'c'.repeat(53)),
    new Chart(environment, '_My Chart_'),
  ];
  charts.forEach((chart, at) => {
    new ApiObject(chart, 'settings', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: `settings-${at}`, namespace: 'default' },
    });
  });
  app.synth();
  const releases = Object.values(readStack(folder, 'local-workloads').resource?.helm_release ?? {});
  const names = releases.map(({ name }) => String(name));
  expect(names).toHaveLength(charts.length + 1);
  expect(new Set(names).size).toBe(names.length);
  names.forEach((name) => expect(name).toMatch(/^(?=.{1,53}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?$/));
  // the bootstrap stack has a release of that name in the same namespace
  expect(names).not.toContain('terraform-values');
});
