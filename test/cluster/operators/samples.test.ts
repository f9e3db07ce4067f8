import { OPERATORS } from '../../../operators/src/operators';
import { KINDS } from '../../../src/api/kinds';
import { NeuralPlatformProps } from '../../../src/compositions';
import { printedSamples, sampleOf } from '../../api/support/samples';
import { FRAUD_SPEC } from '../../operators/ai-zone/support';
import { platformObjects } from '../../support/platform-settings';
import { refusals } from '../apply';
import type { Cluster } from '../cluster';
import type { NodeProps } from '../nodes';
import { conditionOf, type KubernetesObject, referenceTo } from '../types';
import { describeOperators } from './support/describe-operators';
import { PlatformPlayers } from './support/platform-players';

/** The zone of the documents is in the mesh, and a stage of their workflow has an image of which any version may be meant. */
const PLATFORM: NeuralPlatformProps = { serviceMesh: true, requirePinnedImages: false };
const TIME = '2026-01-01T00:00:00Z';

/** What a sample names that its author has, as the documents leave it out. */
const SURROUNDINGS: readonly KubernetesObject[] = [
  {
    apiVersion: 'nstarx.io/v1alpha1',
    kind: 'AIModel',
    metadata: { name: 'fraud-detector', namespace: 'ml-models' },
    // small, since the namespace has a quota
    spec: { ...FRAUD_SPEC, serving: { engine: 'kserve', resources: { requests: { cpu: '1', memory: '2Gi' } } } },
  },
];

const SAMPLES: readonly KubernetesObject[] = KINDS.flatMap((kind) => {
  const sample = sampleOf(kind);
  if (sample === undefined) return [];
  const { name = 'fraud-detector', namespace } = sample.metadata ?? {};
  // one document names a namespace for a kind that has none, and another has no name and no namespace
  const place = kind.scope === 'Cluster' ? {} : { namespace: namespace ?? 'model-serving' };
  return [{ ...sample, metadata: { ...sample.metadata, name, ...place } }];
});

const GPU = 'nvidia.com/gpu';
const NODES: readonly NodeProps[] = [
  { name: 'general-1', capacity: { cpu: '64', memory: '256Gi' } },
  { name: 'gpu-1', capacity: { cpu: '64', memory: '256Gi', [GPU]: '16' } },
  {
    name: 'zone-1',
    labels: { 'nstarx.io/zone': 'inference', [`${GPU}.product`]: 'NVIDIA-A100-SXM4-80GB' },
    capacity: { cpu: '128', memory: '512Gi', [GPU]: '8' },
  },
];

describeOperators(
  "the documents' samples on the platform as it is synthesized",
  OPERATORS,
  (bench) => {
    let players: PlatformPlayers;
    const apply = async (...objects: KubernetesObject[]): Promise<void> => {
      expect(refusals(await bench.cluster.apply(objects, { force: true }))).toEqual([]);
    };
    const sampleOfKind = (kind: string): KubernetesObject => SAMPLES.find((sample) => sample.kind === kind)!;
    const ready = (object: KubernetesObject): Promise<KubernetesObject> =>
      bench.cluster.waitFor(
        referenceTo(object),
        (found) =>
          found.status?.observedGeneration === found.metadata.generation &&
          conditionOf(found, 'Ready')?.status === 'True',
        60_000,
      );

    beforeAll(async () => {
      await installPlatform(bench.cluster);
      await apply(...SURROUNDINGS);
      players = new PlatformPlayers(bench.cluster);
    });
    afterAll(() => players.stop());

    test('they are those of the documents, all of them', () => {
      expect(SAMPLES.map(({ kind }) => kind).sort()).toEqual([
        'AIModel',
        'AIZone',
        'DataPipeline',
        'FeatureStore',
        'MLWorkflow',
        'ModelDeployment',
      ]);
      const specs = new Map(SAMPLES.map(({ kind, spec }) => [kind, spec]));
      for (const { kind, spec } of printedSamples() ?? []) expect([kind, spec]).toEqual([kind, specs.get(kind)]);
    });

    test('each is accepted, by the policies of the platform too, and can be done', async () => {
      await apply(...SAMPLES);
      for (const sample of SAMPLES) {
        const seen = await bench.cluster.waitFor(
          referenceTo(sample),
          ({ status, metadata }) => status?.observedGeneration === metadata.generation,
          60_000,
        );
        const accepted = conditionOf(seen, 'Accepted');
        expect([sample.kind, accepted?.status, accepted?.message]).toEqual([
          sample.kind,
          'True',
          'The spec can be done',
        ]);
        expect([sample.kind, seen.status?.phase]).not.toEqual([sample.kind, 'Failed']);
      }
    });

    test('the model is served', async () => {
      expect((await ready(sampleOfKind('AIModel'))).status).toMatchObject({ phase: 'Serving', readyReplicas: 3 });
    });

    test('the features are served', async () => {
      expect((await ready(sampleOfKind('FeatureStore'))).status).toMatchObject({
        phase: 'Serving',
        features: { total: 3, failing: 0 },
      });
    });

    test('the pipeline waits for its hour', async () => {
      const { metadata } = sampleOfKind('DataPipeline');
      const type = { apiVersion: 'sparkoperator.k8s.io/v1beta2', kind: 'ScheduledSparkApplication' };
      const [schedule] = await bench.cluster.list(type, { namespace: metadata.namespace });
      await bench.play(referenceTo({ ...type, ...schedule }), { scheduleState: 'Scheduled', nextRun: TIME });
      expect((await ready(sampleOfKind('DataPipeline'))).status).toMatchObject({ phase: 'Scheduled' });
    });

    test('the workflow waits for its hour, and will register its model in the MLflow of the platform', async () => {
      const sample = sampleOfKind('MLWorkflow');
      expect((await ready(sample)).status).toMatchObject({ phase: 'Waiting' });
      const { name, namespace } = sample.metadata;
      const template = { apiVersion: 'argoproj.io/v1alpha1', kind: 'WorkflowTemplate', name: name ?? '', namespace };
      expect(JSON.stringify((await bench.cluster.get(template)).spec)).toContain(
        'http://mlflow.nstarx-system.svc.cluster.local:5000',
      );
    });

    test('the zone is there, and its model is served in it', async () => {
      const sample = sampleOfKind('AIZone');
      const { name = '' } = sample.metadata;
      const listeners = {
        apiVersion: 'gateway.networking.k8s.io/v1',
        kind: 'ListenerSet',
        name: 'zone',
        namespace: name,
      };
      await bench.cluster.waitFor(listeners, () => true, 60_000);
      const conditions = ['Accepted', 'Programmed'].map((type) => ({
        type,
        status: 'True',
        reason: type,
        message: '',
        lastTransitionTime: TIME,
      }));
      await bench.play(listeners, { conditions });
      const served = await bench.cluster.waitFor(
        referenceTo(sample),
        (found) =>
          conditionOf(found, 'Ready')?.status === 'True' && conditionOf(found, 'ModelsReady')?.status === 'True',
        60_000,
      );
      expect(served.status).toMatchObject({ phase: 'Active', models: [{ name: 'fraud-detector' }] });
    });

    test('the deployment has all but its image, which a build gives it', async () => {
      const sample = sampleOfKind('ModelDeployment');
      const waiting = await bench.cluster.get(referenceTo(sample));
      expect(waiting.status?.phase).toBe('Validating');
      expect(conditionOf(waiting, 'ImageAvailable')?.status).toBe('False');
      await bench.cluster.patch(referenceTo(sample), {
        spec: { serving: { image: 'registry.example.com/fraud:2.1.0' } },
      });
      expect((await ready(sample)).status).toMatchObject({ phase: 'Serving' });
    });
  },
  { platform: PLATFORM, nodes: NODES },
);

/** The namespaces of the platform with their quotas, accounts and priorities, and what it asks of objects of its kinds. */
async function installPlatform(cluster: Cluster): Promise<void> {
  const all = platformObjects(PLATFORM) as unknown as KubernetesObject[];
  const isOfKinds = ({ spec }: KubernetesObject): boolean => /nstarx\.io|mlifecycle\.io/.test(JSON.stringify(spec));
  const wanted = all.filter(
    (object) =>
      ['Namespace', 'ServiceAccount', 'PriorityClass', 'ResourceQuota', 'LimitRange'].includes(object.kind) ||
      (object.kind.startsWith('ValidatingAdmissionPolicy') && isOfKinds(object)),
  );
  const first = wanted.filter(({ kind }) => kind === 'Namespace');
  const others = new Set(wanted.flatMap(({ metadata }) => metadata.namespace ?? []));
  first.forEach(({ metadata }) => others.delete(metadata.name ?? ''));
  const missing = [...others].map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }));
  for (const part of [[...first, ...missing], wanted]) {
    expect(refusals(await cluster.apply(part, { force: true }))).toEqual([]);
  }
}
