import { readable } from '../support/requests';
import { App, Chart } from 'cdk8s';
import { KubernetesObject } from '../../../operators/src/runtime/protocol';
import { AIModelSpec } from '../../../src/api/generated/ai-model';
import { AIModelObjects } from '../../../src/kinds/ai-model/ai-model-objects';
import { expectGoodChildren, podSpecOf } from '../support/good-children';
import { settled } from '../support/conditions';
import { SETTINGS } from '../support/settings';
import { child, HOOKS, kinds, NAME, NAMESPACE, objects, sample, sync, UNCHECKED } from './support';

const response = sync(sample());

test('the documented sample becomes these objects', () => {
  expect(kinds(response)).toEqual([
    'ServiceAccount',
    'ConfigMap',
    'InferenceService',
    'Service',
    'PodDisruptionBudget',
    'NetworkPolicy',
    'HTTPRoute',
    'PrometheusRule',
  ]);
  expect(readable(response.children)).toMatchSnapshot();
});

test('every object keeps the rules of the platform', () => {
  expectGoodChildren(response.children, NAMESPACE);
});

test('KServe runs TensorFlow Serving of the version of the framework, for GPUs, and makes no autoscaler', () => {
  const { metadata, spec } = child(response, 'InferenceService');
  expect(metadata.annotations).toEqual({
    'serving.kserve.io/deploymentMode': 'Standard',
    'serving.kserve.io/autoscalerClass': 'none',
  });
  expect(metadata.labels).toMatchObject({ 'networking.kserve.io/visibility': 'cluster-local' });
  expect(spec).toMatchObject({
    predictor: {
      minReplicas: 3,
      deploymentStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      priorityClassName: 'nstarx-production-inference',
      tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }],
      labels: { 'nstarx.io/component': 'model-server', model_name: NAME, model_version: '2.0' },
      initContainers: [{ name: 'storage-initializer', args: ['s3://models/sentiment/v2/', '/mnt/models'] }],
      model: {
        modelFormat: { name: 'tensorflow', version: '2' },
        runtime: 'kserve-tensorflow-serving',
        runtimeVersion: '2.13.0-gpu',
        protocolVersion: 'v1',
        resources: {
          requests: { cpu: '2', memory: '4Gi', 'nvidia.com/gpu': '1' },
          limits: { cpu: '4', memory: '8Gi', 'nvidia.com/gpu': '1' },
        },
      },
    },
  });
  expect(podSpecOf(child(response, 'InferenceService'))).not.toHaveProperty('maxReplicas');
});

test('the Service has the port metrics and the label that the platform scrapes by, and there is no second monitor', () => {
  const { metadata, spec } = child(response, 'Service');
  expect(metadata).toMatchObject({ name: `${NAME}-model`, labels: { 'nstarx.io/component': 'model-server' } });
  expect(spec).toMatchObject({
    selector: { 'nstarx.io/component': 'model-server', 'nstarx.io/ai-model': NAME },
    ports: [
      { name: 'http', port: 8080, targetPort: 8080 },
      { name: 'metrics', port: 9090, targetPort: 8080 },
    ],
  });
  expect(kinds(response)).not.toContain('ServiceMonitor');
});

test('the documented path leads to the prediction of the server, for POST only', () => {
  expect(child(response, 'HTTPRoute').spec).toMatchObject({
    hostnames: [`${NAME}--ml-models.ml.example.com`],
    parentRefs: [{ kind: 'Gateway', name: 'platform', namespace: 'gateway-system', sectionName: 'https' }],
    rules: [
      {
        matches: [{ path: { type: 'Exact', value: '/v1/models/sentiment/predict' }, method: 'POST' }],
        filters: [{ urlRewrite: { path: { type: 'ReplaceFullPath', replaceFullPath: `/v1/models/${NAME}:predict` } } }],
        backendRefs: [{ name: `${NAME}-model`, port: 8080 }],
      },
    ],
  });
});

test('the alert on slow answers has the promise of the author', () => {
  expect(JSON.stringify(child(response, 'PrometheusRule').spec)).toContain('> 0.05');
});

test('the same request has the same answer', () => {
  expect(JSON.stringify(sync(sample()))).toBe(JSON.stringify(response));
});

test('the construct makes the same objects in a chart', () => {
  const chart = new Chart(new App(), 'chart', { disableResourceNameHashes: true, namespace: NAMESPACE });
  const { gateway, scraper, prometheusUrl } = SETTINGS;
  new AIModelObjects(chart, 'model', {
    name: NAME,
    namespace: NAMESPACE,
    spec: sample().spec as unknown as AIModelSpec,
    settings: { gateway, scraper, prometheusUrl, ...UNCHECKED.aiModel },
  });
  expect(chart.toJson() as KubernetesObject[]).toEqual(objects(response));
});

test('what a model has to see is its zone, the Deployment of KServe and the Pods of its jobs', () => {
  const { relatedResources } = HOOKS.customize({ parent: settled(sample({}, { zone: 'inference' })) }, SETTINGS);
  expect(relatedResources).toMatchObject([
    { apiVersion: 'nstarx.io/v1alpha1', resource: 'aizones', names: ['inference'] },
    { apiVersion: 'apps/v1', resource: 'deployments', namespace: NAMESPACE, names: [`${NAME}-predictor`] },
    { apiVersion: 'v1', resource: 'pods', namespace: NAMESPACE },
  ]);
  expect(relatedResources[0].namespace).toBeUndefined();
});
