import { App, Chart } from 'cdk8s';
import {
  AIModelFormat,
  AIModelSpec,
  AIModelType,
  HttpMethod,
  ServingEngine,
} from '../../../src/api/generated/ai-model';
import { ComputeResources, ScalingMetricType } from '../../../src/api/generated/shared';
import { KubernetesObject } from '../../../operators/src/runtime/protocol';
import { ModelScaler, AIModelObjects, AIModelObjectsProps, AIModelSettings } from '../../../src/kinds/ai-model';
import { MODEL_DIRECTORY } from '../../../src/kinds/ai-model/model-runtimes';
import { expectGoodChildren } from '../../operators/support/good-children';

const RESOURCES = { requests: { cpu: '1', memory: '2Gi' } } as unknown as ComputeResources;
const SPEC: AIModelSpec = {
  type: AIModelType.SKLEARN,
  version: '1.4.0',
  storage: { location: 's3://models/churn' },
  serving: { resources: RESOURCES },
};
const GATEWAY = {
  name: 'platform',
  namespace: 'gateway-system',
  domain: 'ml.example.com',
  podNamespace: 'gateway-system',
  podLabels: { app: 'envoy' },
};

function make(
  spec: Partial<AIModelSpec> = {},
  settings: AIModelSettings = {},
  props: Partial<AIModelObjectsProps> = {},
): KubernetesObject[] {
  const chart = new Chart(new App(), 'chart', { disableResourceNameHashes: true });
  new AIModelObjects(chart, 'model', {
    name: 'churn',
    namespace: 'ml',
    spec: { ...SPEC, ...spec },
    settings,
    ...props,
  });
  return chart.toJson() as KubernetesObject[];
}

function one(objects: readonly KubernetesObject[], kind: string): KubernetesObject {
  const found = objects.find((object) => object.kind === kind);
  if (!found) throw new Error(`no ${kind}`);
  return found;
}

const predictor = (objects: readonly KubernetesObject[]): unknown =>
  (one(objects, 'InferenceService').spec as { predictor: unknown }).predictor;
const serving = (more: Partial<AIModelSpec['serving']>): Partial<AIModelSpec> => ({
  serving: { ...SPEC.serving, ...more },
});
const custom = { ...serving({ image: 'registry.example.com/server:2.0', port: 9000 }), type: AIModelType.CUSTOM };

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
          initContainers: [{ args: ['s3://models/churn', '/mnt/models'] }],
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
    const storage = { location: 's3://models/churn', format: AIModelFormat.ONNX };
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

describe('scaling', () => {
  const autoscaling = {
    minReplicas: 2,
    maxReplicas: 8,
    metrics: [
      { type: ScalingMetricType.CPU, targetAverageUtilization: 70 },
      { type: ScalingMetricType.CUSTOM, name: 'inference_queue_depth', targetValue: '1500m' as never },
    ],
  };
  const scaled = serving({ autoscaling });

  test('is by one HorizontalPodAutoscaler, and KServe makes none', () => {
    const objects = make(scaled);
    expect(one(objects, 'InferenceService').metadata.annotations).toMatchObject({
      'serving.kserve.io/autoscalerClass': 'external',
    });
    expect(predictor(objects)).not.toHaveProperty('minReplicas');
    expect(one(objects, 'HorizontalPodAutoscaler').spec).toMatchObject({
      scaleTargetRef: { kind: 'Deployment', name: 'churn-predictor' },
      minReplicas: 2,
      maxReplicas: 8,
      metrics: [
        { resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
        {
          pods: {
            metric: { name: 'inference_queue_depth' },
            target: { type: 'AverageValue', averageValue: '1500m' },
          },
        },
      ],
      behavior: { scaleDown: { stabilizationWindowSeconds: 300 }, scaleUp: { stabilizationWindowSeconds: 60 } },
    });
    expect(objects.map(({ kind }) => kind)).not.toContain('ScaledObject');
  });

  test('is by one ScaledObject with KEDA', () => {
    const objects = make(scaled, { scaler: ModelScaler.KEDA, prometheusUrl: 'http://prometheus:9090' });
    expect(one(objects, 'ScaledObject').spec).toMatchObject({
      minReplicaCount: 2,
      maxReplicaCount: 8,
      triggers: [
        { type: 'cpu', metricType: 'Utilization', metadata: { value: '70' } },
        {
          type: 'prometheus',
          metadata: {
            query: 'sum(model:inference_queue_depth:sum{namespace="ml", model_name="churn"})',
            threshold: '1.5',
          },
        },
      ],
    });
    expect(objects.map(({ kind }) => kind)).not.toContain('HorizontalPodAutoscaler');
  });

  test('leaves the replicas of a plain Deployment to the scaler', () => {
    expect(one(make(scaled, { kserve: false }), 'Deployment').spec).not.toHaveProperty('replicas');
    expect(one(make(serving({ replicas: 3 }), { kserve: false }), 'Deployment').spec).toMatchObject({ replicas: 3 });
  });

  test('with one replica there is no budget, which would block every drain', () => {
    expect(make().map(({ kind }) => kind)).not.toContain('PodDisruptionBudget');
    expect(one(make(serving({ replicas: 2 })), 'PodDisruptionBudget').spec).toMatchObject({ maxUnavailable: 1 });
    expect(make(serving({ autoscaling: { maxReplicas: 9 } })).map(({ kind }) => kind)).not.toContain(
      'PodDisruptionBudget',
    );
  });
});

describe('where the model comes from', () => {
  test.each([
    ['s3a://models/churn', 's3://models/churn'],
    ['abfss://box@acme.dfs.core.windows.net/churn/1', 'https://acme.blob.core.windows.net/box/churn/1'],
    ['hf://org/churn', 'hf://org/churn'],
  ])('%s is fetched as %s', (location, uri) => {
    expect(predictor(make({ storage: { location } }))).toMatchObject({
      initContainers: [{ args: [uri, '/mnt/models'] }],
    });
  });

  test('a claim is mounted, and nothing is fetched', () => {
    const made = predictor(make({ storage: { location: 'pvc://models/churn/1' } }));
    expect(made).not.toHaveProperty('initContainers');
    expect(made).toMatchObject({
      volumes: [{}, { persistentVolumeClaim: { claimName: 'models', readOnly: true } }],
      model: { volumeMounts: [{}, { mountPath: '/mnt/models', subPath: 'churn/1', readOnly: true }] },
    });
  });

  test('an image is a volume', () => {
    const made = predictor(make({ storage: { location: 'oci://registry.example.com/churn:1' } }));
    expect(made).toMatchObject({ volumes: [{}, { image: { reference: 'registry.example.com/churn:1' } }] });
  });

  test('a checksum is compared before the server starts', () => {
    const sha256 = 'a'.repeat(64);
    const made = predictor(make({ storage: { location: 's3://models/churn', sha256 } }));
    expect(made).toMatchObject({ initContainers: [{}, { name: 'checksum', command: ['python3', '-c', {}, sha256] }] });
    // the program knows by itself where the model is
    const { initContainers } = made as { initContainers: { command: string[] }[] };
    expect(initContainers[1].command[2]).toContain(`FOLDER = "${MODEL_DIRECTORY}"`);
  });

  test('keys come from the Secret of the model, else from those of the platform', () => {
    const storage: AIModelSettings['storage'] = {
      variables: { AWS_ENDPOINT_URL_S3: 'http://s3:8333', AWS_REGION: 'us-east-1' },
      secretVariables: [{ name: 'AWS_ACCESS_KEY_ID', secretName: 'bucket', key: 'id' }],
    };
    expect(predictor(make({}, { storage }))).toMatchObject({
      initContainers: [
        {
          env: expect.arrayContaining([
            { name: 'AWS_ENDPOINT_URL', value: 'http://s3:8333' },
            { name: 'AWS_DEFAULT_REGION', value: 'us-east-1' },
            { name: 'AWS_ACCESS_KEY_ID', valueFrom: { secretKeyRef: { name: 'bucket', key: 'id' } } },
          ]) as object[],
        },
      ],
    });
    const own = predictor(make({ storage: { location: 's3://x/y', secretRef: { name: 'mine' } } }, { storage }));
    expect(own).toMatchObject({ initContainers: [{ envFrom: [{ secretRef: { name: 'mine' } }] }] });
    expect(JSON.stringify(own)).not.toContain('bucket');
  });
});

describe('the route', () => {
  const endpoints = [
    { name: 'mine', path: '/score' },
    { name: 'state', path: '/state', method: HttpMethod.GET },
    { name: 'native', path: '/v1/models/churn:predict', method: HttpMethod.POST },
  ];
  const rules = (objects: readonly KubernetesObject[]): unknown[] =>
    (one(objects, 'HTTPRoute').spec as { rules: unknown[] }).rules;

  test('writes paths over that the server does not have, and no others', () => {
    const [mine, state, native] = rules(make({ endpoints }, { gateway: GATEWAY }));
    expect(mine).toMatchObject({
      matches: [{ path: { type: 'Exact', value: '/score' }, method: 'POST' }],
      filters: [{ urlRewrite: { path: { replaceFullPath: '/v1/models/churn:predict' } } }],
    });
    expect(state).toMatchObject({ filters: [{ urlRewrite: { path: { replaceFullPath: '/v1/models/churn' } } }] });
    expect(native).not.toHaveProperty('filters');
  });

  test('leaves the paths of a custom server as they are', () => {
    for (const rule of rules(make({ ...custom, endpoints }, { gateway: GATEWAY }))) {
      expect(rule).not.toHaveProperty('filters');
    }
  });

  test('without endpoints has the paths for inference, not those that unload models', () => {
    const text = JSON.stringify(rules(make(serving({ engine: ServingEngine.TRITON }), { gateway: GATEWAY })));
    expect(text).toContain('/v2/models');
    expect(text).not.toContain('/v2/repository');
  });

  test('there is none without a Gateway', () => {
    expect(make().map(({ kind }) => kind)).not.toContain('HTTPRoute');
  });

  test('is that of the zone in its namespace, and that of the platform elsewhere', () => {
    const route = { domain: 'inference.example.com', parentRef: { kind: 'ListenerSet', name: 'zone' }, tls: true };
    const inZone = serving({ zone: 'z' });
    const near = make(inZone, { gateway: GATEWAY }, { zone: { name: 'z', namespace: 'ml', route } });
    expect(one(near, 'HTTPRoute').spec).toMatchObject({
      parentRefs: [{ kind: 'ListenerSet' }],
      hostnames: ['churn.inference.example.com'],
    });
    const far = make(inZone, { gateway: GATEWAY }, { zone: { name: 'z', namespace: 'other', route } });
    expect(one(far, 'HTTPRoute').spec).toMatchObject({ hostnames: ['churn-ml.ml.example.com'] });
    const closed = make(inZone, { gateway: GATEWAY }, { zone: { name: 'z', namespace: 'ml' } });
    expect(closed.map(({ kind }) => kind)).not.toContain('HTTPRoute');
    expect(JSON.stringify(one(closed, 'NetworkPolicy').spec)).not.toContain('envoy');
  });
});

test('who may connect: the own namespace, the Gateway, and the scraper to the metrics', () => {
  const scraper = { namespace: 'monitoring', podLabels: { app: 'prometheus' } };
  const egress = [{ namespace: 'backing-services', podLabels: { app: 's3' }, ports: [8333] }];
  const objects = make({ type: AIModelType.ONNX }, { gateway: GATEWAY, scraper, storage: { egress } });
  const of = (namespace: string, labels: object): object => ({
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
    podSelector: { matchLabels: labels },
  });
  expect(one(objects, 'NetworkPolicy').spec).toEqual({
    podSelector: { matchLabels: { 'nstarx.io/component': 'model-server', model_name: 'churn' } },
    policyTypes: ['Ingress', 'Egress'],
    ingress: [
      { from: [{ podSelector: {} }], ports: [{ port: 8080, protocol: 'TCP' }] },
      { from: [of('gateway-system', { app: 'envoy' })], ports: [{ port: 8080, protocol: 'TCP' }] },
      { from: [of('monitoring', { app: 'prometheus' })], ports: [{ port: 8002, protocol: 'TCP' }] },
    ],
    egress: [
      {
        to: [of('kube-system', { 'k8s-app': 'kube-dns' })],
        ports: [
          { port: 53, protocol: 'UDP' },
          { port: 53, protocol: 'TCP' },
        ],
      },
      { to: [of('backing-services', { app: 's3' })], ports: [{ port: 8333, protocol: 'TCP' }] },
    ],
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
  expect(predictor(make(serving({ zone: 'z', nodeSelector: { disk: 'fast' } }), {}, { zone }))).toMatchObject({
    nodeSelector: { disk: 'fast', 'nstarx.io/zone': 'z' },
    tolerations: [{ key: 'nstarx.io/zone', operator: 'Equal', value: 'z' }],
  });
});

test('a ServiceMonitor is made only where the platform has none', () => {
  expect(make().map(({ kind }) => kind)).not.toContain('ServiceMonitor');
  expect(one(make({}, { serviceMonitors: true }), 'ServiceMonitor').spec).toMatchObject({
    endpoints: [
      {
        port: 'metrics',
        relabelings: [
          { sourceLabels: ['__meta_kubernetes_pod_label_model_name'], targetLabel: 'model_name' },
          { sourceLabels: ['__meta_kubernetes_pod_label_model_version'], targetLabel: 'model_version' },
        ],
      },
    ],
  });
});

test('the ServiceAccount of the platform is used where there is one', () => {
  expect(predictor(make())).toMatchObject({ serviceAccountName: 'churn' });
  const objects = make({}, { serviceAccountName: 'model-server' });
  expect(predictor(objects)).toMatchObject({ serviceAccountName: 'model-server' });
  expect(objects.map(({ kind }) => kind)).not.toContain('ServiceAccount');
});

test.each<[string, Partial<AIModelSpec>, Partial<AIModelObjectsProps>, RegExp]>([
  ['a name with a dot', {}, { name: 'a.b' }, /name must be a DNS label of at most 52 characters/],
  ['a name that starts with a digit', {}, { name: '1a' }, /name must be a DNS label/],
  ['latest', serving({ image: 'registry.example.com/x:latest' }), {}, /serving\.image must have a tag other than/],
  ['no tag', serving({ image: 'registry.example.com:5000/x' }), {}, /serving\.image must have a tag other than/],
  ['a zone that is not there', serving({ zone: 'z' }), {}, /serving\.zone must be the name of an AIZone that exists/],
  ['custom without an image', { type: AIModelType.CUSTOM }, {}, /serving\.image must be there for type custom/],
  [
    'a foreign format',
    { storage: { location: 's3://x', format: AIModelFormat.GGUF } },
    {},
    /storage\.format must be one/,
  ],
  ['a file', { storage: { location: 'file:///x' } }, {}, /storage\.location must be a place/],
  ['half an escape', { endpoints: [{ name: 'x', path: '/a%' }] }, {}, /endpoints\[0\]\.path must be a path/],
  [
    'a node of another zone',
    serving({ zone: 'z', nodeSelector: { a: 'b' } }),
    { zone: { name: 'z', nodeSelector: { a: 'c' } } },
    /serving\.nodeSelector\['a'\] must agree with the zone/,
  ],
  [
    'percent of nothing',
    serving({
      resources: { requests: { memory: '1Gi' } },
      autoscaling: { maxReplicas: 3 },
    }),
    {},
    /serving\.autoscaling\.metrics\[0\] must follow a resource that replicas request/,
  ],
  [
    'more GPUs than the zone has',
    serving({
      zone: 'z',
      replicas: 3,
      resources: { requests: { memory: '1Gi' }, limits: { 'nvidia.com/gpu': 2 } } as unknown as ComputeResources,
    }),
    { zone: { name: 'z', limits: { 'nvidia.com/gpu': '4' } } },
    /serving\.replicas must not need more nvidia\.com\/gpu than the 4 of zone z.*use at most 2/,
  ],
])('%s is refused', (_, spec, props, message) => {
  expect(() => make(spec, {}, props)).toThrow(message);
});

test('a host name whose first label would be too long is refused', () => {
  const props = { name: 'a'.repeat(52), namespace: 'b'.repeat(20) };
  expect(() => make({}, { gateway: GATEWAY }, props)).toThrow(/name must have at most 63 characters together/);
  expect(() => make({}, {}, props)).not.toThrow();
});

test('where the account of model servers is not, a model has one of its own and no keys', () => {
  const variable = { name: 'AWS_ACCESS_KEY_ID', secretName: 's3-credentials', key: 'id' };
  const settings = {
    serviceAccountName: 'model-server',
    accountNamespaces: ['ml-models'],
    storage: { secretVariables: [variable] },
  };
  const there = make({}, settings, { namespace: 'ml-models' });
  expect(predictor(there)).toMatchObject({ serviceAccountName: 'model-server' });
  expect(JSON.stringify(there)).toContain('s3-credentials');
  const elsewhere = make({}, settings, { namespace: 'zone' });
  expect(predictor(elsewhere)).toMatchObject({ serviceAccountName: 'churn' });
  expect(one(elsewhere, 'ServiceAccount').metadata.name).toBe('churn');
  expect(JSON.stringify(elsewhere)).not.toContain('s3-credentials');
});
