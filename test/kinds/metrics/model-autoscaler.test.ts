import { ModelAutoscaler, ModelAutoscalerProps } from '../../../src/kinds/metrics/model-autoscaler';
import { Json, list, manifest, TestEnvironment } from '../../constructs/tenancy/support';

function autoscaler(props: Partial<ModelAutoscalerProps> = {}): Json {
  const chart = new TestEnvironment().chart();
  const target = { namespace: 'model-serving', name: 'fraud-model-server' };
  new ModelAutoscaler(chart, 'fraud-model-hpa', { target, ...props });
  return manifest(chart, 'HorizontalPodAutoscaler', 'fraud-model-hpa', 'model-serving');
}

test('the autoscaler of a model server is the one of the architecture document', () => {
  expect(autoscaler().spec).toEqual({
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'fraud-model-server' },
    minReplicas: 3,
    maxReplicas: 50,
    metrics: [
      { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
      { type: 'Resource', resource: { name: 'memory', target: { type: 'Utilization', averageUtilization: 80 } } },
      {
        type: 'Pods',
        pods: {
          metric: { name: 'inference_requests_per_second' },
          target: { type: 'AverageValue', averageValue: '1000' },
        },
      },
    ],
    behavior: {
      scaleDown: {
        stabilizationWindowSeconds: 300,
        policies: [{ type: 'Percent', value: 50, periodSeconds: 60 }],
      },
      scaleUp: {
        stabilizationWindowSeconds: 60,
        policies: [
          { type: 'Percent', value: 100, periodSeconds: 30 },
          { type: 'Pods', value: 10, periodSeconds: 60 },
        ],
      },
    },
  });
});

test('memory and requests need not count', () => {
  const { metrics } = autoscaler({ memoryPercent: 0, requestsPerSecond: 0 }).spec;
  expect(list(metrics).map((metric) => metric.type)).toEqual(['Resource']);
});

test.each<[Partial<ModelAutoscalerProps>, string]>([
  [{ minReplicas: 0 }, 'minReplicas must be a whole number between 1 and 10000, got 0'],
  [{ minReplicas: 5, maxReplicas: 4 }, 'maxReplicas must be at least minReplicas (5), got 4'],
  [{ cpuPercent: 0 }, 'cpuPercent must be a whole number between 1 and 1000, got 0'],
  [{ requestsPerSecond: 0.5 }, 'requestsPerSecond must be a whole number between 0 and 1000000, got 0.5'],
])('an autoscaler with %j is refused', (props, message) => {
  expect(() => autoscaler(props)).toThrow(message);
});
