import { ServedSpec } from '../../../src/kinds/model-deployment/plan';
import { MODEL_DEPLOYMENT_SIZES } from '../../../src/kinds/model-deployment/sizes';
import { Json, modelAt, objects, podOf, STORAGE, variablesOf, WITH_ACCOUNT } from './support';

const GPU = { requests: { cpu: '2', memory: '8Gi' }, limits: { memory: '8Gi', 'nvidia.com/gpu': '1' } };
const serving = (given: Json): Partial<ServedSpec> => ({ serving: given });

test.each([
  ['local', 1, 2, '500m', '512Mi', '1'],
  ['development', 1, 2, '500m', '512Mi', '1'],
  ['staging', 2, 10, '1', '1Gi', '1'],
  ['production', 3, 50, '2', '4Gi', '2'],
] as const)('in %s there are the sizes of the document', (tier, min, max, cpu, memory, threads) => {
  const made = objects({}, { settings: MODEL_DEPLOYMENT_SIZES[tier] });
  expect(podOf(made).containers[0].resources).toEqual({ requests: { cpu, memory }, limits: { memory } });
  expect(made.HorizontalPodAutoscaler.spec).toMatchObject({ minReplicas: min, maxReplicas: max });
  expect(made.PodDisruptionBudget === undefined).toBe(min < 2);
  expect(variablesOf(made).INFERENCE_THREADS).toBe(threads);
});

test('the load may double in a minute by four pods at most, and goes by one in two minutes', () => {
  expect(objects().HorizontalPodAutoscaler.spec.behavior).toEqual({
    scaleUp: {
      stabilizationWindowSeconds: 0,
      selectPolicy: 'Min',
      policies: [
        { type: 'Pods', value: 4, periodSeconds: 60 },
        { type: 'Percent', value: 100, periodSeconds: 60 },
      ],
    },
    scaleDown: { stabilizationWindowSeconds: 300, policies: [{ type: 'Pods', value: 1, periodSeconds: 120 }] },
  });
});

test('a model in the image needs nothing: no account, no keys, no connection but DNS', () => {
  const made = objects();
  expect(variablesOf(made)).toEqual({
    INFERENCE_STOP_TIMEOUT_SECONDS: '10',
    INFERENCE_THREADS: '2',
    INFERENCE_TIMEOUT_SECONDS: '10',
    MODEL_FRAMEWORK: 'pytorch',
    MODEL_NAME: 'fraud-detector',
    MODEL_VERSION: '2.1.0',
  });
  expect(podOf(made).serviceAccountName).toBe('fraud-deployment');
  expect(made.ServiceAccount.automountServiceAccountToken).toBe(false);
  expect(made.NetworkPolicy.spec.egress).toEqual([
    { ports: expect.arrayContaining([{ port: 53, protocol: 'UDP' }]) as unknown, to: expect.anything() as unknown },
  ]);
});

test('a model in the bucket is fetched by the account that reads it, with the keys and the connection of the bucket', () => {
  const made = objects(modelAt('s3a://acme-artifacts/models/ml-inference/fraud/', 'a'.repeat(64)));
  expect(variablesOf(made)).toMatchObject({
    MODEL_URI: 's3://acme-artifacts/models/ml-inference/fraud/',
    MODEL_SHA256: 'a'.repeat(64),
    AWS_ENDPOINT_URL_S3: 'http://s3.backing-services.svc:8333',
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 's3-credentials/access-key-id',
    AWS_SECRET_ACCESS_KEY: 's3-credentials/secret-access-key',
    AWS_EC2_METADATA_DISABLED: 'true',
    INFERENCE_FETCH_TIMEOUT_SECONDS: '480',
    INFERENCE_MAX_ARTIFACT_BYTES: String(4 * 2 ** 30),
  });
  expect(podOf(made).serviceAccountName).toBe('model-server');
  // that one is the platform's
  expect(made.ServiceAccount).toBeUndefined();
  expect(made.NetworkPolicy.spec.egress).toHaveLength(2);
  expect(made.NetworkPolicy.spec.egress[1]).toMatchObject({ ports: [{ port: 8333 }] });
  const tmp = podOf(made).volumes.find(({ name }: Json) => name === 'tmp');
  expect(tmp.emptyDir.sizeLimit).toBe(`${5 * 1024}Mi`);
});

test('a model of a web server is fetched from public addresses, as no one', () => {
  const made = objects(modelAt('https://models.example.com/fraud.onnx'));
  expect(variablesOf(made)).toMatchObject({ MODEL_URI: 'https://models.example.com/fraud.onnx' });
  expect(variablesOf(made)).not.toHaveProperty('AWS_ACCESS_KEY_ID');
  expect(podOf(made).serviceAccountName).toBe('fraud-deployment');
  expect(made.NetworkPolicy.spec.egress[1].ports).toEqual([{ port: 443, protocol: 'TCP' }]);
  expect(made.NetworkPolicy.spec.egress[1].to[0].ipBlock.except).toContain('10.0.0.0/8');
});

test('a claim is mounted, and nothing fetched', () => {
  const made = objects(modelAt('pvc://models/fraud/model.onnx'));
  expect(variablesOf(made).MODEL_URI).toBe('/mnt/model/fraud/model.onnx');
  expect(podOf(made).volumes).toContainEqual({
    name: 'model',
    persistentVolumeClaim: { claimName: 'models', readOnly: true },
  });
  expect(podOf(made).containers[0].volumeMounts).toContainEqual({
    name: 'model',
    mountPath: '/mnt/model',
    readOnly: true,
  });
  expect(made.NetworkPolicy.spec.egress).toHaveLength(1);
});

test('an image that brings the model fetches nothing, and its checksum is known', () => {
  const made = objects({ ...modelAt('s3://acme/models/elsewhere', 'b'.repeat(64)), serving: { modelInImage: true } });
  expect(variablesOf(made)).not.toHaveProperty('MODEL_URI');
  expect(variablesOf(made).MODEL_SHA256).toBe('b'.repeat(64));
  expect(podOf(made).serviceAccountName).toBe('fraud-deployment');
});

test.each([
  [
    'a bucket, where the namespace has no account',
    modelAt('s3://acme/models/vision/churn'),
    'vision',
    'model.artifact.uri must not be in a bucket, since pods of namespace vision have no account that reads one, got "s3://acme/models/vision/churn": deploy it to ml-inference, or set serving.modelInImage and have the image bring the model',
  ],
  [
    'a store that the service does not read',
    modelAt('gs://acme/churn'),
    'ml-inference',
    'model.artifact.uri must be a place that the inference service reads, got "gs://acme/churn": use s3://, https:// or pvc://<claim>/<folder>, or set serving.modelInImage where the image brings the model',
  ],
  [
    'a place that is not encrypted',
    modelAt('http://models.example.com/churn'),
    'ml-inference',
    'model.artifact.uri must be a place that the inference service reads, got "http://models.example.com/churn"',
  ],
  [
    'a baseline whose bounds do not ascend',
    { drift: { baseline: [{ name: 'age', bounds: [40, 18], counts: [1, 2, 3] }] } },
    'ml-inference',
    'drift.baseline[0].bounds must be 1 to 64 ascending numbers, got [40,18]: give the upper bounds of the buckets',
  ],
  [
    'a baseline that is too large for rules',
    {
      drift: {
        baseline: Array.from({ length: 40 }, (_, at) => ({
          name: `f${at}`,
          bounds: Array.from({ length: 63 }, (__, bound) => bound),
          counts: Array.from({ length: 64 }, () => 1),
        })),
      },
    },
    'ml-inference',
    'drift.baseline must have at most 2048 buckets in all, got 2560: give fewer bounds, or only the features that matter most',
  ],
  [
    'more replicas than autoscaling allows',
    serving({ replicas: 9, autoscaling: { maxReplicas: 4 } }),
    'ml-inference',
    'serving.autoscaling.maxReplicas must be at least replicas (9), got 4',
  ],
])('%s is refused', (_what, spec, namespace, message) => {
  expect(() => objects(spec as Partial<ServedSpec>, { namespace })).toThrow(message);
});

test('where no namespace has an account, the advice names none', () => {
  const settings = { ...WITH_ACCOUNT, accountNamespaces: [] };
  expect(() => objects(modelAt('s3://acme/models/a'), { settings })).toThrow(
    'got "s3://acme/models/a": set serving.modelInImage and have the image bring the model.',
  );
});

test('keys are not given where the namespace has none, though the image brings the model', () => {
  const made = objects(
    { ...modelAt('s3://acme/models/a'), serving: { modelInImage: true } },
    { namespace: 'vision', settings: WITH_ACCOUNT },
  );
  expect(JSON.stringify(made)).not.toContain('s3-credentials');
});

test('CPUs give threads: begun ones too, and at least one', () => {
  const threads = (resources: Json): string => variablesOf(objects(serving({ resources }))).INFERENCE_THREADS;
  expect(threads({ requests: { cpu: '100m', memory: '1Gi' } })).toBe('1');
  expect(threads({ requests: { cpu: '1500m', memory: '1Gi' } })).toBe('2');
  expect(threads({ requests: { cpu: 3, memory: '1Gi' } })).toBe('3');
  expect(threads({ requests: { cpu: '1', memory: '1Gi' }, limits: { cpu: '4', memory: '1Gi' } })).toBe('4');
  expect(threads({ requests: { memory: '1Gi' } })).toBe('2');
});

test('a pod has the whole time of its last request, and of its first', () => {
  const made = objects(serving({ timeoutSeconds: 120, startupSeconds: 1801 }));
  const pod = podOf(made);
  const [container] = pod.containers;
  const { timeoutSeconds, stop } = { timeoutSeconds: 120, stop: container.lifecycle.preStop.sleep.seconds as number };
  expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(stop + timeoutSeconds + 1);
  expect(variablesOf(made)).toMatchObject({
    INFERENCE_TIMEOUT_SECONDS: '120',
    INFERENCE_STOP_TIMEOUT_SECONDS: '120',
  });
  // the service answers before the Gateway gives up
  expect(made.HTTPRoute.spec.rules[0].timeouts).toEqual({ request: '121s' });
  const { failureThreshold, periodSeconds } = container.startupProbe;
  expect(failureThreshold * periodSeconds).toBeGreaterThanOrEqual(1801);
  expect(made.Deployment.spec.progressDeadlineSeconds).toBeGreaterThan(failureThreshold * periodSeconds);
  expect(made.Deployment.spec.revisionHistoryLimit).toBe(3);
});

test('a GPU is asked for and tolerated, on nodes of the type that the spec names, with time for a node and an image', () => {
  const made = objects(
    serving({ resources: GPU, nodeSelector: { 'node.kubernetes.io/instance-type': 'g4dn.xlarge' } }),
  );
  const pod = podOf(made);
  expect(pod.tolerations).toEqual([{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }]);
  expect(pod.nodeSelector).toEqual({ 'node.kubernetes.io/instance-type': 'g4dn.xlarge' });
  expect(pod.containers[0].resources).toEqual({
    requests: { cpu: '2', memory: '8Gi' },
    limits: { memory: '8Gi', 'nvidia.com/gpu': '1' },
  });
  const { failureThreshold, periodSeconds } = pod.containers[0].startupProbe;
  expect(failureThreshold * periodSeconds).toBe(1800);
  expect(made.Deployment.spec.progressDeadlineSeconds).toBeGreaterThanOrEqual(1800 + 1200);
  // busy CPUs are no reason for more GPUs
  expect(made.HorizontalPodAutoscaler).toBeUndefined();
  expect(made.Deployment.spec.replicas).toBe(3);
});

test.each([
  [
    'several with a GPU: one goes before one comes',
    { resources: GPU, replicas: 2 },
    { maxUnavailable: 1, maxSurge: 0 },
  ],
  [
    'one with a GPU: it goes when its successor answers',
    { resources: GPU, replicas: 1 },
    { maxUnavailable: 0, maxSurge: 1 },
  ],
  ['without a GPU', {}, { maxUnavailable: 0, maxSurge: 1 }],
])('%s', (_what, given, rollingUpdate) => {
  expect(objects(serving(given)).Deployment.spec.strategy).toEqual({ type: 'RollingUpdate', rollingUpdate });
});

test('where there is room for no pod more, the old version goes first', () => {
  const made = objects(serving({ resources: GPU, replicas: 1, strategy: 'Recreate' }));
  expect(made.Deployment.spec.strategy).toEqual({ type: 'Recreate' });
});

test('GPUs follow the load where the spec says so', () => {
  const autoscaling = {
    minReplicas: 1,
    maxReplicas: 4,
    metrics: [{ type: 'custom', name: 'inference_queue_depth', targetValue: '10' }],
  };
  const made = objects(serving({ resources: GPU, autoscaling }));
  expect(made.HorizontalPodAutoscaler.spec).toMatchObject({ minReplicas: 1, maxReplicas: 4 });
});

test('a pod has what belongs to its version in itself, so that it starts again as what it was', () => {
  const first = objects({ drift: { baseline: [{ name: 'age', bounds: [18, 40], counts: [12, 700, 288] }] } });
  const second = objects({ model: { name: 'fraud-detector', version: '2.2.0' } });
  // what a pod of the first version finds when it starts while the second is rolled out
  expect(second.ConfigMap.data).toEqual(first.ConfigMap.data);
  const [container] = podOf(first).containers;
  expect(container.env).toContainEqual({ name: 'MODEL_VERSION', value: '2.1.0' });
  expect(container.env).toContainEqual({
    name: 'INFERENCE_DRIFT_BASELINE',
    value: '/etc/inference/drift-baseline.json',
  });
  const { annotations } = first.Deployment.spec.template.metadata;
  expect(JSON.parse(annotations['nstarx.io/drift-baseline'])).toEqual({
    format: 1,
    rows: 1000,
    features: [{ name: 'age', bounds: [18, 40], counts: [12, 700, 288] }],
  });
  expect(podOf(first).volumes).toContainEqual({
    name: 'files',
    downwardAPI: {
      items: [
        { path: 'drift-baseline.json', fieldRef: { fieldPath: "metadata.annotations['nstarx.io/drift-baseline']" } },
      ],
    },
  });
});

test('a change of the configuration replaces the pods', () => {
  const hash = (spec: Partial<ServedSpec>): string =>
    objects(spec).Deployment.metadata.annotations['nstarx.io/content'];
  expect(hash({})).toBe(hash({}));
  expect(hash(serving({ batching: { maxSize: 8 } }))).not.toBe(hash({}));
  expect(hash(serving({ timeoutSeconds: 11 }))).not.toBe(hash({}));
});

test('batching is the service’s own unless the spec has it', () => {
  const batching = { maxSize: 32, waitMilliseconds: 0, maxQueue: 256 };
  expect(objects(serving({ batching })).ConfigMap.data).toMatchObject({
    INFERENCE_MAX_BATCH_SIZE: '32',
    INFERENCE_BATCH_WAIT_MS: '0',
    INFERENCE_MAX_QUEUE: '256',
  });
  expect(objects().ConfigMap.data).not.toHaveProperty('INFERENCE_MAX_QUEUE');
});

test('artifacts are verified with the key of the platform; an image is where its pod is admitted', () => {
  const settings = {
    ...WITH_ACCOUNT,
    artifactPublicKey: '-----BEGIN PUBLIC KEY-----\nMFk\n-----END PUBLIC KEY-----\n',
  };
  const fetched = objects(modelAt('s3://acme/models/ml-inference/fraud.onnx'), { settings });
  expect(variablesOf(fetched).MODEL_PUBLIC_KEY_FILE).toBe('/etc/inference/artifact.pub');
  expect(fetched.Deployment.spec.template.metadata.annotations['nstarx.io/artifact-public-key']).toBe(
    settings.artifactPublicKey,
  );
  expect(variablesOf(objects({}, { settings }))).not.toHaveProperty('MODEL_PUBLIC_KEY_FILE');
});

test('from outside, predictions and what is said of the model are reached, and no metrics', () => {
  const { rules, hostnames } = objects().HTTPRoute.spec;
  expect(hostnames).toEqual(['fraud--ml-inference.ml.example.com']);
  const paths = rules[0].matches.map(({ path }: Json) => `${path.type} ${path.value}`);
  expect(paths).toEqual([
    'PathPrefix /predict',
    'PathPrefix /model',
    'Exact /health',
    'Exact /ready',
    'Exact /openapi.json',
  ]);
});

test('what is not monitored has no port for it, lets no scraper in and has no alerts', () => {
  const made = objects({ monitoring: { enabled: false } }, { settings: { ...WITH_ACCOUNT, serviceMonitors: true } });
  expect(made.Service.spec.ports.map(({ name }: Json) => name)).toEqual(['http']);
  expect(JSON.stringify(made.NetworkPolicy.spec.ingress)).not.toContain('prometheus');
  expect(made.PrometheusRule).toBeUndefined();
  expect(made.ServiceMonitor).toBeUndefined();
});

test('one monitor scrapes all model servers; a platform without it has one for each', () => {
  expect(objects().ServiceMonitor).toBeUndefined();
  const { ServiceMonitor, Service } = objects({}, { settings: { ...WITH_ACCOUNT, serviceMonitors: true } });
  // by what that of the platform finds it, whose series are the same
  expect(Service.metadata.labels['nstarx.io/component']).toBe('model-server');
  expect(Service.metadata.labels).toMatchObject(ServiceMonitor.spec.selector.matchLabels);
  expect(ServiceMonitor.spec.endpoints[0].port).toBe('metrics');
});

test('storage that is said nothing of is at public addresses, with the permissions of the account', () => {
  const settings = { ...WITH_ACCOUNT, storage: undefined };
  const made = objects(modelAt('s3://acme/models/ml-inference/fraud/'), { settings });
  expect(made.NetworkPolicy.spec.egress[1].ports).toEqual([{ port: 443, protocol: 'TCP' }]);
  expect(STORAGE.egress).toHaveLength(1);
});
