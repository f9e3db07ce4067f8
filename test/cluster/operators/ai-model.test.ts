import { aiModelOperator } from '../../../operators/src/ai-model/ai-model-operator';
import { hooksOf } from '../../../operators/src/runtime/hooks';
import { AI_MODEL } from '../../../src/api/kinds/ai-model';
import { sampleOf } from '../../api/support/samples';
import { JsonObject } from '../../../operators/src/runtime/protocol';
import { NeuralPlatformProps } from '../../../src/compositions';
import { childRules } from '../../../src/kinds/operators/metacontroller';
import { aiModel, sync } from '../../operators/ai-model/support';
import { platformSettings } from '../../support/platform-settings';
import { refusals } from '../apply';
import { until } from '../../support/waiting';
import { describeWrite } from '../metacontroller/engine';
import { conditionOf, type KubernetesObject, referenceTo } from '../types';
import { describeOperators } from './support/describe-operators';
import { playKserve } from './support/kserve';

/** What models are made of, so that each object is there in each form. */
const SPECS: JsonObject[] = [
  ...[
    'tensorflow',
    'pytorch',
    'onnx',
    'sklearn',
    'xgboost',
    'lightgbm',
    'huggingface',
    'tensorrt',
    'mlflow',
    'pmml',
  ].map((type) => ({ type, serving: {} })),
  { type: 'sklearn', serving: { engine: 'triton', replicas: 3 } },
  { type: 'custom', serving: { image: 'registry.example.com/server:1.0', port: 9090 } },
  { type: 'pytorch', serving: { engine: 'deployment', image: 'registry.example.com/server@sha256:' + 'a'.repeat(64) } },
  { type: 'onnx', storage: { location: 'pvc://models/churn' } },
  { type: 'onnx', storage: { location: 'oci://registry.example.com/churn:1', sha256: 'a'.repeat(64) } },
  { type: 'onnx', storage: { location: 's3://models/churn', secretRef: { name: 'keys' } } },
  {
    type: 'xgboost',
    serving: {
      autoscaling: {
        minReplicas: 2,
        maxReplicas: 5,
        metrics: [
          { type: 'memory', targetAverageUtilization: 80 },
          { type: 'custom', name: 'inference_queue_depth', targetValue: '100' },
        ],
      },
    },
    endpoints: [
      { name: 'score', path: '/score' },
      { name: 'state', path: '/state', method: 'GET' },
    ],
    monitoring: { drift: { baseline: 's3://training/churn.parquet', buckets: { age: [18, 40] } } },
  },
].map(({ serving, ...spec }: { readonly serving?: JsonObject; readonly type: string }) => ({
  version: '1.0',
  storage: { location: 's3://models/churn' },
  ...spec,
  serving: { resources: { requests: { cpu: '1', memory: '1Gi' } }, ...serving },
}));

const PLATFORMS: [string, NeuralPlatformProps][] = [
  ['with KServe', {}],
  ['without KServe', { engines: { kserve: false } }],
];

const NAME = 'sentiment-analyzer-v2';
/** Name of what serves it. */
const OWN = `${NAME}-model`;
const API = 'nstarx.io/v1alpha1';

describeOperators(
  'the operator of AIModels',
  [hooksOf(aiModelOperator)],
  (bench) => {
    let namespace: string;
    let atFirst: Record<string, unknown>;
    const at = (apiVersion: string, kind: string, name = NAME) => ({ apiVersion, kind, name, namespace });
    const model = () => at(API, 'AIModel');
    const service = () => at('serving.kserve.io/v1beta1', 'InferenceService');
    const deployment = () => at('apps/v1', 'Deployment', `${NAME}-predictor`);
    const phase = (wanted: string, version?: string): Promise<KubernetesObject> =>
      bench.cluster.waitFor(
        model(),
        ({ metadata, status = {} }) =>
          status.phase === wanted &&
          status.observedGeneration === metadata.generation &&
          (version === undefined || status.version === version),
        60_000,
      );
    /** The content that is desired has reached the InferenceService. */
    const desired = (test: (spec: string) => boolean): Promise<KubernetesObject> =>
      bench.cluster.waitFor(service(), ({ spec }) => test(JSON.stringify(spec)), 60_000);
    /** What is served, without what the API server keeps for itself. */
    const serving = async (): Promise<Record<string, unknown>> => {
      const refs = [service(), at('v1', 'Service', OWN), at('policy/v1', 'PodDisruptionBudget', OWN)];
      const found = await Promise.all([
        ...refs.map((ref) => bench.cluster.get(ref)),
        bench.cluster.get(at('networking.k8s.io/v1', 'NetworkPolicy', OWN)),
        bench.cluster.get(at('gateway.networking.k8s.io/v1', 'HTTPRoute', OWN)),
      ]);
      return Object.fromEntries(found.map(({ kind, spec, metadata }) => [kind, [metadata.annotations, spec]]));
    };

    beforeAll(async () => {
      namespace = await bench.cluster.freshNamespace({ 'pod-security.kubernetes.io/enforce': 'restricted' });
      const classes = [
        {
          apiVersion: 'scheduling.k8s.io/v1',
          kind: 'PriorityClass',
          metadata: { name: 'nstarx-production-inference' },
          value: 1000,
        },
      ] as unknown as KubernetesObject[];
      expect(refusals(await bench.cluster.apply(classes))).toEqual([]);
    });

    test('the sample of the document is looked for, deployed and then served', async () => {
      const sample = sampleOf(AI_MODEL)!;
      const object = { ...sample, metadata: { name: NAME, namespace } } as unknown as KubernetesObject;
      delete (object as { status?: unknown }).status;
      expect(refusals(await bench.cluster.apply([object]))).toEqual([]);
      const deploying = await phase('Deploying');
      expect(conditionOf(deploying, 'Ready')?.status).toBe('False');
      expect(deploying.status).toMatchObject({ readyReplicas: 0, endpoints: [] });
      await playKserve(bench.cluster, NAME, namespace);
      const served = await phase('Serving', '2.0');
      expect(conditionOf(served, 'Ready')?.status).toBe('True');
      expect(conditionOf(served, 'ArtifactAvailable')?.status).toBe('True');
      expect(served.status).toMatchObject({
        replicas: 3,
        readyReplicas: 3,
        endpoints: [`http://${OWN}.${namespace}.svc.cluster.local:8080`],
      });
      atFirst = await serving();
    });

    test('of the two Services that a monitor of models finds, one has what it scrapes', async () => {
      const labelSelector = `nstarx.io/component=model-server,model_name=${NAME}`;
      const found = await bench.cluster.list({ apiVersion: 'v1', kind: 'Service' }, { namespace, labelSelector });
      const ports = found.map(({ metadata, spec }) => [
        metadata.name,
        (spec as { readonly ports: readonly { readonly name: string }[] }).ports.map((port) => port.name),
      ]);
      expect(Object.fromEntries(ports)).toEqual({ [OWN]: ['http', 'metrics'], [`${NAME}-predictor`]: ['http'] });
    });

    test('the Gateway takes the route, and the model has its address', async () => {
      const parent = {
        group: 'gateway.networking.k8s.io',
        kind: 'Gateway',
        name: 'platform',
        namespace: 'gateway-system',
      };
      const accepted = {
        type: 'Accepted',
        status: 'True',
        reason: 'Accepted',
        message: '',
        lastTransitionTime: '2026-01-01T00:00:00Z',
      };
      await bench.play(at('gateway.networking.k8s.io/v1', 'HTTPRoute', OWN), {
        parents: [{ parentRef: parent, controllerName: 'example.com/gateway', conditions: [accepted] }],
      });
      const url = `https://${NAME}--${namespace}.ml.example.com/v1/models/sentiment/predict`;
      await bench.cluster.waitFor(model(), ({ status }) => (status?.endpoints as string[]).includes(url), 30_000);
    });

    test('at rest, a second look writes nothing', async () => {
      await bench.engine.settle();
      bench.engine.forgetWrites();
      await bench.engine.restart();
      await bench.engine.settle();
      expect(bench.engine.changes.map(describeWrite)).toEqual([]);
    });

    test('kubectl scale reaches the server', async () => {
      await bench.cluster.patch(model(), { spec: { replicas: 4 } }, { subresource: 'scale' });
      await desired((spec) => spec.includes('"minReplicas":4'));
      await playKserve(bench.cluster, NAME, namespace);
      await bench.cluster.waitFor(model(), ({ status }) => status?.readyReplicas === 4, 30_000);
      await bench.cluster.patch(model(), { spec: { serving: { replicas: 3 } } });
      await desired((spec) => spec.includes('"minReplicas":3'));
      await playKserve(bench.cluster, NAME, namespace);
      await bench.cluster.waitFor(model(), ({ status }) => status?.readyReplicas === 3, 30_000);
      expect(await serving()).toEqual(atFirst);
    });

    test('a new version with another image is rolled out, and the old one is kept', async () => {
      const image = 'registry.example.com/tensorflow-serving:2.14.1';
      await bench.cluster.patch(model(), { spec: { version: '2.1', serving: { image } } });
      await desired((spec) => spec.includes('tensorflow-serving:2.14.1'));
      await playKserve(bench.cluster, NAME, namespace);
      const served = await phase('Serving', '2.1');
      expect(served.status?.revisions).toEqual(['2.0']);
    });

    test('the old version in the spec brings back what was served', async () => {
      await bench.cluster.patch(model(), { spec: { version: '2.0', serving: { image: null } } });
      await desired((spec) => spec.includes('"model_version":"2.0"'));
      await playKserve(bench.cluster, NAME, namespace);
      await phase('Serving', '2.0');
      expect(await serving()).toEqual(atFirst);
    });

    test('rollbackTo does the same, and says so', async () => {
      await bench.cluster.patch(model(), {
        spec: { version: '3.0', storage: { location: 's3://models/sentiment/v3' } },
      });
      await desired((spec) => spec.includes('sentiment/v3'));
      await bench.cluster.patch(model(), { spec: { rollbackTo: '2.0' } });
      await desired((spec) => spec.includes('"model_version":"2.0"'));
      await playKserve(bench.cluster, NAME, namespace);
      const served = await phase('Serving', '2.0');
      expect(conditionOf(served, 'Ready')?.reason).toBe('RolledBack');
      expect(await serving()).toEqual(atFirst);
    });

    test('a bad edit changes nothing, and names the field', async () => {
      const serving = { zone: 'nowhere' };
      await bench.cluster.patch(model(), { spec: { version: '4.0', rollbackTo: null, serving } });
      const bad = await phase('Degraded');
      expect(conditionOf(bad, 'Accepted')?.message).toContain('spec.serving.zone must be the name of an AIZone');
      expect(bad.status).toMatchObject({ readyReplicas: 3 });
      expect((await bench.cluster.get(service())).spec).toEqual((atFirst.InferenceService as unknown[])[1]);
      await bench.cluster.patch(model(), {
        spec: { version: '2.0', serving: { zone: null }, storage: { location: 's3://models/sentiment/v2' } },
      });
      await phase('Serving', '2.0');
    });

    test('a field of someone else stays', async () => {
      await bench.cluster.patch(service(), { spec: { predictor: { timeout: 45 } } });
      await bench.cluster.patch(model(), { spec: { metrics: { latencyP95: '60ms' } } });
      await bench.cluster.waitFor(
        at('monitoring.coreos.com/v1', 'PrometheusRule', OWN),
        ({ spec }) => JSON.stringify(spec).includes('0.06'),
        30_000,
      );
      await bench.engine.settle();
      expect((await bench.cluster.get(service())).spec).toMatchObject({ predictor: { timeout: 45 } });
    });

    test('a child that is deleted by hand comes back', async () => {
      const { metadata } = await bench.cluster.get(at('v1', 'Service', OWN));
      await bench.cluster.delete(at('v1', 'Service', OWN));
      await bench.cluster.waitFor(at('v1', 'Service', OWN), (object) => object.metadata.uid !== metadata.uid, 30_000);
    });

    test('an autoscaler takes over, and its number of replicas is left alone', async () => {
      const autoscaling = { minReplicas: 2, maxReplicas: 6 };
      await bench.cluster.patch(model(), { spec: { serving: { autoscaling } } });
      const hpa = at('autoscaling/v2', 'HorizontalPodAutoscaler', OWN);
      const { spec } = await bench.cluster.waitFor(hpa, () => true, 30_000);
      expect(spec).toMatchObject({ minReplicas: 2, maxReplicas: 6, scaleTargetRef: { name: `${NAME}-predictor` } });
      await bench.cluster.waitFor(service(), ({ metadata }) => {
        return metadata.annotations?.['serving.kserve.io/autoscalerClass'] === 'external';
      });
      await bench.cluster.patch(deployment(), { spec: { replicas: 5 } });
      await playKserve(bench.cluster, NAME, namespace);
      await bench.cluster.waitFor(model(), ({ status }) => status?.readyReplicas === 5 && status.phase === 'Serving');
      await bench.engine.settle();
      expect((await bench.cluster.get(deployment())).spec).toMatchObject({ replicas: 5 });
    });

    test('the hook server may be away for a while', async () => {
      await bench.server.stop();
      await bench.cluster.patch(model(), { spec: { serving: { autoscaling: { maxReplicas: 7 } } } });
      await bench.server.start();
      await bench.cluster.waitFor(
        at('autoscaling/v2', 'HorizontalPodAutoscaler', OWN),
        ({ spec }) => spec?.maxReplicas === 7,
        60_000,
      );
    });

    test('what the baseline job says comes to the rules of the model', async () => {
      const drift = { baseline: 's3://training/sentiment.parquet' };
      await bench.cluster.patch(model(), { spec: { monitoring: { drift } } });
      const isBaseline = ({ metadata }: KubernetesObject): boolean =>
        metadata.labels?.['nstarx.io/component'] === 'drift-baseline';
      let pods: KubernetesObject[] = [];
      await until('the Pod of the job', 60_000, async () => {
        pods = (await bench.cluster.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace })).filter(isBaseline);
        return pods.some(({ status }) => status?.phase === 'Succeeded');
      });
      const message = '{"format":1,"rows":9,"features":[{"name":"length","bounds":[10,20],"counts":[3,3,3]}]}';
      const terminated = { exitCode: 0, message, reason: 'Completed' };
      const [status] = pods[0].status?.containerStatuses as Record<string, unknown>[];
      await bench.play(referenceTo(pods[0]), { containerStatuses: [{ ...status, state: { terminated } }] });
      await bench.cluster.waitFor(model(), (one) => conditionOf(one, 'DriftBaseline')?.status === 'True', 30_000);
      const { spec } = await bench.cluster.get(at('monitoring.coreos.com/v1', 'PrometheusRule', OWN));
      expect(JSON.stringify(spec)).toContain('ModelDrift');
    });

    test('deleted, it leaves nothing', async () => {
      await bench.cluster.delete(model());
      await bench.cluster.waitForGone(service(), 60_000);
      await bench.cluster.waitForGone(deployment(), 60_000);
      const left = [];
      const { apiGroups = [], customResources } = bench.settings;
      for (const { apiVersion, kind } of childRules(aiModelOperator.definition, apiGroups, customResources)) {
        const objects = await bench.cluster.list({ apiVersion, kind }, { namespace });
        left.push(
          ...objects
            .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
            .map((one) => `${kind} ${one.metadata.name}`),
        );
      }
      expect(left.filter((one) => one.includes(NAME))).toEqual([]);
    });

    test.each(PLATFORMS)(
      'the API server takes the objects of every kind of model, on a platform %s',
      async (_, own) => {
        const settings = platformSettings(own);
        for (const [index, wanted] of SPECS.entries()) {
          const { apiVersion, kind, spec } = aiModel(wanted);
          const parent = { apiVersion, kind, metadata: { name: `model-${index}`, namespace }, spec };
          // the Job that looks for the model has found it
          const looked = sync(parent, [], [], settings).children.map((one) =>
            one.kind === 'Job' ? { ...one, status: { conditions: [{ type: 'Complete', status: 'True' }] } } : one,
          );
          const { children, status } = sync(parent, looked, [], settings);
          expect(children.map(({ kind }) => kind)).toContain('Service');
          expect(JSON.stringify(status.conditions)).toContain('"type":"Accepted","status":"True"');
          const written = [parent, ...children] as unknown as KubernetesObject[];
          expect(refusals(await bench.cluster.apply(written, { dryRun: true }))).toEqual([]);
        }
      },
    );
  },
  { nodes: [{ name: 'gpu-1', capacity: { cpu: '64', memory: '256Gi', 'nvidia.com/gpu': '16' } }] },
);
