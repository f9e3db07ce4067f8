import {
  DisruptionBudget,
  DisruptionBudgetProps,
  HorizontalScaling,
  HorizontalScalingProps,
  PriorityClasses,
} from '../../../src/constructs/scaling';
import { list, manifests, TestEnvironment, TestWorkload } from '../tenancy/support';

test('only batch never takes the place of others, and no class is the default', () => {
  const classes = manifests(new PriorityClasses(new TestEnvironment().chart(), 'priorities'));
  expect(classes.map((one) => [one.metadata.name, one.value, one.preemptionPolicy, one.globalDefault])).toEqual([
    ['platform-critical', 1_000_000, 'PreemptLowerPriority', false],
    ['production-serving', 100_000, 'PreemptLowerPriority', false],
    ['batch', 500, 'Never', false],
  ]);
});

function scaling(props: Partial<HorizontalScalingProps> = {}): HorizontalScaling {
  return new HorizontalScaling(new TestEnvironment().chart(), 'scaling', {
    target: { namespace: 'ml', name: 'model' },
    maxReplicas: 10,
    ...props,
  });
}

test('a Deployment is scaled by CPU, up fast and down slowly', () => {
  expect(manifests(scaling())).toEqual([
    {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'model', namespace: 'ml' },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'model' },
        minReplicas: 2,
        maxReplicas: 10,
        metrics: [
          { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
        ],
        behavior: {
          scaleUp: {
            stabilizationWindowSeconds: 0,
            selectPolicy: 'Max',
            policies: [
              { type: 'Pods', value: 4, periodSeconds: 60 },
              { type: 'Percent', value: 100, periodSeconds: 60 },
            ],
          },
          scaleDown: {
            stabilizationWindowSeconds: 300,
            policies: [{ type: 'Percent', value: 10, periodSeconds: 60 }],
          },
        },
      },
    },
  ]);
});

test('memory counts when it is asked for, and CPU only when it is too', () => {
  const names = (props: Partial<HorizontalScalingProps>) =>
    list(manifests(scaling(props))[0].spec.metrics).map((one) => one.resource.name);
  expect(names({ memoryPercent: 80 })).toEqual(['memory']);
  expect(names({ memoryPercent: 80, cpuPercent: 50 })).toEqual(['cpu', 'memory']);
});

test('one replica at most means one at least', () => {
  expect(manifests(scaling({ maxReplicas: 1 }))[0].spec).toMatchObject({ minReplicas: 1, maxReplicas: 1 });
});

test.each<[string, Partial<HorizontalScalingProps>, string]>([
  [
    'a largest number below the smallest',
    { minReplicas: 5, maxReplicas: 3 },
    '[test/chart/scaling] maxReplicas must be at least minReplicas (5), got 3: raise maxReplicas or lower minReplicas.',
  ],
  [
    'to scale to nothing',
    { minReplicas: 0 },
    '[test/chart/scaling] minReplicas must be a whole number between 1 and 10000, got 0: to scale to nothing, use KEDA.',
  ],
  [
    'a target of no percent',
    { cpuPercent: 0 },
    '[test/chart/scaling] cpuPercent must be a whole number between 1 and 1000, got 0: give percent of what the pods request.',
  ],
  [
    'to wait for a day',
    { scaleDownStabilizationSeconds: 86_400 },
    '[test/chart/scaling] scaleDownStabilizationSeconds must be a whole number between 0 and 3600, got 86400: give seconds.',
  ],
  [
    'a target without a name',
    { target: { namespace: 'ml', name: '' } },
    '[test/chart/scaling] target.name must be a DNS label of at most 63 characters, got "": use lower-case letters, digits and hyphens, starting and ending with a letter or digit.',
  ],
])('refuses %s', (_, props, message) => {
  expect(() => scaling(props)).toThrow(message);
});

function budget(props: Partial<DisruptionBudgetProps> = {}): DisruptionBudget {
  const chart = new TestEnvironment().chart();
  return new DisruptionBudget(chart, 'model', {
    workload: new TestWorkload(chart, 'api', 'ml'),
    replicas: 3,
    ...props,
  });
}

test('one pod may be away, and pods that are not ready do not count', () => {
  expect(manifests(budget())).toEqual([
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'model', namespace: 'ml' },
      spec: {
        selector: { matchLabels: { 'app.kubernetes.io/name': 'api' } },
        maxUnavailable: 1,
        unhealthyPodEvictionPolicy: 'AlwaysAllow',
      },
    },
  ]);
});

test('pods that must stay are said instead', () => {
  const { spec } = manifests(budget({ minAvailable: 2 }))[0];
  expect(spec.minAvailable).toBe(2);
  expect(spec).not.toHaveProperty('maxUnavailable');
});

test.each<[string, Partial<DisruptionBudgetProps>, string]>([
  [
    'a budget of none',
    { maxUnavailable: 0 },
    '[test/chart/model] maxUnavailable must be a whole number of at least 1, got 0: allow 1 and run more replicas; with 0 no node can ever be drained.',
  ],
  [
    'as many as there are',
    { minAvailable: 3 },
    '[test/chart/model] minAvailable must be a whole number of at least 1 and below replicas (3), got 3: use maxUnavailable: 1; with as many as there are replicas no node can ever be drained.',
  ],
  [
    'both bounds',
    { minAvailable: 1, maxUnavailable: 1 },
    '[test/chart/model] maxUnavailable must not come with minAvailable, got 1: give one of them.',
  ],
])('refuses %s', (_, props, message) => {
  expect(() => budget(props)).toThrow(message);
});
