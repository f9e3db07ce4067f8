import fc from 'fast-check';
import { App, Chart } from 'cdk8s';
import { modelDeploymentOperator } from '../../../operators/src/model-deployment/model-deployment-operator';
import { hooksOf } from '../../../operators/src/runtime/hooks';
import { KubernetesObject } from '../../../operators/src/runtime/protocol';
import { ModelDeploymentObjects } from '../../../src/kinds/model-deployment/model-deployment-objects';
import { modelDeploymentSettings } from '../../../src/kinds/operators/kind-settings';
import { expectGoodChildren } from '../support/good-children';
import { syncRequest } from '../support/requests';
import { SETTINGS } from '../support/settings';

const hooks = hooksOf(modelDeploymentOperator);
const NAMESPACE = 'ml-inference';

const serving = fc.record(
  {
    image: fc.constantFrom('registry.example.com/fraud:2.1.0', `r.example.com/m@sha256:${'a'.repeat(64)}`),
    replicas: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
    resources: fc.constantFrom(
      undefined,
      { requests: { cpu: '1', memory: '1Gi' } },
      { limits: { cpu: '2', memory: '2Gi', 'nvidia.com/gpu': '2' } },
      { requests: { memory: '1Gi' }, limits: { memory: '4Gi' } },
    ),
    strategy: fc.constantFrom('RollingUpdate', 'Recreate'),
    nodeSelector: fc.constantFrom(undefined, { 'node.kubernetes.io/instance-type': 'g4dn.xlarge' }),
    modelInImage: fc.boolean(),
    timeoutSeconds: fc.integer({ min: 1, max: 600 }),
    startupSeconds: fc.integer({ min: 10, max: 7200 }),
    batching: fc.constantFrom(undefined, { maxSize: 8, waitMilliseconds: 0, maxQueue: 16 }),
    autoscaling: fc.option(
      fc.record({
        enabled: fc.boolean(),
        minReplicas: fc.integer({ min: 1, max: 5 }),
        maxReplicas: fc.integer({ min: 5, max: 50 }),
      }),
      { nil: undefined },
    ),
  },
  { requiredKeys: ['image'] },
);

const object = fc
  .record({
    name: fc.constantFrom('m', 'churn', `a${'b'.repeat(48)}`),
    version: fc.constantFrom('1', '2.0', 'v3-rc1', '1.0+cpu', 'x'.repeat(63)),
    serving,
    uri: fc.constantFrom(undefined, 's3://models/a/1/', 'https://models.example.com/a.onnx', 'pvc://models/a/1'),
    baseline: fc.constantFrom(undefined, [{ name: 'age', bounds: [18, 40], counts: [1, 2, 3] }]),
    monitoring: fc.constantFrom(undefined, { enabled: false }, { latencyP99: '20ms', errorRatio: 0.01 }),
  })
  .map(({ name, version, serving: given, uri, baseline, monitoring }): KubernetesObject => ({
    apiVersion: 'mlifecycle.io/v1',
    kind: 'ModelDeployment',
    metadata: { name, namespace: NAMESPACE },
    spec: {
      model: {
        name: 'fraud-detector',
        version,
        framework: 'pytorch',
        ...(uri === undefined ? {} : { artifact: { uri } }),
      },
      metrics: { accuracy: 0.9, f1_score: 0.9 },
      fairness: { demographic_parity: 0.02 },
      drift: { score: 0.05, ...(baseline === undefined ? {} : { baseline }) },
      serving: given,
      ...(monitoring === undefined ? {} : { monitoring }),
    },
  }));

test('whatever the spec, the children keep to the rules of the platform, and never have two scalers', () => {
  fc.assert(
    fc.property(object, (parent) => {
      const first = hooks.sync(syncRequest(parent), SETTINGS);
      expectGoodChildren(first.children, NAMESPACE);
      const autoscaled = first.children.some(({ kind }) => kind === 'HorizontalPodAutoscaler');
      const deployment = first.children.find(({ kind }) => kind === 'Deployment');
      expect(deployment?.spec?.replicas === undefined).toBe(autoscaled);
      expect(JSON.stringify(hooks.sync(syncRequest(parent), SETTINGS))).toBe(JSON.stringify(first));
      // what was made is what is desired the next time
      expect(hooks.sync(syncRequest(parent, first.children), SETTINGS).children).toEqual(first.children);
    }),
    { numRuns: 150 },
  );
});

test('the construct makes the same objects in a program', () => {
  const chart = new Chart(new App(), 'chart', { disableResourceNameHashes: true });
  const image = 'registry.example.com/fraud:2.1.0';
  new ModelDeploymentObjects(chart, 'churn', {
    name: 'churn',
    namespace: NAMESPACE,
    spec: { model: { name: 'churn', version: '1.4.0', framework: 'xgboost' } },
    image,
    settings: modelDeploymentSettings(SETTINGS),
    scraper: SETTINGS.scraper,
    gateway: SETTINGS.gateway,
  });
  const parent = {
    apiVersion: 'mlifecycle.io/v1',
    kind: 'ModelDeployment',
    metadata: { name: 'churn', namespace: NAMESPACE },
    spec: {
      model: { name: 'churn', version: '1.4.0', framework: 'xgboost' },
      metrics: { accuracy: 0.9, f1_score: 0.9 },
      fairness: { demographic_parity: 0.02 },
      drift: { score: 0.05 },
      serving: { image },
    },
  };
  const children = hooks.sync(syncRequest(parent), SETTINGS).children;
  // what keeps and what measures the version is the operator's own
  const own = ['ControllerRevision', 'AnalysisRun'];
  expect(children.filter(({ kind }) => !own.includes(kind))).toEqual(chart.toJson());
});
