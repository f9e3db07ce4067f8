import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { setTimeout as sleep } from 'timers/promises';
import { Chart, Testing } from 'cdk8s';
import { MODEL_DEPLOYMENT } from '../../../src/api/kinds/model-deployment';
import { apiVersionOf } from '../../../src/api/schema/schema';
import { ModelAutoscaler } from '../../../src/kinds/metrics/model-autoscaler';
import { BREAK_GLASS, BREAK_GLASS_BY, BREAK_GLASS_UNTIL } from '../../../src/kinds/model-deployment/break-glass';
import { sampleOf } from '../../api/support/samples';
import { Patience, until } from '../../support/waiting';
import { refusals } from '../apply';
import type { Cluster } from '../cluster';
import { describeCluster } from '../connect';
import type { KubernetesObject, ObjectReference } from '../types';
import { EnvironmentOutput, runExample } from './example-output';
import { cleanUp, nodesFor, report, withKnownKinds, workloadsRun } from './run-environment';

// All examples are in this file, because its tests run one after the other: they fill the same namespaces of one cluster.

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'examples-'));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

describe.each(['quickstart', 'data-platform'])('example %s', (example) => {
  const environments = runExample(example, path.join(folder, example));

  describeCluster('on a real API server', (cluster) => {
    test.each(environments.map((environment) => [environment.name, environment] as const))(
      '%s: every manifest is accepted, Deployments become available and Jobs complete',
      async (_name, environment) => {
        const { known, unknown } = await withKnownKinds(cluster, environment.manifests);
        await cluster.addNodes(nodesFor(known));
        try {
          const applied = [
            ...(await cluster.apply(environment.terraformNamespaces)),
            ...(await cluster.apply(known, { fieldManager: 'kubectl' })),
          ];
          report(`${example}/${environment.name}`, applied, unknown);
          expect(refusals(applied)).toEqual([]);
          await workloadsRun(cluster, known);
        } finally {
          await cleanUp(cluster, [...environment.terraformNamespaces, ...known]);
        }
      },
      300_000,
    );
  });
});

describeCluster('the neural platform on a real API server', (cluster) => {
  const environments = runExample('neural-platform', path.join(folder, 'neural-platform'));

  test.each(environments.map((environment) => [environment.name, environment] as const))(
    '%s: every manifest is accepted, and what it is to guard is guarded',
    (_name, environment) =>
      whileApplied(cluster, 'neural-platform', environment, async () => {
        try {
          await tenantsAreKept(cluster);
          await objectsAreCounted(cluster);
        } finally {
          await letTenantsGo(cluster);
        }
      }),
  );

  test('the autoscaler of a model server is accepted as it is', async () => {
    const namespace = await cluster.freshNamespace();
    const chart = new Chart(Testing.app(), 'chart');
    new ModelAutoscaler(chart, 'fraud-model-hpa', { target: { namespace, name: 'fraud-model-server' } });
    const [autoscaler] = await cluster.apply(Testing.synth(chart) as KubernetesObject[]);
    expect(autoscaler).toMatchObject({ ok: true, warnings: [] });
    expect((autoscaler.object?.spec as { behavior: object }).behavior).toMatchObject({
      scaleUp: { stabilizationWindowSeconds: 60, selectPolicy: 'Max' },
      scaleDown: { stabilizationWindowSeconds: 300, selectPolicy: 'Max' },
    });
  });
});

describeCluster('zero-touch deployment on a real API server', (cluster) => {
  const environments = runExample('zero-touch', path.join(folder, 'zero-touch'));

  test('the environments of the example are there', () => {
    expect(environments.map(({ name }) => name).sort()).toEqual(['local', 'production', 'staging']);
  });

  test.each(environments.map((environment) => [environment.name, environment] as const))(
    '%s: every manifest is accepted, and so are models, and nobody serves one past the policies by their own word',
    (_name, environment) => whileApplied(cluster, 'zero-touch', environment, () => modelsAreGuarded(cluster)),
  );
});

/** Applies an environment, of which the API server has to accept all without a warning, and removes it after the cases. */
async function whileApplied(
  cluster: Cluster,
  example: string,
  { name, manifests, terraformNamespaces }: EnvironmentOutput,
  cases: () => Promise<void>,
): Promise<void> {
  const kinds = definedBy(manifests);
  const isOurs = (object: KubernetesObject) => kinds.has(kindOf(object));
  const { known, unknown } = await withKnownKinds(
    cluster,
    manifests.filter((object) => !isOurs(object)),
  );
  const objects = [...known, ...manifests.filter(isOurs)];
  await cluster.addNodes(nodesFor(objects));
  try {
    const applied = [
      ...(await cluster.apply(terraformNamespaces)),
      ...(await cluster.apply(objects, { fieldManager: 'kubectl' })),
    ];
    report(`${example}/${name}`, applied, unknown);
    expect(refusals(applied)).toEqual([]);
    expect(applied.flatMap(({ warnings }) => warnings)).toEqual([]);
    // kinds that the API server knows, but no CRD is available for, would hide here
    expect(unknown).toEqual([]);
    await cases();
  } finally {
    await cleanUp(
      cluster,
      // the kinds stay: other tests of the run use them
      [...terraformNamespaces, ...objects].filter(({ kind }) => kind !== 'CustomResourceDefinition'),
    );
  }
}

/** The kinds whose CRDs are among the manifests. */
function definedBy(manifests: readonly KubernetesObject[]): Set<string> {
  return new Set(
    manifests
      .filter(({ kind }) => kind === 'CustomResourceDefinition')
      .map(({ spec }) => `${(spec as { names: { kind: string } }).names.kind}.${String(spec?.group)}`),
  );
}

function kindOf({ apiVersion, kind }: KubernetesObject): string {
  return `${kind}.${apiVersion.split('/')[0]}`;
}

/** What an ML engineer deploys is accepted, with an image that stays the same; nobody serves it past the policies by their own word. */
async function modelsAreGuarded(cluster: Cluster): Promise<void> {
  const engineer = { user: 'malik', groups: ['ml-inference-ml-engineers'] };
  const answerTo = async (image: string, annotations: { readonly [key: string]: string } = {}): Promise<string> => {
    const { spec } = sampleOf(MODEL_DEPLOYMENT) as unknown as { readonly spec: object };
    const [answer] = await cluster.apply(
      [
        {
          apiVersion: apiVersionOf(MODEL_DEPLOYMENT),
          kind: MODEL_DEPLOYMENT.kind,
          metadata: { name: 'fraud-detector', namespace: 'ml-inference', annotations },
          spec: { ...spec, serving: { image } },
        },
      ],
      { asUser: engineer, dryRun: true },
    );
    return answer.message;
  };
  const pinned = `registry.example.com/fraud@sha256:${'a'.repeat(64)}`;
  expect(await answerTo(pinned)).toBe('');
  expect(await answerTo('registry.example.com/fraud:latest')).toContain('give each image a tag other than latest');
  const granted = {
    [BREAK_GLASS]: 'INC-4711: the registry with the signatures is down',
    [BREAK_GLASS_UNTIL]: '2026-11-30T04:00:00Z',
    [BREAK_GLASS_BY]: 'malik',
  };
  expect(await answerTo(pinned, granted)).toContain('may not serve a model past the policies');
}

/** The namespace of a tenant cannot be deleted by anyone. */
async function tenantsAreKept(cluster: Cluster): Promise<void> {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', name: 'tenant-acme-corp' };
  await expect(cluster.delete(namespace, { dryRun: true })).rejects.toThrow(
    'the tenant of namespace tenant-acme-corp is protected, and everything in it would be deleted too: set allowCascadingDeletion, or remove the label nstarx.io/deletion-protected',
  );
  await cluster.delete({ ...namespace, name: 'user-data' }, { dryRun: true });
}

/** Takes the protection away, and waits until the API server has noticed. */
async function letTenantsGo(cluster: Cluster): Promise<void> {
  const name = 'namespace-deletion.nstarx.io';
  const apiVersion = 'admissionregistration.k8s.io/v1';
  await cluster.delete({ apiVersion, kind: 'ValidatingAdmissionPolicyBinding', name });
  await until('the tenants to be unprotected', 60_000, () =>
    cluster.delete({ apiVersion: 'v1', kind: 'Namespace', name: 'tenant-acme-corp' }, { dryRun: true }).then(
      () => true,
      () => false,
    ),
  );
}

const COUNT = 'count/aimodels.nstarx.io';

/** A tenant's quota bounds the platform's kinds. */
async function objectsAreCounted(cluster: Cluster): Promise<void> {
  const namespace = 'tenant-acme-research';
  const quota = { apiVersion: 'v1', kind: 'ResourceQuota', namespace, name: 'tenant' };
  // The controller that counts looks for new kinds twice a minute, and counts again every five minutes or when a quota
  // changes; until then nothing of the kind is let in.
  for (let attempt = 0, patience = new Patience(90_000); (await usedOf(cluster, quota)) !== '0'; attempt++) {
    if (patience.isOver) throw new Error(`waited ${patience.toString()} for ${COUNT} to be counted`);
    await cluster.patch(quota, { spec: { hard: { [COUNT]: String(2 + (attempt % 2)) } } });
    await sleep(3000);
  }
  await cluster.patch(quota, { spec: { hard: { [COUNT]: '1' } } });
  const model = (name: string): KubernetesObject => ({
    apiVersion: 'nstarx.io/v1alpha1',
    kind: 'AIModel',
    metadata: { name, namespace },
    spec: {
      type: 'sklearn',
      version: '1',
      storage: { location: 's3://models/a' },
      serving: { resources: { requests: { memory: '1Gi' } } },
    },
  });
  await cluster.waitFor(quota, ({ status }) => (status?.hard as Record<string, string>)[COUNT] === '1');
  await cluster.create(model('first'));
  // admission sees the new count a moment later
  let refusal = '';
  await until('the quota to hold', 30_000, async () => {
    refusal = await cluster.create(model('second'), { dryRun: true }).then(
      () => '',
      (error: unknown) => String(error),
    );
    return refusal !== '';
  });
  expect(refusal).toMatch(/exceeded quota: tenant.*count\/aimodels\.nstarx\.io=1/);
}

/** How many objects are counted; undefined as long as no one has. */
async function usedOf(cluster: Cluster, quota: ObjectReference): Promise<string | undefined> {
  const { status } = await cluster.get(quota);
  return (status as { used?: { [key: string]: string } } | undefined)?.used?.[COUNT];
}
