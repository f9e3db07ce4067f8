import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { ApiObject } from 'cdk8s';
import { Delivery, PlatformTesting } from '../../../src';
import { PlatformApp } from '../../../src/app';
import { FakeProvider } from '../../support/fake-provider';
import type { Cluster } from '../cluster';
import { describeCluster } from '../connect';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'prune-'));
const former = process.env.KUBECTL_APPLYSET;
beforeAll(() => {
  process.env.KUBECTL_APPLYSET = 'true';
});
afterAll(() => {
  fs.rmSync(folder, { recursive: true, force: true });
  if (former === undefined) delete process.env.KUBECTL_APPLYSET;
  else process.env.KUBECTL_APPLYSET = former;
});

const GROUP = 'prune.example.org';
const CRD = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `colors.${GROUP}` },
  spec: {
    group: GROUP,
    scope: 'Namespaced',
    names: { kind: 'Color', plural: 'colors', singular: 'color', listKind: 'ColorList' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
  },
};

/** Writes what an environment with these objects synthesizes; gives back its folder. */
function write(environmentName: string, objects: object[]): string {
  const app = new PlatformApp();
  const environment = app.environment(environmentName, { provider: new FakeProvider(), delivery: Delivery.files() });
  environment.addCluster();
  const chart = environment.addChart('chart');
  objects.forEach((object, at) => new ApiObject(chart, String(at), object as { apiVersion: string; kind: string }));
  const target = path.join(folder, environmentName);
  fs.rmSync(target, { recursive: true, force: true });
  for (const [file, content] of Object.entries(PlatformTesting.synth(app))) {
    if (!file.startsWith(`${environmentName}/`)) continue;
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), content);
  }
  return target;
}

function objectsOf(environment: string, names: string[], crds: object[] = []): object[] {
  const namespaces = [`${environment}-a`, `${environment}-b`];
  return [
    ...crds,
    ...namespaces.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
    ...names.flatMap((name) => [
      ...namespaces.flatMap((namespace) => [
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: { name } },
        ...crds.map(() => ({ apiVersion: `${GROUP}/v1`, kind: 'Color', metadata: { name, namespace } })),
      ]),
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRole',
        metadata: { name: `${environment}-${name}` },
        rules: [],
      },
    ]),
  ];
}

/** The steps of docs/operations.md, each once. */
async function prepare(cluster: Cluster, target: string): Promise<void> {
  const crd = `${target}/applyset/customresourcedefinition-applysets.nstarx.io.yaml`;
  // the environments share the kind
  await cluster.kubectl(['apply', '--server-side', '--force-conflicts', '-f', crd]);
  await cluster.kubectl(['wait', '--for=condition=Established', 'crd/applysets.nstarx.io']);
  await cluster.kubectl(['create', '-f', `${target}/applyset/applyset.yaml`]);
}

async function applyCrds(cluster: Cluster, target: string): Promise<void> {
  await cluster.kubectl(['apply', '--server-side', '-k', `${target}/crds`]);
  const selector = `nstarx.io/environment=${path.basename(target)}`;
  await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '-l', selector]);
}

function apply(cluster: Cluster, target: string, ...flags: string[]): Promise<string> {
  const applySet = `--applyset=applysets.nstarx.io/${path.basename(target)}`;
  return cluster.kubectl(['apply', '--server-side', '--prune', applySet, '-k', target, ...flags]);
}

/** Every object of the test, as `kubectl get -o name` and the namespace. */
async function present(cluster: Cluster, environment: string): Promise<string[]> {
  const at = ['-o', 'jsonpath={range .items[*]}{.kind} {.metadata.namespace}/{.metadata.name}{"\\n"}{end}'];
  const listed = await cluster.kubectl(['get', `configmaps,colors.${GROUP},clusterroles,namespaces`, '-A', ...at]);
  return listed
    .split('\n')
    .filter((line) => line.includes(environment) && !line.includes('kube-root-ca.crt'))
    .sort();
}

describeCluster('kubectl apply --prune with the ApplySet of an environment', (cluster) => {
  test('removes what the program no longer has, and nothing else', async () => {
    const first = write('first', objectsOf('first', ['kept', 'gone'], [CRD]));
    const second = write('second', objectsOf('second', ['kept']));
    await prepare(cluster, first);
    await prepare(cluster, second);
    await applyCrds(cluster, first);
    await apply(cluster, first);
    await apply(cluster, second);
    await cluster.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'of-somebody-else',
        namespace: 'first-a',
        labels: { 'app.kubernetes.io/part-of': 'ml-platform' },
      },
    });
    const [before, others] = [await present(cluster, 'first'), await present(cluster, 'second')];
    expect(before.filter((line) => line.includes('gone'))).toHaveLength(5);

    write('first', objectsOf('first', ['kept'], [CRD]));
    expect(await apply(cluster, first, '--dry-run=server')).toMatch(/gone pruned \(server dry run\)/);
    expect(await present(cluster, 'first')).toEqual(before);
    const said = await apply(cluster, first);

    expect(said.match(/ pruned$/gm)).toHaveLength(5);
    expect(await present(cluster, 'first')).toEqual(before.filter((line) => !line.includes('gone')));
    expect(await present(cluster, 'second')).toEqual(others);
    // a second pass finds nothing to do
    expect(await apply(cluster, first)).not.toContain('pruned');

    // CustomResourceDefinitions are not in the ApplySet
    write('first', objectsOf('first', ['kept']));
    expect((await apply(cluster, first)).match(/^color.* pruned$/gm)).toHaveLength(2);
    expect(await cluster.kubectl(['get', `crd/colors.${GROUP}`, '-o', 'name'])).toContain('colors');
  }, 120_000);

  afterAll(async () => {
    await cluster.kubectl(['delete', '--ignore-not-found', '--wait=false', 'applysets.nstarx.io', 'first', 'second']);
    const selector = ['-l', 'nstarx.io/environment in (first, second)'];
    await cluster.kubectl(['delete', '--ignore-not-found', '--wait=false', 'namespaces,clusterroles,crd', ...selector]);
  });
});
