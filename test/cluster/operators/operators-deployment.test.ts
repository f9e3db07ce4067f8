import { rmSync } from 'node:fs';

import { OPERATORS } from '../../../operators/src/operators';
import { HookServer } from '../../../operators/src/server/hook-server';
import { TlsFiles } from '../../../operators/src/server/authorization';
import { KINDS } from '../../../src/api/kinds';
import { groupOf, KubernetesSchema } from '../../../src/checks/kubernetes-schema';
import { sampleOf } from '../../api/support/samples';
import { Made } from '../../kinds/operators/support';
import { Authority, certificateFolder } from '../../operators/server/certificates';
import { platformSettings } from '../../support/platform-settings';
import { installKinds } from '../api/support/server';
import { refusals } from '../apply';
import type { Cluster } from '../cluster';
import { until } from '../../support/waiting';
import { chartRoles } from '../metacontroller/chart-roles';
import { describeWrite, type Engine } from '../metacontroller/engine';
import { describeEngines } from '../metacontroller/engines';
import { conditionOf, type KubernetesObject, referenceTo } from '../types';

const RBAC = 'rbac.authorization.k8s.io';
const NSTARX = 'nstarx.io/v1alpha1';
const SYSTEM = 'nstarx-system';
const AGGREGATED = { apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', name: 'metacontroller' };
const ENGINE = { user: 'system:serviceaccount:metacontroller:metacontroller', groups: ['system:authenticated'] };

const PLATFORM = platformSettings({ serviceMesh: true });

const made = new Made({ settings: PLATFORM });
const objects = made.objects as unknown as KubernetesObject[];

describeEngines(
  'what deploys the operators',
  (bench) => {
    const controllers = objects.filter(({ kind }) => kind === 'CompositeController');
    const rest = objects.filter(({ kind }) => kind !== 'CompositeController');
    const roles = rest.filter(({ apiVersion }) => apiVersion.startsWith(RBAC));
    let server: HookServer;
    let engine: Engine;
    let files: Awaited<ReturnType<typeof certificateFolder>>;
    const lines: string[] = [];

    const apply = async (all: readonly KubernetesObject[], options: object = {}): Promise<void> => {
      const results = await bench.cluster.apply([...all], { force: true, ...options });
      expect(refusals(results)).toEqual([]);
      expect(results.flatMap(({ warnings }) => warnings)).toEqual([]);
    };
    /** The Secret that cert-manager would write for Metacontroller. */
    const clientSecret = async (authority: Authority): Promise<KubernetesObject> => {
      const { cert, key } = await authority.issue('metacontroller', 'clientAuth');
      return {
        apiVersion: 'v1',
        kind: 'Secret',
        type: 'kubernetes.io/tls',
        metadata: { name: 'operators-client-tls', namespace: SYSTEM },
        stringData: { 'ca.crt': files.authority.certificate, 'tls.crt': cert, 'tls.key': key },
      };
    };
    const start = async (url: string): Promise<Engine> =>
      bench.start({
        controllers,
        // the driver speaks plain HTTP only
        hooks: { url, keepSecrets: bench.isReal },
        identity: ENGINE,
        leaseNamespace: 'metacontroller',
      });
    let url: string;

    beforeAll(async () => {
      files = await certificateFolder();
      server = new HookServer({
        operators: OPERATORS,
        settings: PLATFORM,
        logLevel: 'warn',
        logTo: { write: (line) => void lines.push(line) },
        ...(bench.isReal ? { tls: new TlsFiles({ folder: files.folder, clientCertificates: true }) } : {}),
      });
      url = (await server.start(0, '127.0.0.1')).replace('127.0.0.1', bench.isReal ? 'localhost' : '127.0.0.1');
    });
    afterAll(async () => {
      await server.stop();
      rmSync(files.folder, { recursive: true, force: true });
    });

    test('the API server accepts all of it', async () => {
      await apply([...(made.namespaceObjects as unknown as KubernetesObject[]), namespace('metacontroller')]);
      await apply([...rest.filter((object) => !roles.includes(object)), await clientSecret(files.authority)]);
      await apply(controllers, { dryRun: true });
    });

    test('Metacontroller comes before what it may do, and starts to work as soon as it may', async () => {
      // those of the engine before
      await Promise.all(roles.map((role) => bench.cluster.delete(referenceTo(role))));
      await apply(chartRoles());
      await bench.cluster.waitFor(AGGREGATED, ({ rules }) => ((rules as object[] | undefined) ?? []).length === 0);
      const starting = start(url);
      // in its wave there is nothing else of the platform yet
      await new Promise((resolve) => setTimeout(resolve, bench.isReal ? 4_000 : 0));
      await apply(roles);
      engine = await starting;
      if (bench.isReal) expect(engine.forbidden.length).toBeGreaterThan(0);
    });

    test('each operator takes its kind on, and is refused nothing', async () => {
      engine = await start(url);
      const parents = samples();
      expect(new Set(parents.map(({ kind }) => kind))).toEqual(
        new Set(OPERATORS.map(({ definition }) => definition.parent.kind)),
      );
      const spaces = [...new Set(parents.flatMap(({ metadata }) => metadata.namespace ?? []))];
      await apply(spaces.map(namespace));
      await apply(parents);

      for (const parent of parents) {
        const { status } = await bench.cluster.waitFor(
          referenceTo(parent),
          (object) => object.status?.observedGeneration === object.metadata.generation,
          60_000,
        );
        expect([parent.kind, typeof status?.phase]).toEqual([parent.kind, 'string']);
      }
      await engine.settle();
      for (const parent of parents) {
        const accepted = conditionOf(await bench.cluster.get(referenceTo(parent)), 'Accepted');
        expect([parent.kind, accepted?.status, accepted?.message]).toEqual([
          parent.kind,
          'True',
          'The spec can be done',
        ]);
      }
      expect(engine.forbidden).toEqual([]);
      expect(faults(engine)).toEqual([]);
      expect(engine.changes.filter(({ method }) => method !== 'DELETE').length).toBeGreaterThan(30);
      expect(lines).toEqual([]);
    });

    test('all of it goes again, and nothing is refused on the way', async () => {
      await engine.removeParents(60_000);
      await engine.settle();
      expect(engine.forbidden).toEqual([]);
    });

    // the driver has none
    if (!bench.isReal) return;
    test('who has a certificate of another authority is answered nothing', async () => {
      await apply([await clientSecret(await Authority.create())]);
      engine = await start(url);
      const model: KubernetesObject = {
        ...(samples().find(({ kind }) => kind === 'AIModel') as KubernetesObject),
        metadata: { name: 'stranger', namespace: 'ml-models' },
      };
      const before = await refusedCalls(server);
      await apply([model]);
      await until('a refusal', 20_000, async () => (await refusedCalls(server)) > before);
      expect((await bench.cluster.get(referenceTo(model))).status).toBeUndefined();

      await apply([await clientSecret(files.authority)]);
      engine = await start(url);
      await bench.cluster.waitFor(referenceTo(model), ({ status }) => status?.phase !== undefined);
    });
  },
  { install: installPlatformKinds },
);

/** Those of the platform, and all that its operators and what deploys them name. */
async function installPlatformKinds(cluster: Cluster): Promise<void> {
  await installKinds(cluster);
  const kinds = OPERATORS.flatMap(({ definition }) => [...definition.children, ...definition.related]);
  const thirdParties = [...kinds, ...objects]
    .map(({ apiVersion, kind }) => ({ group: groupOf(apiVersion), kind }))
    .filter(({ group }) => !KubernetesSchema.of().isBuiltIn(group) && !/^(nstarx|mlifecycle)\.io$/.test(group));
  expect(await cluster.installCrds(thirdParties)).toEqual([]);
}

function namespace(name: string): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

/** What was refused, but for objects whose namespace was not there yet, or that another writer had just written. */
function faults(engine: Engine): string[] {
  return engine.writes.filter(({ code }) => code >= 400 && code !== 404 && code !== 409).map(describeWrite);
}

/** How many calls of hooks were refused for want of a certificate. */
async function refusedCalls(server: HookServer): Promise<number> {
  const text = await server.metrics.text();
  return Number(/^nstarx_hook_unauthorized_total (\d+)$/m.exec(text)?.[1] ?? 0);
}

/** Objects of each kind that has an operator: the documents' samples, and a test between their model and another. */
function samples(): KubernetesObject[] {
  const documented = KINDS.flatMap((kind) => {
    const sample = sampleOf(kind);
    if (sample === undefined) return [];
    // the document names a namespace for a kind that has none, and leaves the names of others out
    const { namespace = 'model-serving', name = 'sample' } = sample.metadata ?? {};
    return [{ ...sample, metadata: kind.scope === 'Cluster' ? { name } : { name, namespace } }];
  });
  const abTest: KubernetesObject = {
    apiVersion: NSTARX,
    kind: 'ABTest',
    metadata: { name: 'sentiment', namespace: 'ml-models' },
    spec: {
      variants: [
        { name: 'current', modelRef: { name: 'sentiment-analyzer-v2', version: '2.0' }, weight: 90, control: true },
        { name: 'candidate', modelRef: { name: 'candidate', version: '2.1' }, weight: 10 },
      ],
      metric: { name: 'positives_total', goal: 'maximize', minimumEffect: 0.3 },
    },
  };
  const [model] = (documented as KubernetesObject[]).filter(({ kind }) => kind === 'AIModel');
  const candidate = {
    ...model,
    metadata: { ...model.metadata, name: 'candidate' },
    spec: { ...model.spec, version: '2.1' },
  };
  const operated = new Set(OPERATORS.map(({ definition }) => definition.parent.kind));
  return [...(documented as KubernetesObject[]), candidate, abTest].filter(({ kind }) => operated.has(kind));
}
