import { AIModelFormat, AIModelType, ServingEngine } from '../../../src/api/generated/ai-model';
import { expectGoodChildren } from '../../operators/support/good-children';
import { custom, make, one, predictor, serving } from './support';

describe('the server', () => {
  test.each([
    [AIModelType.TENSORFLOW, 'kserve-tensorflow-serving', 'tensorflow', 'v1', 8080],
    [AIModelType.PYTORCH, 'kserve-tritonserver', 'pytorch', 'v2', 8002],
    [AIModelType.ONNX, 'kserve-tritonserver', 'onnx', 'v2', 8002],
    [AIModelType.TENSORRT, 'kserve-tritonserver', 'tensorrt', 'v2', 8002],
    [AIModelType.SKLEARN, 'kserve-sklearnserver', 'sklearn', 'v1', 8080],
    [AIModelType.XGBOOST, 'kserve-xgbserver', 'xgboost', 'v1', 8080],
    [AIModelType.LIGHTGBM, 'kserve-lgbserver', 'lightgbm', 'v1', 8080],
    [AIModelType.HUGGINGFACE, 'kserve-huggingfaceserver', 'huggingface', 'v1', 8080],
    [AIModelType.MLFLOW, 'kserve-mlserver', 'mlflow', 'v2', 8082],
    [AIModelType.PMML, 'kserve-pmmlserver', 'pmml', 'v1', 8080],
  ])('of %s is %s', (type, runtime, name, protocolVersion, metrics) => {
    const objects = make({ type });
    expect(predictor(objects)).toMatchObject({ model: { runtime, modelFormat: { name }, protocolVersion } });
    expect(one(objects, 'Service').spec).toMatchObject({ ports: [{}, { name: 'metrics', targetPort: metrics }] });
    const plain = make({ type }, { kserve: false });
    expect(plain.map(({ kind }) => kind)).not.toContain('InferenceService');
    expect(one(plain, 'Deployment').spec).toMatchObject({
      strategy: { rollingUpdate: { maxUnavailable: 0 } },
      template: {
        spec: {
          containers: [{ startupProbe: {}, readinessProbe: {}, livenessProbe: {} }],
          initContainers: [{ args: ['s3://models/churn/', '/mnt/models'] }],
        },
      },
    });
    expectGoodChildren([...objects], 'ml');
    expectGoodChildren([...plain], 'ml');
  });

  test('of a custom image is that image, with what it has to know in its environment', () => {
    expect(predictor(make(custom))).toMatchObject({
      containers: [
        {
          name: 'kserve-container',
          image: 'registry.example.com/server:2.0',
          ports: [{ containerPort: 9000 }],
          env: [
            { name: 'HOME', value: '/tmp' },
            { name: 'MODEL_NAME', value: 'churn' },
            { name: 'MODEL_VERSION', value: '1.4.0' },
            { name: 'MODEL_DIR', value: '/mnt/models' },
            { name: 'PORT', value: '9000' },
          ],
          readinessProbe: { tcpSocket: { port: 9000 } },
        },
      ],
    });
    expect(predictor(make(custom))).not.toHaveProperty('model');
  });

  test('follows the format where the format decides', () => {
    const storage = { location: 's3://models/churn/', format: AIModelFormat.ONNX };
    expect(predictor(make({ storage }))).toMatchObject({
      model: { runtime: 'kserve-tritonserver', modelFormat: { name: 'onnx' } },
    });
  });

  test('is Triton for engine triton, in the version of the platform', () => {
    const spec = serving({ engine: ServingEngine.TRITON });
    expect(predictor(make(spec, { tritonImage: 'mirror.example.com/tritonserver:25.11-py3' }))).toMatchObject({
      model: { runtime: 'kserve-tritonserver', modelFormat: { name: 'triton' }, runtimeVersion: '25.11-py3' },
    });
  });

  test('of an own image keeps its tag, which KServe would change for GPUs', () => {
    const image = 'registry.example.com/tensorflow-serving:2.18.0';
    const made = predictor(make({ ...serving({ image }), type: AIModelType.TENSORFLOW }));
    expect(made).toMatchObject({ model: { image, runtimeVersion: '2.18.0' } });
  });

  test.each([...Object.values(AIModelType)].filter((type) => type !== AIModelType.CUSTOM))(
    'of %s brings its model itself: without storage, KServe would wait for TrainedModels',
    (type) => {
      const { model } = predictor(make({ type })) as { readonly model: { readonly storage?: unknown } };
      expect(model.storage).toEqual({});
    },
  );

  test('under KServe has no variable that its webhook refuses', () => {
    const spec = serving({ environment: { PYTHONPATH: '/modules' } });
    expect(() => make(spec)).toThrow(
      /serving\.environment must not have a variable that KServe refuses, got "PYTHONPATH"/,
    );
    expect(() => make(spec, { kserve: false })).not.toThrow();
  });

  test("has limits of its own, or those of KServe's runtime would be merged in", () => {
    expect(predictor(make())).toMatchObject({
      model: { resources: { requests: { cpu: '1', memory: '2Gi' }, limits: { cpu: '1', memory: '2Gi' } } },
    });
  });
});

test('in the mesh its tunnel and the probes are let in', () => {
  const objects = make(serving({ zone: 'z' }), {}, { zone: { name: 'z', mesh: true } });
  const policy = JSON.stringify(one(objects, 'NetworkPolicy').spec);
  expect(policy).toContain('15008');
  expect(policy).toContain('169.254.7.127/32');
  expect(predictor(objects)).toMatchObject({ labels: { 'istio.io/dataplane-mode': 'ambient' } });
});

test('a zone with nodes of its own', () => {
  const zone = { name: 'z', nodeSelector: { 'nstarx.io/zone': 'z' }, ownNodes: true };
  expect(
    predictor(make(serving({ zone: 'z', nodeSelector: { 'kubernetes.io/arch': 'amd64' } }), {}, { zone })),
  ).toMatchObject({
    nodeSelector: { 'kubernetes.io/arch': 'amd64', 'nstarx.io/zone': 'z' },
    tolerations: [{ key: 'nstarx.io/zone', operator: 'Equal', value: 'z', effect: 'NoSchedule' }],
  });
});

test('the ServiceAccount of the platform is used where there is one', () => {
  expect(predictor(make())).toMatchObject({ serviceAccountName: 'churn-model' });
  const objects = make({}, { serviceAccountName: 'model-server' });
  expect(predictor(objects)).toMatchObject({ serviceAccountName: 'model-server' });
  expect(objects.map(({ kind }) => kind)).not.toContain('ServiceAccount');
});

test('where the account of model servers is not, a model has one of its own and no keys', () => {
  const variable = { name: 'AWS_ACCESS_KEY_ID', secretName: 's3-credentials', key: 'id' };
  const settings = {
    serviceAccountName: 'model-server',
    accountNamespaces: ['ml-models'],
    storage: { secretEnv: [variable] },
  };
  const there = make({}, settings, { namespace: 'ml-models' });
  expect(predictor(there)).toMatchObject({ serviceAccountName: 'model-server' });
  expect(JSON.stringify(there)).toContain('s3-credentials');
  const elsewhere = make({}, settings, { namespace: 'zone' });
  expect(predictor(elsewhere)).toMatchObject({ serviceAccountName: 'churn-model' });
  expect(one(elsewhere, 'ServiceAccount').metadata.name).toBe('churn-model');
  expect(JSON.stringify(elsewhere)).not.toContain('s3-credentials');
});
