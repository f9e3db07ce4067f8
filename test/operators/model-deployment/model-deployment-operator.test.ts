import { hooksOf } from '../../../operators/src/runtime/hooks';
import { KubernetesObject, SyncResponse } from '../../../operators/src/runtime/protocol';
import { modelDeploymentOperator } from '../../../operators/src/model-deployment/model-deployment-operator';
import { Tier } from '../../../src/contracts/tier';
import { mergedPolicies, policiesOfTier } from '../../../src/kinds/model-deployment/gate';
import { condition, settled } from '../support/conditions';
import { SETTINGS } from '../support/settings';
import { readable, syncRequest } from '../support/requests';

const hooks = hooksOf(modelDeploymentOperator);
const IMAGE = 'registry.example.com/fraud:2.1.0';

/** The sample of the zero-touch document, with the name of its model. */
function parent(serving?: object, name = 'fraud-detector'): KubernetesObject {
  return {
    apiVersion: 'mlifecycle.io/v1',
    kind: 'ModelDeployment',
    metadata: { name, namespace: 'ml-inference' },
    spec: {
      model: { name: 'fraud-detector', version: '2.1.0', framework: 'pytorch' },
      metrics: { accuracy: 0.94, f1_score: 0.9 },
      fairness: { demographic_parity: 0.02 },
      drift: { score: 0.05 },
      ...(serving ? { serving } : {}),
    },
  };
}

const sync = (
  object: KubernetesObject,
  children: readonly KubernetesObject[] = [],
  related: readonly KubernetesObject[] = [],
): SyncResponse => hooks.sync(syncRequest(object, children, related), SETTINGS);
const of = (response: SyncResponse, kind: string): KubernetesObject =>
  response.children.find((child) => child.kind === kind)!;
interface Template {
  readonly template: {
    readonly spec: { readonly containers: readonly { readonly resources: object }[]; readonly tolerations: object };
  };
}

test('without an image nothing is made, and the status says what is missing', () => {
  const response = sync(parent());
  expect(response.children).toEqual([]);
  expect(response.status.phase).toBe('Validating');
  expect(condition(response, 'ImageAvailable')).toMatchObject({ status: 'False', reason: 'NotBuilt' });
});

test('with an image, the serving objects of the document are made', () => {
  const response = sync(parent({ image: IMAGE }));
  expect(readable(response.children)).toMatchSnapshot();
  const { spec } = of(response, 'HorizontalPodAutoscaler');
  expect(spec).toMatchObject({
    minReplicas: 3,
    maxReplicas: 50,
    metrics: [
      { resource: { name: 'cpu', target: { averageUtilization: 70 } } },
      { resource: { name: 'memory', target: { averageUtilization: 80 } } },
    ],
    behavior: {
      scaleUp: {
        selectPolicy: 'Min',
        policies: [
          { type: 'Pods', value: 4, periodSeconds: 60 },
          { type: 'Percent', value: 100 },
        ],
      },
      scaleDown: { policies: [{ type: 'Pods', value: 1, periodSeconds: 120 }] },
    },
  });
  // the autoscaler owns the number of pods
  expect(of(response, 'Deployment').spec).not.toHaveProperty('replicas');
  expect(of(response, 'HTTPRoute').spec).toMatchObject({
    hostnames: ['fraud-detector--ml-inference.ml.example.com'],
  });
  expect(of(response, 'NetworkPolicy').spec).toMatchObject({
    ingress: expect.arrayContaining([expect.objectContaining({ ports: [{ port: 8080, protocol: 'TCP' }] })]) as unknown,
  });
});

test('a fixed number of replicas has no autoscaler', () => {
  const response = sync(
    parent({ image: IMAGE, replicas: 2, autoscaling: { enabled: false, minReplicas: 1, maxReplicas: 4 } }),
  );
  expect(of(response, 'HorizontalPodAutoscaler')).toBeUndefined();
  expect(of(response, 'Deployment').spec).toMatchObject({ replicas: 2 });
});

test('GPUs are asked for and tolerated', () => {
  const resources = { limits: { cpu: '4', memory: '8Gi', 'nvidia.com/gpu': '1' } };
  const { template } = of(sync(parent({ image: IMAGE, resources })), 'Deployment').spec as unknown as Template;
  const pod = template.spec;
  expect(pod.containers[0].resources).toEqual({
    requests: { cpu: '4', memory: '8Gi' },
    limits: { cpu: '4', memory: '8Gi', 'nvidia.com/gpu': '1' },
  });
  expect(pod.tolerations).toEqual([{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }]);
});

test('it is serving when every replica is new and available, and not before', () => {
  const object = parent({ image: IMAGE, replicas: 3, autoscaling: { enabled: false, maxReplicas: 3 } });
  const first = sync(object);
  const withStatus = (status: object) =>
    first.children.map((child) =>
      child.kind === 'Deployment'
        ? { ...child, metadata: { ...child.metadata, generation: 2 }, status: { ...status } }
        : child,
    );
  const phase = (status: object): unknown => sync(object, withStatus(status)).status.phase;
  const all = { replicas: 3, updatedReplicas: 3, availableReplicas: 3 };
  expect(phase({})).toBe('Deploying');
  expect(phase({ observedGeneration: 1, ...all })).toBe('Deploying');
  expect(phase({ observedGeneration: 2, ...all, availableReplicas: 2 })).toBe('Deploying');
  expect(phase({ observedGeneration: 2, ...all, replicas: 4 })).toBe('Deploying');
  expect(phase({ observedGeneration: 2, ...all })).toBe('Serving');
  const stuck = [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'timed out' }];
  expect(phase({ observedGeneration: 2, ...all, availableReplicas: 0, conditions: stuck })).toBe('Degraded');
});

test('an image that is taken away leaves what runs', () => {
  const first = sync(parent({ image: IMAGE }));
  const second = sync(parent({ replicas: 5 }), first.children);
  expect(second.children).toEqual(first.children);
  expect(condition(second, 'ImageAvailable')).toMatchObject({ status: 'False' });
});

test.each([
  [
    'a name that no Service can have',
    parent({ image: IMAGE }, 'fraud.v2'),
    'metadata.name must be the name of a Service, got "fraud.v2"',
  ],
  [
    'a name that gives no host',
    parent({ image: IMAGE }, `fraud-${'x'.repeat(50)}`),
    'metadata.name must leave a host name of the form <name>--<namespace>, but the label',
  ],
  [
    'a name whose host could be that of another namespace',
    parent({ image: IMAGE }, 'fraud--eu'),
    'metadata.name must leave a host name of the form <name>--<namespace>, but the name "fraud--eu" is no DNS label without two hyphens',
  ],
  [
    'more replicas than autoscaling allows',
    parent({ image: IMAGE, replicas: 9, autoscaling: { maxReplicas: 4 } }),
    'spec.serving.autoscaling.maxReplicas must be at least replicas (9), got 4',
  ],
])('%s is a problem that names the field', (_name, object, message) => {
  const response = sync(object);
  expect(response.children).toEqual([]);
  expect(response.status.phase).toBe('Rejected');
  expect(condition(response, 'Accepted')).toMatchObject({
    status: 'False',
    message: expect.stringContaining(message) as unknown,
  });
});

/** The objects as they are when the autoscaler wants one replica and so many answer. */
function deployed(from: SyncResponse, available: number, replicas = available): KubernetesObject[] {
  return from.children.map((one) =>
    one.kind === 'Deployment'
      ? {
          ...one,
          metadata: { ...one.metadata, generation: 1 },
          // Kubernetes' default, until the autoscaler has looked at it
          spec: { replicas: 1, ...one.spec },
          status: {
            observedGeneration: 1,
            replicas,
            updatedReplicas: replicas,
            readyReplicas: available,
            availableReplicas: available,
          },
        }
      : one,
  );
}

function pod(name: string, status: object, labels: object = {}): KubernetesObject {
  const own = { 'nstarx.io/model-deployment': 'fraud-detector', 'nstarx.io/component': 'model-server', ...labels };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'ml-inference', labels: own },
    status: { ...status },
  };
}

test('it is not ready at one of the three replicas that the environment asks for', () => {
  const first = sync(parent({ image: IMAGE }));
  for (const available of [0, 1, 2]) {
    const response = sync(parent({ image: IMAGE }), deployed(first, available));
    expect(response.status.phase).toBe('Deploying');
    expect(condition(response, 'Ready')).toMatchObject({
      status: 'False',
      message: `${available} of 3 replicas are available, ${available} are of the desired version`,
    });
  }
  expect(condition(sync(parent({ image: IMAGE }), deployed(first, 3)), 'Ready')?.status).toBe('True');
  // what the autoscaler adds is not waited for
  expect(condition(sync(parent({ image: IMAGE }), deployed(first, 4, 9)), 'Ready')?.status).toBe('True');
});

test('the readiness of the previous content does not count', () => {
  const before = deployed(sync(parent({ image: IMAGE })), 3);
  const response = sync(parent({ image: 'registry.example.com/fraud:2.2.0' }), before);
  expect(response.status.phase).toBe('Deploying');
  expect(condition(response, 'Ready')).toMatchObject({ status: 'False', reason: 'RollingOut' });
});

test('the image is the one that answers, by its digest, until none of its pods does', () => {
  const next = parent({ image: 'registry.example.com/fraud:2.2.0' });
  const first = sync(parent({ image: IMAGE }));
  const [old, young] = ['a', 'b'].map((digit) => `registry.example.com/fraud@sha256:${digit.repeat(64)}`);
  const answering = (name: string, imageID: string, status = 'True') =>
    pod(name, {
      conditions: [{ type: 'Ready', status }],
      containerStatuses: [{ name: 'inference', image: IMAGE, imageID }],
    });
  const image = (object: KubernetesObject, pods: KubernetesObject[], before?: string): unknown =>
    sync({ ...object, status: { image: before } }, deployed(first, 3), pods).status.image;
  expect(image(parent({ image: IMAGE }), [])).toBeUndefined();
  expect(image(parent({ image: IMAGE }), [answering('x', old, 'False')])).toBeUndefined();
  expect(image(parent({ image: IMAGE }), [answering('x', old)])).toBe(old);
  expect(image(next, [answering('x', old), answering('y', young)], old)).toBe(old);
  expect(image(next, [answering('x', old), answering('y', young, 'False')], old)).toBe(old);
  expect(image(next, [answering('y', young)], old)).toBe(young);
  // as the node names one that was loaded by hand
  expect(image(parent({ image: IMAGE }), [answering('x', 'sha256:1')])).toBe(IMAGE);
});

test('why a pod does not start is said at once, with what to do; other pods say nothing', () => {
  const first = sync(parent({ image: IMAGE }));
  const message = 'container has runAsNonRoot and image has non-numeric user (app), cannot verify user is non-root';
  const waiting = {
    containerStatuses: [{ name: 'inference', state: { waiting: { reason: 'CreateContainerConfigError', message } } }],
  };
  const response = sync(parent({ image: IMAGE }), deployed(first, 0, 3), [pod('x', waiting)]);
  expect(response.status.phase).toBe('Deploying');
  expect(condition(response, 'Ready')).toMatchObject({
    status: 'False',
    reason: 'CreateContainerConfigError',
    message: expect.stringContaining('set spec.serving.runAsUser to the number') as unknown,
  });
  const foreign = pod('x', waiting, { 'nstarx.io/component': 'job' });
  expect(condition(sync(parent({ image: IMAGE }), deployed(first, 0, 3), [foreign]), 'Ready')?.reason).toBe(
    'RollingOut',
  );
  const { relatedResources } = hooks.customize({ parent: settled(parent({ image: IMAGE })) }, SETTINGS);
  expect(relatedResources).toMatchObject([{ resource: 'pods', namespace: 'ml-inference' }]);
});

test('pods that may not be made are a failure, with why', () => {
  const first = sync(parent({ image: IMAGE }));
  const refused = { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'exceeded quota: tenant' };
  const children = deployed(first, 1).map((one) =>
    one.kind === 'Deployment' ? { ...one, status: { ...one.status, conditions: [refused] } } : one,
  );
  const response = sync(parent({ image: IMAGE }), children);
  expect(response.status.phase).toBe('Degraded');
  expect(condition(response, 'Ready')).toMatchObject({ reason: 'FailedCreate', message: 'exceeded quota: tenant' });
});

test('the service runs as the user of the spec', () => {
  const user = (serving: object): unknown =>
    (of(sync(parent({ image: IMAGE, ...serving })), 'Deployment').spec as unknown as UserOf).template.spec
      .securityContext.runAsUser;
  expect(user({ runAsUser: 10_001 })).toBe(10_001);
  expect(user({})).toBeUndefined();
});

interface UserOf {
  readonly template: { readonly spec: { readonly securityContext: { readonly runAsUser?: number } } };
}

test('what the gate says is in the status, by the bounds of the environment', () => {
  const policies = mergedPolicies(policiesOfTier(Tier.PRODUCTION), { approval: false });
  const modelDeployment = { minReplicas: 1, maxReplicas: 2, cpu: '1', memory: '1Gi', policies };
  const response = hooks.sync(syncRequest(parent({ image: IMAGE })), { ...SETTINGS, modelDeployment });
  expect(response.children).toEqual([]);
  expect(response.status.phase).toBe('Rejected');
  expect(condition(response, 'GatePassed')).toMatchObject({
    status: 'False',
    reason: 'PolicyFailed',
    message: expect.stringContaining('spec.serving.image must have a digest') as unknown,
  });
  expect(response.status.policies).toContainEqual({
    name: 'owner',
    passed: false,
    message: 'spec.model.owner must be a text, got nothing: write the team or person who answers for the model',
  });
});

test('evidence is judged at the time when the spec was written: what is served does not become old', () => {
  const policies = mergedPolicies(policiesOfTier(Tier.DEVELOPMENT), { driftMaxAgeDays: 30 });
  const modelDeployment = { minReplicas: 1, maxReplicas: 2, cpu: '1', memory: '1Gi', policies };
  const gate = (managers: object[]): unknown => {
    const object = parent({ image: IMAGE });
    const spec = { ...object.spec, drift: { score: 0.05, measuredAt: '2026-01-02T00:00:00Z' } };
    const metadata = { ...object.metadata, creationTimestamp: '2026-01-03T00:00:00Z', managedFields: managers };
    const request = syncRequest({ ...object, spec, metadata });
    return condition(hooks.sync(request, { ...SETTINGS, modelDeployment }), 'GatePassed')?.status;
  };
  const written = { time: '2026-01-04T00:00:00Z', fieldsV1: { 'f:spec': {} } };
  const status = { time: '2026-06-01T00:00:00Z', fieldsV1: { 'f:status': {} } };
  expect(gate([written, status])).toBe('True');
  // written again when it was old
  expect(gate([written, { ...status, fieldsV1: { 'f:spec': {} } }])).toBe('False');
  // nobody tells when
  expect(gate([status])).toBe('False');
});
