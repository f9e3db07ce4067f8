import { ScalingMetricType } from '../../../src/api/generated/shared';
import { ModelScaler } from '../../../src/kinds/ai-model/settings';
import { make, one, predictor, serving } from './support';

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
            query: 'sum(model:inference_queue_depth:sum{namespace="ml",model_name="churn"})',
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
