import fc from 'fast-check';
import { AI_MODEL } from '../../../src/api/kinds/ai-model';
import { findingsOf } from '../../../src/api/schema/object-findings';
import { withDefaults } from '../../../src/api/schema/validate';
import { JsonObject, KubernetesObject } from '../../../operators/src/runtime/protocol';
import { AIModelSettings, ModelScaler } from '../../../src/kinds/ai-model/settings';
import { variants } from '../../api/support/arbitrary';
import { condition } from '../support/conditions';
import { expectGoodChildren } from '../support/good-children';
import { aiModel, kinds, NAMESPACE, sync, withAIModel } from './support';

const RUNS = { numRuns: 150 };

const platform = fc.record<Required<Pick<AIModelSettings, 'kserve' | 'scaler' | 'serviceMonitors' | 'storage'>>>({
  kserve: fc.boolean(),
  scaler: fc.constantFrom(ModelScaler.HPA, ModelScaler.KEDA),
  serviceMonitors: fc.boolean(),
  storage: fc.record({ checkArtifacts: fc.boolean() }),
});

/** Names that are as long as they may be, and specs of everything that there is. */
const model = fc
  .record({
    name: fc.constantFrom('m', 'churn', `a${'b'.repeat(51)}`, `a${'-b'.repeat(25)}c`),
    type: fc.constantFrom(
      ...['tensorflow', 'pytorch', 'onnx', 'sklearn', 'xgboost', 'lightgbm'],
      ...['huggingface', 'tensorrt', 'mlflow', 'pmml', 'custom'],
    ),
    version: fc.constantFrom('1', '2.0', 'v3-rc1', 'A_b.c', 'x'.repeat(63)),
    location: fc.constantFrom(
      's3://b/m',
      'gs://b/m/',
      'https://host/m.zip',
      'hf://org/m',
      'pvc://claim/a',
      'oci://r/m:1',
    ),
    sha256: fc.option(fc.constant('a'.repeat(64)), { nil: undefined }),
    secret: fc.option(fc.constant({ name: 'keys' }), { nil: undefined }),
    engine: fc.constantFrom('kserve', 'triton', 'deployment'),
    replicas: fc.integer({ min: 1, max: 9 }),
    gpus: fc.integer({ min: 0, max: 8 }),
    port: fc.constantFrom(80, 8002, 8080, 9090),
    autoscaling: fc.option(
      fc.record({
        minReplicas: fc.integer({ min: 1, max: 9 }),
        maxReplicas: fc.integer({ min: 9, max: 99 }),
        metrics: fc.array(
          fc.constantFrom<JsonObject>(
            { type: 'cpu', targetAverageUtilization: 70 },
            { type: 'memory', targetAverageUtilization: 80 },
            { type: 'custom', name: 'inference_queue_depth', targetValue: '1500m' },
            { type: 'custom', name: 'mine', targetValue: 100 },
          ),
          { maxLength: 4 },
        ),
      }),
      { nil: undefined },
    ),
    drift: fc.option(fc.constant({ baseline: 's3://b/training' }), { nil: undefined }),
  })
  .map(({ name, type, version, location, sha256, secret, engine, gpus, replicas, port, autoscaling, drift }) => {
    const gpu = gpus > 0 ? { 'nvidia.com/gpu': String(gpus) } : {};
    const image = engine === 'deployment' || type === 'custom' ? { image: 'registry.example.com/server:1.0' } : {};
    const resources = { requests: { cpu: '1', memory: '2Gi', ...gpu }, limits: { ...gpu } };
    return aiModel(
      {
        type,
        version,
        storage: { location, sha256, secretRef: secret },
        serving: { engine, replicas, port, resources, autoscaling, ...image },
        monitoring: { drift },
      },
      name,
    );
  })
  .map((object) => JSON.parse(JSON.stringify(object)) as KubernetesObject);

test('every model becomes objects that keep the rules, the same each time', () => {
  fc.assert(
    fc.property(model, platform, (parent, own) => {
      const settings = withAIModel(own);
      const response = sync(parent, [], [], settings);
      expect(condition(response, 'Accepted')).toMatchObject({ status: 'True' });
      expectGoodChildren(response.children, NAMESPACE);
      expect(JSON.stringify(sync(parent, [], [], settings))).toBe(JSON.stringify(response));
      const scalers = kinds(response).filter((kind) => kind === 'HorizontalPodAutoscaler' || kind === 'ScaledObject');
      expect(scalers.length).toBeLessThanOrEqual(1);
      // what was made is what is desired the next time, whatever was observed
      const next = sync(parent, response.children, [], settings);
      expect(JSON.stringify(next.children)).toBe(JSON.stringify(response.children));
    }),
    RUNS,
  );
});

test('a model that the schema allows is served or refused with the field, never an error', () => {
  fc.assert(
    fc.property(variants(AI_MODEL), platform, (variant, own) => {
      const spec = withDefaults(AI_MODEL.spec, variant.spec) as JsonObject;
      const parent = { ...aiModel({}), spec } as KubernetesObject;
      const response = sync(parent, [], [], withAIModel(own));
      const accepted = condition(response, 'Accepted')!;
      // the API server keeps the rules of the kind; what it refuses may become anything but a fault
      if (findingsOf(AI_MODEL, { ...parent, spec: variant.spec }).length > 0) return;
      if (accepted.status === 'True') expectGoodChildren(response.children, NAMESPACE);
      else expect(accepted.message).toMatch(/^(spec|metadata)\.[\w.[\]'/-]+ must /);
    }),
    RUNS,
  );
});
